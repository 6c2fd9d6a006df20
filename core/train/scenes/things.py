"""Measure what adding each thing of the world does to what the scenes' CLIP sees: makes assets/scenes_things.safetensors.

Scenes of four Nouns put together by chance, of training's side, looked at lot by lot; every lot is kept in runs/, so that an
interrupted run goes on. Of some the neurons are asked too. No benchmark uses these scenes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.files import ROOT, in_eight_bits, load_card, load_tensors, save_tensors, save_weights
from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.methods.read.added import AddedSums, squeezed
from core.methods.read.second_order import coefficients
from core.methods.write.attack import alike
from core.models.clip import Clip
from core.models.registry import load_clip
from core.models.text import text_encoder
from core.studio.lenses import Lenses, load_lenses
from core.studio.things import ALIKE, NAME
from core.worlds.nouns.art import SLOTS
from core.worlds.scenes.compose import MOST, Scenes, draw_scenes, sample
from core.worlds.scenes.grounds import COLOURS
from core.worlds.scenes.things import GROUND, classes, things

FOLDER = ROOT / "runs" / "things"
BATCH = 50


@dataclass(frozen=True)
class ThingMaking:
    """How much is looked at."""

    lots: int = 9
    """Lots of scenes whose embeddings are looked at."""
    scenes: int = 500
    """In each."""
    neurons: int = 4000
    """Scenes of which the neurons are asked."""
    ridge: float = 30.0
    """See `AddedSums.effects`; chosen on scenes in which one thing was exchanged for each of the others."""
    rank: int = 40
    """Numbers that are kept of each thing's effect on the embedding."""
    neuron_rank: int = 32
    """And of its effect on all neurons."""


def there(scenes: Scenes) -> Tensor:
    """How often each thing is in scenes `[n j]`."""
    known = {(thing.slot, thing.at): row for row, thing in enumerate(things())}
    found = np.zeros((len(scenes), len(known)), np.float32)
    for i in range(len(scenes)):
        kind, one = (int(value) for value in scenes.grounds[i, :2])
        keys: list[tuple[str, tuple[int, ...]]] = [(GROUND, (kind, one, (one + 5) % len(COLOURS)))]
        keys += [(slot, (int(scenes.nouns[i, k, at]),)) for k in range(scenes.count[i]) for at, slot in enumerate(SLOTS) if at]
        for key in keys:
            if key in known:
                found[i, known[key]] += 1
    return torch.from_numpy(found)


def images_of(scenes: Scenes) -> Iterator[Tensor]:
    """Their pictures, a batch at a time."""
    for start in range(0, len(scenes), BATCH):
        yield to_tensor(draw_scenes(scenes.take(slice(start, start + BATCH)))[0])


def lot_of(lot: int, count: int) -> Scenes:
    """Scenes of four Nouns each."""
    return sample(numpy_rng("things added", "more", lot), count, nouns=MOST, bare=0.0)


@torch.no_grad()
def looked(clip: Clip, lot: int, count: int) -> Tensor:
    """The embeddings of a lot `[n k]`."""
    path = FOLDER / f"lot_{lot}.safetensors"
    if not path.is_file():
        save_tensors(path, {"embeddings": torch.cat([clip.embed(images) for images in images_of(lot_of(lot, count))])})
        print(f"looked at lot {lot}", flush=True)
    return load_tensors(path)["embeddings"]


@torch.no_grad()
def spoken(clip: Clip, lenses: Lenses, count: int) -> Tensor:
    """Of some scenes every neuron's coefficient along its direction `[n u]`, layer after layer, and the embedding behind it `[n k]`."""
    path = FOLDER / "neurons.safetensors"
    if not path.is_file():
        layers, rows = sorted(lenses.directions), []
        for images in images_of(sample(numpy_rng("fool bank"), count, nouns=MOST, bare=0.0)):
            seen = clip.see(images, layers)
            c = {layer: coefficients(seen, clip.anatomy, layer, unit=True) for layer in layers}
            along = [((c[layer] - lenses.centre[layer]) * lenses.reader[layer]).sum(1) for layer in layers]
            rows.append(torch.cat([*along, F.normalize(seen.embedding, dim=-1)], 1).half())
        save_tensors(path, {"rows": torch.cat(rows)})
        print("asked the neurons", flush=True)
    return load_tensors(path)["rows"].float()


def synonyms(least: float) -> Tensor:
    """Pairs of a class and a thing that mean alike to the sentence encoder `[p 2]` int16, by their places."""
    encoder = text_encoder()
    pool = torch.from_numpy(encoder.embed([thing.part.name if thing.part else thing.word for thing in things()]))
    pairs = [
        torch.stack([torch.full((len(rows),), at), rows], 1)
        for at in range(len(classes()))
        if len(rows := alike(pool, pool[at : at + 1], least).nonzero()[:, 0])
    ]
    return torch.cat(pairs).to(torch.int16)


def tables(clip: Clip, lenses: Lenses, making: ThingMaking) -> dict[str, Tensor]:
    """All that is kept."""
    width, units = clip.anatomy.joint, sum(len(directions) for directions in lenses.directions.values())
    whole, own = AddedSums(len(things()), width), AddedSums(len(things()), units)
    for lot in range(making.lots):
        whole.add(there(lot_of(lot, making.scenes)), looked(clip, lot, making.scenes))
    rows = spoken(clip, lenses, making.neurons)
    present = there(sample(numpy_rng("fool bank"), making.neurons, nouns=MOST, bare=0.0))
    whole.add(present, rows[:, units:])
    own.add(present, rows[:, :units])
    places = {text: row for row, text in enumerate(lenses.pool)}
    named = F.normalize(lenses.texts[[places[thing.word] for thing in things()]], dim=-1)
    effect = squeezed(whole.effects(making.ridge, named), making.rank)
    neurons = squeezed(own.effects(making.ridge), making.neuron_rank)
    made = {"effect.things": effect[0], "effect.space": effect[1], "neurons.things": neurons[0], "neurons.units": neurons[1].T.contiguous()}
    return in_eight_bits(made, *made) | {"alike": synonyms(ALIKE)}


def main() -> None:
    """Measure, and write to assets/."""
    making, lenses = ThingMaking(), load_lenses("scenes_lenses")
    found = tables(load_clip("scenes_clip"), lenses, making)
    made_from = {name: load_card(name)["sha256"] for name in ("scenes_clip", "scenes_lenses")}
    data = "core.worlds.scenes, the training side, four Nouns in each scene"
    card = {"model": "Things", "world": "scenes", "licence": "CC0 1.0", "seed": 0, "made_from": made_from, "data": data}
    save_weights(NAME, found, card | {"making": asdict(making)})


if __name__ == "__main__":
    main()
