"""Where to: steps, sides, corners and edges."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.language.resolve import Resolved

Changed = Callable[..., dict[str, int]]


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("nudge it up", {"y": 17}),
        ("a tiny nudge to the right", {"x": 13}),
        ("a big jump to the left", {"x": 0}),
        ("move one down", {"y": 21}),
        ("two to the left", {"x": 8}),
        ("up two", {"y": 18}),
        ("move it left twice", {"x": 0}),
        ("a bit to the right twice", {"x": 16}),
        ("increase x by 5", {"x": 15}),
        ("decrease y by 4", {"y": 16}),
        ("add 3 to x", {"x": 13}),
        ("(5, 6)", {"x": 5, "y": 6}),
        ("let it fall", {"y": 28}),
        ("kick it to the left", {"x": 2}),
        ("move it left but not too far", {"x": 7}),
        ("not quite so far left", {"x": 18}),
        ("it should not be so high", {"y": 28}),
        ("I don't want it on the left, put it on the right", {"x": 31}),
        ("shuffle left", {"x": 2}),
    ],
)
def test_steps(changed: Changed, sentence: str, wanted: dict[str, int]) -> None:
    """8 columns or rows, 3 for a bit, 14 for a lot; so many where a number is said."""
    assert changed(sentence) == wanted


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("back to the middle", {"x": 16, "y": 16}),
        ("put it back in the middle", {"x": 16, "y": 16}),
        ("middle left", {"x": 0, "y": 16}),
        ("hug the left wall", {"x": 0}),
        ("align it left", {"x": 0}),
        ("line it up with the left edge", {"x": 0}),
        ("squeeze it into the top left", {"x": 0, "y": 0}),
        ("put it on the left side but not all the way", {"x": 4}),
    ],
)
def test_sides(changed: Changed, sentence: str, wanted: dict[str, int]) -> None:
    """Columns and rows go from 0 to 31, with 16 in the middle; near an edge is 4 away."""
    assert changed(sentence) == wanted


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("tuck it into the corner at the bottom right", {"x": 31, "y": 31}),
        ("tuck it into the corner, top left", {"x": 0, "y": 0}),
        ("go up and into the left corner", {"x": 0, "y": 0}),
        ("put it in a corner", {"x": 0, "y": 31}),
        ("to the nearest corner", {"x": 0, "y": 31}),
        ("send it to the corner furthest away", {"x": 31, "y": 0}),
        ("near the top right corner", {"x": 27, "y": 4}),
    ],
)
def test_corners(changed: Changed, sentence: str, wanted: dict[str, int]) -> None:
    """Named anywhere in the sentence; any, the nearest or the farthest of column 10, row 20."""
    assert changed(sentence) == wanted


def test_which_corner_or_edge(ask: Callable[..., Resolved]) -> None:
    """Where it is open, the sentences to choose from are said."""
    four = ("“to the top left corner”", "“to the top right corner”", "“to the bottom left corner”", "“to the bottom right corner”")
    for sentence in ("tuck it into the corner", "move it to the corner", "squash it into the corner"):
        refusal = ask(sentence).refusal or ""
        assert refusal.startswith("Which corner") and all(choice in refusal for choice in four), sentence
    assert (
        ask("put it in the left corner").refusal == "Which corner do you mean? Say “to the top left corner” or “to the bottom left corner”."
    )
    assert "“to the bottom edge”" in (ask("move it to the edge").refusal or "")


def test_what_a_question_offers_is_understood(changed: Changed) -> None:
    """Each choice, said back."""
    for row, y in (("top", 0), ("bottom", 31)):
        assert changed(f"to the {row} edge") == {"y": y}
        for column, x in (("left", 0), ("right", 31)):
            assert changed(f"to the {row} {column} corner") == {"x": x, "y": y}


def test_out_of_the_middle_there_is_no_one_way(ask: Callable[..., Resolved]) -> None:
    """Each way leads out."""
    assert "in the middle" in (ask("away from the centre", (2, 3, 0, 16, 16)).refusal or "")
