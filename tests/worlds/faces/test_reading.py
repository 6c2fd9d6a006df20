"""Readings of faces: every state has its way, in steps, and what lies beyond an end counts no more."""

from __future__ import annotations

import pytest
import torch

from core.foundations.seeds import torch_rng
from core.models.face_seen import SIDE, FaceSeen
from core.worlds.faces.attributes import ATTRIBUTES, attributes
from core.worlds.faces.reading import FIRM, LEAST, SCALES, WAYS, Way, _readings, aims, in_steps, kept, plain, readings_of
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


def test_what_is_dull_already_becomes_grey_by_being_lighter() -> None:
    """It need be no duller; where it is light enough, or bright, it has to be duller by as much as people see."""

    def aimed(colour: float, lightness: float) -> float:
        now = in_steps(torch.tensor([[{"hair colour": colour, "hair lightness": lightness}.get(name, 0.0) for name in ATTRIBUTES]]))[0]
        found = aims("hair colour", "grey", now)
        assert list(found) == ["hair colour", "hair lightness"] and found["hair lightness"] == 48.0 / SCALES["hair lightness"].step
        return found["hair colour"] * SCALES["hair colour"].step

    assert aimed(9.0, 20.0) == pytest.approx(9.0) and aimed(30.0, 20.0) < 12.0
    assert aimed(11.5, 47.0) == pytest.approx(11.5 - LEAST * SCALES["hair colour"].step)


def test_pictures_are_read_one_by_one() -> None:
    """As many readings as pictures; each the same alone."""
    rng = torch_rng("faces read")
    pictures = torch.rand(2, 3, 256, 256, generator=rng)
    marks = torch.rand(2, 68, 2, generator=rng)
    odds = torch.rand(2, 7, generator=rng).softmax(1)
    parts = torch.rand(2, 19, SIDE, SIDE, generator=rng).softmax(1)
    seen = FaceSeen(odds, torch.tensor([20.0, 60.0]), torch.tensor([0.1, 0.9]), marks, parts, torch.eye(2))
    both = readings_of(attributes(pictures, seen))
    alone = readings_of(attributes(pictures[1:], FaceSeen(*(part[1:] for part in seen))))
    assert len(both) == 2 and [r.part for r in both[1]] == [r.part for r in alone[0]]
    assert both[1][2].name == "a face of about 60"


def values(**of: float) -> torch.Tensor:
    """A row of attributes, each at the middle of what counts but for those given, with "_" for spaces."""
    given = {name.replace("_", " "): value for name, value in of.items()}
    return torch.tensor([[given.get(name, (SCALES[name].low + SCALES[name].high) / 2) for name in ATTRIBUTES]])


def test_everything_that_is_measured_has_a_scale() -> None:
    """In steps of each, no further than its ends."""
    assert set(SCALES) == set(ATTRIBUTES)
    row = in_steps(values(age=200.0, hat=1.2))[0]
    assert row[ATTRIBUTES.index("age")] == pytest.approx(80 / 9) and row[ATTRIBUTES.index("hat")] == pytest.approx(1.0)


def test_an_aim_lies_beyond_the_border_and_some_way_from_here() -> None:
    """A young face becomes old; one that is nearly old goes a step at least; a wish in steps goes so many, and none leaves the scale."""
    young, nearly, oldest = (in_steps(values(age=years))[0] for years in (20.0, 44.0, 79.0))
    assert aims("age", "old", young) == {"age": pytest.approx(45 / 9 + FIRM)}
    assert aims("age", "old", nearly) == {"age": pytest.approx(44 / 9 + LEAST)}
    assert aims("age", "old", oldest) == {"age": pytest.approx(80 / 9)}
    assert aims("age", "young", nearly, 2.0) == {"age": pytest.approx(44 / 9 - 2 * LEAST)}
    assert aims("age", "middle-aged", young) == {"age": pytest.approx(37 / 9)}
    blond = aims("hair colour", "blond", young)
    assert list(blond) == ["hair lightness", "hair colour"] and blond["hair colour"] == pytest.approx(18 / 6)


def test_what_belongs_to_a_state_is_not_held() -> None:
    """Nor what may move with it; all else is."""
    held = kept("expression", "smiling")
    assert not {"smiling", "neutral", "mouth open"} & set(held) and {"age", "female", "skin lightness"} <= set(held)
    assert "hair lightness" not in kept("age", "old") and "hair lightness" in kept("age", "young")


def test_what_is_seen_only_just_is_not_plain() -> None:
    """A step beyond the border is, and so is what cannot be more."""

    def shown(slot: str, **of: float) -> bool:
        return plain(next(r for r in readings_of(values(**of))[0] if r.slot == slot))

    assert not shown("age", age=46.0) and shown("age", age=55.0)
    assert shown("glasses", glasses=0.03, sunglasses=0.0) and not shown("glasses", glasses=0.12, sunglasses=0.0)
    odds = {"neutral": -4.0, "surprised": -6.0, "sad": -6.0, "angry": -6.0}
    assert shown("expression", smiling=4.0, **odds) and not shown("expression", smiling=-1.0, **odds)
