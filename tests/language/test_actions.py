"""Marked sentences to actions: what belongs together, what is borrowed, what stays."""

from __future__ import annotations

import pytest

from core.language.actions import Said, readings
from core.language.facts.hints import Hints

NONE = Hints({})


@pytest.fixture
def read(marked, small):
    """What a marked sentence says."""

    def read(text: str) -> Said:
        import re

        sentence = re.sub(r"\[[a-z]+:([^\]]*)\]", r"\1", text).replace("| ", "")
        return readings(sentence, marked(text), NONE, small)[0]

    return read


def test_one_thing_at_a_place(read) -> None:
    """Articles are left out, what was typed is kept for quoting."""
    said = read("swap the [where:Head] for [new:a Piñata]")
    assert [(a.new, a.where) for a in said.actions] == [(("pinata",), ("head",))]
    assert said.quote("pinata") == "Piñata"


def test_further_wishes_are_actions_of_their_own(read) -> None:
    """With and without a joint between them."""
    said = read("[new:shark] [where:head] | [new:red] [where:glasses]")
    assert [(a.new, a.where) for a in said.actions] == [(("shark",), ("head",)), (("red",), ("glasses",))]


def test_what_goes_is_apart_from_what_comes(read) -> None:
    """Even where no bar was seen."""
    said = read("lose the [out:specs] and give him a [new:cat]")
    assert [(a.removes, a.out, a.new) for a in said.actions] == [(True, "specs", ()), (False, "", ("cat",))]


def test_places_borrow_what_comes_there(read) -> None:
    """From the next action, or the last."""
    said = read("[where:glasses] | and [where:shirt] in [new:red]")
    assert [(a.where, a.new) for a in said.actions] == [(("glasses",), ("red",)), (("shirt",), ("red",))]
    said = read("[new:red] [where:glasses], | [where:shirt] too")
    assert [(a.where, a.new) for a in said.actions] == [(("glasses",), ("red",)), (("shirt",), ("red",))]


def test_a_colour_alone_goes_where_the_last_thing_was(read) -> None:
    """As in "the glasses: not green, blue"."""
    said = read("change the [where:glasses] to [any:something else] | maybe [new:blue]")
    assert said.actions[1].where == ("glasses",)


def test_prohibitions_belong_to_their_wish(read) -> None:
    """X, not Y; anything but."""
    assert read("a [new:whale], not a [not:shark]").actions[0].excluded == ("shark",)
    said = read("[any:anything] but [not:green] for the [where:glasses]")
    assert said.actions[0].any and said.actions[0].excluded == ("green",) and said.actions[0].where == ("glasses",)


def test_keeps_undo_and_cannot_are_no_actions(read) -> None:
    """They stand beside the actions."""
    said = read("[undo:undo that], keep the [keep:hat] | and make him [cannot:dance]")
    assert (said.actions, said.keeps, said.undo, said.cannot) == ((), ("hat",), True, "dance")
    assert said.rest == ", keep the and make him dance"


@pytest.mark.parametrize(("said", "amount"), [("a bit", 0.5), ("much", 1.5), ("by 30%", 0.3), ("", 1.0), ("400%", 2.0)])
def test_amounts(read, said: str, amount: float) -> None:
    """In words or percent, bounded."""
    text = f"make the [where:shirt] [much:{said}] [more:darker]" if said else "make the [where:shirt] [more:darker]"
    assert read(text).actions[0].amount == amount
