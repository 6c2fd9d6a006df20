"""The losses of the networks among the shifters: the two predictors, and the reader of latents.

    L = a |delta - delta*|^2 + b |g(z + delta) - x*|^2 + c max(0, |z' - z*| - |z' - z| + margin) [+ e natural(g(z'))]

Section 2.4.2 of papers/vit_latent_editing.md (change, picture, triplet with margin 0.5), and the fourth loss of its
future work (sections 5.2 and 6.1): a judge of shapes that sees the picture. z' = z + delta; the anchor is z', the
positive is the target, the negative the start.

Differs from the paper: its text has the anchor as the start *less* the change, though it means the predicted
latent; latents are standardised; errors are averaged over numbers and over pixels, so that weights carry over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import SettingError, ShapeError
from core.methods.relate.learn_shifts import check_values
from core.methods.relate.shift_settings import ShiftSettings
from core.models.shifts import Shifts


class Pairs(NamedTuple):
    """Latents of pictures that differ in one slot.

    Attributes:
        source: before `[n d]`.
        target: after `[n d]`.
        slot: which slot differs, its place among the slots `[n]`.
        wanted: the value that it has after `[n]`.
        shape: what the judge of natural shapes should see after `[n]`, where there is such a judge.
    """

    source: Tensor
    target: Tensor
    slot: Tensor
    wanted: Tensor
    shape: Tensor | None = None


Decode = Callable[[Tensor], Tensor]
"""Latents `[n d]` to pictures, differentiable."""
Natural = Callable[[Tensor, Tensor], Tensor]
"""Pictures, and the shape that each should show `[n]`, to a loss."""


def _check(batch: Pairs, decode: Decode | None, target_ink: Tensor | None, natural: Natural | None) -> None:
    count = len(batch.source)
    if batch.target.shape != batch.source.shape or batch.slot.shape != (count,) or batch.wanted.shape != (count,):
        shapes = [list(x.shape) for x in (batch.source, batch.target, batch.slot, batch.wanted)]
        raise ShapeError(f"Pairs are source [n d], target [n d], slot [n] and wanted [n], got {shapes}.")
    if decode is None and (target_ink is not None or natural is not None):
        raise SettingError("A loss on pictures needs `decode`, latents to pictures. Give it, or leave the pictures away.")
    if decode is not None and target_ink is None and natural is None:
        raise SettingError("With `decode`, give the pictures that should come out (`target_ink`) or a judge (`natural`).")
    if natural is not None and batch.shape is None:
        raise SettingError("The judge of natural shapes needs `shape` in the pairs: what each picture should show.")


def predictor_loss(
    shifts: Shifts,
    kind: str,
    batch: Pairs,
    settings: ShiftSettings | None = None,
    *,
    decode: Decode | None = None,
    target_ink: Tensor | None = None,
    natural: Natural | None = None,
) -> tuple[Tensor, dict[str, float]]:
    """How far one of the predictors is from moving sources to targets.

    Args:
        kind: "paper_predictor" or "predictor".
        batch: latents as the generator has them, not standardised.
        decode: the frozen generator, latents `[n d]` to pictures.
        target_ink: what it should give, of the same shape.
        natural: a judge of shapes; its loss is a fourth one.

    Returns:
        The loss, and its parts before weighting.

    Raises:
        ShapeError: where the pairs do not fit each other.
        SettingError: where what a loss needs is not given.
    """
    settings = settings or ShiftSettings()
    _check(batch, decode, target_ink, natural)
    start, goal = shifts.standard(batch.source), shifts.standard(batch.target)
    reached = start + shifts.step(kind, start, batch.slot, batch.wanted)
    losses = {"delta": F.mse_loss(reached, goal), "triplet": F.triplet_margin_loss(reached, goal, start, margin=settings.margin)}
    if decode is not None:
        pictures = decode(shifts.raw(reached))
        if target_ink is not None:
            if pictures.shape != target_ink.shape:
                raise ShapeError(f"`target_ink` must be shaped as what decodes, {list(pictures.shape)}, got {list(target_ink.shape)}.")
            losses["reconstruction"] = F.mse_loss(pictures, target_ink)
        if natural is not None and batch.shape is not None:
            losses["natural"] = natural(pictures, batch.shape)
    loss = torch.stack([getattr(settings, name) * part for name, part in losses.items()]).sum()
    return loss, {name: float(part.detach()) for name, part in losses.items()}


def reader_loss(shifts: Shifts, latents: Tensor, values: Tensor) -> tuple[Tensor, dict[str, float]]:
    """Cross-entropy of the latent reader, summed over slots, and the share of each slot that it reads right.

    Values of a cyclic slot that look the same count as the first of them.

    Args:
        latents: `[n d]`, as the generator has them.
        values: `[n s]`.
    """
    check_values(latents, values, shifts.config)
    logits = shifts.reader(shifts.standard(latents))
    losses, right = [], {}
    for place, (slot, said) in enumerate(zip(shifts.config.slots, logits, strict=True)):
        truth = slot.fold(values[:, place], shifts.given(slot, values))
        losses.append(F.cross_entropy(said, truth))
        right[slot.name] = float((said.argmax(1) == truth).float().mean())
    return torch.stack(losses).sum(), right
