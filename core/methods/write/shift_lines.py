"""Straight shifts: along the directions of a linear model, until the latent lies where the wanted value lies.

    z' = z + n P (m[wanted] - z),   P onto the span of the unit directions beta

Sections 2.3.1 and 2.3.2 of papers/vit_latent_editing.md, where Z' = Z + n beta with one n for all. One direction
for an ordered slot; for a class slot the one from the value that is there to the wanted one; for a cyclic slot
two, cosine and sine of the angle at the harmonic of what is there.

Differs from the paper: the length is not one number but what is missing. The mean projection of all latents
with the wanted value is a ruler on the line, and the step ends at its mark; n, found by grid search, remains as a factor.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from core.models.shifts import Shifts
from core.models.slots import Slot

DAMPING = 1e-6
"""Share of the squared length that is added before dividing, so that directions of no length give no step."""


@dataclass(frozen=True)
class Wish:
    """What shall be seen, and what is seen now.

    Attributes:
        slot: which property is to change.
        place: its place among the slots.
        wanted: to which value `[n]`.
        now: which value it has `[n]`.
        given: the value of the slot on which it depends `[n]`, 0 where there is none.
    """

    slot: Slot
    place: int
    wanted: Tensor
    now: Tensor
    given: Tensor


def lift(vectors: Tensor, gaps: Tensor) -> Tensor:
    """The shortest step `[n d]` whose products with vectors `[n m d]` are the gaps `[n m]`."""
    gram = vectors @ vectors.mT
    size = gram.diagonal(dim1=1, dim2=2).mean(1)[:, None, None]
    damped = gram + (DAMPING * size + 1e-20) * torch.eye(gram.shape[1], device=gram.device)
    return (torch.linalg.solve(damped, gaps[..., None]).mT @ vectors)[:, 0]


def lines(shifts: Shifts, method: str, wish: Wish) -> Tensor:
    """The unit directions of a linear method `[n m d]`; of length 0 where the value is there already."""
    table = shifts.table(method, wish.slot.name)
    if wish.slot.kind == "ordered":
        return F.normalize(table, dim=1).expand(len(wish.wanted), -1, -1)
    if wish.slot.kind == "cyclic":
        return F.normalize(table[wish.given], dim=2)
    straight = table[wish.now, wish.wanted] if table.dim() == 3 else table[wish.wanted] - table[wish.now]
    return F.normalize(straight, dim=1)[:, None]


def to_mark(z: Tensor, shifts: Shifts, method: str, wish: Wish) -> Tensor:
    """The step along the lines to the ruler's mark `[n d]`, in standard deviations."""
    along = lines(shifts, method, wish)
    mark = shifts.table("means", wish.slot.name)[wish.given, wish.wanted]
    return lift(along, (along @ (mark - z)[..., None])[..., 0])


def between_means(shifts: Shifts, wish: Wish) -> Tensor:
    """The mean latent with the wanted value less that with the value that is there `[n d]`."""
    means = shifts.table("means", wish.slot.name)
    return means[wish.given, wish.wanted] - means[wish.given, wish.now]


def between_sums(z: Tensor, shifts: Shifts, wish: Wish) -> Tensor:
    """In a latent that is a sum of one vector per group, the group's vector exchanged `[n d]`."""
    grouping = shifts.config.grouping
    name = next(name for name, group in grouping.items() if wish.slot in group)
    names = [slot.name for slot in grouping[name]]
    stride = 1
    for slot in grouping[name][names.index(wish.slot.name) + 1 :]:
        stride *= slot.count
    found = shifts.sums.explain(z)[name]
    now = found // stride % wish.slot.count
    vectors = shifts.sums.vectors(name)
    return vectors[found + (wish.wanted - now) * stride] - vectors[found]
