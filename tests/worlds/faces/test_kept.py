"""What stayed, in sentences with a measure each."""

from __future__ import annotations

from dataclasses import replace

import torch

from core.foundations.records import SlotReading
from core.foundations.seeds import torch_rng
from core.models.face_seen import SIDE, FaceSeen
from core.worlds.faces.attributes import attributes
from core.worlds.faces.kept import FIRST, LINES, stayed
from core.worlds.faces.reading import WAYS, readings_of
from core.worlds.faces.slots import SLOTS, state
from core.worlds.faces.world import IDENTITY, Faces


def reading(slot: str, part: str, value: float) -> SlotReading:
    towards = {id: WAYS[slot, id].towards(value) for id in SLOTS[slot].ids}
    return SlotReading(slot, part, state(slot, part).name, 1.0, towards=towards)


def test_every_slot_has_its_line() -> None:
    """Once."""
    assert sorted(slot for _, slots in LINES for slot in slots) == sorted(Faces.slots)


def test_measures_are_told_in_what_they_were_measured_in() -> None:
    """Years, shares and lightness; how alike two faces are; else how far it moved in steps; at first what people ask of first."""
    same = SlotReading(IDENTITY, "same", "the same person", 1.0, towards={"same": 0.0})
    pairs = {
        IDENTITY: (same, replace(same, towards={"same": -0.3})),
        "age": (reading("age", "young", 24.2), reading("age", "young", 26.0)),
        "hair colour": (reading("hair colour", "brown", 31.0), reading("hair colour", "brown", 33.6)),
        "hair length": (reading("hair length", "short", 0.1), reading("hair length", "short", 0.265)),
        "mouth": (reading("mouth", "closed", 0.05), reading("mouth", "closed", 0.08)),
        "turn": (reading("turn", "ahead", -0.1), reading("turn", "ahead", 0.02)),
        "expression": (reading("expression", "smiling", 2.0), reading("expression", "smiling", 0.0)),
    }
    told = {line.about: line for line in stayed(pairs, 0.5)}
    assert told[IDENTITY].sentence == "Still the same person" and told[IDENTITY].measure == "85 % alike; a stranger: under 50 %"
    assert told["age"].sentence == "Still a young face" and told["age"].measure == "24 → 26 years"
    assert told["hair"].sentence == "Hair still brown and short"
    assert told["hair"].measure == "lightness 31 → 34"
    (length,) = stayed({"hair length": pairs["hair length"]}, 0.5)
    assert length.sentence == "Hair still short" and length.measure == "0.3 of a visible step"
    (still,) = stayed({"hair length": (pairs["hair length"][0],) * 2}, 0.5)
    assert still.measure == "not moved"
    assert told["mouth"].measure.startswith("gap 5 → 8 %") and not told["mouth"].first
    assert told["pose"].sentence == "Still turned ahead" and told["pose"].measure == "nose 10 → 2 % off the middle"
    assert told["expression"].measure == "88 → 50 % sure" and told["expression"].first
    assert list(told) == [about for about, _ in LINES if about in told]


def test_whatever_is_read_can_be_told() -> None:
    """Of any picture, in one line each."""
    rng = torch_rng("anything")
    seen = FaceSeen(
        torch.rand(3, 7, generator=rng).softmax(1),
        60 * torch.rand(3, generator=rng),
        torch.rand(3, generator=rng),
        torch.rand(3, 68, 2, generator=rng),
        torch.rand(3, 19, SIDE, SIDE, generator=rng).softmax(1),
        torch.ones(3, 4),
    )
    first, second, _ = readings_of(attributes(torch.rand(3, 3, 256, 256, generator=rng), seen))
    lines = stayed({b.slot: (b, a) for b, a in zip(first, second, strict=True)}, 0.5)
    assert len(lines) == len(LINES) - 1 and sum(line.first for line in lines) == FIRST - 1
    assert all(line.sentence and line.measure and "\n" not in line.sentence + line.measure for line in lines)
