"""Bent shifts: walk up the gradient of an RBF kernel machine in small steps, until it sees the wanted value.

    f(z) = sum_i alpha_i exp(-gamma |z_i - z|^2) + b
    df/dz = 2 gamma sum_i alpha_i exp(-gamma |z_i - z|^2) (z_i - z)

Sections 2.3.3 and 2.3.4 of papers/vit_latent_editing.md. Class slots: the decision for the wanted value against the
rest must reach the margin, 1. Ordered slots: the standardised value, cyclic slots: cosine and sine of the angle
must become the wanted ones. The ensemble goes along the mean of the linear regression's direction and the RBF's,
both of length 1, weighted.

Differs from the paper: an RBF machine has no one direction, so the gradient is taken at the point and taken
anew after every step; the paper makes one vector of the support vectors and adds n of it to every latent.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from core.methods.write.shift_lines import Wish, lift, to_mark
from core.models.shifts import Shifts

STEPS = 24
"""Steps of a walk, each at most 1/24 of the way that may be gone."""
MARGIN = 1.0
"""The decision at which a class counts as reached."""


class Field(NamedTuple):
    """A kernel machine at a point: its outputs `[n m]` and their gradients `[n m d]`."""

    value: Tensor
    slope: Tensor


def field(z: Tensor, shifts: Shifts, wish: Wish) -> Field:
    """What a slot's kernel machine says of standardised latents `[n d]`, and where it grows."""
    duals, biases = (shifts.table(what, wish.slot.name) for what in ("duals", "biases"))
    if wish.slot.kind == "class":
        duals, biases = duals[wish.wanted, None], biases[wish.wanted, None]
    else:  # an ordered slot has one frame, so all latents have given 0
        duals, biases = (duals[wish.given], biases[wish.given]) if wish.slot.kind == "cyclic" else (duals[None], biases[None])
    weights = duals * torch.exp(-shifts.gamma * torch.cdist(z, shifts.anchors).square())[:, None]
    slope = 2 * shifts.gamma * (weights @ shifts.anchors - weights.sum(2, keepdim=True) * z[:, None])
    return Field(weights.sum(2) + biases, slope)


def missing(value: Tensor, wish: Wish) -> Tensor:
    """How far the outputs `[n m]` are from the wanted ones; 0 where a class is beyond its margin."""
    if wish.slot.kind == "class":
        return (MARGIN - value).clamp_min(0)
    return wish.slot.targets(wish.wanted, wish.given) - value


def heading(z: Tensor, shifts: Shifts, wish: Wish, share: float | Tensor) -> tuple[Tensor, Tensor]:
    """Where to go from a point, and how far until the machine is content, by its gradient there.

    Args:
        share: of the RBF's direction, in [0, 1]; the rest is the linear regression's.

    Returns:
        Unit directions `[n d]` (of length 0 where there is nothing to do) and lengths `[n]`, at least 0.
    """
    value, slope = field(z, shifts, wish)
    gap = missing(value, wish)
    along = unit(lift(slope, gap))
    if share < 1:
        along = unit(share * along + (1 - share) * unit(to_mark(z, shifts, "regression", wish)))
    gain = (slope @ along[..., None])[..., 0]
    length = (gain * gap).sum(1) / gain.square().sum(1).clamp_min(1e-12)
    return along, length.clamp_min(0)


def unit(step: Tensor) -> Tensor:
    """Steps `[n d]` at length 1; what is as good as nothing stays nothing."""
    length = step.norm(dim=1, keepdim=True)
    return torch.where(length > 1e-6, step / length.clamp_min(1e-6), torch.zeros_like(step))


def walk(z: Tensor, shifts: Shifts, wish: Wish, share: float | Tensor, reach: float | Tensor) -> Tensor:
    """Go in small steps until the machine is content or the reach is used up.

    Args:
        z: standardised latents `[n d]`.
        share: as in `heading`.
        reach: the most that is walked, in standard deviations.

    Returns:
        The whole way `[n d]`.
    """
    at = z
    for _ in range(STEPS):
        along, length = heading(at, shifts, wish, share)
        at = at + length.clamp(max=float(reach) / STEPS)[:, None] * along
    return at - z
