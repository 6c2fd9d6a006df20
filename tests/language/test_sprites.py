"""Sentences about a sprite to values: the list of requests, what is refused and why, and what meaning reaches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.foundations.errors import RequestError
from core.language.quantities.plainly import plain
from core.language.resolve import Resolved
from core.language.values import alike
from core.studio.sprite_library import SpriteLibrary
from core.worlds.dsprites.factors import FACTORS

REQUESTS = json.loads((Path(__file__).parent / "sprite_requests.json").read_text())
HEART = [2, 3, 0, 16, 16]


@pytest.fixture(scope="module")
def shapes() -> SpriteLibrary:
    return SpriteLibrary()


def ask(library: SpriteLibrary, sentence: str, start: list[int]) -> Resolved:
    return library.understand(sentence, dict(zip(FACTORS, map(str, start), strict=True)))


def final(found: Resolved, start: list[int]) -> list[int]:
    """The sprite that would come of it."""
    values = list(start)
    for target in found.targets:
        values[FACTORS.index(target.slot)] = int(target.parts[0])
    return values


def right(case: dict, found: Resolved) -> bool:
    if case.get("undo"):
        return found.undo
    if "random" in case:
        return (
            found.refusal is None
            and {t.slot for t in found.targets} == set(case["random"])
            and {t.verb for t in found.targets} == {"random"}
        )
    if case["wanted"] is None:
        return found.refusal is not None and not found.targets and case.get("says", "").lower() in found.refusal.lower()
    return found.refusal is None and not found.undo and final(found, case["start"]) in case["wanted"]


@pytest.fixture(scope="module")
def answers(shapes: SpriteLibrary) -> list[tuple[dict, Resolved]]:
    """Every request of the list, and what it comes to."""
    return [(case, ask(shapes, case["sentence"], case["start"])) for case in REQUESTS]


@pytest.mark.parametrize("kind", ["template", "paraphrase"])
def test_the_list_of_requests(answers: list[tuple[dict, Resolved]], kind: str) -> None:
    """At least 60 of each kind, 97 in 100 right."""
    cases = [(case, found) for case, found in answers if case["kind"] == kind]
    failed = [case["sentence"] for case, found in cases if not right(case, found)]
    assert len(cases) >= 60 and len(failed) <= 0.03 * len(cases), failed


def test_what_is_not_moved_stays(answers: list[tuple[dict, Resolved]]) -> None:
    """No sentence of the list targets a slot at the value that it has."""
    for case, found in answers:
        for target in found.targets:
            assert str(case["start"][FACTORS.index(target.slot)]) not in target.parts, case["sentence"]


@pytest.mark.parametrize(("phrase", "shape"), [("the symbol of affection", 2), ("a cardboard box", 0), ("a rugby ball", 1), ("an egg", 1)])
def test_meaning_reaches_what_rules_do_not(shapes: SpriteLibrary, phrase: str, shape: int) -> None:
    """By the index."""
    start = [(shape + 1) % 3, 3, 0, 16, 16]
    assert final(ask(shapes, f"turn it into {phrase}", start), start)[0] == shape


def test_what_lies_between_comes_with_choices(shapes: SpriteLibrary) -> None:
    """Near a shape, yet not clearly it."""
    found = ask(shapes, "make it a pancake", HEART)
    assert found.refusal and "Did you mean" in found.refusal and [n.entry.name for n in found.choices][0] == "ellipse"
    assert not ask(shapes, "make it a giraffe", HEART).choices


def test_targets_come_in_order(shapes: SpriteLibrary) -> None:
    """The shape first, whatever was said first."""
    found = ask(shapes, "to the top left corner, much smaller, upside down, and an ellipse turned by 45 degrees", HEART)
    assert [t.slot for t in found.targets] == ["shape", "rotation", "scale", "x", "y"]


@pytest.mark.parametrize(
    ("sentence", "start", "note"),
    [
        ("make it a circle", HEART, "no circle here; the nearest is an ellipse"),
        ("make it a heart and move it left", HEART, "It is a heart already."),
        ("half the size", [2, 2, 0, 16, 16], "as small as it gets"),
        ("move it left", HEART, ""),
    ],
)
def test_notes_say_what_one_should_know(shapes: SpriteLibrary, sentence: str, start: list[int], note: str) -> None:
    """Beside what is done."""
    found = ask(shapes, sentence, start)
    assert found.targets and note in found.note and bool(note) == bool(found.note)


def test_rotations_that_look_alike() -> None:
    """By hand: a square every 9.75 steps, an ellipse every 19.5, a heart only itself."""
    assert alike("rotation", 0, 0) == (0, 10, 19, 20, 29)
    assert alike("rotation", 3, 1) == (3, 22, 23)
    assert alike("rotation", 7, 2) == (7,) and alike("x", 7, 0) == (7,)


def test_between_two_steps_either_will_do(shapes: SpriteLibrary) -> None:
    """Half a turn is 19.5 steps, a quarter 9.75."""
    assert ask(shapes, "turn it by 180 degrees", HEART).targets[0].parts == ("20", "19")
    assert ask(shapes, "turn it by 90 degrees anticlockwise", HEART).targets[0].parts == ("10",)


@pytest.mark.parametrize("sentence", ["", "  ", "?!", None, 3, "x" * 301])
def test_what_is_no_sentence_is_refused(shapes: SpriteLibrary, sentence: object) -> None:
    """As everywhere."""
    with pytest.raises(RequestError):
        ask(shapes, sentence, HEART)  # type: ignore[arg-type]


ODD = (
    "(((( x",
    "and and",
    "left right up down",
    "a",
    "the",
    "🫀",
    "9" * 200,
    "turn " * 50,
    "by by by 3",
    "not",
    "x y",
    "90",
    "far far far",
    "a | b",
    "to to",
)


@pytest.mark.parametrize("sentence", ODD)
def test_odd_input_never_breaks(shapes: SpriteLibrary, sentence: str) -> None:
    """It comes to targets within bounds, or to a sentence."""
    found = ask(shapes, sentence, HEART)
    assert found.refusal or all(0 <= int(part) < 40 for t in found.targets for part in t.parts)


@pytest.mark.parametrize("sentence", ["go back", "put it back", "undo", "put it back the way it was", "undo that please"])
def test_back_is_undo(shapes: SpriteLibrary, sentence: str) -> None:
    """Where no place, shape or amount is named with it."""
    assert ask(shapes, sentence, HEART).undo


@pytest.mark.parametrize("sentence", ["not a heart", "anything but a heart", "a square, not a heart"])
def test_what_is_forbidden_is_not_done(shapes: SpriteLibrary, sentence: str) -> None:
    """Another shape comes, or nothing."""
    found = ask(shapes, sentence, HEART)
    assert all(t.slot != "shape" or "2" not in t.parts for t in found.targets)


def test_roundabout_ways_are_said_plainly() -> None:
    """Numbers as digits, slips mended, courtesies of place rewritten."""
    assert plain("Turn it ninety degrees") == "turn it 90 degrees"
    assert plain("mvoe it to the rigth") == "move it to the right"
    assert plain("right in the middle") == "in the middle"
    assert plain("It's too big!").startswith("it is smaller")
