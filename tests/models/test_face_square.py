"""The network that sets a square right: its shapes, and that a mirror image is told as the mirror image."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from core.foundations.errors import ShapeError
from core.foundations.seeds import torch_rng
from core.models import face_square as module
from core.models.face_square import FaceSquare, load_face_square


@pytest.fixture
def model() -> FaceSquare:
    torch.manual_seed(3)
    return FaceSquare((4, 5, 6), 7).eval().requires_grad_(False)


def test_four_numbers_of_each(model: FaceSquare) -> None:
    """Each picture for itself."""
    pictures = torch.rand(3, 3, 64, 64, generator=torch_rng("square"))
    told = model(pictures)
    assert told.shape == (3, 4) and torch.allclose(told[1:2], model(pictures[1:2]), atol=1e-6)


def test_a_mirror_image_is_told_as_one(model: FaceSquare) -> None:
    """To the right becomes to the left, a turn the other turn; down and larger stay."""
    pictures = torch.rand(2, 3, 64, 64, generator=torch_rng("square"))
    one, other = model.both_ways(pictures), model.both_ways(pictures.flip(3))
    assert torch.allclose(one * torch.tensor([-1.0, 1, 1, -1]), other, atol=1e-6)
    assert not torch.allclose(model(pictures), one, atol=1e-5)


@pytest.mark.parametrize("shape", [(3, 64, 64), (1, 1, 64, 64), (1, 3, 64, 32)])
def test_other_pictures_are_refused(model: FaceSquare, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="3 64 64"):
        model(torch.zeros(shape))


def test_it_is_loaded_as_its_card_says(model: FaceSquare, monkeypatch: pytest.MonkeyPatch) -> None:
    card: dict[str, Any] = {"architecture": {"widths": [4, 5, 6], "hidden": 7}}
    monkeypatch.setattr(module, "load_weights", lambda name: ({k: t.half() for k, t in model.state_dict().items()}, card))
    found = load_face_square()
    assert not any(p.requires_grad for p in found.parameters())
    assert all(torch.allclose(found.state_dict()[k], t, atol=1e-3) for k, t in model.state_dict().items())
