"""Streaming sums against the plain way, and merging."""

from __future__ import annotations

import torch

from core.foundations.statistics import Moments, NormalEquations


def test_moments_equal_the_plain_way_whatever_the_batches() -> None:
    """One stream, and two streams merged, give what numpy gives on all data at once."""
    data = torch.randn(500, 7, dtype=torch.float64) * 3 + 5
    one, left, right = Moments(7), Moments(7), Moments(7)
    for start in range(0, 500, 37):
        one.add(data[start : start + 37])
    left.add(data[:120])
    right.add(data[120:])
    for found in (one, left.merge(right)):
        assert found.count == 500
        assert torch.allclose(found.mean, data.mean(0))
        assert torch.allclose(found.covariance, torch.cov(data.T, correction=0))


def test_merging_nothing_changes_nothing() -> None:
    """An empty accumulator is neutral."""
    some = Moments(2).add(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    before = some.covariance.clone()
    assert torch.equal(some.merge(Moments(2)).covariance, before)


def test_least_squares_finds_planted_weights() -> None:
    """With no ridge and no noise the planted weights come back."""
    x, weights = torch.randn(200, 4, dtype=torch.float64), torch.randn(4, 3, dtype=torch.float64)
    sums = NormalEquations(4, 3).add(x[:50], x[:50] @ weights).merge(NormalEquations(4, 3).add(x[50:], x[50:] @ weights))
    assert torch.allclose(sums.solve(0.0), weights, atol=1e-9)
    assert sums.count == 200
