"""Which slot a phrase names, and what it says beside."""

from __future__ import annotations

import pytest

from core.language.facts import facts_of
from core.language.facts.places import EVERYTHING, place_of, without_place

NOUNS = facts_of("nouns")


@pytest.mark.parametrize(
    ("phrase", "slot", "rest"),
    [
        ("noggin", "head", ""),
        ("the picture on his chest", "accessory", ""),
        ("whatever is on his chest", "accessory", ""),
        ("red glasses", "glasses", "red"),
        ("shirts", "body", ""),
        ("everything", EVERYTHING, "everything"),
        ("shark", "", "shark"),
        ("pair of specs", "glasses", ""),
    ],
)
def test_places(phrase: str, slot: str, rest: str) -> None:
    """The slot whose word stands last."""
    assert (place_of(phrase, NOUNS), without_place(phrase, NOUNS)) == (slot, rest)
