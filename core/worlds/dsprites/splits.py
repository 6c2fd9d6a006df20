"""What training may see of dSprites. Fixed by a hash, so that every machine agrees without a list.

Held out are one picture in ten, and every picture at one of the held-out places (x and y together), so that
benchmarks also ask for places where training never saw a sprite.
"""

from __future__ import annotations

import numpy as np

from core.foundations.seeds import uniform
from core.worlds.dsprites.factors import TOTAL, X, Y, everything, flat

PICTURE_SHARE = 0.1
PLACE_SHARE = 0.02
SALT = 2027


def is_held_out(sprites: np.ndarray) -> np.ndarray:
    """Whether training must not see a sprite, `[n 5]` to `[n]` bool."""
    sprites = np.asarray(sprites)
    place = sprites[:, X].astype(np.int64) * 32 + sprites[:, Y] + TOTAL
    return (uniform(flat(sprites), SALT) < PICTURE_SHARE) | (uniform(place, SALT) < PLACE_SHARE)


def draw_split(rng: np.random.Generator, count: int, held_out: bool) -> np.ndarray:
    """Random sprites `[n 5]` of one side of the split, each at most once."""
    rows = everything()
    side = rows[is_held_out(rows) == held_out]
    return side[rng.choice(len(side), count, replace=count > len(side))].astype(int)
