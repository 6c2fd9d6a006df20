"""Which way up: turns, tilts and poses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.language.resolve import Resolved

Changed = Callable[..., dict[str, int]]
UPRIGHT = (2, 3, 0, 10, 20)


@pytest.mark.parametrize(
    ("sentence", "rotation"),
    [
        ("a slight tilt", 37),
        ("give it a slight tilt", 37),
        ("tilt it a little", 37),
        ("tilt it a little to the left", 2),
        ("tilt it a bit to the right", 37),
        ("a slight lean to the left", 2),
        ("a big tilt", 33),
        ("make it wonky", 36),
        ("a small turn", 37),
        ("spin it", 29),
        ("give it a quarter spin", 29),
        ("turn it a right angle to the left", 10),
        ("rotate it the other way", 10),
        ("turn it back a bit", 2),
        ("rotate by 22.5 degrees anticlockwise", 2),
        ("rotate by 10 percent", 35),
        ("rotate it by 1 radian to the left", 6),
        ("turn it 45 degrees to the left twice", 10),
        ("spin it like a top", 29),
        ("flip it upside down", 20),
        ("the other way up", 20),
        ("face the other way", 20),
        ("point it up", 20),
        ("point it at the top right corner", 15),
        ("make it point to the bottom left", 34),
        ("face left", 29),
    ],
)
def test_turns_of_a_heart_that_stands(changed: Changed, sentence: str, rotation: int) -> None:
    """39 steps of 9.23 degrees, against the clock: a tilt is 30 degrees, a slight one 15, a big one 60; a turn 90."""
    assert changed(sentence, UPRIGHT) == {"rotation": rotation}


@pytest.mark.parametrize("sentence", ["stand it upright", "straighten it", "right it", "not upside down", "without any tilt", "on its tip"])
def test_upright(changed: Changed, sentence: str) -> None:
    """Wherever it was turned, and whatever its size and place."""
    assert changed(sentence, (2, 3, 14, 10, 20)) == {"rotation": 0}


@pytest.mark.parametrize(
    ("sentence", "start", "rotation"),
    [
        ("less tilted", 6, 3),
        ("a bit less tilted", 36, 38),
        ("less tilted", 2, 0),
        ("rotate it less", 6, 3),
        ("more tilted", 3, 6),
        ("more tilted", 36, 33),
        ("tilt it", 36, 33),
        ("reduce the tilt by 20 degrees", 6, 4),
        ("increase the rotation by 20 degrees", 3, 5),
        ("I don't want it tilted", 6, 0),
    ],
)
def test_more_and_less_of_a_tilt(changed: Changed, sentence: str, start: int, rotation: int) -> None:
    """Away from straight the way it leans, or back, but not beyond; 30 degrees are 3.25 steps."""
    assert changed(sentence, (2, 3, start, 10, 20)) == {"rotation": rotation}


@pytest.mark.parametrize(
    ("sentence", "shape", "wanted"),
    [
        ("stand it on its corner", 0, {"rotation": 5}),
        ("point it up", 1, {"rotation": 10}),
        ("point it at the top right", 1, {"rotation": 5}),
        ("stand it upright", 1, {"rotation": 10}),
    ],
)
def test_poses_of_other_shapes(changed: Changed, sentence: str, shape: int, wanted: dict[str, int]) -> None:
    """A square on its corner is turned by 45 degrees; an ellipse lies at 0."""
    assert changed(sentence, (shape, 3, 0, 10, 20)) == wanted


def test_a_turn_that_nobody_measured_is_told(ask: Callable[..., Resolved]) -> None:
    """A quarter clockwise, an eighth for a square, which shows nothing of a quarter; no word where an angle or a way was said."""
    assert "by 90 degrees clockwise" in ask("spin it", UPRIGHT).note
    assert "by 45 degrees clockwise" in ask("spin it", (0, 3, 0, 10, 20)).note
    assert not any(ask(said, UPRIGHT).note for said in ("spin it to the left", "give it a quarter spin", "tilt it a little"))


def test_straight_is_straight(ask: Callable[..., Resolved]) -> None:
    """Nothing less is left."""
    assert "straight already" in (ask("less tilted", UPRIGHT).refusal or "")
    assert "looks as it does now" in (ask("spin it all the way round", UPRIGHT).refusal or "")
