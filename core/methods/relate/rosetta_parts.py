"""Which part of a picture a concept covers: its map above a threshold against the part's mask, on pictures that it was not chosen on.

    IoU(c, s) = sum_n |M_c(n) and S_s(n)| / sum_n |M_c(n) or S_s(n)|,      M_c(n) = places of image n where the map is above t_c

Source: Bau et al., "Network dissection", CVPR 2017 (intersection over union over a whole data set), which the thesis sets itself off
from (papers/inner_workings_thesis.md, section 4.2). There a threshold is the same high quantile for every unit; here the threshold and the
part are those with the highest IoU on some pictures, and what is reported is their IoU on others. A concept's map is the mean
of its units' maps, each less its mean over its spread on the data set, so that all models speak.

Sums are counts of places by level of the map and by part, so that every threshold is had from one pass, and passes can be added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.concepts import Concept, Member
from core.foundations.errors import ShapeError
from core.foundations.maps import resized

LEVELS = torch.arange(-2.0, 6.01, 0.1, dtype=torch.float64)
"""Thresholds that are tried, in spreads above the mean."""


class Cover(NamedTuple):
    """What a concept covers: the part's number, the threshold, and the IoU on the pictures that it was chosen on."""

    part: int
    level: int
    iou: float


def concept_map(concept: Concept, maps: Mapping[str, Mapping[str, Tensor]], size: tuple[int, int]) -> Tensor:
    """A concept's map: the mean over the models of the best tuple of the maps of their units, standardised.

    Args:
        concept: with members of models that are given; others are left out.
        maps: model to layer to `[n u h w]`.
        size: height and width of the result.

    Returns:
        `[n h w]`, in spreads above the mean.
    """
    units = [member for model, member in concept.best.items() if model in maps]
    return torch.stack([standardised(member, maps, size) for member in units]).mean(0)


def standardised(member: Member, maps: Mapping[str, Mapping[str, Tensor]], size: tuple[int, int]) -> Tensor:
    """One unit's map `[n h w]`, in spreads above its mean."""
    unit, mean, std = member.unit, member.mean, member.std
    one = maps[unit.model][unit.layer][:, unit.channel][:, None]
    return (resized(one, size)[:, 0] - mean) / max(std, 1e-12)


class PartCover:
    """Counts of places by concept, level of its map, and part.

    Args:
        concepts: how many.
        parts: how many, such as those of a parser.
    """

    def __init__(self, concepts: int, parts: int) -> None:
        self.counts = torch.zeros(concepts, len(LEVELS) + 1, parts, dtype=torch.int64)

    def add(self, maps: Tensor, owners: Tensor) -> PartCover:
        """Take in maps `[n c h w]`, in spreads, and the part of each place `[n h w]`, whole numbers."""
        n, concepts, h, w = maps.shape
        if owners.shape != (n, h, w) or concepts != len(self.counts):
            raise ShapeError(
                f"Expected maps [n {len(self.counts)} h w] and parts [n h w], got {tuple(maps.shape)} and {tuple(owners.shape)}."
            )
        parts = self.counts.shape[2]
        for place in range(concepts):
            level = torch.bucketize(maps[:, place].double(), LEVELS, right=True)
            self.counts[place] += torch.bincount((level * parts + owners).flatten(), minlength=self.counts[place].numel()).view(-1, parts)
        return self

    def merge(self, other: PartCover) -> PartCover:
        """Take in what another counted."""
        self.counts += other.counts
        return self

    def ious(self) -> Tensor:
        """Intersection over union of every concept's map at every threshold with every part, `[c levels parts]`."""
        above = self.counts.flip(1).cumsum(1).flip(1)[:, 1:].double()  # at the threshold or higher
        whole = self.counts.sum(1, keepdim=True).double()
        return above / (above.sum(2, keepdim=True) + whole - above).clamp(min=1)

    def chosen(self) -> list[Cover]:
        """For each concept the part and the threshold of the highest IoU."""
        found = []
        for table in self.ious():
            best = int(table.argmax())
            level, part = divmod(best, table.shape[1])
            found.append(Cover(part, level, float(table[level, part])))
        return found

    def judged(self, chosen: Sequence[Cover]) -> list[float]:
        """The IoU here of what was chosen on other pictures."""
        table = self.ious()
        return [float(table[place, cover.level, cover.part]) for place, cover in enumerate(chosen)]


def owners_of(parts: Tensor, size: tuple[int, int]) -> Tensor:
    """Probabilities of parts `[n parts h w]` to the most likely part of each place `[n h w]` at a size."""
    if tuple(parts.shape[2:]) != size:
        parts = F.interpolate(parts, size, mode="bilinear", align_corners=False)
    return parts.argmax(1)
