"""The straight part of the shifters: means, linear regression, linear support vector machines, the joint sum.

    regression   minimise |Y - Z beta|^2 + ridge |beta|^2
    svm          minimise |beta|^2 / 2 + C sum max(0, 1 - y beta^T z)^2

Sections 2.3.1 and 2.3.2 of papers/vit_latent_editing.md; directions have length 1. The machine parts value from
value where a class slot has few, one value from all others where it has many, the upper half from the lower of
an ordered slot, and positive from negative cosines and sines of a cyclic one.

Differs from the paper: the squared hinge, which can be solved with as many unknowns as a latent has numbers; and
the labels are the values themselves and not what a classifier says of a picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.statistics import NormalEquations
from core.methods.relate.learn_directions import directions_from, indicators
from core.methods.relate.shift_settings import ShiftSettings
from core.models.shifts import Shifts
from core.models.slots import Slot

BLOCK = 4096


@dataclass(frozen=True)
class Sample:
    """Latents with what they show.

    Attributes:
        z: standardised latents `[n d]`.
        values: of every slot `[n s]`.
    """

    z: Tensor
    values: Tensor

    def rows(self, chosen: Tensor) -> Sample:
        """Some of them, by places or by a mask."""
        return Sample(self.z[chosen], self.values[chosen])


def fit_means(shifts: Shifts, slot: Slot, sample: Sample) -> None:
    """The mean latent of every value; 0, the mean of all, where a value never occurs."""
    value, given = sample.values[:, shifts.place(slot.name)], shifts.given(slot, sample.values)
    table = shifts.table("means", slot.name)
    cells = given * slot.count + value
    sums = torch.zeros(slot.frames * slot.count, sample.z.shape[1]).index_add_(0, cells, sample.z)
    counts = torch.bincount(cells, minlength=len(sums)).clamp_min(1)
    table.copy_((sums / counts[:, None]).view_as(table))


def _ridge(z: Tensor, targets: Tensor, ridge: float) -> Tensor:
    """Weights of a linear regression with an intercept, `[m d]`."""
    centred = z - z.mean(0) if len(z) else z
    sums = NormalEquations(z.shape[1], targets.shape[1])
    sums.add(centred, targets - targets.mean(0) if len(z) else targets)
    return sums.solve(max(ridge, 1e-6)).T.float()


def fit_regression(shifts: Shifts, slot: Slot, sample: Sample, settings: ShiftSettings) -> None:
    """One direction for each target of a slot; for each frame anew where the slot depends on another."""
    value, given = sample.values[:, shifts.place(slot.name)], shifts.given(slot, sample.values)
    targets = slot.targets(value, given)
    table = shifts.table("regression", slot.name)
    if slot.kind == "class":  # of the same scale, so that differences of two keep their direction
        weights = _ridge(sample.z, targets, settings.ridge)
        table.copy_(weights / weights.norm(dim=1).max().clamp_min(1e-12))
    elif slot.kind == "ordered":
        table.copy_(F.normalize(_ridge(sample.z, targets, settings.ridge), dim=1))
    else:
        frames = [_ridge(sample.z[given == frame], targets[given == frame], settings.ridge) for frame in range(slot.frames)]
        table.copy_(F.normalize(torch.stack(frames), dim=2))


def _normals(sample: tuple[Tensor, Tensor], held: tuple[Tensor, Tensor], count: int, settings: ShiftSettings) -> Tensor:
    """Normals of the machines that part each label from the rest `[count d]`, two labels by one plane; C by grid."""
    from sklearn.svm import LinearSVC

    (z, labels), found = sample, torch.zeros(count, sample[0].shape[1])
    if len(labels.unique()) < 2:
        return found
    best, best_score = None, -1.0
    for c in settings.c_linear:
        machine = LinearSVC(C=c, dual=False).fit(z.double().numpy(), labels.numpy())
        score = machine.score(held[0].double().numpy(), held[1].numpy()) if len(held[1]) else 0.0
        best, best_score = (machine, score) if score > best_score else (best, best_score)
    assert best is not None
    normals = torch.from_numpy(np.asarray(best.coef_)).float()
    places = torch.from_numpy(best.classes_)
    if len(places) == 2:
        normals = torch.cat([-normals, normals])
    found[places] = normals
    return found


def _plane(sample: Sample, held: Sample, label: Tensor, held_label: Tensor, settings: ShiftSettings) -> Tensor:
    """The unit normal `[d]` of the plane with the labelled latents on its positive side; 0 where all are alike."""
    normals = _normals((sample.z, label.long()), (held.z, held_label.long()), 2, settings)
    return F.normalize(normals[1], dim=0)


def _pairs(sample: Sample, held: Sample, place: int, count: int, settings: ShiftSettings) -> Tensor:
    """Unit normals from value to value `[count count d]`, antisymmetric."""
    found = torch.zeros(count, count, sample.z.shape[1])
    for a in range(count):
        for b in range(a + 1, count):
            mine, theirs = (s.rows((s.values[:, place] == a) | (s.values[:, place] == b)) for s in (sample, held))
            found[a, b] = _plane(mine, theirs, mine.values[:, place] == b, theirs.values[:, place] == b, settings)
            found[b, a] = -found[a, b]
    return found


def fit_svm(shifts: Shifts, slot: Slot, sample: Sample, held: Sample, settings: ShiftSettings) -> None:
    """The linear support vector machines of one slot."""
    place, table = shifts.place(slot.name), shifts.table("svm", slot.name)
    if table.dim() == 3 and slot.kind == "class":
        table.copy_(_pairs(sample, held, place, slot.count, settings))
    elif slot.kind == "class":
        normals = _normals((sample.z, sample.values[:, place]), (held.z, held.values[:, place]), slot.count, settings)
        table.copy_(normals / normals.norm(dim=1).max().clamp_min(1e-12))
    else:
        for frame in range(slot.frames):
            mine, theirs = (s.rows(shifts.given(slot, s.values) == frame) for s in (sample, held))
            signs = [slot.targets(s.values[:, place], shifts.given(slot, s.values)) > 0 for s in (mine, theirs)]
            for number in range(signs[0].shape[1]):
                normal = _plane(mine, theirs, signs[0][:, number], signs[1][:, number], settings)
                table[(frame, number) if slot.kind == "cyclic" else number] = normal


def fit_sum(shifts: Shifts, sample: Sample, settings: ShiftSettings) -> None:
    """The joint fit of relate/learn_directions.py over groups of slots, every combination within a group a part."""
    columns = []
    for group in shifts.config.grouping.values():
        whole = torch.zeros_like(sample.values[:, 0])
        for slot in group:
            whole = whole * slot.count + sample.values[:, shifts.place(slot.name)]
        columns.append(whole)
    parts, counts = torch.stack(columns, 1), shifts.sums.counts
    sums = NormalEquations(1 + sum(counts.values()), sample.z.shape[1])
    for one, z in zip(parts.split(BLOCK), sample.z.split(BLOCK), strict=True):
        sums.add(indicators(one, counts), z)
    shifts.sums.load_state_dict(directions_from(sums, counts, max(settings.ridge, 1e-6)).state_dict())
