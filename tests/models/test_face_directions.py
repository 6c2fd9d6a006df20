"""Lines in w+, by hand, and how a handle turns along them."""

from __future__ import annotations

import pytest
import torch

from core.foundations.errors import SettingError, StudioError
from core.methods.write.turn import turn_line
from core.models.face_directions import SPANS, FaceDirections

SLOTS = SPANS[-1][1]


@pytest.fixture
def directions() -> FaceDirections:
    """Two lines; the second handle takes the first line in the first group and twice the second in the last one."""
    made = FaceDirections(("direction:age:old", "direction:hat:hat"), lines=2, width=3)
    made.lines.copy_(torch.tensor([[1.0, 0.0, -2.0], [0.0, 1.0, 0.0]]))
    made.handles[1, 0] = 1.0
    made.handles[1, 7] = 2.0
    return made


def test_lines_are_added_to_their_slots_alone(directions: FaceDirections) -> None:
    """So often as the strength says; what lies behind the slots, and the latent that was given, stay."""
    latent = torch.zeros(2, 3, SLOTS + 2, 1)
    turned = turn_line(latent, directions, "direction:hat:hat", 0.5)[1, :, :, 0]
    assert turned[0].tolist() == [0.5] * 4 + [0.0] * (SLOTS - 2) and turned[2].tolist() == [-1.0] * 4 + [0.0] * (SLOTS - 2)
    assert turned[1].tolist() == [0.0] * 13 + [1.0] * 10 + [0.0] * 2
    assert not latent.any() and torch.equal(turn_line(latent, directions, "direction:age:old", 1.0), latent)


def test_a_trim_is_added_to_the_handle_and_grows_with_the_strength(directions: FaceDirections) -> None:
    """Here it takes the last group back."""
    trim = (0.0,) * 7 + (-2.0,)
    turned = turn_line(torch.zeros(1, 3, SLOTS, 1), directions, "direction:hat:hat", 2.0, trim)[0, :, :, 0]
    assert not turned[1].any() and turned[0].tolist() == [2.0] * 4 + [0.0] * (SLOTS - 4)


def test_what_is_no_handle_or_too_strong_is_refused(directions: FaceDirections) -> None:
    """With what exists; a trim from elsewhere too."""
    latent = torch.zeros(1, 3, SLOTS, 1)
    with pytest.raises(StudioError, match="studio.handles"):
        turn_line(latent, directions, "direction:age:young", 1.0)
    with pytest.raises(SettingError, match="strength"):
        turn_line(latent, directions, "direction:age:old", 3.5)
    for trim in ((1.0, 2.0), (0.0,) * 7 + (11.0,), (0.0,) * 7 + (float("nan"),)):
        with pytest.raises(SettingError, match="trim has 8 numbers"):
            turn_line(latent, directions, "direction:age:old", 1.0, trim)
