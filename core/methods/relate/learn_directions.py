"""One vector for every part of every slot, by least squares on pictures that were read back.

    minimise sum_n |z_n - b - sum_s v[s, part_ns]|^2 + ridge |v|^2

The difference of class means of papers/vit_latent_editing.md treats one property at a time and so mixes in
whatever goes with it by chance; fitting all slots together takes that out, at the price of one linear solve.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.foundations.statistics import NormalEquations
from core.models.directions import PartDirections


def indicators(parts: Tensor, counts: dict[str, int], visible: Tensor | None = None) -> Tensor:
    """A 1 and, for every slot, the part as one of its parts.

    Args:
        parts: positions `[n s]`, slots in the order of `counts`.
        visible: which of them count `[n s]` bool; all where None.

    Returns:
        `[n 1+sum(counts)]` float32.
    """
    columns = [torch.ones(len(parts), 1)]
    for place, count in enumerate(counts.values()):
        one = torch.nn.functional.one_hot(parts[:, place], count).float()
        columns.append(one if visible is None else one * visible[:, place : place + 1])
    return torch.cat(columns, 1)


def directions_from(sums: NormalEquations, counts: dict[str, int], ridge: float = 1.0) -> PartDirections:
    """Solve for the vectors.

    Args:
        sums: of `indicators` against flattened latents.
        ridge: how strongly rare parts are drawn to nothing, in pictures.
    """
    weights = sums.solve(ridge).float()
    directions = PartDirections(counts, weights.shape[1])
    directions.base.copy_(weights[0])
    start = 1
    for slot, count in counts.items():
        vectors = directions.vectors(slot)
        vectors.copy_(weights[start : start + count])
        start += count
    return directions
