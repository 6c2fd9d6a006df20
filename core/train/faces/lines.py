"""What may turn a face: for each attribute a line in w along which it changes and, as far as that can be, nothing else.

With g the weights of a ridge regression of each standardised attribute on w, G those of all that is held, and C the covariance of w:

    C G' (G C G' + r)^-1 e      the likeliest change of w that moves this attribute and, as far as r lets it, none of the others

What was tried beside it on this world (differences of means, plain regression, all attributes at once, a smaller r) lies nearly in
the span of the same lines; what matters is how they are put together, group of layers by group, by what they were measured to do.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from core.worlds.faces.attributes import ATTRIBUTES
from core.worlds.faces.reading import WAYS

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
"""Share of the faces with most and with least, whose means tell how long a line is."""
SOFTLY = 0.3
"""r, in parts of the mean of the diagonal that it is added to."""


class Lines(NamedTuple):
    """Lines of w, and where w lies.

    Attributes:
        of: a line for each attribute `[k d]`, as long as the means of most and least are apart.
        covariance: of w `[d d]`.
    """

    of: Tensor
    covariance: Tensor


def learn(styles: Tensor, values: Tensor, ridge: float = 60.0) -> Lines:
    """The lines of all attributes.

    Args:
        styles: w `[n d]`.
        values: attributes `[n k]`, in the order of ATTRIBUTES.
        ridge: penalty of the regressions, in faces.
    """
    low, high = values.quantile(0.01, 0), values.quantile(0.99, 0)
    clipped = values.clamp(low, high)
    table = (clipped - clipped.mean(0)) / clipped.std(0).clamp_min(1e-6)
    away = styles - styles.mean(0)
    covariance = away.T @ away / len(away)
    # Regularised in w's own units: a face counts as much as a face.
    ground = ridge * covariance.diagonal().mean() * torch.eye(away.shape[1])
    gradients = torch.linalg.solve(away.T @ away + ground, away.T @ table).T
    found = [_conditioned(name, gradients, covariance) for name in ATTRIBUTES]
    lengths = [_apart(styles, values[:, place]).norm() for place in range(len(ATTRIBUTES))]
    return Lines(
        torch.stack([line * length / line.norm().clamp_min(1e-9) for line, length in zip(found, lengths, strict=True)]), covariance
    )


def _apart(styles: Tensor, values: Tensor) -> Tensor:
    """The mean style of the faces with most of something, less that of those with least."""
    order, count = values.argsort(), max(1, round(EDGE * len(values)))
    return styles[order[-count:]].mean(0) - styles[order[:count]].mean(0)


def _conditioned(attribute: str, gradients: Tensor, covariance: Tensor) -> Tensor:
    held = [name for name in ATTRIBUTES if name not in TOGETHER.get(attribute, ())]
    of = gradients[[ATTRIBUTES.index(name) for name in held]]
    moved = of @ covariance @ of.T
    wanted = torch.zeros(len(held))
    wanted[held.index(attribute)] = 1
    weights = torch.linalg.solve(moved + SOFTLY * moved.diagonal().mean() * torch.eye(len(held)), wanted)
    return covariance @ of.T @ weights


def wishes() -> list[tuple[str, str]]:
    """The states that lie at an end of their way, and so can be gone towards."""
    return [key for key, way in WAYS.items() if way.sign]
