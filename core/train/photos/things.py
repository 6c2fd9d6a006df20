"""Measure what adding each named thing does to what the photographs' CLIP sees: makes assets/photos_things.safetensors.

    b_j = t_j W + c_j,    y(I) - E[y] = sum_j (x_j(I) - E[x_j]) b_j        (core/methods/read/added.py)

with t_j the vector of thing j's name: W, found first, is what things do as their names say, for things too that no picture here
shows; c_j is what each does beyond that. Emoji and clip-art, four of them pasted by chance on the grounds of training, as an attack
pastes cut-outs; lot by lot, every lot kept in runs/, so that an interrupted run goes on. No cut-out and no photograph that judges is
looked at.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.foundations.files import ROOT, in_eight_bits, load_card, load_tensors, save_tensors, save_weights, write_words
from core.foundations.half import half
from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.methods.read.added import AddedSums, squeezed
from core.models.clip import Clip
from core.models.photo_clip import NAME as HEAD
from core.models.photo_clip import load_photo_clip
from core.models.text import known_words
from core.studio.things import PHOTO_NAME
from core.worlds.photos.cuts import Stamp, close_cut
from core.worlds.photos.grounds import ground
from core.worlds.photos.named import Named, everything
from core.worlds.photos.pasted import alone, as_rgb, lay_all
from core.worlds.photos.world import PhotoWorld

FOLDER = ROOT / "runs" / "photo_things"
BATCH = 16
NO_THINGS = frozenset("face-smiling face-concerned face-costume face-negative hands hand-fingers-open hand-single-finger".split())
"""Kinds of emoji that are no things."""


NOBODY = ("person", "family", "body-parts", "emotion", "heart", "face", "hand", "cat-face", "monkey-face")
"""How the kinds begin of which nothing is kept: people by what they do, faces and signs; they are among the pictures all the same."""


class Lots(NamedTuple):
    """Several lots of pictures alike.

    Attributes:
        things: in each picture.
        first: number of the first lot.
        several: how many lots.
    """

    things: int
    first: int
    several: int


@dataclass(frozen=True)
class PhotoThingMaking:
    """How much is looked at."""

    lots: tuple[Lots, ...] = (Lots(4, 0, 8), Lots(2, 100, 16))
    """As many things as in the pictures of an attack, and fewer, which tell more of each."""
    pictures: int = 250
    """In each lot."""
    text_ridge: float = 30.0
    """Doubt that a thing does what its name says, see `AddedSums.effects`. Both chosen on lots that were set aside."""
    ridge: float = 10.0
    """And that it does anything of its own."""
    rank: int = 30
    """Numbers that are kept of each thing's effect."""


def things_of(pictures: Sequence[Named]) -> dict[str, list[Named]]:
    """Names of one or two words that the sentence encoder knows, each with the pictures that it names first of all."""
    known, found = known_words(), defaultdict(list)
    for picture in pictures:
        for name in dict.fromkeys((picture.name.lower(), picture.short.lower())):
            words = name.split()
            plain = 0 < len(words) <= (2 if picture.source != "clipart" else 1)
            if plain and set(words) <= known and picture.kind not in NO_THINGS and len(name) > 2:
                found[name].append(picture)
    return dict(sorted(found.items()))


def composed(of: Mapping[str, Sequence[Named]], lot: int, number: int, things: int, side: int) -> tuple[np.ndarray, list[int]]:
    """One picture of a lot, RGB uint8 `[s s 3]`, and the places of the names of what is in it; it depends on both numbers alone."""
    rng, names = numpy_rng("photo things", lot, number), list(of)
    canvas = np.array(ground(rng, side), np.float64)
    chosen = rng.permutation(len(names))[:things].tolist()
    cuts = []
    for at in chosen:
        pictures = of[names[at]]
        picture = pictures[int(rng.integers(len(pictures)))]
        cuts.append(Stamp(names[at], close_cut(picture.image), names[at], None))
    laid = lay_all(rng, canvas, cuts)
    return as_rgb(canvas), [at for at, one in zip(chosen, laid, strict=True) if one is not None]


@torch.no_grad()
def looked(
    clip: Clip, of: Mapping[str, Sequence[Named]], lot: int, things: int, making: PhotoThingMaking, folder: Path | None = None
) -> tuple[Tensor, Tensor]:
    """Which things are in the pictures of a lot `[n j]`, and their embeddings `[n k]`."""
    path, side = (folder or FOLDER) / f"lot_{lot}.safetensors", clip.image_size[0]
    if not path.is_file():
        there, seen = torch.zeros(making.pictures, len(of), dtype=torch.uint8), []
        for start in range(0, making.pictures, BATCH):
            numbers = range(start, min(start + BATCH, making.pictures))
            several = [composed(of, lot, at, things, side) for at in numbers]
            for row, (_, places) in enumerate(several):
                there[start + row, places] = 1
            with half(clip.mean.device):
                seen.append(clip.embed(to_tensor(np.stack([rgb for rgb, _ in several])).to(clip.mean.device)).float().cpu())
        save_tensors(path, {"there": there, "embeddings": torch.cat(seen)})
        print(f"looked at lot {lot}", flush=True)
    kept = load_tensors(path)
    return kept["there"].float(), kept["embeddings"]


def named_rows(of: Mapping[str, Sequence[Named]], cut_outs: Sequence[Stamp]) -> dict[str, int]:
    """The names that are kept, each with its place among all; and what people call emoji of the gallery: a fox face is a fox.

    A gallery's emoji is kept whatever it is of.
    """
    shown, places = {one.kind for one in cut_outs}, {name: at for at, name in enumerate(of)}
    kept = {name: at for name, at in places.items() if name in shown or not all(p.kind.startswith(NOBODY) for p in of[name])}
    return kept | {one.label: kept[one.kind] for one in cut_outs if one.label and one.kind in kept and one.label not in kept}


def tables(clip: Clip, of: Mapping[str, Sequence[Named]], making: PhotoThingMaking, folder: Path | None = None) -> dict[str, Tensor]:
    """All that is kept: of each thing so many numbers, the embedding's directions that they stand for, and the way from names to them."""
    numbered = [(lot, lots.things) for lots in making.lots for lot in range(lots.first, lots.first + lots.several)]
    seen_in = [looked(clip, of, lot, things, making, folder) for lot, things in numbered]
    texts, width = clip.embed_texts(list(of)).cpu(), clip.anatomy.joint
    named = AddedSums(texts.shape[1], width)
    for there, seen in seen_in:
        named.add(there @ texts, seen)
    through = named.effects(making.text_ridge)
    own = AddedSums(len(of), width)
    for there, seen in seen_in:
        own.add(there, seen - there @ texts @ through)
    numbers, space = squeezed(texts @ through + own.effects(making.ridge), making.rank)
    back = torch.linalg.lstsq(space.T.double(), through.T.double()).solution.T.float()
    return {"effect.things": numbers, "effect.space": space, "effect.texts": back}


def main() -> None:
    """Measure, and write to assets/."""
    argparse.ArgumentParser(description=main.__doc__).parse_args()
    making, of, clip, cut_outs = PhotoThingMaking(), things_of(everything()), load_photo_clip(), PhotoWorld().cut_outs
    save(tables(clip, of, making) | {"alone.gallery": by_themselves(clip, cut_outs)}, named_rows(of, cut_outs), making)


@torch.no_grad()
def by_themselves(clip: Clip, cut_outs: Sequence[Stamp]) -> Tensor:
    """Each cut-out as it is seen alone on grey `[g k]`."""
    return torch.cat([clip.embed(some.to(clip.mean.device)).cpu() for some in alone(cut_outs, None, clip.image_size[0]).split(BATCH)])


def save(found: dict[str, Tensor], rows: Mapping[str, int], making: PhotoThingMaking) -> None:
    """Write to assets/ what is kept, under its names."""
    kept = sorted(set(rows.values()))
    names = {name: kept.index(at) for name, at in rows.items()}
    numbers = found["effect.things"][kept]
    data = "core.worlds.photos.named on core.worlds.photos.grounds"
    card = {"model": "Things", "world": "photos", "licence": "CC0 1.0", "seed": 0, "made_from": {HEAD: load_card(HEAD)["sha256"]}}
    packed = in_eight_bits({**found, "effect.things": numbers}, *found)
    save_weights(PHOTO_NAME, packed, card | {"data": data, "making": asdict(making)})
    write_words(f"{PHOTO_NAME}.json", json.dumps(names, separators=(",", ":")))


if __name__ == "__main__":
    main()
