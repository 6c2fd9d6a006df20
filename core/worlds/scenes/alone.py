"""One Noun alone on its own small canvas: moved by a few pixels, mirrored or not, before its own background or another ground.

What the Nouns' classifiers learn from. A scene is four times as large and holds up to four Nouns; here the picture has
the art's own size, so that a network's maps lie on the generator's maps without any cropping.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.worlds.nouns.art import SIDE, SLOTS, load_art
from core.worlds.nouns.compose import draw, owners
from core.worlds.nouns.splits import draw_split
from core.worlds.scenes.grounds import draw_ground, sample_grounds

FARTHEST = 3
"""Pixels by which a Noun is moved at most, along each axis; what leaves the canvas is cut off."""
OWN = 0.4
"""How often the ground is one of the Nouns' own two backgrounds."""


@dataclass(frozen=True)
class Alone:
    """n single Nouns.

    Attributes:
        nouns: their compositions `[n 5]`.
        moved: down and right, in pixels `[n 2]`.
        mirrored: `[n]` bool.
        own: whether the ground is the composition's own background `[n]` bool.
        grounds: the ground elsewhere `[n 4]` integers, see core.worlds.scenes.grounds.
    """

    nouns: np.ndarray
    moved: np.ndarray
    mirrored: np.ndarray
    own: np.ndarray
    grounds: np.ndarray

    def __len__(self) -> int:
        """How many."""
        return len(self.nouns)


def sample_alone(rng: np.random.Generator, count: int, held_out: bool = False, bare: float = 0.0) -> Alone:
    """Random single Nouns.

    Args:
        rng: where the numbers come from.
        count: n.
        held_out: whether every composition is one that training never sees, or none is.
        bare: how often a head or a pair of glasses is missing.
    """
    nouns = draw_split(rng, count, held_out, bare)
    moved = rng.integers(-FARTHEST, FARTHEST + 1, (count, 2))
    return Alone(nouns, moved, rng.random(count) < 0.5, rng.random(count) < OWN, sample_grounds(rng, count))


def calmer(rng: np.random.Generator, alone: Alone, free: float) -> Alone:
    """The same Nouns nearer to how they are drawn, for a beginner.

    Args:
        rng: where the numbers come from.
        alone: n single Nouns.
        free: in [0, 1]; at 1 nothing changes, at 0 none is moved, mirrored or before another ground.
    """
    keep = rng.random((2, len(alone))) < free
    moved = np.rint(alone.moved * free).astype(int)
    return Alone(alone.nouns, moved, alone.mirrored & keep[0], alone.own | ~keep[1], alone.grounds)


def standing(nouns: np.ndarray) -> Alone:
    """Compositions `[n 5]` as they are drawn: not moved, not mirrored, before their own background."""
    n = len(nouns)
    return Alone(nouns, np.zeros((n, 2), int), np.zeros(n, bool), np.ones(n, bool), np.zeros((n, 4), int))


def draw_alone(alone: Alone) -> tuple[np.ndarray, np.ndarray]:
    """Pictures, and which slot is seen at each pixel.

    Returns:
        RGB `[n 32 32 3]` uint8, and positions in SLOTS `[n 32 32]` uint8, 0 for whatever ground there is.
    """
    art = load_art()
    sprites, slots = draw(alone.nouns), owners(alone.nouns)
    sprites[alone.mirrored], slots[alone.mirrored] = sprites[alone.mirrored, :, ::-1], slots[alone.mirrored, :, ::-1]
    backgrounds = art.palette[art.layers["background"][alone.nouns[:, SLOTS.index("background")], 0, 0]]
    rgb = np.broadcast_to(backgrounds[:, None, None], (len(alone), SIDE, SIDE, 3)).copy()
    owner = np.zeros((len(alone), SIDE, SIDE), np.uint8)
    for i, (down, right) in enumerate(alone.moved):
        if not alone.own[i]:
            rgb[i] = draw_ground(alone.grounds[i])[:SIDE, :SIDE]
        there = (slice(max(0, down), SIDE + min(0, down)), slice(max(0, right), SIDE + min(0, right)))
        here = (slice(max(0, -down), SIDE + min(0, -down)), slice(max(0, -right), SIDE + min(0, -right)))
        slot = slots[i][here]
        np.copyto(rgb[i][there], art.palette[sprites[i][here]], where=(slot > 0)[..., None])
        owner[i][there] = slot
    return rgb, owner
