"""Reading a Noun back: which parts does a picture show? By its pixels alone, never from its truth.

A first guess goes from front to back: every part of a slot is scored by its own pixels that are not covered by
what was found before, +1 where the colour agrees and -1 where it does not; body and accessory, which share
their pixels, are found together. Where drawing the guess does not give the picture exactly, each slot in turn
is exchanged for the part whose drawing agrees best with the whole picture, until nothing changes. So an exact
Noun is read exactly, save where two parts look the same, and anything else is read as the nearest Noun.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.worlds.nouns.art import BARE, SIDE, SLOTS, load_art
from core.worlds.nouns.compose import draw, owners

PIXELS = SIDE * SIDE
BATCH = 64
SWEEPS = 3


@dataclass(frozen=True)
class Reading:
    """What was read in `n` pictures.

    Attributes:
        parts: positions of the parts `[n 5]`.
        agreement: share of each slot's visible pixels that agree with its part `[n 5]`, in [0, 1]; for a slot
            with no visible pixel, the share over the whole picture.
        pixels: how many pixels each slot's part shows `[n 5]`; 0 where it is bare or hidden.
        exact: whether the drawing of the reading is the picture `[n]`.
    """

    parts: np.ndarray
    agreement: np.ndarray
    pixels: np.ndarray
    exact: np.ndarray


@dataclass(frozen=True)
class _Sparse:
    """The opaque pixels of all parts of a slot, one after another."""

    place: np.ndarray
    colour: np.ndarray
    part: np.ndarray
    count: int

    def scores(self, image: np.ndarray, covered: np.ndarray) -> np.ndarray:
        """Agreeing minus disagreeing uncovered pixels of every part: images `[n p]`, covered `[n p]` -> `[n parts]`."""
        signs = np.where(image[:, self.place] == self.colour, np.int16(1), np.int16(-1))
        signs *= ~covered[:, self.place]
        starts = np.searchsorted(self.part, np.arange(self.count))
        sums = np.add.reduceat(np.pad(signs, ((0, 0), (0, 1))), starts, axis=1, dtype=np.int32)
        sums[:, np.bincount(self.part, minlength=self.count) == 0] = 0
        return sums


@lru_cache(maxsize=8)
def _sparse(slot: str) -> _Sparse:
    flat = load_art().layers[slot].reshape(-1, PIXELS)
    part, place = np.nonzero(flat)
    return _Sparse(place, flat[part, place], part, len(flat))


@lru_cache(maxsize=1)
def _torso() -> np.ndarray:
    """Pixels that a body or an accessory can own."""
    art = load_art()
    return np.flatnonzero((art.layers["body"] > 0).any(0).ravel() | (art.layers["accessory"] > 0).any(0).ravel())


def _body_and_accessory(image: np.ndarray, covered: np.ndarray, background: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pair that agrees with most pixels of the torso: `[n p]`, `[n p]`, background colours `[n]`."""
    art, torso = load_art(), _torso()
    bodies = art.layers["body"].reshape(-1, PIXELS)[:, torso]
    prints = art.layers["accessory"].reshape(-1, PIXELS)[:, torso]
    seen, free = image[:, torso], ~covered[:, torso]
    under = np.where(bodies[None] > 0, bodies[None], background[:, None, None])
    agrees = ((seen[:, None] == under) & free[:, None]).astype(np.float32)
    score = agrees @ (prints == 0).T.astype(np.float32)
    score += ((seen[:, None] == prints) & (prints > 0) & free[:, None]).sum(-1)[:, None]
    score[:, :, art.position("accessory", BARE["accessory"])] += 0.5  # where a print cannot be seen, there is none
    best = score.reshape(len(image), -1).argmax(1)
    return best // len(prints), best % len(prints)


def _guess(image: np.ndarray) -> np.ndarray:
    """Front to back, `[n p]` to `[n 5]`."""
    art = load_art()
    grounds = art.layers["background"][:, 0, 0]
    background = (image[:, None] == grounds[:, None]).sum(-1).argmax(1)
    covered = np.zeros(image.shape, bool)
    found = {"background": background}
    for slot in ("glasses", "head"):
        found[slot] = _sparse(slot).scores(image, covered).argmax(1)
        covered |= art.layers[slot].reshape(-1, PIXELS)[found[slot]] > 0
    found["body"], found["accessory"] = _body_and_accessory(image, covered, grounds[background])
    return np.stack([found[slot] for slot in SLOTS], 1)


def agreement_with_all(image: np.ndarray, parts: np.ndarray, place: int) -> np.ndarray:
    """How many pixels of one picture agree when one slot is exchanged for each of its parts.

    Args:
        image: palette indices `[p]`.
        parts: the other slots' parts `[5]`.
        place: which slot is exchanged, a position in SLOTS.

    Returns:
        Agreeing pixels `[parts of the slot]`.
    """
    layers = [load_art().layers[slot].reshape(-1, PIXELS) for slot in SLOTS]
    below, above = np.zeros(PIXELS, np.uint8), np.zeros(PIXELS, np.uint8)
    for other, layer in enumerate(layers):
        if other != place:
            mine = layer[parts[other]]
            np.copyto(below if other < place else above, mine, where=mine > 0)
    free = above == 0
    fixed = int((image[~free] == above[~free]).sum())
    candidates, seen = layers[place][:, free], image[free]
    shown = np.where(candidates > 0, candidates, below[free])
    return fixed + (shown == seen).sum(1)


def _refine(image: np.ndarray, parts: np.ndarray) -> np.ndarray:
    parts = parts.copy()
    for _ in range(SWEEPS):
        before = parts.copy()
        for place in reversed(range(len(SLOTS))):
            agreeing = agreement_with_all(image, parts, place)
            if agreeing.max() > agreeing[parts[place]]:
                parts[place] = agreeing.argmax()
        if (before == parts).all():
            break
    return parts


def _agreement(image: np.ndarray, parts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    right = draw(parts).reshape(-1, PIXELS) == image
    own = owners(parts).reshape(-1, 1, PIXELS) == np.arange(len(SLOTS))[:, None]
    count = own.sum(-1)
    share = (right[:, None] & own).sum(-1) / np.maximum(count, 1)
    return np.where(count > 0, share, right.mean(1, keepdims=True)), count, right.all(1)


def read(indices: np.ndarray) -> Reading:
    """Read pictures.

    Args:
        indices: palette indices `[n 32 32]` uint8.
    """
    images = indices.reshape(-1, PIXELS)
    found = [(np.zeros((0, len(SLOTS)), int), np.zeros((0, len(SLOTS))), np.zeros((0, len(SLOTS)), int), np.zeros(0, bool))]
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        parts = _guess(batch)
        wrong = (draw(parts).reshape(-1, PIXELS) != batch).any(1)
        for i in np.flatnonzero(wrong):
            parts[i] = _refine(batch[i], parts[i])
        found.append((parts, *_agreement(batch, parts)))
    return Reading(*(np.concatenate(column) for column in zip(*found, strict=True)))
