"""The words for a face's parts hang together, and a phrase names one part or none."""

from __future__ import annotations

import pytest

from core.models.face_seen import PARTS
from core.worlds.faces.parts import NAMED, PLACED, part_named
from core.worlds.faces.slots import state


def test_what_is_pointed_at_exists() -> None:
    """Every part is one that the reader tells, every state one of a slot, and no word names two things."""
    words = [word for named in NAMED for word in (named.name, *named.words)]
    assert len(set(words)) == len(words)
    assert all(set(named.parts) <= set(PARTS) and len(named.channels) == len(named.parts) for named in NAMED)
    assert [state(*named.state).id for named in NAMED if named.state] == ["sunglasses", "lipstick"]


def test_each_part_that_the_reader_knows_can_be_asked_for() -> None:
    """By some name or other; the two that it does not know never by themselves."""
    assert {part for named in NAMED for part in named.parts} == set(PARTS)
    assert not any(set(named.parts) <= {"earring", "necklace"} for named in NAMED)


def test_a_place_is_of_one_thing() -> None:
    """Every part is in one of what is told of places."""
    assert sorted(part for named in PLACED for part in named.parts) == sorted(PARTS)


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("hair", "hair"),
        ("the glasses", "glasses"),
        ("her lips", "lips"),
        ("spectacles", "glasses"),
        ("the person's left eye", "left eye"),
        ("backdrop", "background"),
        ("inside of the mouth", "inside of the mouth"),
        ("red glasses", ""),
        ("hair and lips", ""),
        ("dog", ""),
        ("the", ""),
        ("earrings", ""),
    ],
)
def test_a_phrase_names_one_part_or_none(phrase: str, name: str) -> None:
    """What is said besides, such as a colour, is for other eyes."""
    found = part_named(phrase.split())
    assert (found.name if found else "") == name
