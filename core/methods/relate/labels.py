"""Names for features that nobody labelled: turn one on in many pictures, read them again, see what changes.

papers/swiggle.md labelled 2048 features by hand. Here a label is the part that a feature brings about in most
pictures, its confidence the share of pictures in which it does. Where a feature changes several slots, the label
that says most is kept: confidence times the logarithm of how many parts the slot has, since one of 254 heads
coming up again and again cannot be chance, while one of two backgrounds can. Where no single part comes out but
its colour does, the label is the colour. No truth is consulted: only readings of pictures.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Effect:
    """What turning a feature did, in `n` pictures.

    Attributes:
        before: parts read before `[n s]`.
        after: parts read after `[n s]`.
    """

    before: np.ndarray
    after: np.ndarray


@dataclass(frozen=True)
class Label:
    """What a feature brings about.

    Attributes:
        place: the slot's number, or -1 where nothing consistent was seen.
        part: position of the part, or -1 where only the colour is consistent.
        colour: the colour's name, or "".
        confidence: share of the pictures in which it was brought about, in [0, 1].
        weight: how much the label says, confidence times the logarithm of what else it could have been.
    """

    place: int = -1
    part: int = -1
    colour: str = ""
    confidence: float = 0.0
    weight: float = 0.0


def name_effect(effect: Effect, colours: list[list[str]], least: float = 0.4) -> Label:
    """Name what changed most consistently.

    Args:
        effect: readings before and after.
        colours: for each slot the main colour of each of its parts, "" where it has none.
        least: a smaller share of the pictures earns no label.
    """
    best = Label()
    for place in range(effect.before.shape[1]):
        before, after = effect.before[:, place], effect.after[:, place]
        moved = before != after
        if not moved.any():
            continue
        part, times = Counter(after[moved].tolist()).most_common(1)[0]
        movable = max(1, int((before != part).sum()))
        share = times / movable
        found = Label(place, part, "", share, share * math.log(len(colours[place])))
        if found.confidence < least:
            found = _name_colour(place, before, after, colours[place])
        if found.confidence >= least and found.weight > best.weight:
            best = found
    return best


def _name_colour(place: int, before: np.ndarray, after: np.ndarray, colours: list[str]) -> Label:
    was, now = (np.array([colours[p] for p in parts]) for parts in (before, after))
    moved = (was != now) & (now != "")
    if not moved.any():
        return Label()
    colour, times = Counter(now[moved].tolist()).most_common(1)[0]
    share = times / max(1, int((was != colour).sum()))
    return Label(place, -1, colour, share, share * math.log(max(2, len(set(colours)))))
