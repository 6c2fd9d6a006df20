"""Sentences that describe one thing and never name it."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("little bloke with a pointy red cap who fishes by the pond in grandma's front yard", "gnome"),
        ("feed it coins, press B4, a snack drops down", "vending-machine"),
        ("Merlin's tall pointy headwear with stars on", "wizardhat"),
        ("when scared it blows itself up into a prickly balloon", "pufferfish"),
    ],
)
def test_taken_whole_they_are_understood(library, reading, sentence: str, part: str) -> None:
    """Where marks cut them in pieces, of which one may even name another thing."""
    found = library.understand(sentence, {**reading, "head": "cat"})
    assert [(t.slot, t.parts[0]) for t in found.targets] == [("head", part)], found.refusal


@pytest.mark.parametrize(
    "sentence", ["hops about the outback with a joey in her pouch", "he went down on one knee and slipped it on her finger"]
)
def test_what_sounds_impossible_is_offered(library, reading, sentence: str) -> None:
    """What it may describe is done, or is there to pick from, and nothing else is done."""
    found = library.understand(sentence, reading)
    assert ({near.entry.part for near in found.choices} | {t.parts[0] for t in found.targets}) & {"kangaroo", "ring"}
    assert {t.parts[0] for t in found.targets} <= {"kangaroo", "ring"}


@pytest.mark.parametrize(
    "sentence", ["get rid of whatever is on his chest", "make it look sad and lonely tonight", "give him a penguin head, please do"]
)
def test_other_refusals_are_no_descriptions(library, reading, sentence: str) -> None:
    """What is to go, what cannot be, and what does not exist is not looked for by its likeness."""
    found = library.understand(sentence, reading)
    assert all(t.verb != "replace" for t in found.targets)
