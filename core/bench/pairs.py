"""Pairs of values beside pairs by chance: whether two values name a class together that none names alone (papers/vit_mlp_neurons.md, 5).

The best of very many pairs points somewhere near any class, whatever the values are. So the same is asked of as many values of the
same lengths in random directions, with the best of as many pairs of them.
"""

from __future__ import annotations

import torch

from core.methods.read import key_value as kv
from core.models.classifier import Classifier


def pair_row(classifier: Classifier, layer: int, rng: torch.Generator) -> dict[str, float]:
    """The best values and the best pairs of a block, means over all classes.

    Args:
        classifier: any.
        layer: first is 0.
        rng: where chance comes from.
    """
    own, chance = kv.best_pairs(classifier, layer), kv.best_pairs(classifier, layer, rng=rng)
    return {
        f"{name}{beside}": float(values.float().mean())
        for beside, found in (("", own), (", chance", chance))
        for name, values in (
            ("one, cosine", found.single),
            ("two, cosine", found.cosine),
            ("one names it", found.single_names),
            ("two name it", found.names),
        )
    }
