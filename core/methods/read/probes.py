"""Linear probes of every token at every depth, all solved at once (papers/vit_class_embedding.md, "linear probing").

    W = (X^T X + a I)^-1 X^T Y,   X centred, Y = +1 for the label and -1 for every other class, centred      ridge regression

Of every place only sums are kept: of x x^T, of x, and of x for each class. The right side needs no Y: its column for a class
is twice that class's centred sum. One forward for each picture serves all places, and all systems of equal size are solved in
one batch; the authors' program runs the network again for every token of every layer, one picture at a time, 25 million times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.foundations.errors import SettingError


@dataclass(frozen=True)
class ProbeSettings:
    """How probes are solved."""

    ridge: float = 1.0
    """What is added to the diagonal of every Gram matrix."""


@dataclass(frozen=True)
class Probes:
    """One linear reader for each of s places.

    Attributes:
        weight: `[s d c]`.
        bias: `[s c]`.
    """

    weight: Tensor
    bias: Tensor

    def scores(self, x: Tensor) -> Tensor:
        """What each place of pictures says about the classes: `[n s d]` to `[n s c]`."""
        return torch.einsum("nsd,sdc->nsc", x, self.weight) + self.bias


class ProbeSums:
    """What probes need of the pictures, added up batch by batch, in float64.

    Args:
        places: s, such as every token at every depth.
        width: d.
        classes: c.

    Attributes:
        count: pictures of each class `[c]`.
        total: sum of x by class `[s c d]`.
        gram: sum of x x^T `[s d d]`.
    """

    def __init__(self, places: int, width: int, classes: int) -> None:
        self.count = torch.zeros(classes, dtype=torch.float64)
        self.total = torch.zeros(places, classes, width, dtype=torch.float64)
        self.gram = torch.zeros(places, width, width, dtype=torch.float64)

    def add(self, x: Tensor, labels: Tensor) -> ProbeSums:
        """Take in places of pictures `[n s d]` with their labels `[n]`."""
        places = x.detach().to("cpu", torch.float64).transpose(0, 1).contiguous()
        labels = labels.cpu()
        self.gram.baddbmm_(places.mT, places)
        self.total.index_add_(1, labels, places)
        self.count += torch.bincount(labels, minlength=len(self.count))
        return self

    def merge(self, other: ProbeSums) -> ProbeSums:
        """Take in what another saw."""
        self.count += other.count
        self.total += other.total
        self.gram += other.gram
        return self

    def solve(self, settings: ProbeSettings | None = None) -> Probes:
        """All probes.

        Raises:
            SettingError: where nothing was seen, or the ridge is not above 0.
        """
        ridge, n = (settings or ProbeSettings()).ridge, float(self.count.sum())
        if ridge <= 0 or n == 0:
            raise SettingError(f"Probes need a ridge above 0 and pictures, got {ridge:g} and {n:.0f}.")
        mean = self.total.sum(1) / n
        gram = self.gram - n * mean[:, :, None] * mean[:, None]
        gram.diagonal(dim1=1, dim2=2).add_(ridge)
        # Y is 2 (label) - 1, so its centred column is twice the label's; the labels' own mean falls out with X centred.
        seen = self.count > 0  # of a class that was never seen the right side is zero
        cross = 2 * (self.total[:, seen] - self.count[seen, None] * mean[:, None]).mT
        weight = torch.zeros_like(self.total).mT
        weight[:, :, seen] = torch.cholesky_solve(cross, torch.linalg.cholesky(gram))
        bias = 2 * self.count / n - 1 - (mean[:, None] @ weight)[:, 0]
        return Probes(weight.float(), bias.float())


def places_of(streams: Sequence[Tensor]) -> Tensor:
    """Streams of some depths, each `[n t d]`, as places `[n s d]`, depth after depth."""
    return torch.cat(list(streams), 1)
