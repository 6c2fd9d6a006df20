"""Steer a latent: bring some measures of its picture to where they are wished, and hold all others where they were.

A latent moves by s along k lines, and its measures move by about J s. J was measured on several faces f, line by line. Then

    s = argmin  mean_f sum_a w_a ((J_f s)_a - aim_a)^2  +  pace * s' C s

w is large for what is wished, 1 for what has to stay, 0 for what may move; C is how far a step leads away from the model's own
latents and from the identity. The mean over faces trusts a line that does the same on every face more than one that does not.

After each look the model is corrected on this one picture: the wished measures' slopes by the ratio of what came to what was
predicted, and whatever else moved beside its prediction is aimed against. The whole step is then solved for anew from the start, so
that it never becomes longer than it has to be.

Source: Gauss-Newton with damping (Levenberg 1944), slopes corrected by secants (Broyden 1965). The papers add a fixed line, on any
picture alike (papers/vit_latent_editing.md, section 2.3; papers/inner_workings_thesis.md, chapter 4).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

WISHED = 30.0
"""Weight of what is wished, beside 1 for what has to stay."""
DEAREST = 300.0
"""The most that this weight becomes: beyond it distance is worth nothing, and a step that shows nothing leaves every picture behind."""
PACE = 0.15
"""How dear distance is."""
TOLD = 0.3
"""Steps that a wished measure must have been predicted to move before its slope is corrected by what came."""
RATIO = (0.4, 2.5)
"""The most that one look corrects a slope."""
BELIEVED = 0.9
"""Share of what moved beside its prediction that is aimed against."""


@dataclass(frozen=True)
class Effects:
    """What lines do.

    Attributes:
        moved: how far a unit of each line moves each measure on several faces, in steps that a person sees, `[f k a]`.
        cost: of a step's coefficients, as a quadratic form `[k k]`.
    """

    moved: Tensor
    cost: Tensor

    def solve(self, aim: Tensor, weights: Tensor, pace: float = PACE) -> Tensor:
        """The coefficients `[k]` that move measures by `aim` `[a]`, where each matters as `weights` `[a]` say."""
        matrix = torch.einsum("fka,a,fla->kl", self.moved, weights, self.moved) / len(self.moved) + pace * self.cost
        wanted = torch.einsum("fka,a->k", self.moved, weights * aim) / len(self.moved)
        return torch.linalg.solve(matrix, wanted)

    def scaled(self, ratios: Mapping[int, float]) -> Effects:
        """The same with some measures' slopes multiplied."""
        factor = torch.ones(self.moved.shape[2])
        for place, ratio in ratios.items():
            factor[place] = ratio
        return Effects(self.moved * factor, self.cost)

    def stiffer(self, dearer: Tensor) -> Effects:
        """The same where each line's coefficient is so many times as dear `[k]`."""
        root = dearer.sqrt()
        return Effects(self.moved, self.cost * root * root[:, None])

    def predicted(self, coefficients: Tensor) -> Tensor:
        """How far measures move in the mean `[a]`."""
        return coefficients @ self.moved.mean(0)


class Course:
    """The way from one picture to what is wished of it, corrected at every look.

    Args:
        effects: of the lines.
        start: the measures at the start `[a]`, in steps.
        aims: where those should come to that were asked for, by their places; the first one tells how far it is.
        kept: places of those that have to stay.
        unseen: places of those that the picture cannot show, since the step is bounded to a part of it; what is kept of them is
            held as predicted.

    Example:
        course = Course(effects, start, {3: 2.0}, kept=[0, 1])
        course.learn(look(course.step()))      # again, until it is there
    """

    def __init__(self, effects: Effects, start: Tensor, aims: Mapping[int, float], kept: list[int], unseen: Sequence[int] = ()) -> None:
        self.effects, self.start, self.aims, self.kept, self.unseen = effects, start, dict(aims), kept, list(unseen)
        self.weights, self.aim = torch.zeros_like(start), torch.zeros_like(start)
        self.weights[kept] = 1.0
        for place, value in self.aims.items():
            self.weights[place] = WISHED
            self.aim[place] = value - start[place]
        self.asked = next(iter(self.aims))
        self.way = float(self.aim[self.asked])
        self.given, self.low, self.high = effects, 0.0, math.inf
        self.beside = torch.zeros_like(start)
        self.coefficients = torch.zeros(effects.moved.shape[1])
        self.next: Tensor | None = None

    def step(self) -> Tensor:
        """The whole step from the start, as coefficients `[k]` of the lines."""
        if self.next is not None:
            self.coefficients, self.next = self.next, None
            return self.coefficients
        step = self.effects.solve(self.aim - self.beside, self.weights)
        dose = self._dose(step)
        if self.low and self.high < math.inf and not self.low < dose < self.high:
            # Between one that was too short and one that came: glasses come all at once, and a slope would swing from one to the other.
            step = step * (self.low + self.high) / (2 * max(dose, self.low))
        self.coefficients = step
        return step

    def _dose(self, step: Tensor) -> float:
        """How far a step should go the way that was asked for, by what was measured at first."""
        return (1 if self.way >= 0 else -1) * float(self.given.predicted(step)[self.asked])

    def learn(self, now: Tensor) -> None:
        """Correct the model by the measures `[a]` to which the last step led."""
        moved, asked, dose = now - self.start, self.asked, self._dose(self.coefficients)
        if self.short(now) > TOLD:
            self.low = max(self.low, dose)
        else:
            self.high = min(self.high, dose)
        predicted = float(self.effects.predicted(self.coefficients)[asked])
        told = abs(predicted) > TOLD
        if told:
            ratio = min(max(float(moved[asked]) / predicted, RATIO[0]), RATIO[1])
            self.effects = self.effects.scaled({asked: ratio})
            # A slope that is less steep would make distance dearer beside it, and the step shorter where it has to be longer.
            self.weights[asked] = min(float(self.weights[asked]) / min(ratio, 1.0) ** 2, DEAREST)
        self.beside = BELIEVED * (moved - self.effects.predicted(self.coefficients))
        self.beside[self.unseen] = 0.0
        if told:
            self.beside[asked] = 0.0

    def follow(self, step: Tensor) -> None:
        """Take this step `[k]` next, where what was learned led to a worse one."""
        self.next = step

    def ease(self, steps: float) -> None:
        """Go so many steps less far from now on; what is missing is still told of the whole way."""
        self.aim[self.asked] = self.way - (1 if self.way >= 0 else -1) * min(steps, abs(self.way))

    def short(self, now: Tensor) -> float:
        """Steps that are missing to what was asked for; none where it is passed."""
        return max(0.0, (1 if self.way >= 0 else -1) * float(self.start[self.asked] + self.way - now[self.asked]))

    def came(self, now: Tensor) -> float:
        """Steps that what was asked for has moved its way."""
        return (1 if self.way >= 0 else -1) * float(now[self.asked] - self.start[self.asked])

    def strayed(self, now: Tensor) -> Tensor:
        """Steps that each measure that has to stay has moved, either way, in their order."""
        return (now - self.start)[self.kept].abs()
