"""Scenes: where up to four Nouns stand, and what that looks like, with the exact owner of every pixel.

Nouns keep their own size, stand anywhere, may be mirrored, and overlap; who stands lower stands in front.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.worlds.nouns.art import SIDE, SLOTS, load_art
from core.worlds.nouns.compose import draw, owners
from core.worlds.nouns.splits import draw_split
from core.worlds.scenes.grounds import CANVAS, draw_ground, sample_grounds

MOST = 4
"""Nouns in a scene, at most."""
FREE = CANVAS - SIDE
"""The largest offset of a Noun, in pixels."""
APART = 15
"""Pixels between the corners of two Nouns, along one axis at least, where there is room."""
TRIES = 12
"""Placements among which the first with enough room is taken."""


@dataclass(frozen=True)
class Scenes:
    """n scenes.

    Attributes:
        count: how many Nouns `[n]`, 1 to 4.
        nouns: their compositions `[n 4 5]`, back to front; rows from `count` on mean nothing.
        corners: top and left of each, in pixels `[n 4 2]`.
        mirrored: `[n 4]` bool.
        grounds: `[n 4]` integers, see `grounds`.
    """

    count: np.ndarray
    nouns: np.ndarray
    corners: np.ndarray
    mirrored: np.ndarray
    grounds: np.ndarray

    def __len__(self) -> int:
        """How many scenes."""
        return len(self.count)

    def take(self, rows: np.ndarray | slice) -> Scenes:
        """Some of the scenes."""
        return Scenes(self.count[rows], self.nouns[rows], self.corners[rows], self.mirrored[rows], self.grounds[rows])


def join(several: list[Scenes]) -> Scenes:
    """Several lots of scenes, one after another."""
    columns = zip(*((s.count, s.nouns, s.corners, s.mirrored, s.grounds) for s in several), strict=True)
    return Scenes(*(np.concatenate(c) for c in columns))


def place(rng: np.random.Generator, count: np.ndarray) -> np.ndarray:
    """Corners `[n 4 2]`, apart from one another where there is room, sorted from back to front."""
    n = len(count)
    tries = rng.integers(0, FREE + 1, (TRIES, n, MOST, 2))
    gaps = np.abs(tries[:, :, :, None] - tries[:, :, None]).max(-1)
    there = np.arange(MOST) < count[:, None]
    pairs = there[:, :, None] & there[:, None] & ~np.eye(MOST, dtype=bool)
    nearest = np.where(pairs, gaps, CANVAS).min((2, 3))
    best = np.where((nearest >= APART).any(0), (nearest >= APART).argmax(0), nearest.argmax(0))
    corners = tries[best, np.arange(n)]
    order = np.argsort(np.where(there, corners[..., 0], CANVAS + 1), axis=1, kind="stable")
    return np.take_along_axis(corners, order[..., None], 1)


def sample(rng: np.random.Generator, count: int, held_out: bool = False, nouns: int | None = None, bare: float = 0.05) -> Scenes:
    """Random scenes.

    Args:
        rng: where the numbers come from.
        count: n.
        held_out: whether every Noun is a composition that training never sees, or none is.
        nouns: how many Nouns in each scene; any number where None.
        bare: how often a head or a pair of glasses is missing.
    """
    number = np.full(count, nouns) if nouns else rng.choice(MOST, count, p=(0.4, 0.25, 0.2, 0.15)) + 1
    compositions = draw_split(rng, count * MOST, held_out, bare).reshape(count, MOST, len(SLOTS))
    return Scenes(number, compositions, place(rng, number), rng.random((count, MOST)) < 0.5, sample_grounds(rng, count))


def draw_scenes(scenes: Scenes) -> tuple[np.ndarray, np.ndarray]:
    """Pictures, and who owns each pixel.

    Returns:
        RGB `[n 64 64 3]` uint8, and owners `[n 64 64]` uint8: 0 the ground, else 1 + 4 (Noun) + (slot - 1), slots
        counted as in SLOTS from the body on.
    """
    n, palette = len(scenes), load_art().palette
    flat = scenes.nouns.reshape(-1, len(SLOTS))
    there = (np.arange(MOST) < scenes.count[:, None]).reshape(-1)
    sprites, slots = np.zeros((2, n * MOST, SIDE, SIDE), np.uint8)
    sprites[there], slots[there] = draw(flat[there]), owners(flat[there])
    turned = scenes.mirrored.reshape(-1) & there
    sprites[turned], slots[turned] = sprites[turned, :, ::-1], slots[turned, :, ::-1]
    rgb, owner = np.empty((n, CANVAS, CANVAS, 3), np.uint8), np.zeros((n, CANVAS, CANVAS), np.uint8)
    for i in range(n):
        rgb[i] = draw_ground(scenes.grounds[i])
        for k in range(scenes.count[i]):
            (top, left), slot = scenes.corners[i, k], slots[i * MOST + k]
            window = (i, slice(top, top + SIDE), slice(left, left + SIDE))
            np.copyto(rgb[window], palette[sprites[i * MOST + k]], where=(slot > 0)[..., None])
            np.copyto(owner[window], slot + np.uint8(4 * k), where=slot > 0)
    return rgb, owner


def mask(owner: np.ndarray, slot: str, noun: int | np.ndarray) -> np.ndarray:
    """Where a slot of a Noun is really seen.

    Args:
        owner: `[... 64 64]` as `draw_scenes` gives it.
        slot: not the background.
        noun: which Noun, counted from the back; one number or one per picture.
    """
    code = np.asarray(noun) * 4 + SLOTS.index(slot)
    return owner == np.asarray(code).reshape(np.shape(code) + (1,) * (owner.ndim - np.ndim(code)))
