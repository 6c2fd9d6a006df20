"""Probes solved at once are the probes solved one by one, and they find what is there and nothing in noise."""

from __future__ import annotations

import pytest
import torch

from core.foundations.errors import SettingError
from core.methods.read.probes import ProbeSettings, ProbeSums, places_of


def slow(x: torch.Tensor, labels: torch.Tensor, classes: int, ridge: float) -> tuple[torch.Tensor, torch.Tensor]:
    """One place `[n d]` by the normal equations of ridge regression with an intercept that is not held small."""
    y = torch.full((len(x), classes), -1.0, dtype=torch.float64)
    y[torch.arange(len(x)), labels] = 1.0
    centred, mean = x - x.mean(0), x.mean(0)
    weight = torch.linalg.solve(centred.T @ centred + ridge * torch.eye(x.shape[1], dtype=torch.float64), centred.T @ (y - y.mean(0)))
    return weight, y.mean(0) - mean @ weight


def test_all_at_once_is_one_by_one() -> None:
    """In two batches, merged; classes of unequal size."""
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(30, 4, 6, generator=rng, dtype=torch.float64) + 2
    labels = torch.randint(0, 3, (30,), generator=rng)  # of four classes the last is never seen
    sums = ProbeSums(4, 6, 4).add(x[:11], labels[:11]).merge(ProbeSums(4, 6, 4).add(x[11:], labels[11:]))
    found = sums.solve(ProbeSettings(ridge=0.7))
    for place in range(4):
        weight, bias = slow(x[:, place], labels, 4, 0.7)
        assert torch.allclose(found.weight[place].double(), weight, atol=1e-5)
        assert torch.allclose(found.bias[place].double(), bias, atol=1e-5)


def test_they_find_what_is_there() -> None:
    """A place that holds the class is read on new pictures; a place of noise gives chance."""
    rng = torch.Generator().manual_seed(1)
    centres = torch.randn(5, 16, generator=rng)

    def drawn(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        labels = torch.arange(count) % 5
        there = centres[labels] + 0.3 * torch.randn(count, 16, generator=rng)
        return places_of([there[:, None], torch.randn(count, 1, 16, generator=rng)]), labels

    found = ProbeSums(2, 16, 5).add(*drawn(50)).solve()
    x, labels = drawn(200)
    right = (found.scores(x).argmax(-1) == labels[:, None]).float().mean(0)
    assert right[0] > 0.95 and right[1] < 0.4


def test_nothing_seen_is_refused() -> None:
    """Nor is a ridge of 0 taken."""
    with pytest.raises(SettingError, match="pictures"):
        ProbeSums(1, 2, 2).solve()
    with pytest.raises(SettingError, match="ridge"):
        ProbeSums(1, 2, 2).add(torch.randn(3, 1, 2), torch.tensor([0, 1, 1])).solve(ProbeSettings(ridge=0))
