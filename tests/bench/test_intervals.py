"""The interval of a mean."""

from __future__ import annotations

import numpy as np

from core.bench.intervals import interval


def test_an_interval_holds_the_mean() -> None:
    mean, low, high = interval([1.0, 2.0, 3.0, 2.0, 2.0], "test")
    assert mean == 2 and 1 <= low < 2 < high <= 3
    assert interval([0.5, 0.5], "test") == (0.5, 0.5, 0.5)


def test_more_values_know_the_mean_better_and_the_seed_decides() -> None:
    values = np.random.default_rng(0).normal(size=400)
    few, many = interval(values[:25], "test"), interval(values, "test")
    assert many.high - many.low < 0.5 * (few.high - few.low)
    assert abs((many.high - many.low) / (2 * 1.96 * values.std() / 20) - 1) < 0.1  # as the normal distribution says
    assert interval(values, "test") == many and interval(values, "another") != many
