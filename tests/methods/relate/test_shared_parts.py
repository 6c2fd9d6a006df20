"""What parts say of concepts: by hand."""

from __future__ import annotations

import pytest
import torch

from core.foundations.concepts import Concept, Member, Unit
from core.foundations.errors import ShapeError
from core.methods.relate.shared_parts import MOST, Usual, loudness_of, parts_of


def member(model: str, channel: int, mean: float, std: float) -> Member:
    unit = Unit(model, "layer", channel)
    return Member(unit, Unit("hub", "layer", 0), 1.0, 1.0, 0.0, mean, std)


CONCEPTS = (
    Concept("rosetta:a", "a", (member("hub", 0, 1.0, 2.0), member("eye", 1, 0.0, 1.0)), 0.0),
    Concept("rosetta:b", "b", (member("hub", 0, 1.0, 2.0),), 0.0),
)


def test_loudness_is_in_deviations_and_bounded() -> None:
    """The mean over places of a unit's own channel; nothing where a model has no unit; one place cannot outshout all others."""
    hub = torch.zeros(2, 1, 2, 2)
    hub[0] = 5.0
    eye = torch.zeros(2, 2, 1, 1)
    eye[1, 1] = 1000.0
    loud = loudness_of(CONCEPTS, ["hub", "eye"], {"hub": {"layer": hub}, "eye": {"layer": eye}})
    assert loud[:, 0].tolist() == [[2.0, 0.0], [-0.5, MOST]]
    assert loud[:, 1, 0].tolist() == [2.0, -0.5] and bool(loud[:, 1, 1].isnan().all())


def test_every_model_counts_the_same() -> None:
    """Also one whose unit varies a hundred times as much, and where another has none."""
    loud = torch.tensor([[[0.0, 0.0], [0.0, torch.nan]], [[1.0, 100.0], [1.0, torch.nan]], [[2.0, 200.0], [2.0, torch.nan]]])
    usual = Usual.of(loud)
    assert torch.allclose(usual.said(loud), torch.tensor([[-1.0, -1.0], [0.0, 0.0], [1.0, 1.0]]))
    assert torch.allclose(usual.said(torch.tensor([[[1.0, 200.0], [1.0, torch.nan]]])), torch.tensor([[0.5, 0.0]]))


def test_the_parts_that_say_it_nearly_as_loudly_come_too() -> None:
    assert parts_of(torch.tensor([0.1, 2.0, -3.0, 1.3, 1.1]), 4) == [1, 3]
    assert parts_of(torch.tensor([0.1, 2.0, -3.0, 1.3, 1.9]), 2) == [1, 4]
    assert parts_of(torch.tensor([-0.1, -2.0]), 2) == []
    with pytest.raises(ShapeError):
        parts_of(torch.zeros(0), 2)
