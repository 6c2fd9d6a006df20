"""What is said where nothing is done: why, and what to say instead."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.language.resolve import Resolved


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("move it", "Where to? Say “to the left”"),
        ("nudge it a bit", "Where to? Say “to the left”"),
        ("resize it", "Larger or smaller? Say “bigger”"),
        ("make it the right size", "Larger or smaller? Say “bigger”"),
        ("change the shape", "Which shape? Say “make it a square”"),
        ("crank it up", "Say “move it up”, or “make it bigger”"),
        ("twice as far left", "Say how far: “4 columns to the left”"),
        ("push it off the edge", "stays inside the picture (“off the edge”)"),
        ("move it out of the picture", "Say “to the left edge”"),
        ("start over", "say “undo”"),
        ("put it where it started", "say “undo”"),
        ("again", "Say the change once more"),
        ("a bit more", "Say the change once more"),
        ("flip it over", "say “turn it upside down”"),
        ("make it half as tall", "only grows or shrinks as a whole"),
        ("make it thin", "only grows or shrinks as a whole"),
    ],
)
def test_refusals_say_what_to_say_instead(ask: Callable[..., Resolved], sentence: str, says: str) -> None:
    """And nothing is changed."""
    found = ask(sentence)
    assert not found.targets and not found.undo and says in (found.refusal or ""), found


def test_back_to_something_is_not_undo(ask: Callable[..., Resolved]) -> None:
    """A place, a shape, or a bit of a turn."""
    for sentence in ("put it back in the middle", "turn it back into a square", "turn it back a bit", "go back to the left"):
        assert not ask(sentence).undo and ask(sentence).targets, sentence
