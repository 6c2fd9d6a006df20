"""Sentences about a face to states: the list of requests, what is refused and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.bench.faces.sentences import ORDINARY
from core.language.facts import facts_of, table
from core.language.facts.states import state_words
from core.language.lexicon import Lexicon
from core.language.resolve import Resolved, Target
from core.language.states import resolve_states
from core.studio.face_words import face_entries, face_lexicon
from core.studio.library import Library
from core.worlds.faces.slots import SLOTS
from tests.language.conftest import Plain, hashed

REQUESTS = json.loads((Path(__file__).parent / "face_requests.json").read_text())
Understand = Callable[[str, dict[str, str]], Resolved]
PLAIN = {**ORDINARY, "setting": "busy"}
HOW = {"replace": "is", "remove": "is", "more": "on", "less": "on", "random": "any"}


@pytest.fixture(scope="module")
def faces(library: Library) -> Understand:
    """What a library of faces makes of a sentence, with what is seen beside a plain face."""
    lexicon = face_lexicon(library.texts.embed)
    return lambda sentence, start: resolve_states(sentence, lexicon, {**PLAIN, **start})


def told(found: Resolved) -> dict[str, list[object]]:
    """Targets as the list of requests has them: slot to how, state and amount."""
    return {t.slot: [HOW[t.verb], "" if t.verb == "random" else t.parts[0], t.strength] for t in found.targets}


def right(case: dict, found: Resolved) -> bool:
    """Whether all of an answer is as it should be: slots, states, direction, amount, what stays, and why nothing is done."""
    if case["wanted"] is None:
        return found.refusal is not None and not found.targets and case["says"].lower() in found.refusal.lower()
    kept = set(case.get("keeps", ())) <= set(found.keeps)
    return found.refusal is None and told(found) == case["wanted"] and kept and found.undo == case.get("undo", False)


def test_the_list_of_requests(faces: Understand) -> None:
    """At least 120, 95 in 100 right."""
    answers = [(case, faces(case["sentence"], case.get("start", {}))) for case in REQUESTS]
    failed = [(case["sentence"], told(found), found.refusal) for case, found in answers if not right(case, found)]
    assert len(REQUESTS) >= 120 and len(failed) <= 0.05 * len(REQUESTS), failed


@pytest.fixture(scope="module")
def bare() -> Lexicon:
    """The index over meaningless vectors: what is left is the table."""
    return Lexicon(face_entries(), facts_of("faces"), hashed, Plain)


def by_table(bare: Lexicon, sentence: str, **start: str) -> Resolved:
    """What comes of a sentence where nothing lies near an unknown word."""
    return resolve_states(sentence, bare, {**PLAIN, **start})


def test_the_table_and_the_slots_speak_of_the_same() -> None:
    """Every state has names, and every slot a word."""
    words = state_words("faces")
    assert {slot: tuple(states) for slot, states in words.names.items()} == {name: slot.ids for name, slot in SLOTS.items()}
    assert tuple(facts_of("faces").slots) == tuple(SLOTS) and all(facts_of("faces").slots.values())


@pytest.mark.parametrize(
    ("sentence", "start", "wanted"),
    [
        ("twice as old", {}, Target("age", ("old",), "more", 1.5)),
        ("ten years younger", {}, Target("age", ("young",), "more", 0.5)),
        ("bring back some hair", {"hair length": "bald"}, Target("hair length", ("short",), "replace")),
        ("keep your mouth closed", {"mouth": "open"}, Target("mouth", ("closed",), "replace")),
        ("not so dark, the background", {"background": "dark"}, Target("background", ("light",), "less")),
        ("back to brown hair", {"hair colour": "grey"}, Target("hair colour", ("brown",), "replace")),
        ("a beard like a dragon's", {}, Target("beard", ("beard",), "replace")),
        ("a bit older", {"age": "old"}, Target("age", ("old",), "more", 0.5)),
        ("less of a smile", {"expression": "smiling"}, Target("expression", ("neutral",), "less")),
        ("a very old face", {"age": "old"}, Target("age", ("old",), "more", 1.5)),
        ("turn her head to the left", {}, Target("turn", ("left",), "replace")),
        ("turn her head to her left", {}, Target("turn", ("right",), "replace")),
        ("no hat", {"hat": "hat"}, Target("hat", ("none",), "remove")),
        ("the background is too dark", {}, Target("background", ("light",), "less")),
        ("frown", {}, Target("expression", ("sad", "angry"), "replace")),
        ("not brown hair", {}, Target("hair colour", ("dark", "blond", "grey"), "random")),
    ],
)
def test_what_targets_say(bare: Lexicon, sentence: str, start: dict[str, str], wanted: Target) -> None:
    """By hand: where a relative wish leads lies in the part, even where the picture shows it already."""
    assert by_table(bare, sentence, **start).targets == (wanted,)


def test_flags_go_on_only_where_they_should(bare: Lexicon) -> None:
    """A second thing behind "and" goes too, unless it comes."""
    assert {t.slot: t.parts[0] for t in by_table(bare, "no hat and a beard", hat="hat").targets} == {"hat": "none", "beard": "beard"}
    both = by_table(bare, "take off the hat and the glasses", hat="hat", glasses="glasses")
    assert [(t.slot, t.parts) for t in both.targets] == [("hat", ("none",)), ("glasses", ("none",))]


def test_what_stays_and_changes_is_asked_back(bare: Lexicon) -> None:
    """Nothing is done."""
    torn = by_table(bare, "keep the hair as it is, darker hair")
    assert not torn.targets and "keep and to change" in str(torn.refusal)


def test_all_or_nothing(bare: Lexicon) -> None:
    """What could be done by itself is told."""
    found = by_table(bare, "sunglasses, and the hat off")
    assert [t.slot for t in found.targets] == ["glasses"] and "so already" in found.note
    found = by_table(bare, "darker, sunglasses")
    assert not found.targets and "Did you mean" in str(found.refusal) and [t.slot for t in found.rest] == ["glasses"]


@pytest.mark.parametrize(
    ("sentence", "kind", "word"),
    [
        ("give him a tan", "origin", "tan"),
        ("turn him black", "origin", "black"),
        ("make her a man", "gender", "man"),
        ("curly hair", "hair", "curly"),
        ("braces", "part", "braces"),
        ("make it sunny outside", "ground", "sunny"),
        ("make it 3 meters wide", "camera", "meters"),
        ("a hat and a dragon", "crowd", "dragon"),
        ("is she smiling?", "question", ""),
        ("the hat", "idle", "a hat"),
    ],
)
def test_what_is_not_done_has_its_own_reason(bare: Lexicon, sentence: str, kind: str, word: str) -> None:
    """Not understood, impossible, or so already: never done wrong."""
    found = by_table(bare, sentence, hat="hat")
    assert not found.targets and str(found.refusal).startswith(table("faces")["says"][kind].format(word=word))


@pytest.mark.parametrize("sentence", ["an old hat", "longer", "a door that is open", "something red", "take it away"])
def test_what_speaks_of_no_slot_changes_nothing(bare: Lexicon, sentence: str) -> None:
    """An old hat is no old face, and a door no mouth."""
    assert not by_table(bare, sentence).targets


def test_two_wishes_for_one_place_are_asked_back(bare: Lexicon) -> None:
    """Neither wins in silence."""
    assert "only one of them" in str(by_table(bare, "make her young and old").refusal)


ODD = (
    "(((( x",
    "and and",
    "left right up down",
    "a",
    "the",
    "\U0001fac0",
    "9" * 200,
    "no no no",
    "keep",
    "more",
    "less of",
    "a | b",
    "not",
    "'s",
)


@pytest.mark.parametrize("sentence", ODD)
def test_odd_input_never_breaks(bare: Lexicon, sentence: str) -> None:
    """It comes to states that exist, or to a sentence."""
    found = by_table(bare, sentence)
    assert found.refusal or all(part in SLOTS[t.slot].ids for t in found.targets for part in t.parts)


@pytest.mark.parametrize("sentence", ["give him a beard without making him older", "a beard, but not any older"])
def test_a_comparative_that_is_denied_beside_a_wish_asks_to_stay(faces: Understand, sentence: str) -> None:
    """Nobody who does not want someone older with a beard wants them younger; by itself “not so old” does."""
    found = faces(sentence, {})
    assert told(found) == {"beard": ["is", "beard", 1.0]} and "age" in found.keeps
    assert told(faces("not so old", {})).keys() == {"age"}


def test_what_is_said_and_is_so_already_has_to_stay(faces: Understand) -> None:
    """A smile would open the mouth; of an open one it is asked that it closes."""
    for sentence in ("make her smile but keep her mouth closed", "a smile with closed lips", "keep the mouth shut and smile"):
        closed, opened = (faces(sentence, {"mouth": mouth}) for mouth in ("closed", "open"))
        assert [t.slot for t in closed.targets] == ["expression"] and "mouth" in closed.keeps
        assert {t.slot: t.parts[0] for t in opened.targets} == {"expression": "smiling", "mouth": "closed"} and "mouth" not in opened.keeps
    assert faces("make her smile", {"mouth": "closed"}).keeps == ()
