"""Lines in w+, by hand, and how a handle turns along one."""

from __future__ import annotations

import pytest
import torch

from core.foundations.errors import SettingError, StudioError
from core.methods.write.turn import turn_line
from core.models.face_directions import FaceDirections


def test_a_line_is_added_to_its_slots_alone() -> None:
    """So often as the strength says; the latent that was given stays."""
    directions = FaceDirections(("direction:age:old", "direction:hat:hat"), 3)
    directions.lines[1] = torch.tensor([1.0, 0.0, -2.0])
    directions.spans[1] = torch.tensor([1, 3])
    latent = torch.zeros(2, 3, 4, 1)
    turned = turn_line(latent, directions, "direction:hat:hat", 0.5)
    assert torch.equal(turned[1, :, :, 0], torch.tensor([[0.0, 0.5, 0.5, 0.0], [0.0] * 4, [0.0, -1.0, -1.0, 0.0]]))
    assert not latent.any() and torch.equal(turn_line(latent, directions, "direction:age:old", 1.0), latent)


def test_what_is_no_handle_or_too_strong_is_refused() -> None:
    """With what exists."""
    directions = FaceDirections(("direction:age:old",), 3)
    with pytest.raises(StudioError, match="studio.handles"):
        turn_line(torch.zeros(1, 3, 4, 1), directions, "direction:age:young", 1.0)
    with pytest.raises(SettingError, match="strength"):
        turn_line(torch.zeros(1, 3, 4, 1), directions, "direction:age:old", 3.5)
