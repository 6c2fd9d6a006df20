"""Shift a latent so that one slot shows another value and everything else stays.

    z' = z + amount * std * step(z, slot, wanted)

Eight ways to find the step, those of papers/vit_latent_editing.md (sections 2.3, 2.4) and what they should be held
against; METHODS names them. What they know was fitted in relate/learn_shifts.py and lies in models/shifts.py.

Differs from the paper: every method looks at where it starts, goes from any value to any value, and steps in
standard deviations of the latent; there, one fixed vector per property is added to every latent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from core.foundations.errors import SettingError, ShapeError
from core.methods.write.shift_lines import Wish, between_means, between_sums, to_mark
from core.methods.write.shift_walk import heading, unit, walk
from core.methods.write.turn import check_strength
from core.models.shifts import METHOD_NAMES, Shifts

Move = Callable[[Tensor, Shifts, Wish], Tensor]


@dataclass(frozen=True)
class Method:
    """One way to shift.

    Attributes:
        says: what it does, in a sentence for people.
        step: standardised latents `[n d]` and a wish to steps `[n d]`, in standard deviations.
    """

    says: str
    step: Move


def _strength(shifts: Shifts, method: str, wish: Wish) -> Tensor:
    return shifts.strengths[METHOD_NAMES.index(method), wish.place]


def _line(method: str) -> Move:
    return lambda z, shifts, wish: _strength(shifts, method, wish) * to_mark(z, shifts, method, wish)


def _network(method: str) -> Move:
    def step(z: Tensor, shifts: Shifts, wish: Wish) -> Tensor:
        return _strength(shifts, method, wish) * shifts.step(method, z, torch.full_like(wish.wanted, wish.place), wish.wanted)

    return step


def _rbf(z: Tensor, shifts: Shifts, wish: Wish) -> Tensor:
    return walk(z, shifts, wish, 1.0, _strength(shifts, "rbf", wish))


def _ensemble(z: Tensor, shifts: Shifts, wish: Wish) -> Tensor:
    return walk(z, shifts, wish, shifts.shares[wish.place], _strength(shifts, "ensemble", wish))


def _means(z: Tensor, shifts: Shifts, wish: Wish) -> Tensor:
    return _strength(shifts, "means", wish) * between_means(shifts, wish)


def _sum(z: Tensor, shifts: Shifts, wish: Wish) -> Tensor:
    return _strength(shifts, "sum", wish) * between_sums(z, shifts, wish)


METHODS: dict[str, Method] = {
    "regression": Method("Goes along the direction in which a linear regression sees the value grow.", _line("regression")),
    "svm": Method("Goes straight across the plane that parts one value from another (a linear support vector machine).", _line("svm")),
    "rbf": Method("Walks up the slope of a support vector machine with a bent border, looking anew at every step.", _rbf),
    "ensemble": Method("Walks along the weighted mean of the regression's direction and the bent machine's.", _ensemble),
    "means": Method("Adds the mean latent of the wanted value and takes away the mean latent of the present one.", _means),
    "sum": Method("Takes the latent as a sum of one vector per property and exchanges one of the vectors.", _sum),
    "paper_predictor": Method("A small network, built as in the paper, predicts the change.", _network("paper_predictor")),
    "predictor": Method("A wider network of ours, with residual layers, predicts the change.", _network("predictor")),
}


def read_latent(latent: Tensor, shifts: Shifts) -> Tensor:
    """Which value each slot has, by the latent alone.

    Args:
        latent: `[n d]` or `[n c h w]`.

    Returns:
        `[n s]`; of a cyclic slot the first value that looks the same.
    """
    return shifts.read(shifts.standard(latent))


def shift(latent: Tensor, shifts: Shifts, method: str, slot: str, wanted: Tensor, amount: float = 1.0) -> Tensor:
    """Move latents so that a slot shows a wanted value.

    Args:
        latent: `[n d]` or `[n c h w]`.
        method: one of METHODS that `shifts` holds.
        slot: the slot's name.
        wanted: the positions of the wanted values `[n]`.
        amount: 0 changes nothing, 1 is the whole way.

    Returns:
        Latents of the same shape.

    Raises:
        SettingError: where the method, the slot, the value or the amount does not exist.
        ShapeError: where the latents or the wanted values have other axes.
    """
    z, wish = _wish(latent, shifts, method, slot, wanted)
    step = METHODS[method].step(z, shifts, wish)
    return latent + (check_strength(amount) * step * shifts.std).to(latent.dtype).view_as(latent)


def direction(latent: Tensor, shifts: Shifts, method: str, slot: str, wanted: Tensor) -> Tensor:
    """Where a method goes first, at length 1 in standardised latents `[n d]`; 0 where there is nothing to do."""
    z, wish = _wish(latent, shifts, method, slot, wanted)
    if method in ("rbf", "ensemble"):
        share = 1.0 if method == "rbf" else shifts.shares[wish.place]
        return heading(z, shifts, wish, share)[0]
    return unit(METHODS[method].step(z, shifts, wish))


def _wish(latent: Tensor, shifts: Shifts, method: str, slot: str, wanted: Tensor) -> tuple[Tensor, Wish]:
    shifts.method(method)
    place = shifts.place(slot)
    known = shifts.config.slots[place]
    z = shifts.standard(latent)
    if not isinstance(wanted, Tensor) or wanted.shape != (len(z),):
        given = list(wanted.shape) if isinstance(wanted, Tensor) else wanted
        raise ShapeError(f"Give one wanted value for each latent, [{len(z)}]; got {given}.")
    if (
        wanted.is_floating_point()
        or wanted.dtype == torch.bool
        or len(wanted)
        and not 0 <= int(wanted.min()) <= int(wanted.max()) < known.count
    ):
        raise SettingError(f"Values of {slot!r} are whole numbers from 0 to {known.count - 1}, got {wanted.tolist()[:8]}.")
    values = shifts.read(z)
    return z, Wish(known, place, wanted.long().to(z.device), values[:, place], shifts.given(known, values))
