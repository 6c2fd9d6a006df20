"""What may turn a face towards a state: lines in w along which an attribute changes, each in several groups of layers.

With T the attributes, standardised, and C the covariance of w:

    means        the mean w of the faces with most of it, less that of those with least
    regression   g, the weights of a ridge regression of the attribute on w
    joint        the attribute's column of the least squares w ~ b + T B: all attributes at once, so that what goes along by chance is out
    conditioned  C G' (G C G' + r)^-1 e: the likeliest change of w that moves this attribute and, as far as r lets it, none of the others

The first three are the tab Shift's own question (papers/vit_latent_editing.md, section 2.3) for attributes that have more
and less. A generator's early layers decide pose and shape, the middle ones features, the late ones colours; turning only some of
them keeps the rest, so each line is tried in several groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from core.worlds.faces.attributes import ATTRIBUTES
from core.worlds.faces.reading import WAYS

METHODS = ("conditioned", "conditioned softly", "joint", "means", "regression")
GROUPS: dict[str, tuple[int, int]] = {
    "all": (0, 23),
    "to 16 px": (0, 7),
    "to 64 px": (0, 13),
    "8 to 128 px": (1, 16),
    "from 64 px": (10, 23),
}
"""Slots of w+ from and until, by the sizes of the maps that they scale."""
TOGETHER = {
    "neutral": ("smiling", "surprised", "sad", "angry", "mouth open"),
    "smiling": ("neutral", "surprised", "sad", "angry", "mouth open"),
    "surprised": ("neutral", "smiling", "sad", "angry", "mouth open"),
    "sad": ("neutral", "smiling", "surprised", "angry", "mouth open"),
    "angry": ("neutral", "smiling", "surprised", "sad", "mouth open"),
    "sunglasses": ("glasses",),
    "glasses": ("sunglasses",),
    "hat": ("hair above",),
    "hair colour": ("age",),
    "age": ("hair colour",),
}
"""What an attribute cannot be moved without, and is so not held."""
EDGE = 0.06
"""Share of the faces with most and with least, whose means are compared."""


@dataclass(frozen=True)
class Candidate:
    """A way to turn a face.

    Attributes:
        slot: what it should turn.
        state: towards what.
        method: how the line was learned.
        group: which layers it moves.
        line: in w `[d]`; as long as the means of most and least are apart.
    """

    slot: str
    state: str
    method: str
    group: str
    line: Tensor

    def direction(self, slots: int) -> Tensor:
        """In w+ `[slots d]`."""
        first, last = GROUPS[self.group]
        found = torch.zeros(slots, len(self.line))
        found[first:last] = self.line
        return found


class Lines:
    """The lines of all methods, learned from faces.

    Args:
        styles: w `[n d]`.
        values: attributes `[n k]`, in the order of ATTRIBUTES.
        ridge: penalty of the regressions, in faces.
    """

    def __init__(self, styles: Tensor, values: Tensor, ridge: float = 60.0) -> None:
        low, high = values.quantile(0.01, 0), values.quantile(0.99, 0)
        clipped = values.clamp(low, high)
        table = (clipped - clipped.mean(0)) / clipped.std(0).clamp_min(1e-6)
        away = styles - styles.mean(0)
        self.styles, self.values = styles, values
        self.covariance = away.T @ away / len(away)
        unit = self.covariance.diagonal().mean()
        eye = torch.eye(away.shape[1])
        # Regularised in w's own units: a face counts as much as a face.
        self.gradients = torch.linalg.solve(away.T @ away + ridge * unit * eye, away.T @ table).T
        self.joint = torch.linalg.solve(table.T @ table + ridge / 10 * torch.eye(table.shape[1]), table.T @ away)

    def line(self, method: str, attribute: str) -> Tensor:
        """One method's line for more of an attribute `[d]`, as long as the means of most and least are apart."""
        place = ATTRIBUTES.index(attribute)
        means = self._means(place)
        if method == "means":
            return means
        found = {
            "regression": lambda: self.gradients[place],
            "joint": lambda: self.joint[place],
            "conditioned": lambda: self._conditioned(attribute, 0.02),
            "conditioned softly": lambda: self._conditioned(attribute, 0.3),
        }[method]()
        return found * means.norm() / found.norm().clamp_min(1e-9)

    def _means(self, place: int) -> Tensor:
        order = self.values[:, place].argsort()
        count = max(1, round(EDGE * len(order)))
        return self.styles[order[-count:]].mean(0) - self.styles[order[:count]].mean(0)

    def _conditioned(self, attribute: str, share: float) -> Tensor:
        held = [name for name in ATTRIBUTES if name not in TOGETHER.get(attribute, ())]
        gradients = self.gradients[[ATTRIBUTES.index(name) for name in held]]
        moved = gradients @ self.covariance @ gradients.T
        wanted = torch.zeros(len(held))
        wanted[held.index(attribute)] = 1
        weights = torch.linalg.solve(moved + share * moved.diagonal().mean() * torch.eye(len(held)), wanted)
        return self.covariance @ gradients.T @ weights


BESIDE = {("hair colour", "blond"): ("hair colour", 0.7), ("hair colour", "grey"): ("hair lightness", 0.7)}
"""What a state is made of beside its way: an attribute, and how much of its line. Blond is light and coloured, grey light and not."""


def candidates(lines: Lines) -> Iterator[Candidate]:
    """All of them, for all states that lie at an end of their way."""
    for (slot, state), way in WAYS.items():
        if way.sign:
            for method in METHODS:
                line = way.sign * lines.line(method, way.along)
                if (slot, state) in BESIDE:
                    other, share = BESIDE[slot, state]
                    line = line + share * lines.line(method, other)
                for group in GROUPS:
                    yield Candidate(slot, state, method, group, line)
