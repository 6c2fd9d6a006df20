"""Which parts of a world say a concept the loudest, to all models that share it.

With a_m(x) how loud model m's unit is in picture x, on the average over places and in the unit's deviations above its mean,

    said(x) = 1 / |M| sum_m (a_m(x) - mean a_m) / sd a_m        means and deviations over many pictures

so that every model counts the same, and of one slot the parts p whose pictures say it the loudest are those that bring the concept.

Paper: papers/inner_workings_thesis.md, section 4.3 (Dravid et al., ICCV 2023): units that correlate over images stand for one concept.
What differs: there a concept is edited through its maps alone; here what brings it about is looked up among a world's parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.foundations.concepts import Concept
from core.foundations.errors import ShapeError

MOST = 4.0
"""Deviations up to which an activation counts, so that one place cannot outshout the others."""
NEARLY = 0.6
"""Parts that say a concept at least so loudly, as a share of the loudest, bring it too."""


def loudness_of(concepts: Sequence[Concept], models: Sequence[str], maps: Mapping[str, Mapping[str, Tensor]]) -> Tensor:
    """How loud each concept is in each model.

    Args:
        concepts: which.
        models: whose columns come out, in order.
        maps: model to layer to `[n u h w]`, of the same pictures.

    Returns:
        `[n c m]`, in a unit's deviations above its mean; not a number where a model has no unit for a concept.
    """
    count = len(next(iter(maps[models[0]].values())))
    found = torch.full((count, len(concepts), len(models)), torch.nan)
    for row, concept in enumerate(concepts):
        for model, member in concept.best.items():
            own = maps[model][member.unit.layer][:, member.unit.channel].float()
            found[:, row, models.index(model)] = ((own - member.mean) / max(member.std, 1e-6)).clamp(max=MOST).mean((1, 2))
    return found


class Usual(NamedTuple):
    """How loud concepts usually are.

    Attributes:
        mean: over pictures, `[c m]`.
        spread: the standard deviation of the same.
    """

    mean: Tensor
    spread: Tensor

    @classmethod
    def of(cls, loudness: Tensor) -> Usual:
        """From `[n c m]`, see `loudness_of`."""
        return cls(loudness.mean(0), loudness.std(0).clamp_min(1e-6))

    def said(self, loudness: Tensor) -> Tensor:
        """What all models together say of pictures: `[n c m]` to `[n c]`, in deviations above the usual."""
        return ((loudness - self.mean) / self.spread).nanmean(2)


def parts_of(said: Tensor, most: int) -> list[int]:
    """The parts that bring a concept, the loudest first.

    Args:
        said: of each part of a slot, less the slot's mean `[p]`.
        most: how many at most.

    Returns:
        Positions; none where no part says it more than the others do.

    Raises:
        ShapeError: where there is no part.
    """
    if said.ndim != 1 or not len(said):
        raise ShapeError(f"Expected how loudly each part says it [p], got {tuple(said.shape)}.")
    order = said.argsort(descending=True, stable=True)[: max(1, most)].tolist()
    loudest = float(said[order[0]])
    return [part for part in order if loudest > 0 and float(said[part]) >= NEARLY * loudest]
