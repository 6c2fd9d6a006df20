"""Readings of a few painted faces: kept, not made twice, and as they were seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.foundations.files import save_tensors
from core.models.face_seen import LANDMARKS, PARTS, SIDE, FaceSeen
from core.train.faces.readings import Readings, packed, unpacked


class _Samples:
    """Two shards, of which one has been painted."""

    shards = 2

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "samples"
        save_tensors(self.path(1), {"pictures": torch.arange(3, dtype=torch.uint8)[:, None, None, None].expand(3, 3, 4, 4)})

    def path(self, number: int) -> Path:
        return self.folder / f"{number:04d}.safetensors"

    def shard(self, number: int) -> tuple[Tensor, Tensor, Tensor]:
        pictures = torch.arange(3, dtype=torch.uint8)[:, None, None, None].expand(3, 3, 4, 4)
        return pictures, pictures, pictures


class _Teachers:
    """Take the light for an age."""

    asked = 0

    def read(self, pictures: Tensor) -> FaceSeen:
        self.asked += 1
        n = len(pictures)
        parts = torch.rand(n, len(PARTS), SIDE, SIDE, generator=torch.Generator().manual_seed(0)).softmax(1)
        ages = pictures.mean((1, 2, 3)) * 255
        return FaceSeen(torch.full((n, 7), 1 / 7), ages, ages / 3, torch.full((n, LANDMARKS, 2), 0.25), parts, torch.eye(4)[:n])


def test_a_shard_is_read_once(tmp_path: Path) -> None:
    """In its order, two pictures at a time; what has not been painted is left for another time."""
    readings: Any = Readings(_Samples(tmp_path))  # type: ignore[arg-type]
    teachers: Any = _Teachers()
    readings.read_all(teachers)
    assert readings.ready() == [1] and teachers.asked == 2
    readings.read_all(teachers)
    assert teachers.asked == 2
    assert torch.allclose(readings.all().age, torch.arange(3.0), atol=1e-4)


def test_a_record_comes_back() -> None:
    """To the 255th, or half precision."""
    seen = _Teachers().read(torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(1)))
    back = unpacked(packed(seen))
    for name, tensor in seen._asdict().items():
        assert torch.allclose(getattr(back, name), tensor, atol=1 / 255), name
    assert packed(seen)["parts"].dtype == torch.uint8
