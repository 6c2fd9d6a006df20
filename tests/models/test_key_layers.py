"""The keys of every family are found by their modules, and are what stands before the activation function."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.foundations.errors import ModelError
from core.foundations.trace import Trace
from core.models.key_layers import key_layers
from tests.models import tiny_towers as towers


@pytest.mark.parametrize("kind", ["open_clip", "stem", "timm registers", "wrapped timm", "class token and patches"])
def test_keys_are_before_the_activation(kind: str) -> None:
    """Three blocks; the activation function of the one gives the other."""
    tower = towers.KINDS[kind]()
    keys, behind = key_layers(tower), key_layers(tower, behind=True)
    assert len(keys) == len(behind) == 3
    with torch.no_grad(), Trace(tower, [*keys, *behind]) as trace:
        tower(towers.pictures())
    for key, after in zip(keys, behind, strict=True):
        assert torch.equal(tower.get_submodule(after)(trace[key]), trace[after]) and not torch.equal(trace[key], trace[after])


def test_a_distilled_tower_has_keys_and_a_plain_network_none() -> None:
    """It is said so."""
    assert key_layers(towers.distilled_tower()) == tuple(f"blocks.{at}.mlp.fc1" for at in range(3))
    with pytest.raises(ModelError, match="no blocks"):
        key_layers(nn.Linear(2, 2))
