"""Other views of a face: what is seen of it moves with the picture, and comes back in the mirror."""

from __future__ import annotations

import math

import torch

from core.foundations.seeds import numpy_rng
from core.models.face_seen import LANDMARKS, PARTS, FaceSeen
from core.train.faces.teachers.parser import PAIRS
from core.train.faces.views import View, mirror, moved, view


def _spot() -> tuple[torch.Tensor, FaceSeen]:
    """A white spot that is an eye, and all landmarks on it."""
    pictures = torch.zeros(1, 3, 64, 64)
    pictures[:, :, 20:24, 38:42] = 1
    parts = torch.zeros(1, len(PARTS), 64, 64)
    parts[:, PARTS.index("right eye")] = pictures[:, 0]
    parts[:, 0] = 1 - pictures[:, 0]
    marks = torch.tensor([40 / 64, 22 / 64]).expand(1, LANDMARKS, 2)
    return pictures, FaceSeen(torch.full((1, 7), 1 / 7), torch.ones(1), torch.ones(1), marks, parts, torch.ones(1, 1))


def _middle(light: torch.Tensor) -> torch.Tensor:
    """Where the light of `[64 64]` lies, (x, y) as shares."""
    at = (torch.arange(64) + 0.5) / 64
    return torch.stack([(light.sum(0) * at).sum(), (light.sum(1) * at).sum()]) / light.sum()


def test_landmarks_and_parts_move_with_the_picture() -> None:
    """Nearer, askew and aside, all at once."""
    pictures, seen = moved(*_spot(), 1.2, math.radians(20), (0.05, -0.03))
    assert torch.allclose(_middle(pictures[0, 0]), seen.landmarks[0, 0], atol=0.004)
    assert torch.allclose(_middle(seen.parts[0, PARTS.index("right eye")]), seen.landmarks[0, 0], atol=0.004)
    assert not torch.allclose(seen.landmarks, _spot()[1].landmarks, atol=0.05)


def test_sides_change_names_in_the_mirror() -> None:
    """And a mirror image's mirror image is the picture."""
    pictures, seen = mirror(*_spot())
    assert torch.allclose(_middle(pictures[0, 0]), seen.landmarks[0, 0], atol=1e-5)
    assert seen.parts[0, PAIRS[1][0]].sum() == 16 and not seen.parts[0, PAIRS[1][1]].any()
    again = mirror(pictures, seen)
    assert torch.equal(again[0], _spot()[0]) and torch.equal(again[1].parts, _spot()[1].parts)


def test_a_view_is_the_same_for_the_same_seed() -> None:
    """In range, and not that of another seed."""
    one, other = (view(*_spot(), View(), numpy_rng("view", 3)) for _ in range(2))
    assert torch.equal(one[0], other[0]) and torch.equal(one[1].landmarks, other[1].landmarks)
    assert one[0].min() >= 0 and one[0].max() <= 1
    assert not torch.equal(one[0], view(*_spot(), View(), numpy_rng("view", 4))[0])
