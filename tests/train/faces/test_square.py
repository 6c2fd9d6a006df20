"""The training of the network that sets squares right: what is looked at stands as is told, and the loss goes down."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.foundations.seeds import torch_rng
from core.models.face_square import SHARE, SIDE
from core.train import loop
from core.train.faces.square import SquareTraining, Task, apart, corners, disguised, fitted, judged, posed, small


def ramps(count: int) -> Tensor:
    """Pictures whose red is x and whose green is y, as shares of the side, `[n 3 128 128]`."""
    at = (torch.arange(128) + 0.5) / 128
    return torch.stack([at.expand(128, 128), at[:, None].expand(128, 128), torch.zeros(128, 128)]).expand(count, 3, 128, 128)


def test_what_is_looked_at_stands_as_is_told() -> None:
    """Every pixel's colour says where it was; where the right square lies in what is looked at leads to the same place."""
    task = posed(ramps(5), SquareTraining(larger=0.05, turned=0.2, moved=0.03), torch_rng("posed"))
    at = SHARE * ((torch.arange(SIDE) + 0.5) / SIDE - 0.5)
    y, x = torch.meshgrid(at, at, indexing="ij")
    for picture, (right, down, log_side, angle) in zip(task.pictures, task.lies.tolist(), strict=True):
        # From the square that is looked at into the right one: less the middle, turned back, in its sides.
        across, along = x - right, y - down
        side = math.exp(log_side)
        red = (across * math.cos(angle) + along * math.sin(angle)) / side + 0.5
        green = (along * math.cos(angle) - across * math.sin(angle)) / side + 0.5
        inside = (red > 0.02) & (red < 0.98) & (green > 0.02) & (green < 0.98)
        assert inside.float().mean() > 0.9
        assert (picture[0] - red)[inside].abs().max() < 2e-3 and (picture[1] - green)[inside].abs().max() < 2e-3


def test_corners_by_hand() -> None:
    """A square twice as large, moved by a quarter to the right; turned by a quarter turn it has the same corners, one further."""
    square = torch.tensor([[0.25, 0.0, math.log(2), 0.0]])
    assert corners(square)[0].tolist() == [[-0.75, -1], [1.25, -1], [1.25, 1], [-0.75, 1]]
    turned = square + torch.tensor([0, 0, 0, math.pi / 2])
    assert torch.allclose(corners(turned)[0], corners(square)[0].roll(-1, 0), atol=1e-6)
    # Every corner is a quarter of a side off, and the right side is 2.
    assert apart(square - torch.tensor([0.25, 0, 0, 0]), square).tolist() == pytest.approx([12.5])


def test_in_disguise_it_lies_the_same_or_mirrored() -> None:
    """A mirror image lies mirrored; colours stay colours."""
    task = Task(ramps(40)[:, :, ::2, ::2], torch.tensor([[0.1, 0.2, 0.3, 0.4]]).expand(40, 4))
    pictures, lies = disguised(task, torch_rng("disguised"))
    falls = pictures[:, :, 32, 10].sum(1) > pictures[:, :, 32, 50].sum(1)
    assert 0 < falls.sum() < 40
    assert torch.allclose(lies[falls], torch.tensor([-0.1, 0.2, 0.3, -0.4])) and torch.equal(lies[~falls], task.lies[~falls])
    assert pictures.min() >= 0 and pictures.max() <= 1


def test_it_learns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a bright upright bar in a dark square; judged on squares that it has not met."""
    monkeypatch.setattr(loop, "RUNS", tmp_path)
    settings = SquareTraining(steps=120, batch=8, rate=4e-3)
    faces = torch.zeros(1, 3, 128, 128, dtype=torch.uint8)
    faces[:, :, 24:104, 40:88] = 255
    model, _ = fitted(faces, faces, settings, "a bar")
    found = judged(model, faces, settings)
    assert found["after"] < 0.6 * found["before"]


def test_pictures_are_kept_small() -> None:
    """By area, as bytes."""
    large = ramps(1).repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert torch.equal(small(large), (ramps(1) * 255).round().to(torch.uint8))
