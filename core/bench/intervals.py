"""Between what a mean lies 95 of 100 times: the percentile bootstrap over what was drawn by chance (Efron, 1979)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.foundations.seeds import numpy_rng


class Interval(NamedTuple):
    """A mean, and between what it lies."""

    mean: float
    low: float
    high: float

    def row(self, name: str) -> dict[str, float]:
        """For a table: the mean by a name, `low` and `high`."""
        return {name: self.mean, "low": self.low, "high": self.high}


def interval(values: Sequence[float] | np.ndarray, seed: str, draws: int = 2000) -> Interval:
    """The interval of a mean.

    Args:
        values: `[n]`, each drawn by itself, such as differences of the same picture by two ways.
        seed: of what is drawn again.
        draws: how often.
    """
    all_of_them = np.asarray(values, float)
    drawn = numpy_rng(seed).integers(len(all_of_them), size=(draws, len(all_of_them)))
    low, high = np.quantile(all_of_them[drawn].mean(1), (0.025, 0.975))
    return Interval(float(all_of_them.mean()), float(low), float(high))
