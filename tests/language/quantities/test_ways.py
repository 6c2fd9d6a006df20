"""How much of the way: from where the sprite is, and of the picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.language.resolve import Resolved

Changed = Callable[..., dict[str, int]]


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("halfway between the middle and the left edge", {"x": 8}),
        ("move it halfway between the centre and the right edge", {"x": 24}),
        ("put it halfway between the top and the middle", {"y": 8}),
        ("midway between the left edge and the centre", {"x": 8}),
        ("halfway between left and right", {"x": 16}),
        ("between the top and the bottom", {"y": 16}),
        ("halfway between the top left corner and the middle", {"x": 8, "y": 8}),
        ("halfway between the top left and the bottom right", {"x": 16, "y": 16}),
        ("a third of the way from the left edge to the middle", {"x": 5}),
        ("halfway between the middle and the left edge, and tiny", {"x": 8, "scale": 0}),
    ],
)
def test_between_two_places(changed: Changed, sentence: str, wanted: dict[str, int]) -> None:
    """A place of the picture, wherever the sprite is; by hand, columns and rows 0, 16 and 31."""
    assert changed(sentence) == wanted
    assert changed(sentence, (2, 3, 3, 30, 3)) == wanted


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("halfway to the right edge", {"x": 21}),
        ("halfway to the left", {"x": 5}),
        ("halfway to the top", {"y": 10}),
        ("move it halfway up", {"y": 10}),
        ("go to the left a third of the way", {"x": 7}),
        ("three quarters of the way to the right", {"x": 26}),
        ("most of the way to the top", {"y": 5}),
        ("halfway to the top left corner", {"x": 5, "y": 10}),
        ("halfway back to the middle", {"x": 13, "y": 18}),
        ("halfway between where it is and the left edge", {"x": 5}),
        ("halfway to the left edge and halfway to the top", {"x": 5, "y": 10}),
        ("make it smaller and put it halfway to the right edge", {"scale": 1, "x": 21}),
        ("move it towards the middle", {"x": 13, "y": 18}),
        ("a little closer to the middle", {"x": 12, "y": 19}),
        ("away from the middle", {"x": 2, "y": 28}),
    ],
)
def test_from_where_it_is(changed: Changed, sentence: str, wanted: dict[str, int]) -> None:
    """Column 10 of 0 to 31, row 20: half the 21 columns to the right edge are 11 more, rounded."""
    assert changed(sentence) == wanted


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("a quarter of the way in from the left", {"x": 8}),
        ("a third of the way down", {"y": 10}),
        ("a quarter of the way up the screen", {"y": 23}),
        ("halfway down the picture", {"y": 16}),
        ("three quarters of the way across", {"x": 23}),
        ("in the lower half", {"y": 23}),
        ("in the top third", {"y": 5}),
        ("in the bottom right quarter", {"x": 23, "y": 23}),
        ("top left quadrant", {"x": 8, "y": 8}),
        ("in the middle of the left half", {"x": 8, "y": 16}),
        ("the middle third", {"x": 16, "y": 16}),
    ],
)
def test_so_far_along_the_picture(changed: Changed, sentence: str, wanted: dict[str, int]) -> None:
    """A share of the 31 steps from edge to edge; a part of the picture stands for its middle."""
    assert changed(sentence) == wanted


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("move it 10% to the left", {"x": 7}),
        ("up by 25%", {"y": 12}),
        ("to the right by a third", {"x": 21}),
        ("raise it by half", {"y": 4}),
    ],
)
def test_shares_of_the_width(changed: Changed, sentence: str, wanted: dict[str, int]) -> None:
    """Of 32 columns or rows."""
    assert changed(sentence) == wanted


def test_the_last_step_is_taken(changed: Changed) -> None:
    """Half of one step is one."""
    assert changed("halfway to the middle", (2, 3, 3, 17, 15)) == {"x": 16, "y": 16}


def test_half_a_turn_is_no_place(changed: Changed) -> None:
    """Where something turns, a half is of the turn: 19.5 of 39 steps on from 3."""
    assert changed("turn it half way round") == changed("rotate it halfway") == {"rotation": 23}
    assert changed("rotate it to the left by a quarter") == {"rotation": 13}
    assert changed("make it smaller by half", (2, 5, 0, 10, 20)) == {"scale": 0}


def test_open_ends_are_asked_about(ask: Callable[..., Resolved]) -> None:
    """A way to a corner or an edge that is not named."""
    assert "Which corner" in (ask("halfway to the corner").refusal or "")
    assert "Which edge" in (ask("halfway between the middle and the edge").refusal or "")
    assert "Where to" in (ask("halfway there").refusal or "")
