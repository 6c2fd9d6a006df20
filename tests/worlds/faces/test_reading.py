"""Readings of faces: every state has its way, in steps, and what lies beyond an end counts no more."""

from __future__ import annotations

import pytest
import torch

from core.foundations.seeds import torch_rng
from core.models.face_seen import SIDE, FaceSeen
from core.worlds.faces.attributes import ATTRIBUTES
from core.worlds.faces.reading import WAYS, Way, _readings, face_readings
from core.worlds.faces.slots import SLOTS


def test_every_state_has_a_way_along_something_that_is_measured() -> None:
    """And no other state has one."""
    assert set(WAYS) == {(slot, id) for slot, kind in SLOTS.items() for id in kind.ids}
    assert {way.along for way in WAYS.values()} <= set(ATTRIBUTES)
    assert all(way.low < way.high and way.step > 0 for way in WAYS.values())


def test_the_ends_of_a_scale_lie_opposite() -> None:
    """What is nearer to one is as much further from the other."""
    for slot, kind in SLOTS.items():
        for end in kind.ends if kind.ends and slot not in ("hair length",) else ():
            other = kind.ends[0] if end == kind.ends[1] else kind.ends[1]
            assert WAYS[slot, end].towards(0.4) == -WAYS[slot, other].towards(0.4), slot


def test_steps_by_hand() -> None:
    """Nine years are one; nothing is counted beyond an end; a middle is nearest at itself."""
    old, middle = WAYS["age", "old"], WAYS["age", "middle-aged"]
    assert old.towards(55) - old.towards(37) == 2 and old.towards(90) == old.towards(80)
    assert middle.towards(37) == 0 and middle.towards(28) == middle.towards(46) == -1
    assert Way("age", -1, 2.0, 0.0, 10.0).towards(4.0) == -2


def test_a_row_of_attributes_is_read_slot_by_slot() -> None:
    """With the state's name, and the age in years."""
    of = dict.fromkeys(ATTRIBUTES, 0.0) | {"age": 61.0}
    shown = {slot: kind.ids[0] for slot, kind in SLOTS.items()} | {"age": "old"}
    reading = _readings(shown, list(of.values()))
    assert [r.slot for r in reading] == list(SLOTS)
    age = next(r for r in reading if r.slot == "age")
    assert age.name == "a face of about 61" and age.part == "old" and age.towards["old"] == pytest.approx(61 / 9)


def test_pictures_are_read_one_by_one() -> None:
    """As many readings as pictures; each the same alone."""
    rng = torch_rng("faces read")
    pictures = torch.rand(2, 3, 256, 256, generator=rng)
    marks = torch.rand(2, 68, 2, generator=rng)
    odds = torch.rand(2, 7, generator=rng).softmax(1)
    parts = torch.rand(2, 19, SIDE, SIDE, generator=rng).softmax(1)
    seen = FaceSeen(odds, torch.tensor([20.0, 60.0]), torch.tensor([0.1, 0.9]), marks, parts, torch.eye(2))
    both = face_readings(pictures, seen)
    alone = face_readings(pictures[1:], FaceSeen(*(part[1:] for part in seen)))
    assert len(both) == 2 and [r.part for r in both[1]] == [r.part for r in alone[0]]
    assert both[1][2].name == "a face of about 60"
