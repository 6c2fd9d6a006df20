"""Planted keys are found, by hand, and nothing among shuffled pictures."""

from __future__ import annotations

import pytest
import torch

from core.foundations.errors import ShapeError
from core.methods.read.excited_keys import excited_keys


def test_rise_and_weights_by_hand() -> None:
    """Two classes, two keys: the mean of a class less the mean of all, in deviations; drawn to independence each weighs alone."""
    keys = torch.tensor([[0.0, 1.0], [2.0, 1.0], [4.0, 3.0], [6.0, 3.0]])
    found = excited_keys(keys, torch.tensor([0, 0, 1, 1]), 2, shrunk=1.0)
    spread = keys.std(0)
    assert found.neurons.tolist()[1] == ([0, 1] if 2 / spread[0] > 1 / spread[1] else [1, 0])
    at = found.neurons[1].tolist().index(0)
    assert float(found.rise[1, at]) == pytest.approx(2 / float(spread[0]))
    assert float(found.weights[1, at]) == pytest.approx(2 / float(spread[0]) ** 2)
    assert (found.rise[0] < 0).all()


def test_keys_that_move_together_count_once() -> None:
    """Weights are those of the plain equation on the chosen keys; of a key and its double each has half of what it has alone."""
    rng = torch.Generator().manual_seed(3)
    classes = torch.arange(4).repeat(30)
    keys = torch.randn(120, 5, generator=rng)
    keys[torch.arange(120), classes] += 3
    found = excited_keys(keys, classes, 3)
    means = torch.stack([keys[classes == c].mean(0) for c in range(4)])
    within = sum((keys[classes == c] - means[c]).T @ (keys[classes == c] - means[c]) for c in range(4)) / 116
    for c in range(4):
        own = found.neurons[c]
        mixed = 0.9 * within[own][:, own] + 0.1 * torch.diag(keys.var(0))[own][:, own]
        assert torch.allclose(found.weights[c], torch.linalg.inv(mixed) @ (means[c] - keys.mean(0))[own], atol=1e-4)
    alone = excited_keys(keys[:, :1], classes, 1, shrunk=1e-4).weights[0, 0]
    doubled = excited_keys(keys[:, [0, 0]], classes, 2, shrunk=1e-4).weights[0]
    assert torch.allclose(doubled, alone.expand(2) / 2, rtol=1e-2)
    one_each = excited_keys(keys[:4], classes[:4], 2)  # no covariance is known then, and each key weighs alone
    assert torch.allclose(one_each.weights, 10 * excited_keys(keys[:4], classes[:4], 2, shrunk=1.0).weights, rtol=1e-4)


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
