"""Names for features that nobody labelled, from two sides: what turning one on brings about, and what its pictures share.

papers/swiggle.md labelled 2048 features by hand. Here each feature is turned on in some pictures and they are read
again; and the pictures on which it is active by itself are read. A part that most of those share is its name, or a
colour where only that is common. Where a feature brings something about that its pictures do not share, it pushes
the picture somewhere rather than stands for something, and it stays unnamed. Where several slots qualify, the label
that says most is kept: one of 254 heads coming up again and again cannot be chance, while one of two backgrounds
can. No truth is consulted: only readings of pictures.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

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


def name_shared(parts: np.ndarray, active: np.ndarray, colours: list[list[str]], least: float = 0.6, fewest: int = 6) -> Label:
    """Name what the pictures share on which a feature is active.

    Args:
        parts: parts read in all pictures `[n s]`, -1 where a part is hidden.
        active: on which of them the feature is clearly active `[n]` bool.
        colours: for each slot the main colour of each of its parts, "" where it has none.
        least: a smaller share of the pictures earns no label.
        fewest: fewer active pictures earn no label.

    Returns:
        The part or colour with the largest share times log(share / its share among all pictures).
    """
    best = Label()
    if active.sum() < fewest:
        return best
    for place in range(parts.shape[1]):
        everywhere, here = parts[:, place], parts[active, place]
        part, share, base = _commonest(here, everywhere)
        found = Label(place, part, "", share, share * math.log(max(share / base, 1.0))) if part >= 0 else Label()
        if share < least and any(colours[place]):
            names = np.array([*colours[place], ""])
            colour, share, base = _commonest(names[here], names[everywhere])
            found = Label(place, -1, str(colour), share, share * math.log(max(share / base, 1.0))) if colour else Label()
        if found.confidence >= least and found.weight > best.weight + 1e-9:
            best = found
    return best


def _commonest(here: np.ndarray, everywhere: np.ndarray) -> tuple[Any, float, float]:
    """The commonest value, its share here and its share everywhere."""
    values, times = np.unique(here, return_counts=True)
    value = values[times.argmax()]
    return value.item(), float(times.max() / len(here)), float((everywhere == value).mean())
