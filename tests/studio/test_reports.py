"""Reports in words, by hand."""

from __future__ import annotations

import numpy as np

from core.foundations.records import SlotReading
from core.studio.reports import compare


def seen(head: str, body: str = "teal", hidden: bool = False) -> tuple[SlotReading, ...]:
    """What was read in two slots."""
    return (SlotReading("body", body, f"{body} body", 1.0, hidden), SlotReading("head", head, f"{head} head", 1.0))


BLACK = np.zeros((2, 2, 3), np.uint8)
WHITE_CORNER = BLACK.copy()
WHITE_CORNER[0, 0] = 255
HERE = np.array([[True, False], [False, False]])


def test_a_wanted_change() -> None:
    """Named from and to, with what was kept; nothing strays."""
    report = compare(BLACK, WHITE_CORNER, seen("cat"), seen("shark"), {"head"}, HERE)
    assert report.sentence == "Changed: cat head to shark head. Kept: body."
    assert report.pixels == 0.25 and report.stray == 0 and report.difference.sum() == 1


def test_an_unwanted_change_is_said() -> None:
    """And one that did not come about."""
    report = compare(BLACK, WHITE_CORNER, seen("cat"), seen("cat", "red"), {"head"}, ~HERE)
    assert "Not asked for: body." in report.sentence and "Still as before: head." in report.sentence
    assert report.stray == 0.25


def test_nothing() -> None:
    """The same picture, and one that only looks otherwise."""
    assert compare(BLACK, BLACK, seen("cat"), seen("cat"), {"head"}, HERE).sentence == "Nothing changed."
    assert "No part changed, though 25%" in compare(BLACK, WHITE_CORNER, seen("cat"), seen("cat"), {"head"}, HERE).sentence


def test_what_is_hidden_cannot_change() -> None:
    """A covered body is a guess before and after."""
    report = compare(BLACK, WHITE_CORNER, seen("cat", "red", True), seen("shark", "blue"), {"head"}, HERE)
    assert [c.slot for c in report.changes if c.changed] == ["head"]
