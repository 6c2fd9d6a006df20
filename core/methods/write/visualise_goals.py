"""What an image is grown for: units, value vectors by their keys, classes, and sums and multiples of these.

    goal(x) = sum_i w_i mean_t a_i[t](x),        a_i = the key of neuron i before its activation function, fc1(LN2 z)_i
    diversity = - mean_{p != q} cos(G_p, G_q),   G_p = A_p^T A_p, the Gram matrix of image p's units over its tokens

Papers: papers/vit_mlp_neurons.md, section 3.4 (the key of a class's best value vector, of the k best, and diversity), after Olah et al.
2017, "Feature visualization".

What differs from the authors' code (a fork of lucent; reference.md, section 5): there a channel is counted along axis 1, which for a
transformer's `[n t u]` is the token. Here a unit is a number of the last axis of tokens, or of the first of maps, and a goal says over
which tokens its mean is taken: all, the patches, the class token, or one place. A goal before the activation function is one after
fc1, a goal behind it names the activation function itself; nothing else differs, so the two can be compared. Every image of a batch
may have a goal of its own, and all goals cost one pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.errors import LayerError, SettingError, ShapeError

OUTPUT = ""
"""The layer's name under which a goal means what the network itself gives, such as the log-odds of classes."""
PLACES = ("all", "patches", "class")


class Term(NamedTuple):
    """One unit that is wanted.

    Attributes:
        weight: how much; below 0 to silence it.
        layer: module path, or OUTPUT.
        unit: its number.
        place: over which tokens the mean is taken: "all", "patches", "class", or the number of one patch.
    """

    weight: float
    layer: str
    unit: int
    place: str | int = "all"


@dataclass(frozen=True)
class Goal:
    """A sum of units. Goals are added, and multiplied by numbers.

    Attributes:
        terms: of the sum.
        diverse: weight of the diversity among all images of a batch that have an equal goal.

    Example:
        goal = unit("blocks.10.mlp.fc1", 312) + 0.5 * unit("blocks.9.mlp.fc1", 17) - output(281)
    """

    terms: tuple[Term, ...]
    diverse: float = 0.0

    def __post_init__(self) -> None:
        """SettingError where a place is not one of those that there are."""
        for term in self.terms:
            if term.place not in PLACES and not (isinstance(term.place, int) and term.place >= 0):
                raise SettingError(f"A place is one of {', '.join(PLACES)}, or the number of a patch; got {str(term.place)[:40]!r}.")

    def __add__(self, other: Goal) -> Goal:
        """Both at once."""
        return Goal(self.terms + other.terms, self.diverse + other.diverse)

    def __mul__(self, factor: float) -> Goal:
        """So many times as much."""
        return Goal(tuple(term._replace(weight=factor * term.weight) for term in self.terms), factor * self.diverse)

    __rmul__ = __mul__

    def __neg__(self) -> Goal:
        """The contrary."""
        return -1 * self

    def __sub__(self, other: Goal) -> Goal:
        """The one without the other."""
        return self + -other

    def apart(self, weight: float) -> Goal:
        """The same, wanting also that all images that are grown for it differ."""
        return replace(self, diverse=weight)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that are read, the network's output left out."""
        return tuple(dict.fromkeys(term.layer for term in self.terms if term.layer != OUTPUT))


def unit(layer: str, number: int, place: str | int = "all") -> Goal:
    """One unit of a layer."""
    return Goal((Term(1.0, layer, number, place),))


def units(layer: Sequence[str], numbers: Sequence[int], weights: Sequence[float] | None = None, place: str | int = "all") -> Goal:
    """Several units, such as the keys of a class's best value vectors, each with its layer and weight, 1 where nothing is said."""
    chosen = [1.0] * len(numbers) if weights is None else list(weights)
    return Goal(tuple(Term(float(w), name, int(n), place) for w, name, n in zip(chosen, layer, numbers, strict=True)))


def output(number: int) -> Goal:
    """One number of what the network gives, such as a class's log-odds."""
    return Goal((Term(1.0, OUTPUT, number),))


class Scorer:
    """The goals of a batch of images, ready to be asked at every step.

    Args:
        goals: one for each image.
        extra: how many tokens stand before the patches: class, distillation and register tokens.
    """

    def __init__(self, goals: Sequence[Goal], extra: int = 0) -> None:
        self.count, self.extra = len(goals), extra
        self.layers = tuple(dict.fromkeys(layer for goal in goals for layer in goal.layers))
        self.terms: dict[tuple[str, str | int], list[tuple[int, int, float]]] = {}
        for row, goal in enumerate(goals):
            for term in goal.terms:
                place = "all" if term.layer == OUTPUT else term.place
                self.terms.setdefault((term.layer, place), []).append((row, term.unit, term.weight))
        self.goals = tuple(goals)
        self.kin = [[j for j, other in enumerate(goals) if j != i and goal.diverse and other == goal] for i, goal in enumerate(goals)]
        if any(kin and not goal.layers for kin, goal in zip(self.kin, goals, strict=True)):
            raise SettingError(
                "Images differ by the units of a layer. Add a unit of one, with a weight of 0 if need be, to want them apart."
            )

    def score(self, readings: Mapping[str, Tensor]) -> Tensor:
        """How far each image has come.

        Args:
            readings: layer to tokens `[n t u]`, maps `[n u h w]` or vectors `[n u]`; OUTPUT to what the network gave `[n k]`.

        Returns:
            `[n]`, in the units' own measure; higher is better.

        Raises:
            LayerError: where a unit does not exist.
            ShapeError: where a reading has other axes.
        """
        total: Tensor | None = None
        for (layer, place), wanted in self.terms.items():
            means = self._means(readings[layer], place)
            rows, numbers = (torch.tensor([one[at] for one in wanted], device=means.device) for at in (0, 1))
            if int(numbers.max()) >= means.shape[1] or int(numbers.min()) < 0:
                raise LayerError(f"{layer or 'The output'} has units 0 to {means.shape[1] - 1}, got {int(numbers.max())}.")
            weights = means.new_tensor([one[2] for one in wanted])
            part = means.new_zeros(self.count).index_add(0, rows, weights * means[rows, numbers])
            total = part if total is None else total + part
        if total is None:
            raise SettingError("A goal without a unit asks for nothing. Use unit(), units() or output().")
        return total + self._diversity(readings) if any(self.kin) else total

    def _means(self, reading: Tensor, place: str | int) -> Tensor:
        """The units' mean over a place `[n u]`."""
        if reading.ndim == 2:
            return reading
        tokens, first = _tokens(reading), 0 if reading.ndim == 4 else self.extra
        if place == "class" and not first:
            raise ShapeError("There is no class token here. Use the place 'patches'.")
        if isinstance(place, int) and place >= tokens.shape[1] - first:
            raise ShapeError(f"There are {tokens.shape[1] - first} patches, and none of the number {place}.")
        spans = {"all": slice(None), "patches": slice(first, None), "class": slice(0, 1)}
        span = slice(first + place, first + place + 1) if isinstance(place, int) else spans[place]
        return tokens[:, span].mean(1)

    def _diversity(self, readings: Mapping[str, Tensor]) -> Tensor:
        """How unlike each image is to those that have its goal, weighed: `[n]`, from -weight to 0."""
        alike = {}
        for layer in dict.fromkeys(layer for goal, kin in zip(self.goals, self.kin, strict=True) if kin for layer in goal.layers):
            tokens = _tokens(readings[layer])
            tokens = tokens - tokens.mean(1, keepdim=True)
            gram = F.normalize((tokens.transpose(1, 2) @ tokens).flatten(1), dim=1)
            alike[layer] = gram @ gram.T
        rows = []
        for row, (goal, kin) in enumerate(zip(self.goals, self.kin, strict=True)):
            values = [alike[layer][row, kin].mean() for layer in goal.layers] if kin else [readings[self.layers[0]].new_zeros(())]
            rows.append(-goal.diverse * torch.stack(values).mean())
        return torch.stack(rows)


def _tokens(reading: Any) -> Tensor:
    """Tokens `[n t u]` of tokens, or of maps `[n u h w]`."""
    if not isinstance(reading, Tensor) or reading.ndim not in (3, 4):
        raise ShapeError(f"Expected tokens [n t u] or maps [n u h w], got {getattr(reading, 'shape', type(reading).__name__)}.")
    return reading.flatten(2).transpose(1, 2) if reading.ndim == 4 else reading
