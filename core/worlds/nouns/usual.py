"""What usual Nouns have at each place: their mean picture, few colours that stand for all, and how often each stands where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.foundations.seeds import numpy_rng
from core.worlds.nouns.art import load_art
from core.worlds.nouns.compose import draw, sample

COUNT = 2000
"""Random Nouns that are looked at; nothing is known of any but its pixels."""


@dataclass(frozen=True)
class Usual:
    """Arrays are shared: treat them as read-only.

    Attributes:
        mean: RGB `[32 32 3]` in [0, 1].
        colours: RGB `[k 3]` in [0, 1], all of the palette.
        shares: how often each of them, standing for those near it, is at each place `[32 32 k]`; sums to 1 over k.
        few: pictures RGB `[n 32 32 3]` in [0, 1], some of those that were looked at.
    """

    mean: np.ndarray
    colours: np.ndarray
    shares: np.ndarray
    few: np.ndarray


@lru_cache(maxsize=2)
def usual(colours: int = 64) -> Usual:
    """What usual Nouns have at each place.

    Args:
        colours: k. The commonest is taken first, then again and again the one that is farthest from those taken, often used ones sooner.
    """
    indices = draw(sample(numpy_rng("usual nouns"), COUNT))
    palette = load_art().palette.astype(np.float64) / 255
    used = np.bincount(indices.ravel(), minlength=len(palette)).astype(np.float64)
    used[0] = 0  # the transparent entry is no colour
    weights = np.sqrt(used)
    chosen = [int(weights.argmax())]
    far = np.full(len(palette), np.inf)
    while len(chosen) < colours:
        far = np.minimum(far, ((palette - palette[chosen[-1]]) ** 2).sum(1))
        chosen.append(int((far * weights).argmax()))
    kept = palette[chosen]
    near = ((palette[:, None] - kept) ** 2).sum(2).argmin(1)[indices]
    shares = np.stack([(near == one).mean(0) for one in range(colours)], -1)
    found = Usual(palette[indices].mean(0), kept, shares, palette[indices[:200]])
    for array in (found.mean, found.colours, found.shares, found.few):
        array.setflags(write=False)
    return found
