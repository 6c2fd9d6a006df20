"""Streaming statistics: accumulators that can be merged, so that a run splits over processes and adds up.

Mean and covariance after Chan, Golub and LeVeque (1983), in float64.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass
class Moments:
    """Mean and covariance of vectors that are seen once and then forgotten.

    Attributes:
        count: vectors seen.
        mean: `[d]`.
        scatter: sum of the outer products of the centred vectors `[d d]`.
    """

    width: int
    count: int = 0
    mean: Tensor = field(init=False)
    scatter: Tensor = field(init=False)

    def __post_init__(self) -> None:
        """Start from nothing."""
        self.mean = torch.zeros(self.width, dtype=torch.float64)
        self.scatter = torch.zeros(self.width, self.width, dtype=torch.float64)

    def add(self, vectors: Tensor) -> Moments:
        """Take in vectors `[n d]`."""
        vectors = vectors.detach().to("cpu", torch.float64)
        other = Moments(self.width)
        other.count = len(vectors)
        if other.count:
            other.mean = vectors.mean(0)
            centred = vectors - other.mean
            other.scatter = centred.T @ centred
        return self.merge(other)

    def merge(self, other: Moments) -> Moments:
        """Take in what another accumulator saw."""
        total = self.count + other.count
        if other.count:
            shift = other.mean - self.mean
            self.scatter += other.scatter + torch.outer(shift, shift) * (self.count * other.count / total)
            self.mean += shift * (other.count / total)
            self.count = total
        return self

    @property
    def covariance(self) -> Tensor:
        """`[d d]`, divided by the count."""
        return self.scatter / max(1, self.count)

    @property
    def variance(self) -> Tensor:
        """`[d]`."""
        return self.covariance.diagonal()


@dataclass
class NormalEquations:
    """Least squares of targets on regressors, seen once and then forgotten.

    Attributes:
        gram: sum of x x^T `[k k]`.
        cross: sum of x y^T `[k d]`.
    """

    inputs: int
    outputs: int
    count: int = 0
    gram: Tensor = field(init=False)
    cross: Tensor = field(init=False)

    def __post_init__(self) -> None:
        """Start from nothing."""
        self.gram = torch.zeros(self.inputs, self.inputs, dtype=torch.float64)
        self.cross = torch.zeros(self.inputs, self.outputs, dtype=torch.float64)

    def add(self, x: Tensor, y: Tensor) -> NormalEquations:
        """Take in regressors `[n k]` and targets `[n d]`."""
        x, y = x.to("cpu", torch.float64), y.detach().to("cpu", torch.float64)
        self.gram += x.T @ x
        self.cross += x.T @ y
        self.count += len(x)
        return self

    def merge(self, other: NormalEquations) -> NormalEquations:
        """Take in what another accumulator saw."""
        self.gram += other.gram
        self.cross += other.cross
        self.count += other.count
        return self

    def solve(self, ridge: float) -> Tensor:
        """Weights `[k d]` that minimise the squared error plus `ridge` times their squared norm."""
        return torch.linalg.solve(self.gram + ridge * torch.eye(self.inputs, dtype=torch.float64), self.cross)
