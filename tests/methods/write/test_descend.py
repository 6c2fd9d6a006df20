"""The descent keeps the best, gives up the worse, stops when it is done, and has the paper's schedule."""

from __future__ import annotations

from itertools import islice

import pytest
import torch
from torch import Tensor

from core.foundations.errors import SettingError, ShapeError
from core.methods.write.descend import Descent, descend


def bowl(z: Tensor) -> Tensor:
    return (z - 1).square().flatten(1).mean(1)


def test_it_goes_down_and_the_last_is_the_best() -> None:
    steps = list(descend(torch.zeros(3, 4), bowl, Descent(steps=200, rate=0.05, shown=20)))
    assert steps[0].step == 0 and steps[0].loss == pytest.approx(1)
    assert [b.loss <= a.loss for a, b in zip(steps, steps[1:], strict=False)] == [True] * (len(steps) - 1)
    assert steps[-1].done and steps[-1].loss < 1e-3 and not any(one.done for one in steps[:-1])
    assert float(bowl(steps[-1].latent)) == pytest.approx(steps[-1].loss)


def test_it_stops_when_it_is_done() -> None:
    last = list(descend(torch.zeros(1, 4), bowl, Descent(steps=500, rate=0.2, patience=10)))[-1]
    assert last.done and last.step < 200 and last.loss < 0.01
    assert list(descend(torch.ones(1, 4), bowl, Descent(steps=500, patience=7)))[-1].step == 7


def test_rows_do_not_meet() -> None:
    """A start among others comes to what it comes to alone."""
    start = torch.tensor([[5.0, 5.0], [0.0, 0.0]])
    alone = list(descend(start[1:], bowl, Descent(steps=30, least=0)))[-1]
    both = list(descend(start, bowl, Descent(steps=30, least=0)))[-1]
    torch.testing.assert_close(alone.latent, both.latent)
    assert (alone.row, both.row) == (0, 1)


def test_the_worse_half_is_given_up() -> None:
    counts = list[int]()

    def counted(z: Tensor) -> Tensor:
        counts.append(len(z))
        return bowl(z)

    last = list(descend(torch.tensor([[9.0], [0.5], [7.0], [-3.0], [2.5]]), counted, Descent(steps=12, halve=4, least=0)))[-1]
    assert counts[:5] == [5] * 5 and counts[5:9] == [3] * 4 and counts[9:] == [2] * 4 and last.row == 1


def test_the_schedule_is_the_papers() -> None:
    paper = Descent()
    rates = [paper.rate_at(step) for step in range(500)]
    assert rates[0] == pytest.approx(0.1 / 25) and rates[24:375] == pytest.approx([0.1] * 351)
    assert rates[437] == pytest.approx(0.05, abs=0.001) and rates[499] < 1e-4


def test_whoever_stops_asks_for_no_more() -> None:
    calls = list[int]()

    def counted(z: Tensor) -> Tensor:
        calls.append(1)
        return bowl(z)

    assert len(list(islice(descend(torch.zeros(1, 2), counted, Descent(shown=2)), 2))) == 2
    assert len(calls) == 2


def test_what_is_out_of_bounds_is_told() -> None:
    with pytest.raises(SettingError):
        Descent(shown=0)
    with pytest.raises(ShapeError):
        next(descend(torch.zeros(0, 3), bowl))
