"""How turned concepts of faces are judged: by hand, on judges that say what they are told."""

from __future__ import annotations

import numpy as np
import torch

from core.bench.faces.concept_turns import AREAS, COLOURS, LENGTHS, ROUGH, Turned, row, shapes_of, suited
from core.models.face_seen import PARTS
from core.worlds.faces.shapes import SHAPES


def test_judges_know_every_shape() -> None:
    """All of them, each by one."""
    assert sorted((*LENGTHS, *AREAS, *COLOURS, *ROUGH)) == sorted(SHAPES)


def test_shapes_are_measured_in_the_distance_of_the_eyes() -> None:
    mesh, parts = np.zeros((468, 3)), torch.zeros(len(PARTS), 64, 64)
    mesh[33, 0], mesh[263, 0] = 0.3, 0.7
    mesh[61, 0], mesh[291, 0] = 0.4, 0.6
    parts[PARTS.index("nose"), :32] = 1
    picture = torch.zeros(1, 3, 256, 256)
    picture[:, 0] = 1
    parts[PARTS.index("cloth"), 32:] = 1
    found = shapes_of(picture, mesh, parts)
    assert abs(found["mouth width"] - 0.5) < 1e-6 and abs(found["nose size"] - 0.5 / 0.16) < 1e-4
    assert abs(found["clothes lightness"] - 53.2) < 0.5 and found["hair texture"] == 0


def test_rows_are_shares_of_turns() -> None:
    found = [Turned("a", 0.2, True), Turned("a", 0.7, True), Turned("b", -0.1, False), Turned("b", -0.9, True)]
    assert row(found) == {"turned_right": 0.5, "turned_clear": 0.25, "turned_kept": 0.75}


def test_chance_may_take_either_way() -> None:
    """Of each handle the one that suits it better on the average."""
    found = suited([Turned("a", 0.2, True), Turned("b", -0.1, False), Turned("b", -0.9, True)])
    assert [one.moved for one in found] == [0.2, 0.1, 0.9]
