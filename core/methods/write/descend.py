"""Go down a loss over latents, several at once, and show now and then the best that was found.

    rate(i) = rate * min(1, (i + 1) / (w n)) * (1 - cos(pi min(1, (n - i) / (c n)))) / 2,      n steps, w of them up, c of them down

Adam (Kingma and Ba, 2015, arXiv:1412.6980) on every latent by itself, with the schedule of papers/inner_workings_thesis.md, section 4.4:
500 steps, up over the first 5 %, down by a cosine over the last 25 %.

What differs: several starts go down in one batch, and where they are many the worse half is given up on the way; it stops when it is
done, which is when the loss has hardly moved for some steps; what is shown is the best so far, not the last.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from core.foundations.errors import SettingError, ShapeError

Loss = Callable[[Tensor], Tensor]
"""Latents `[n ...]` to the loss of each `[n]`, differentiable."""


@dataclass(frozen=True)
class Descent:
    """How a loss is gone down. The defaults are the paper's, but for when it stops and what is shown.

    Attributes:
        steps: at most.
        rate: of Adam.
        warm_up: share of the steps over which the rate rises from nothing.
        cool_down: share of them, at the end, over which it falls to nothing.
        momentum: Adam's two decays.
        shown: steps between what is shown, from 1; the first step is shown besides.
        patience: steps in which the loss must go down by `least`, or it is done; from 1.
        least: in parts of what it has gone down in all; 0 never stops early.
        halve: steps after which the worse half of the latents is given up, again and again until one is left; 0 for never.
        latest: whether what is shown is the latest instead: where the loss is another one at each step, no two compare.
    """

    steps: int = 500
    rate: float = 0.1
    warm_up: float = 0.05
    cool_down: float = 0.25
    momentum: tuple[float, float] = (0.9, 0.999)
    shown: int = 5
    patience: int = 25
    least: float = 0.003
    halve: int = 0
    latest: bool = False

    def __post_init__(self) -> None:
        """SettingError where something is out of bounds."""
        fine = self.steps >= 0 and self.shown >= 1 and self.patience >= 1 and self.rate > 0 and self.halve >= 0 and self.least >= 0
        if not fine or not 0 <= self.warm_up <= 1 or not 0 <= self.cool_down <= 1:
            raise SettingError(f"A setting of the descent is out of bounds: {self}. See Descent for what it may be.")

    def rate_at(self, step: int) -> float:
        """Adam's rate at a step, the first being 0."""
        up = min(1.0, (step + 1) / max(1.0, self.warm_up * self.steps))
        left = (self.steps - step) / max(1.0, self.cool_down * self.steps)
        return self.rate * up * 0.5 * (1 - math.cos(math.pi * min(1.0, left)))


class Down(NamedTuple):
    """What there is after some steps; whoever stops here keeps it.

    Attributes:
        step: steps so far.
        steps: at most.
        latent: the best so far, or the latest, `[1 ...]`.
        loss: its own.
        row: which of the starts it came from.
        done: whether this is the last.
    """

    step: int
    steps: int
    latent: Tensor
    loss: float
    row: int
    done: bool


class _Adam:
    """Adam on rows that can be given up."""

    def __init__(self, start: Tensor, momentum: tuple[float, float]) -> None:
        self.at, self.momentum, self.count = start.detach().clone().requires_grad_(), momentum, 0
        self.mean, self.square = torch.zeros_like(self.at), torch.zeros_like(self.at)
        self.rows = torch.arange(len(start))

    @torch.no_grad()
    def step(self, slope: Tensor, rate: float) -> None:
        """One step against a slope `[n ...]`."""
        first, second = self.momentum
        self.count += 1
        self.mean.lerp_(slope, 1 - first)
        self.square.lerp_(slope.square(), 1 - second)
        size = (self.square / (1 - second**self.count)).sqrt_().add_(1e-8)
        self.at -= rate / (1 - first**self.count) * self.mean / size

    @torch.no_grad()
    def keep(self, rows: Tensor) -> None:
        """Give up all but some rows."""
        self.at = self.at[rows].clone().requires_grad_()
        self.mean, self.square, self.rows = self.mean[rows], self.square[rows], self.rows[rows.cpu()]


def descend(start: Tensor, loss: Loss, settings: Descent | None = None) -> Iterator[Down]:
    """Go down a loss. To cancel, ask for no more.

    Args:
        start: latents `[n ...]`, each a start of its own.
        loss: of latents.
        settings: how.

    Yields:
        The best of the starts, then every few steps the best so far, or the latest. The last of them is the result.

    Raises:
        ShapeError: where there is no start.
    """
    chosen = settings or Descent()
    if start.ndim < 2 or not len(start):
        raise ShapeError(f"Expected starts [n ...], got {tuple(start.shape)}.")
    adam, best, history = _Adam(start, chosen.momentum), None, list[float]()
    for step in range(chosen.steps + 1):
        with torch.enable_grad():
            values = loss(adam.at)
            slope = torch.autograd.grad(values.sum(), adam.at)[0] if step < chosen.steps else None
        now, place = float(values.detach().min()), int(values.detach().argmin())
        if best is None or chosen.latest or now < best.loss:
            best = Down(step, chosen.steps, adam.at[place : place + 1].detach().clone(), now, int(adam.rows[place]), False)
        history.append(best.loss)
        done = slope is None or _still(history, chosen)
        if done or step == 1 or step % chosen.shown == 0:  # the first step at once: whoever watches sees that it moves
            yield best._replace(step=step, done=done)
        if done or slope is None:
            return
        adam.step(slope, chosen.rate_at(step))
        if chosen.halve and step and step % chosen.halve == 0 and len(adam.rows) > 1:
            adam.keep(values.detach().argsort()[: (len(adam.rows) + 1) // 2])


def _still(history: list[float], settings: Descent) -> bool:
    """Whether the best loss has hardly moved for a while."""
    if not settings.least or len(history) <= settings.patience:
        return False
    moved, all_moved = history[-1 - settings.patience] - history[-1], history[0] - history[-1]
    return moved <= settings.least * all_moved
