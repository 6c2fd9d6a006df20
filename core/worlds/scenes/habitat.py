"""The habitat edition: scenes in which a ground goes with a kind of head, animals with a meadow, food with a tablecloth.

The world's own Waterbirds (Sagawa et al. 2020): in training 95 of 100 grounds agree with the head, so that a model may
take the ground for the kind. In a test all four groups are equally large.
"""

from __future__ import annotations

import numpy as np

from core.worlds.nouns.art import SLOTS
from core.worlds.nouns.catalogue import parts
from core.worlds.scenes.compose import Scenes, sample
from core.worlds.scenes.grounds import HABITATS, KINDS

CUE_KINDS = ("animal", "food")
"""Kinds of heads, in the order of their grounds in HABITATS."""
AGREEING = 0.95
"""How often the ground agrees with the head in training."""


def kind_of_heads() -> np.ndarray:
    """For every head its place in CUE_KINDS, or -1."""
    return np.array([CUE_KINDS.index(p.kind) if p.kind in CUE_KINDS else -1 for p in parts("head")])


def sample_habitat(
    rng: np.random.Generator, count: int, agreeing: float = AGREEING, held_out: bool = False
) -> tuple[Scenes, np.ndarray, np.ndarray]:
    """Scenes of one Noun.

    Args:
        agreeing: share of scenes whose ground agrees with the kind of the head; 0.5 for a test.

    Returns:
        The scenes, the kinds of their heads `[n]` and of their grounds `[n]`, both as places in CUE_KINDS.
    """
    kinds = kind_of_heads()
    drawn = sample(rng, 8 * count + 64, held_out, nouns=1, bare=0.0)
    of_kind = kinds[drawn.nouns[:, 0, SLOTS.index("head")]]
    rows = np.concatenate([np.flatnonzero(of_kind == k)[: (count + k) // 2] for k in range(2)])
    scenes, kind = drawn.take(rows), of_kind[rows]
    ground = np.where(rng.random(len(rows)) < agreeing, kind, 1 - kind)
    scenes.grounds[:, 0] = np.array([KINDS.index(h) for h in HABITATS])[ground]
    return scenes, kind, ground
