"""What training may see. Fixed by a hash, so that every machine agrees without a list.

Two kinds of compositions are held out: one in fifty of all, by the whole composition; and every
composition that holds one of the held-out pairs, two parts that training never sees together.
"""

from __future__ import annotations

import numpy as np

from core.worlds.nouns.art import SLOTS
from core.worlds.nouns.compose import sample

SEED = 2026
COMPOSITION_SHARE = 0.02
PAIR_SHARE = 0.01
PAIRED = (("body", "accessory"), ("body", "head"), ("accessory", "head"), ("head", "glasses"), ("accessory", "glasses"))


def _uniform(key: np.ndarray) -> np.ndarray:
    """Integers to numbers in [0, 1) that look random: the finaliser of SplitMix64."""
    x = key.astype(np.uint64) + np.uint64(SEED * 0x9E3779B97F4A7C15 % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (x ^ (x >> np.uint64(31))).astype(np.float64) / 2.0**64


def has_held_out_pair(compositions: np.ndarray) -> np.ndarray:
    """Whether a composition holds two parts that training never saw together, `[n]` bool."""
    found = np.zeros(len(compositions), bool)
    for number, (one, other) in enumerate(PAIRED):
        a, b = (compositions[:, SLOTS.index(s)].astype(np.uint64) for s in (one, other))
        found |= _uniform(((a << np.uint64(10)) | b) + (np.uint64(number + 1) << np.uint64(40))) < PAIR_SHARE
    return found


def is_held_out(compositions: np.ndarray) -> np.ndarray:
    """Whether training must not see a composition, `[n]` bool."""
    key = np.zeros(len(compositions), np.uint64)
    for column in compositions.T:
        key = (key << np.uint64(10)) | column.astype(np.uint64)
    return (_uniform(key) < COMPOSITION_SHARE) | has_held_out_pair(compositions)


def draw_split(rng: np.random.Generator, count: int, held_out: bool, bare: float = 0.0) -> np.ndarray:
    """Random compositions `[n 5]` of one side of the split, by rejection."""
    kept: list[np.ndarray] = []
    while sum(map(len, kept)) < count:
        batch = sample(rng, max(64, count if not held_out else 12 * count), bare)
        kept.append(batch[is_held_out(batch) == held_out])
    return np.concatenate(kept)[:count]
