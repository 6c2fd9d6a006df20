"""Reports in words, by hand."""

from __future__ import annotations

import numpy as np

from core.foundations.records import Curve, Handle, SlotReading
from core.studio.reports import compare, meant, strayed


def seen(head: str, body: str = "teal", hidden: bool = False) -> tuple[SlotReading, ...]:
    """What was read in two slots."""
    return (SlotReading("body", body, f"{body} body", 1.0, hidden), SlotReading("head", head, f"{head} head", 1.0))


CORNER = np.array([[True, False], [False, False]])
HERE = np.array([[True, False], [False, False]])


def test_a_wanted_change() -> None:
    """Named from and to, with what was kept; nothing strays."""
    report = compare(CORNER, seen("cat"), seen("shark"), {"head"}, HERE)
    assert report.sentence == "Changed: cat head to shark head. Kept: body."
    assert report.pixels == 0.25 and report.stray == 0 and report.difference.sum() == 1


def test_an_unwanted_change_is_said() -> None:
    """And one that did not come about."""
    report = compare(CORNER, seen("cat"), seen("cat", "red"), {"head"}, ~HERE)
    assert "Not asked for: body." in report.sentence and "Still as before: head." in report.sentence
    assert report.stray == 0.25


def test_nothing() -> None:
    """The same picture, and one that only looks otherwise."""
    assert compare(CORNER & ~CORNER, seen("cat"), seen("cat"), {"head"}, HERE).sentence == "Nothing changed."
    asked = compare(CORNER, seen("cat"), seen("cat"), {"head"}, HERE).sentence
    assert asked == "Changed only a little: still cat head. 25% of the pixels differ."
    assert "still called as before, though 25%" in compare(CORNER, seen("cat"), seen("cat"), set(), HERE).sentence


def test_more_of_what_is_there_already_counts_where_it_was_asked_for() -> None:
    """Blonder hair is still blond: from one step on it has changed, and the sentence says so."""
    before = (SlotReading("hair", "blond", "blond hair", 1.0, towards={"blond": 0.0}),)
    after = (SlotReading("hair", "blond", "blond hair", 1.0, towards={"blond": 1.2}),)
    assert meant([turn("hair", "blond")], before, after, itself) == {"hair"}
    assert compare(CORNER, before, after, {"hair"}, HERE).sentence == "Changed: the hair, though still blond hair."
    assert meant([turn("hair", "blond")], before, before, itself) == set()


def test_what_strays_only_together_is_put_back() -> None:
    """The sentence names it, and what to do; where nothing strays there is none."""
    report = compare(CORNER, seen("cat"), seen("shark", "red"), {"head"}, HERE)
    assert "changed the body, so everything was put back" in (strayed(report) or "")
    assert strayed(compare(CORNER, seen("cat"), seen("shark"), {"head"}, HERE)) is None


def turn(slot: str, part: str, strength: float = 1.0) -> tuple[Handle, float]:
    """A handle, turned."""
    return Handle("direction:some", "direction", slot, part, "", (), 1.0, 1.0, 1.0, Curve((), (), ())), strength


def itself(slot: str, part: str) -> tuple[str, ...]:
    """Parts that count as the same: none but itself."""
    return (part,)


def test_what_was_swapped_away_and_back_is_not_missed() -> None:
    """The last handle says what was wanted: met, it is no change that was asked for; not met, it is missed."""
    away, back = turn("head", "shark"), turn("head", "cat")
    assert meant([away, back], seen("cat"), seen("cat"), itself) == set()
    assert meant([back, away], seen("cat"), seen("cat"), itself) == {"head"}
    assert meant([away, back], seen("cat"), seen("dog"), itself) == {"head"}
    assert meant([away], seen("cat"), seen("orca"), lambda slot, part: (part, "orca")) == {"head"}
    assert meant([turn("head", "orca")], seen("cat"), seen("cat"), lambda slot, part: (part, "cat")) == set()


def test_what_was_switched_off_or_has_no_part_is_missed_where_it_stays() -> None:
    """A strength of 0 does not want the part, and a colour's handle names none."""
    assert meant([turn("head", "cat", 0.0)], seen("cat"), seen("cat"), itself) == {"head"}
    assert meant([turn("head", "")], seen("cat"), seen("cat"), itself) == {"head"}


def test_what_something_unnamed_changes_is_not_unasked_for() -> None:
    """Beside named handles too; what did not change was not asked for by it."""
    unnamed = turn("", "")
    assert meant([unnamed], seen("cat"), seen("cat", "red"), itself) == {"body"}
    assert meant([unnamed, turn("head", "shark")], seen("cat"), seen("cat", "red"), itself) == {"body", "head"}
    assert meant([unnamed], seen("cat"), seen("cat"), itself) == set()
    assert meant([turn("head", "shark")], seen("cat"), seen("shark", "red"), itself) == {"head"}


def test_what_is_hidden_cannot_change() -> None:
    """A covered body is a guess before and after."""
    report = compare(CORNER, seen("cat", "red", True), seen("shark", "blue"), {"head"}, HERE)
    assert [c.slot for c in report.changes if c.changed] == ["head"]


def test_more_of_the_same_is_a_change_from_a_step_on() -> None:
    """An old face that gets older; less than a step that a person sees is none."""

    def aged(years: float) -> tuple[SlotReading, ...]:
        return (SlotReading("age", "old", f"about {years:g} years old", 1.0, towards={"old": years / 10, "young": -years / 10}),)

    report = compare(CORNER, aged(60), aged(75), {"age"}, HERE)
    assert report.sentence == "Changed: about 60 years old to about 75 years old."
    same = compare(
        CORNER,
        (SlotReading("setting", "busy", "busy", 1.0, towards={"busy": 1.0}),),
        (SlotReading("setting", "busy", "busy", 1.0, towards={"busy": 3.0}),),
        {"setting"},
        HERE,
    )
    assert same.sentence == "Changed: the setting, though still busy."
    assert aged(60)[0].gap(aged(75)[0]) == 1.5 and aged(60)[0].gap(seen("cat")[0]) == 0
    assert not compare(CORNER, aged(60), aged(64), {"age"}, HERE).changes[0].changed
    assert compare(CORNER, aged(60), aged(66), {"age"}, HERE).changes[0].changed
    assert not compare(CORNER, aged(60), aged(75), set(), HERE).changes[0].changed
    assert compare(CORNER, aged(60), aged(80), set(), HERE).changes[0].changed
