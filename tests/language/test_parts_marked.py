"""Marked sentences to targets over the real names: what is denied, counted, or said of another place."""

from __future__ import annotations

import re

import pytest

from core.language.actions import readings
from core.language.facts.hints import Hints
from core.language.parts import resolve
from core.language.resolve import Resolved
from core.language.words import lemma


@pytest.fixture
def ask(library, marked, reading):
    """What comes of a marked sentence."""

    def ask(text: str, **shown: str) -> Resolved:
        sentence = re.sub(r"\[[a-z]+:([^\]]*)\]", r"\1", text).replace("| ", "")
        said = readings(sentence, marked(text), Hints({}), library.lexicon)[0]
        return resolve(said, library.lexicon, {**reading, **shown})

    return ask


@pytest.mark.parametrize(
    ("text", "head", "never"),
    [
        ("a [new:sea animal] | but leave out the [not:shark]", {"jellyfish", "crab"}, {"shark"}),
        ("a [new:plant] for the [where:head] | but no [not:cactus]", {"flower"}, {"saguaro", "factory-dark"}),
        ("the [where:head] a [new:ball] | though [any:any] except the [not:basketball]", {"volleyball"}, {"basketball", "cottonball"}),
        ("a [new:hat], [any:whichever], not the [not:hard hat]", {"beanie", "chefhat"}, {"hardhat", "croc-hat"}),
        ("[new:bear] | ([new:pandas] don't count)", {"bear"}, {"panda"}),
        ("do not give him a [new:shark] | a [new:whale]", {"whale", "whale-alive"}, {"shark"}),
        ("[new:yeti], not [not:bigfoot]", {"bigfoot-yeti"}, {"bigfoot"}),
    ],
)
def test_what_is_denied_is_ruled_out_of_every_wish(ask, text: str, head: set, never: set) -> None:
    """Also where it stands in a piece of its own; what is wished by its very name stays."""
    found = ask(text)
    assert [t.slot for t in found.targets] == ["head"], found.refusal
    parts = {*found.targets[0].parts} if found.targets[0].verb == "random" else {found.targets[0].parts[0]}
    assert head & parts and not never & {*found.targets[0].parts}


def test_a_kind_that_a_place_names_stays_that_kind(ask) -> None:
    """Any tie is a tie."""
    (target,) = ask("[any:any] [where:tie] except the [not:black] one").targets
    assert target.slot == "accessory" and all("tie" in part for part in target.parts)


def test_another_than_what_is_there_is_one_of_its_kind(ask) -> None:
    """An animal that is no otter."""
    (target,) = ask("[any:a different animal] from the [new:otter] for the [where:head]", head="otter").targets
    assert target.verb == "random" and "cat" in target.parts and not {"otter", "car", "pizza"} & {*target.parts}


def test_a_place_is_its_own_things(ask) -> None:
    """Of two things one may be for another place, and is no less wished for; what is denied may have its own."""
    found = ask("the [new:skull in a cap], [new:red stripes] on the [where:body]")
    assert {t.slot: t.parts[0] for t in found.targets}.keys() == {"head", "accessory"}
    assert [t.parts[0] for t in ask("[new:pizza necklace] not [not:pizza] [where:face]").targets] == ["pizza-bling"]


def test_what_goes_from_a_place_goes_there(ask) -> None:
    """Sunglasses on the chest are a print."""
    found = ask("remove the [out:sunglasses] from the chest", accessory="glasses-logo-sun")
    assert [(t.slot, t.parts[0]) for t in found.targets] == [("accessory", "none")]


def test_what_cannot_be_is_refused(ask) -> None:
    """Several of a thing, and places that a Noun does not have."""
    assert "more than one" in ask("[new:three snowflakes] on the [where:chest]").refusal
    assert "no place for “arms”" in ask("swap his [old:arms] for [new:tentacles]").refusal


def test_a_bear_is_not_bare(ask) -> None:
    """The forms of a verb are not taken for a noun."""
    assert lemma("bare") == "bare" and lemma("bears") == "bear"
    assert [t.parts[0] for t in ask("a [new:bear] please").targets] == ["bear"]
