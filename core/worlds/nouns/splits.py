"""What training may see. Fixed by a hash, so that every machine agrees without a list.

Two kinds of compositions are held out: one in fifty of all, by the whole composition; and every
composition that holds one of the held-out pairs, two parts that training never sees together.
"""

from __future__ import annotations

import numpy as np

from core.foundations.seeds import uniform
from core.worlds.nouns.art import SLOTS
from core.worlds.nouns.compose import sample

SEED = 2026
COMPOSITION_SHARE = 0.02
PAIR_SHARE = 0.01
PAIRED = (("body", "accessory"), ("body", "head"), ("accessory", "head"), ("head", "glasses"), ("accessory", "glasses"))


def has_held_out_pair(compositions: np.ndarray) -> np.ndarray:
    """Whether a composition holds two parts that training never saw together, `[n]` bool."""
    found = np.zeros(len(compositions), bool)
    for number, (one, other) in enumerate(PAIRED):
        a, b = (compositions[:, SLOTS.index(s)].astype(np.uint64) for s in (one, other))
        found |= uniform(((a << np.uint64(10)) | b) + (np.uint64(number + 1) << np.uint64(40)), SEED) < PAIR_SHARE
    return found


def is_held_out(compositions: np.ndarray) -> np.ndarray:
    """Whether training must not see a composition, `[n]` bool."""
    key = np.zeros(len(compositions), np.uint64)
    for column in compositions.T:
        key = (key << np.uint64(10)) | column.astype(np.uint64)
    return (uniform(key, SEED) < COMPOSITION_SHARE) | has_held_out_pair(compositions)


def draw_split(rng: np.random.Generator, count: int, held_out: bool, bare: float = 0.0) -> np.ndarray:
    """Random compositions `[n 5]` of one side of the split, by rejection."""
    kept: list[np.ndarray] = []
    while sum(map(len, kept)) < count:
        batch = sample(rng, max(64, count if not held_out else 12 * count), bare)
        kept.append(batch[is_held_out(batch) == held_out])
    return np.concatenate(kept)[:count]
