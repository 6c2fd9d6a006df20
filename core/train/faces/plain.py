"""The plain directions that the benchmark `faces` puts beside the studio's handles: `python -m core.train.faces.plain`.

Of the same faces that the handles are found with, and the same readings of them: the difference of means in w between the faces that
show a state and the others; a ridge regression of that state on w; and the same regression on what the photographs' CLIP says of
the state's name. All of w, all layers, no conditioning, nothing tried out: what one would do first.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.files import halved, save_weights
from core.models.clip import Clip
from core.models.face_generator import USE, WEIGHTS, load_face_generator
from core.models.face_seen import FaceSeen
from core.models.photo_clip import load_photo_clip
from core.train.faces.readings import Readings
from core.train.faces.samples import HELD_OUT, Samples, Sampling
from core.train.loop import machine
from core.worlds.faces.attributes import attributes, states
from core.worlds.faces.slots import SLOTS, State

NAME = "faces_plain"
WAYS = {"means": "difference of means", "ridge": "ridge", "clip": "photographs' CLIP, ridge"}
"""The tensors of the weight file, and what they are called in the table."""
AT_ONCE = 25


@dataclass(frozen=True)
class PlainSettings:
    """Everything that decides the directions."""

    ridge: float = 20.0
    """Added to the diagonal, in standard deviations of w, for each hundred faces."""
    fewest: int = 12
    """Faces that must show a state."""
    looked: int = 600
    """Faces that the CLIP looks at."""


def means(styles: Tensor, shows: Tensor) -> Tensor:
    """The difference of means `[d]` of styles `[n d]` with `shows [n]` bool and without."""
    return styles[shows].mean(0) - styles[~shows].mean(0)


def ridge(styles: Tensor, values: Tensor, strength: float) -> Tensor:
    """The direction `[d]` in which w changes as values `[n]` rise: ridge regression on standardised w, back in its own units."""
    mean, spread = styles.mean(0), styles.std(0).clamp_min(1e-6)
    x = ((styles - mean) / spread).double()
    gram = x.T @ x + strength * len(x) / 100 * torch.eye(x.shape[1], dtype=torch.float64)
    return (torch.linalg.solve(gram, x.T @ (values.double() - values.double().mean())) * spread).float()


def known(
    samples: Samples, readings: Readings, look: Callable[[Tensor], Tensor], looked: int
) -> tuple[Tensor, list[dict[str, str]], Tensor]:
    """Styles `[n d]` of one-style faces that are not held out, the states read in them, and what was looked up of the first of them.

    Args:
        look: pictures `[n 3 h w]` to embeddings.
        looked: how many pictures are looked at.
    """
    styles: list[Tensor] = []
    shown: list[dict[str, str]] = []
    seen: list[Tensor] = []
    left = looked
    for number in readings.ready():
        pictures, w, kinds = samples.shard(number)
        own = (kinds == 0) & (torch.arange(len(kinds)) + number * len(kinds) >= HELD_OUT)
        if not own.any():
            continue
        told = [states(attributes(some.float() / 255, at)) for some, at in _parts(pictures, readings.shard(number))]
        read = [state for part in told for state in part]
        styles.append(w[own, 0])
        shown += [state for state, mine in zip(read, own.tolist(), strict=True) if mine]
        if left > 0:
            seen.append(look(pictures[own][:left].float() / 255))
            left -= len(seen[-1])
    return torch.cat(styles), shown, torch.cat(seen) if seen else torch.zeros(0, 1)


def _parts(pictures: Tensor, seen: FaceSeen) -> Iterator[tuple[Tensor, FaceSeen]]:
    for at in range(0, len(pictures), AT_ONCE):
        yield pictures[at : at + AT_ONCE], seen.at(slice(at, at + AT_ONCE))


def directions(
    styles: Tensor, shown: list[dict[str, str]], likeness: Callable[[State], Tensor], settings: PlainSettings
) -> tuple[list[tuple[str, str]], dict[str, Tensor]]:
    """Slots and states that enough faces show and enough do not, and their lines `[k d]` by way.

    Args:
        styles: w `[n d]`.
        shown: the states of each face.
        likeness: how much the first faces look like a state, by CLIP `[m]`.
    """
    keys: list[tuple[str, str]] = []
    lines: dict[str, list[Tensor]] = {name: [] for name in WAYS}
    for slot in SLOTS.values():
        for state in slot.states:
            shows = torch.tensor([one[slot.name] == state.id for one in shown])
            if min(int(shows.sum()), int((~shows).sum())) < settings.fewest:
                continue
            alike = likeness(state)
            keys.append((slot.name, state.id))
            lines["means"].append(means(styles, shows))
            lines["ridge"].append(ridge(styles, shows.float(), settings.ridge))
            lines["clip"].append(ridge(styles[: len(alike)], alike, settings.ridge))
    return keys, {name: torch.stack(some) for name, some in lines.items()}


def looker(clip: Clip) -> Callable[[Tensor], Tensor]:
    """Pictures `[n 3 h w]` to the CLIP's embeddings, a few at once."""

    @torch.inference_mode()
    def look(pictures: Tensor) -> Tensor:
        small = (F.interpolate(some, clip.image_size, mode="bilinear", antialias=True) for some in pictures.split(AT_ONCE))
        return torch.cat([clip.embed(some) for some in small])

    return look


def likeness(clip: Clip, seen: Tensor) -> Callable[[State], Tensor]:
    """How much more faces, by their embeddings `[m d]`, look like a state's name than like those of the slot's other states `[m]`."""

    @torch.inference_mode()
    def of(state: State) -> Tensor:
        texts = clip.embed_texts([f"a portrait of someone with {one.name}" for one in SLOTS[state.slot].states])
        near = seen @ texts.T
        own = SLOTS[state.slot].ids.index(state.id)
        return near[:, own] - near.mean(1)

    return of


def make(settings: PlainSettings) -> None:
    """Fit them, and write the weights."""
    samples = Samples(load_face_generator(), Sampling())
    clip = load_photo_clip()
    styles, shown, seen = known(samples, Readings(samples), looker(clip), settings.looked)
    keys, lines = directions(styles, shown, likeness(clip, seen), settings)
    card = {
        "world": "faces",
        "states": keys,
        "ways": WAYS,
        "made_from": {WEIGHTS.package: WEIGHTS.sha256},
        "training": {**asdict(settings), "faces": len(styles)},
        "machine": machine(torch.device("cpu")),
        "data": "the generator's own faces, read by networks; none is kept",
        "licence": USE,
        "use": "baselines of the benchmark alone; nothing that a person sees reads them",
    }
    save_weights(NAME, halved(lines), card)


def main() -> None:
    """Make `assets/faces_plain.safetensors`."""
    argparse.ArgumentParser(prog="python -m core.train.faces.plain", description=main.__doc__).parse_args()
    make(PlainSettings())


if __name__ == "__main__":
    main()
