"""In which precision the lenses look through a tower: never in half.

A variance, a softmax or a covariance in float16 overflows or loses its digits, and the parts of an embedding would no
longer add up to it. So a tower in half precision embeds as it is, and is taken apart as a copy in float32: its own
rounded weights, no second rounding of what is computed with them.
"""

from __future__ import annotations

import copy
from itertools import chain

import torch
from torch import Tensor, nn

from core.foundations.errors import ModelError

PRECISIONS = (torch.float32, torch.float64)
"""In these a tower is taken apart."""


def precisions(tower: nn.Module) -> set[torch.dtype]:
    """Those of a tower's weights; float32 where it has none."""
    return {p.dtype for p in tower.parameters() if p.is_floating_point()} or {torch.float32}


def precision(tower: nn.Module) -> torch.dtype:
    """The one that the lenses look in: the tower's own, or float32 where that is less, or where there are several."""
    found = precisions(tower)
    return next(iter(found)) if len(found) == 1 and found <= set(PRECISIONS) else torch.float32


def refuse_half(tower: nn.Module) -> None:
    """ModelError where a tower's weights are not all in float32, or all in float64."""
    found = precisions(tower)
    if len(found) > 1 or not found <= set(PRECISIONS):
        told = " and ".join(sorted(str(dtype).removeprefix("torch.") for dtype in found))
        raise ModelError(
            f"{type(tower).__name__} computes in {told}, where norms and softmaxes lose their digits, so its parts do not add up. "
            "Look at it through core.models.clip.Clip, which takes a copy in float32, or call tower.float()."
        )


def at_least_single(x: Tensor) -> Tensor:
    """A tensor in float32 where it is in half precision or holds whole numbers, else as it is."""
    return x if x.dtype in PRECISIONS else x.float()


class Single:
    """A tower in a precision that the lenses can look in: itself, or a copy that is made anew when the tower has changed."""

    def __init__(self) -> None:
        self._state: tuple | None = None
        self._copy: nn.Module | None = None

    def of(self, tower: nn.Module) -> nn.Module:
        """The tower, or its copy in float32 without gradients of weights."""
        if precisions(tower) == {precision(tower)}:
            self._state = self._copy = None
            return tower
        state = _state(tower)
        if self._copy is None or state != self._state:
            self._state, self._copy = state, copy.deepcopy(tower).float().requires_grad_(False)
        return self._copy


def _state(tower: nn.Module) -> tuple:
    """What is another after the tower was moved, trained, or given other weights."""
    tensors = [(x.data_ptr(), 0 if x.is_inference() else x._version) for x in chain(tower.parameters(), tower.buffers())]
    return id(tower), tuple(tensors), tuple(module.training for module in tower.modules())
