"""Actions to targets in a small world by hand: every kind of wish, and why nothing is done where nothing can be."""

from __future__ import annotations

import re

import pytest

from core.language.actions import readings
from core.language.facts.hints import Hints
from core.language.parts import resolve
from core.language.resolve import Resolved
from tests.language.conftest import SHOWN

NONE = Hints({})


@pytest.fixture
def ask(small, marked):
    """What comes of a marked sentence."""

    def ask(text: str, **shown: str) -> Resolved:
        sentence = re.sub(r"\[[a-z]+:([^\]]*)\]", r"\1", text).replace("| ", "")
        return resolve(readings(sentence, marked(text), NONE, small)[0], small, {**SHOWN, **shown})

    return ask


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("swap the [where:head] for a [new:cat]", {"head": ("cat",)}),
        ("a [new:kitty] [where:head]", {"head": ("cat",)}),
        ("put a [new:cat] on the [where:chest]", {"accessory": ("cat",)}),
        ("a [where:shirt] with a [new:cat]", {"accessory": ("cat",)}),
        ("make the [where:glasses] [new:red]", {"glasses": ("red",)}),
        ("[new:red glasses]", {"glasses": ("red",)}),
        ("make the [where:glasses] and the [where:shirt] [new:red]", {"glasses": ("red",), "body": ("red",)}),
        ("make [where:everything] [new:red]", {"glasses": ("red",), "body": ("red",)}),
        ("lose the [out:glasses]", {"glasses": ("bare",)}),
        ("get rid of the [out:shark]", {"head": ("bare",)}),
        ("take the [out:yellow scarf] off", {"accessory": ("none",)}),
        ("swap the [old:shark] for a [new:cat]", {"head": ("cat",)}),
        ("[new:nothing] on his [where:chest]", {"accessory": ("none",)}),
        ("a [new:cat] for a [where:head] | and [new:blue] [where:specs]", {"head": ("cat",), "glasses": ("blue",)}),
    ],
)
def test_what_is_done(ask, text: str, wanted: dict) -> None:
    """The slots that change, and to what."""
    found = ask(text)
    assert found.refusal is None and {t.slot: t.parts for t in found.targets} == wanted


@pytest.mark.parametrize(
    ("text", "slot", "parts"),
    [
        ("make the [where:glasses] [any:anything] except [not:green]", "glasses", {"red", "blue"}),
        ("[any:any] [where:glasses] but [not:red]", "glasses", {"blue"}),
        ("not a [not:shark]", "head", {"cat"}),
        ("[any:any] [where:head] except a [not:shark]", "head", {"cat"}),
        ("[any:another] [where:head]", "head", {"cat"}),
        ("change the [where:head]", "head", {"cat"}),
    ],
)
def test_what_is_excluded_never_comes_about(ask, text: str, slot: str, parts: set) -> None:
    """Any other; never what is there now, never what is ruled out."""
    (target,) = ask(text).targets
    assert (target.slot, target.verb, set(target.parts)) == (slot, "random", parts)


def test_a_forbidden_thing_that_is_not_there_changes_nothing(ask) -> None:
    """And that is said."""
    found = ask("do not add a [not:cat]")
    assert not found.targets and "none was added" in found.refusal


def test_the_other_wish_is_done(ask) -> None:
    """Beside a prohibition, or an aside about what is there already."""
    assert {t.slot: t.parts for t in ask("a [new:cat] for a [where:head], not a [not:shark]").targets} == {"head": ("cat",)}
    found = ask("[new:blue] [where:glasses] | and a [new:shark] [where:head]")
    assert [t.slot for t in found.targets] == ["glasses"] and "already" in found.note


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a [new:giraffe] [where:head]", "I know no “giraffe” for the head"),
        ("swap the [old:cat] for a [new:cat]", "There is no cat here"),
        ("remove the [out:body]", "always there"),
        ("make it [new:red]", "What should become red"),
        ("make the [where:glasses] [new:red and blue]", "more than one"),
        ("keep the [keep:glasses] | and make the [where:glasses] [new:red]", "both to keep and to change"),
        ("make him [cannot:dance]", "“dance” cannot be done"),
        ("give him [cannot:shoes]", "no place for “shoes”"),
        ("the [where:head]", "What should happen to the head"),
        ("hello there", "no change in “hello there”"),
        ("a [new:Gïraffe] [where:head]", "“Gïraffe”"),
    ],
)
def test_refusals_say_why(ask, text: str, says: str) -> None:
    """And nothing is done; words are quoted as they were typed."""
    found = ask(text)
    assert found.targets == () and says in found.refusal


def test_ambiguous_colours_come_with_both(ask) -> None:
    """To pick from, with pictures."""
    found = ask("[new:red] and [new:blue] [where:glasses]")
    assert {c.entry.part for c in found.choices} == {"red", "blue"}


def test_half_a_wish_is_not_done_in_silence(ask) -> None:
    """Nothing is done, and what was understood is told and offered."""
    found = ask("[new:red] [where:glasses] | and a [new:giraffe] [where:head]")
    assert not found.targets and [t.slot for t in found.rest] == ["glasses"]
    assert "“giraffe”" in found.refusal and "red glasses" in found.refusal


def test_undo_beside_other_wishes(ask) -> None:
    """Both, or undo alone."""
    assert ask("[undo:undo that]") == Resolved(undo=True)
    found = ask("[undo:undo that] | and give it a [new:cat] [where:head]")
    assert found.undo and [t.slot for t in found.targets] == ["head"]


def test_a_thing_with_two_places_is_asked_back(ask) -> None:
    """A cat may be a head or a print; "be" and "wear" tell which."""
    assert {c.entry.slot for c in ask("give him a [new:cat]").choices} == {"head", "accessory"}
    assert ask("he should be a [new:cat]").targets[0].slot == "head"
    assert ask("he should wear a [new:cat]").targets[0].slot == "accessory"


def test_darker_looks_at_what_is_there(ask) -> None:
    """Another colour, darker than the one now."""
    (target,) = ask("make the [where:shirt] [more:darker]").targets
    assert target.parts == ("black",)


@pytest.mark.parametrize(
    ("text", "shown"), [("[less:red]", {"glasses": "red"}), ("[where:body] less [less:red]", {"body": "red", "glasses": "green"})]
)
def test_there_is_no_less_of_a_colour(ask, text: str, shown: dict) -> None:
    """Half of a colour is a speckle: what has it is named, and that another can be had."""
    refusal = ask(text, **shown).refusal or ""
    assert "there is no less of a colour, only another" in refusal and next(iter(shown)) in refusal
