"""Planted keys are found, by hand, and nothing among shuffled pictures."""

from __future__ import annotations

import pytest
import torch

from core.foundations.errors import ShapeError
from core.methods.read.excited_keys import excited_keys


def test_rise_and_weights_by_hand() -> None:
    """Two classes, two keys: the mean of a class less the mean of all, in deviations."""
    keys = torch.tensor([[0.0, 1.0], [2.0, 1.0], [4.0, 3.0], [6.0, 3.0]])
    found = excited_keys(keys, torch.tensor([0, 0, 1, 1]), 2)
    spread = keys.std(0)
    assert found.neurons.tolist()[1] == ([0, 1] if 2 / spread[0] > 1 / spread[1] else [1, 0])
    at = found.neurons[1].tolist().index(0)
    assert float(found.rise[1, at]) == pytest.approx(2 / float(spread[0]))
    assert float(found.weights[1, at]) == pytest.approx(2 / float(spread[0]) ** 2)
    assert (found.rise[0] < 0).all()


def test_a_planted_key_is_found_and_chance_gives_none() -> None:
    """Class c raises key c; with the pictures shuffled nothing rises as far."""
    rng = torch.Generator().manual_seed(1)
    classes = torch.arange(8).repeat(40)
    keys = torch.randn(320, 20, generator=rng)
    keys[torch.arange(320), classes] += 4
    found = excited_keys(keys, classes, 3)
    assert torch.equal(found.neurons[:, 0], torch.arange(8)) and float(found.rise[:, 0].min()) > 1.5
    shuffled = excited_keys(keys, classes[torch.randperm(320, generator=rng)], 3)
    assert float(shuffled.rise.max()) < 1


def test_what_does_not_fit_is_refused() -> None:
    """A class without a picture, too many keys, other axes."""
    keys = torch.zeros(2, 3)
    for given in ((keys, torch.tensor([0, 2]), 1), (keys, torch.tensor([0, 1]), 4), (keys, torch.tensor([0]), 1)):
        with pytest.raises(ShapeError):
            excited_keys(*given)
    with pytest.raises(ShapeError, match="Class 2 has no picture"):
        excited_keys(keys, torch.tensor([0, 1]), 1, kinds=3)
