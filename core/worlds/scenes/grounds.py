"""Grounds: what stands behind the Nouns of a scene, plain, graded or textured, in a named colour.

A ground is four integers: its kind, its colour, its second colour, and a seed for its pattern's phase.
"""

from __future__ import annotations

import numpy as np

CANVAS = 64
"""Height and width of a scene in pixels."""

COLOURS = {
    "red": (208, 60, 56),
    "orange": (236, 150, 62),
    "yellow": (240, 214, 84),
    "green": (88, 168, 84),
    "teal": (52, 150, 150),
    "blue": (66, 108, 208),
    "purple": (136, 86, 184),
    "pink": (240, 150, 188),
    "brown": (134, 96, 66),
    "grey": (213, 215, 225),
    "beige": (225, 215, 213),
    "black": (38, 38, 46),
}
"""Named colours of grounds; grey and beige are the Nouns' own two."""

KINDS = ("plain", "graded", "striped", "checked", "dotted", "brick", "meadow", "tablecloth")
"""Kinds of grounds. The last two have colours of their own and belong to the habitat edition."""

HABITATS = ("meadow", "tablecloth")
_HABITAT_COLOURS = {"meadow": ((104, 176, 88), (70, 134, 66)), "tablecloth": ((236, 232, 226), (200, 64, 70))}
JITTER = 14
"""How far a colour may lie from its name's own, in steps of 255."""


def _pattern(kind: str, phase: np.random.Generator) -> np.ndarray:
    """How much of the second colour shows at each pixel, `[64 64]` in [0, 1]."""
    y, x = np.mgrid[0:CANVAS, 0:CANVAS]
    dy, dx = phase.integers(0, CANVAS, 2)
    y, x = y + dy, x + dx
    if kind == "graded":
        return np.linspace(0, 1, CANVAS)[:, None].repeat(CANVAS, 1)
    if kind == "striped":
        return ((x // 4) % 2).astype(float)
    if kind == "checked":
        return ((x // 4 + y // 4) % 2).astype(float)
    if kind == "dotted":
        return ((x % 8 - 4) ** 2 + (y % 8 - 4) ** 2 <= 4).astype(float)
    if kind == "brick":
        return ((y % 6 == 0) | ((x + 6 * ((y // 6) % 2)) % 12 == 0)).astype(float)
    if kind == "meadow":
        return phase.random((CANVAS, CANVAS)).repeat(2, 0)[:CANVAS] ** 2
    if kind == "tablecloth":
        return 0.5 * ((x // 8) % 2) + 0.5 * ((y // 8) % 2)
    return np.zeros((CANVAS, CANVAS))


def _colour(name: str, rng: np.random.Generator) -> np.ndarray:
    return np.clip(np.array(COLOURS[name]) + rng.integers(-JITTER, JITTER + 1, 3), 0, 255)


def draw_ground(ground: np.ndarray) -> np.ndarray:
    """One ground.

    Args:
        ground: `[4]` integers, kind, colour, second colour, seed.

    Returns:
        RGB `[64 64 3]` uint8.
    """
    kind, rng = KINDS[ground[0]], np.random.default_rng(int(ground[3]))
    names = tuple(COLOURS)
    if kind in HABITATS:
        one, two = (np.clip(np.array(c) + rng.integers(-JITTER, JITTER + 1, 3), 0, 255) for c in _HABITAT_COLOURS[kind])
    else:
        one, two = _colour(names[ground[1]], rng), _colour(names[ground[2]], rng)
        if kind not in ("plain", "graded"):  # a pattern is a lighter or darker shade of its colour, so that it has one name
            two = (one + (255 - one) * 0.45 if one.mean() < 150 else one * 0.7).astype(int)
    share = _pattern(kind, rng)[..., None]
    return (one * (1 - share) + two * share).astype(np.uint8)


def sample_grounds(rng: np.random.Generator, count: int) -> np.ndarray:
    """Random grounds `[n 4]` of the ordinary kinds, a third of them plain."""
    ordinary = len(KINDS) - len(HABITATS)
    kind = np.where(rng.random(count) < 0.25, 0, rng.integers(0, ordinary, count))
    one = rng.integers(0, len(COLOURS), count)
    two = (one + rng.integers(1, len(COLOURS), count)) % len(COLOURS)
    return np.stack([kind, one, two, rng.integers(0, 2**31, count)], 1)
