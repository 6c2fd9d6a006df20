"""Learn every shifter that needs no descent, and search the grid of how far each is to go.

Section 2.3 of papers/vit_latent_editing.md: Z' = Z + n beta, with beta from a linear regression, a linear or an RBF
support vector machine, or both; section 4.3.1: C, n and the ensemble's weight by grid search. The lines are fitted in
learn_shift_lines.py, the kernel machines in learn_shift_kernels.py, the networks' losses stand in learn_predictor.py.

Differs from the paper: n is searched by whether a shifted latent shows the wanted value with all else kept, which
the caller measures; there, by whether a classifier sees the wanted shape, whatever became of the rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from core.foundations.errors import SettingError, ShapeError
from core.foundations.seeds import torch_rng
from core.methods.relate.learn_shift_kernels import fit_rbf
from core.methods.relate.learn_shift_lines import Sample, fit_means, fit_regression, fit_sum, fit_svm
from core.methods.relate.shift_settings import GRIDS, Grid, ShiftSettings
from core.models.shifts import Shifts, ShiftsConfig

FLATTEST = 1e-3
"""A number of the latent that varies less than this is not divided by its deviation but by this."""


@dataclass(frozen=True)
class Tuned:
    """What a grid search chose.

    Attributes:
        strength: the factor on the step, or the most that is walked.
        share: of the RBF, in the ensemble.
        worth: what was measured with these.
    """

    strength: float
    share: float
    worth: float


def check_values(latents: Tensor, values: Tensor, config: ShiftsConfig) -> None:
    """Whether latents `[n ...]` and values `[n s]` fit a configuration; ShapeError or SettingError where not."""
    if values.shape != (len(latents), len(config.slots)):
        raise ShapeError(f"Give {len(config.slots)} values for each of {len(latents)} latents, got {list(values.shape)}.")
    if values.is_floating_point():
        raise SettingError(f"Values are whole numbers, got {values.dtype}.")
    counts = torch.tensor([slot.count for slot in config.slots], device=values.device)
    if bool(((values < 0) | (values >= counts)).any()):
        names = ", ".join(f"{slot.name} below {slot.count}" for slot in config.slots)
        raise SettingError(f"A value lies outside its slot. Allowed are whole numbers from 0: {names}.")


@torch.no_grad()
def learn_lines(latents: Tensor, values: Tensor, config: ShiftsConfig, settings: ShiftSettings | None = None) -> Shifts:
    """Fit means, regressions, support vector machines and the joint sum; the networks are left as they begin.

    Args:
        latents: `[n d]` or `[n c h w]`, of training pictures.
        values: what each shows `[n s]`, slots in the order of the configuration.

    Raises:
        ShapeError: where latents and values do not fit each other or the configuration.
        SettingError: where a value lies outside its slot.
    """
    settings = settings or ShiftSettings()
    check_values(latents, values, config)
    torch.manual_seed(settings.seed)  # decides how the networks begin
    shifts = Shifts(config)
    if len(latents) < 8:
        raise ShapeError(f"Shifters are learned from many latents, got {len(latents)}.")
    flat = latents.detach().cpu().flatten(1).float()
    shifts.standard(flat)  # says so where the width is another
    shifts.mean.copy_(flat.mean(0))
    shifts.std.copy_(flat.std(0).clamp_min(FLATTEST))
    sample = Sample(shifts.standard(flat), values.cpu().long())
    order = torch.randperm(len(flat), generator=torch_rng("shift rows", settings.seed))
    back = min(settings.held_back, len(flat) // 4)
    held, rest = sample.rows(order[:back]), sample.rows(order[back:])
    for slot in config.slots:
        fit_means(shifts, slot, sample)
        if "regression" in config.methods:
            fit_regression(shifts, slot, sample, settings)
        if "svm" in config.methods:
            fit_svm(shifts, slot, rest.rows(torch.arange(min(settings.rows, len(rest.z)))), held, settings)
    if "rbf" in config.methods:
        fit_rbf(shifts, rest, held, settings)
    if "sum" in config.methods:
        fit_sum(shifts, sample, settings)
    return shifts.eval()


def tune(shifts: Shifts, method: str, slot: str, worth: Callable[[float, float], float], grid: Grid | None = None) -> Tuned:
    """Choose how far a method goes in a slot, and for the ensemble the RBF's share, by what is measured.

    Args:
        worth: strength and share to how good shifts are then, more is better. Both are already written into
            `shifts` when it is called, so that it may just shift and look. NaN counts as worst.
        grid: what to try; GRIDS[method] where None. Of equals the first is taken.

    Returns:
        What was chosen; it now stands in `shifts`. Where `worth` raises, what stood there before stays.
    """
    row, place = shifts.method(method), shifts.place(slot)
    grid = grid or GRIDS[method]
    before = float(shifts.strengths[row, place]), float(shifts.shares[place])
    shares = grid.shares if method == "ensemble" else (before[1],)
    best = Tuned(*before, -math.inf)
    try:
        for share in shares:
            for strength in grid.strengths:
                _write(shifts, row, place, strength, share)
                found = float(worth(strength, share))
                best = Tuned(strength, share, found) if found > best.worth else best
    except BaseException:
        _write(shifts, row, place, *before)
        raise
    _write(shifts, row, place, best.strength, best.share)
    return best


def _write(shifts: Shifts, row: int, place: int, strength: float, share: float) -> None:
    shifts.strengths[row, place] = strength
    shifts.shares[place] = share
