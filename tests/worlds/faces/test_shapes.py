"""What a part of a face has more and less of, on records that are made by hand."""

from __future__ import annotations

import torch

from core.models.face_seen import PARTS, FaceSeen
from core.worlds.faces.regions import PLACES
from core.worlds.faces.shapes import SHAPES, shapes


def seen(landmarks: torch.Tensor | None = None, **areas: slice) -> FaceSeen:
    """One face whose eyes are 0.2 apart and whose lips lie 0.236 below, with parts where a slice of rows says."""
    marks = torch.full((1, 68, 2), 0.5)
    marks[0, 36:42, 0], marks[0, 42:48, 0] = 0.4, 0.6
    marks[0, 36:48, 1], marks[0, 48:60, 1] = 0.4, 0.636
    parts = torch.zeros(1, len(PARTS), 64, 64)
    for name, rows in areas.items():
        parts[0, PARTS.index(name.replace("_", " ")), rows] = 1
    none = torch.zeros(1, 1)
    return FaceSeen(none, none, none, marks if landmarks is None else landmarks, parts, none)


def told(record: FaceSeen, picture: torch.Tensor | None = None) -> dict[str, float]:
    """Every shape of one face, by name."""
    values = shapes(torch.full((1, 3, 256, 256), 0.5) if picture is None else picture, record)
    return dict(zip(SHAPES, values[0].tolist(), strict=True))


def test_areas_are_in_square_eye_distances() -> None:
    """A brow over 16 of 64 rows is a quarter of the picture, whose side is five eye distances."""
    assert abs(told(seen(left_brow=slice(0, 16)))["brow thickness"] - 25 / 4) < 1e-3


def test_lengths_are_in_eye_distances() -> None:
    record = seen()
    record.landmarks[0, 31, 0], record.landmarks[0, 35, 0] = 0.45, 0.55
    assert abs(told(record)["nose width"] - 0.5) < 1e-3


def test_brows_are_higher_where_they_lie_higher() -> None:
    low, high = seen(), seen()
    low.landmarks[0, 17:27, 1], high.landmarks[0, 17:27, 1] = 0.36, 0.30
    assert abs(told(high)["brow height"] - told(low)["brow height"] - 0.3) < 1e-3


def test_colours_are_of_their_part_alone() -> None:
    """A white half of a picture makes the clothes light only where the clothes are there."""
    picture = torch.zeros(1, 3, 256, 256)
    picture[:, :, 128:] = 1
    assert told(seen(cloth=slice(32, 64)), picture)["clothes lightness"] > 95
    assert told(seen(cloth=slice(0, 32)), picture)["clothes lightness"] < 5


def test_a_rough_picture_is_rougher() -> None:
    picture = torch.zeros(1, 3, 256, 256)
    picture[..., ::2] = 1
    assert told(seen(hair=slice(0, 64)), picture)["hair texture"] > 50 > told(seen(hair=slice(0, 64)))["hair texture"] + 40


def test_every_shape_is_of_a_part_that_bounds_edits() -> None:
    """And both of its ways have a word of their own."""
    assert {shape.part for shape in SHAPES.values()} <= set(PLACES)
    assert all(shape.more != shape.less for shape in SHAPES.values())
