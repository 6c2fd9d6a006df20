"""The bent part of the shifters: support vector machines with an RBF kernel, all measured from the same anchors.

    f(z) = sum_i alpha_i exp(-gamma |z_i - z|^2) + b

Section 2.3.3 of papers/vit_latent_editing.md. A machine for classes parts each value from the rest; machines for
numbers give the standardised value of an ordered slot and, for each value of the slot on which it depends, cosine
and sine of a cyclic one. What is kept is the anchors, once, and one row of alpha per output.

Differs from the paper: few anchors, shared by all slots, so that a page can carry and evaluate them; values that
are rare weigh as much as frequent ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.foundations.seeds import torch_rng
from core.methods.relate.learn_shift_lines import Sample
from core.methods.relate.shift_settings import ShiftSettings
from core.models.shifts import Shifts
from core.models.slots import Slot

LEAST = 2
"""Of every value at least so many anchors, where there are as many and room for them."""


class Kernels(NamedTuple):
    """exp(-gamma |x - y|^2) of anchors among themselves `[k k]` and of held-back latents to anchors `[n k]`."""

    own: np.ndarray
    held: np.ndarray


class Machine(NamedTuple):
    """One output: alpha `[k]` and b."""

    dual: np.ndarray
    bias: float


def choose_anchors(values: Tensor, count: int, seed: int) -> Tensor:
    """Places of latents that show every value of every slot at least twice, as far as there is room.

    Args:
        values: `[n s]`.
        count: how many to choose; all where there are fewer.

    Returns:
        Places `[min(count, n)]`, each at most once.
    """
    order = torch.randperm(len(values), generator=torch_rng("anchors", seed)).tolist()
    seen: dict[tuple[int, int], int] = {}
    first: list[int] = []
    rest: list[int] = []
    for place, row in zip(order, values[order].tolist(), strict=True):
        keys = list(enumerate(row))
        rare = any(seen.get(key, 0) < LEAST for key in keys) and len(first) < count
        (first if rare else rest).append(place)
        if rare:
            for key in keys:
                seen[key] = seen.get(key, 0) + 1
    return torch.tensor((first + rest)[:count], dtype=torch.long)


def _weights(machine: Any, rows: np.ndarray, count: int) -> Machine:
    """A fitted machine's weights, put back to the places of its anchors."""
    dual = np.zeros(count)
    dual[rows[machine.support_]] = machine.dual_coef_[0]
    return Machine(dual, float(machine.intercept_[0]))


def _classes(kernels: Kernels, labels: np.ndarray, count: int, c: float) -> list[Machine]:
    """Each value against the rest; a value without anchors is never decided for."""
    from sklearn.svm import SVC

    machines, every = [], np.arange(len(labels))
    for value in range(count):
        mine = labels == value
        if mine.all() or not mine.any():
            machines.append(Machine(np.zeros(len(labels)), 1.0 if mine.all() else -1.0))
            continue
        machine = SVC(C=c, kernel="precomputed", class_weight="balanced").fit(kernels.own, mine)
        machines.append(_weights(machine, every, len(labels)))
    return machines


def _numbers(kernels: Kernels, targets: np.ndarray, rows: np.ndarray, c: float, epsilon: float) -> list[Machine]:
    """One regression for each column of the targets `[k m]`, from some of the anchors."""
    from sklearn.svm import SVR

    if not len(rows):
        return [Machine(np.zeros(len(targets)), 0.0) for _ in range(targets.shape[1])]
    own = kernels.own[np.ix_(rows, rows)]
    fitted = [SVR(C=c, epsilon=epsilon, kernel="precomputed").fit(own, column[rows]) for column in targets.T]
    return [_weights(machine, rows, len(targets)) for machine in fitted]


def _outputs(kernel: np.ndarray, machines: list[Machine]) -> np.ndarray:
    return kernel @ np.stack([m.dual for m in machines], 1) + np.array([m.bias for m in machines])


def _best(grid: tuple[float, ...], fit: Callable[[float], list[Machine]], score: Callable[[list[Machine]], float]) -> list[Machine]:
    """The machines of that C which scores best; the first of equals."""
    tried = [fit(c) for c in grid]
    return tried[int(np.argmax([score(machines) for machines in tried]))]


def _fit_classes(kernels: Kernels, labels: np.ndarray, held: np.ndarray, slot: Slot, settings: ShiftSettings) -> list[Machine]:
    def accuracy(machines: list[Machine]) -> float:
        return float((_outputs(kernels.held, machines).argmax(1) == held).mean()) if len(held) else 0.0

    return _best(settings.c_kernel, lambda c: _classes(kernels, labels, slot.count, c), accuracy)


def _fit_numbers(kernels: Kernels, anchors: Sample, held: Sample, shifts: Shifts, slot: Slot, settings: ShiftSettings) -> list[Machine]:
    place = shifts.place(slot.name)
    frame, held_frame = (shifts.given(slot, s.values) for s in (anchors, held))
    targets = slot.targets(anchors.values[:, place], frame).double().numpy()
    wanted = slot.targets(held.values[:, place], held_frame).double().numpy()
    machines: list[Machine] = []
    for number in range(slot.frames):
        rows, held_rows = (torch.nonzero(f == number)[:, 0].numpy() for f in (frame, held_frame))

        def closeness(tried: list[Machine], held_rows: np.ndarray = held_rows) -> float:
            wrong = _outputs(kernels.held[held_rows], tried) - wanted[held_rows]
            return -float(np.square(wrong).mean()) if len(held_rows) else 0.0

        def fit(c: float, rows: np.ndarray = rows) -> list[Machine]:
            return _numbers(kernels, targets, rows, c, settings.epsilon)

        machines += _best(settings.c_kernel, fit, closeness)
    return machines


def fit_rbf(shifts: Shifts, sample: Sample, held: Sample, settings: ShiftSettings) -> None:
    """Choose anchors among the sample and fit every slot's machines to them."""
    anchors = sample.rows(choose_anchors(sample.values, shifts.config.anchors, settings.seed))
    count = len(anchors.z)
    shifts.gamma.fill_(settings.gamma / shifts.config.width)
    shifts.anchors[:count] = anchors.z
    kernels = Kernels(*(torch.exp(-shifts.gamma * torch.cdist(z, anchors.z).square()).double().numpy() for z in (anchors.z, held.z)))
    for slot in shifts.config.slots:
        if slot.kind == "class":
            place = shifts.place(slot.name)
            machines = _fit_classes(kernels, anchors.values[:, place].numpy(), held.values[:, place].numpy(), slot, settings)
        else:
            machines = _fit_numbers(kernels, anchors, held, shifts, slot, settings)
        duals, biases = shifts.table("duals", slot.name), shifts.table("biases", slot.name)
        duals.flatten(0, -2)[:, :count] = torch.from_numpy(np.stack([m.dual for m in machines])).float()
        biases.copy_(torch.tensor([m.bias for m in machines]).view_as(biases))
