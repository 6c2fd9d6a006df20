"""The table of what a portrait shows hangs together."""

from __future__ import annotations

import pytest

from core.foundations.errors import StudioError
from core.worlds.faces.slots import SLOTS, state, states


@pytest.mark.parametrize("name", SLOTS)
def test_what_is_pointed_at_exists(name: str) -> None:
    """A bare state and both ends are states of the slot; no id and no name stands twice."""
    slot = SLOTS[name]
    assert {slot.bare, *slot.ends} - {""} <= set(slot.ids) and len({*slot.ids}) == len(slot.ids) > 1
    assert {one.slot for one in slot.states} == {slot.name} == {name} and len({one.name for one in slot.states}) == len(slot.ids)


@pytest.mark.parametrize(
    ("slot", "id", "sign"),
    [
        ("age", "old", 1),
        ("age", "young", -1),
        ("hair colour", "dark", -1),
        ("hair colour", "blond", 1),
        ("turn", "left", -1),
        ("expression", "sad", 1),
    ],
)
def test_a_relative_wish_has_a_sign(slot: str, id: str, sign: int) -> None:
    """By hand; a smile is measured on its own scale, so that more of it is always up."""
    assert SLOTS[slot].sign(id) == sign


def test_what_is_not_there_is_said() -> None:
    """With what there is."""
    assert state("age", "old").name == "an old face" and [s.id for s in states("hat")] == ["none", "hat"]
    with pytest.raises(StudioError, match="no 'tail'"):
        states("tail")
    with pytest.raises(StudioError, match="never 'green'"):
        state("hair colour", "green")
