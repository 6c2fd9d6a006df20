"""The five factors of a sprite, their values, and when two values are the same.

A sprite is a row of five whole numbers `[5]`: shape, scale, rotation, x, y. Rotation 0 and rotation 39 draw the
same picture: the official values run from 0 to 360 degrees with both ends. A square looks the same after a
quarter turn and an ellipse after half a turn, so rotations are compared modulo the symmetry of the shape.
"""

from __future__ import annotations

from functools import cache

import numpy as np

FACTORS = ("shape", "scale", "rotation", "x", "y")
COUNTS = (3, 6, 40, 32, 32)
TOTAL = int(np.prod(COUNTS))
SHAPES = ("square", "ellipse", "heart")
SIDE = 64

TURN = 39
"""Steps of rotation in a full turn; one is 9.2 degrees."""
SYMMETRY = (TURN / 4, TURN / 2, float(TURN))
"""After how many steps a shape looks the same."""
TOLERANCE = 0.5
"""Rotations that differ by at most this many steps are the same. Half a step is the least that there is: a
quarter turn is 9.75 steps, so that a square turned by 10 steps stands a quarter of a step from where it was."""

SHAPE, SCALE, ROTATION, X, Y = range(5)


def flat(sprites: np.ndarray) -> np.ndarray:
    """Sprites `[n 5]` to their places `[n]` in the official order."""
    return np.ravel_multi_index(tuple(np.asarray(sprites).T), COUNTS)


def unflat(places: np.ndarray) -> np.ndarray:
    """Places in the official order `[n]` to sprites `[n 5]`."""
    return np.stack(np.unravel_index(np.asarray(places), COUNTS), -1)


@cache
def everything() -> np.ndarray:
    """All sprites `[737280 5]`, in the official order."""
    found = unflat(np.arange(TOTAL)).astype(np.int16)
    found.setflags(write=False)
    return found


def draw_any(rng: np.random.Generator, count: int) -> np.ndarray:
    """Random sprites `[n 5]`, each factor by itself."""
    return np.stack([rng.integers(c, size=count) for c in COUNTS], -1)


def turn_gap(a: np.ndarray, b: np.ndarray | int, symmetry: np.ndarray | float) -> np.ndarray:
    """How many steps of rotation lie between two rotations `[n]`, modulo a symmetry in steps."""
    gap = np.abs(np.asarray(a, float) - np.asarray(b, float)) % symmetry
    return np.minimum(gap, symmetry - gap)


def symmetry_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The finer symmetry of two shapes `[n]`: what of a rotation both can show, in steps."""
    table = np.array(SYMMETRY)
    return np.minimum(table[np.asarray(a)], table[np.asarray(b)])


def same(one: np.ndarray, other: np.ndarray, symmetry: np.ndarray | None = None) -> np.ndarray:
    """Which factors of two sprites agree.

    Args:
        one: `[n 5]`.
        other: `[n 5]`.
        symmetry: steps after which a rotation counts as the same `[n]`; where None, of the two shapes.

    Returns:
        `[n 5]` bool.
    """
    one, other = np.asarray(one), np.asarray(other)
    agree = one == other
    if symmetry is None:
        symmetry = symmetry_between(one[:, SHAPE], other[:, SHAPE])
    agree[:, ROTATION] = turn_gap(one[:, ROTATION], other[:, ROTATION], symmetry) <= TOLERANCE
    return agree
