"""The pieces of the tab Edit without a browser: what is outlined, what is told, and which steps look replaced."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from app.edit import pieces
from app.shared import views
from app.shared.session import CachedStudio, Said, Session
from core.foundations.records import Edit
from core.foundations.region import Region
from tests.app.fake_studio import FakeStudio

LEFT = np.zeros((32, 32), bool)
LEFT[:, :16] = True
HALF, CORNER = Region.of(LEFT, "the left half"), Region.of(LEFT & LEFT.T, "the corner")
SHARK, CAT, TEAL = Edit("bundle:head:shark"), Edit("bundle:head:cat"), Edit("bundle:body:teal")


@pytest.fixture(scope="module")
def cached() -> CachedStudio:
    """The page's studio."""
    return CachedStudio(FakeStudio())


@pytest.mark.parametrize(
    ("edits", "over"),
    [
        ((SHARK, CAT), [1, None]),
        ((SHARK, TEAL, CAT), [2, None, None]),
        ((SHARK, CAT, SHARK), [2, 2, None]),
        ((SHARK, replace(CAT, muted=True)), [None, None]),
        ((replace(SHARK, muted=True), CAT), [None, None]),
        ((SHARK, replace(CAT, strength=0.5)), [None, None]),
        ((SHARK, replace(CAT, strength=-1.0)), [None, None]),
        ((SHARK, replace(CAT, within=HALF)), [None, None]),
        ((replace(SHARK, within=HALF), CAT), [1, None]),
        ((replace(SHARK, within=HALF), replace(CAT, within=replace(HALF, words="another name"))), [1, None]),
        ((replace(SHARK, within=CORNER), replace(CAT, within=HALF)), [1, None]),
        ((replace(SHARK, within=HALF), replace(CAT, within=CORNER)), [None, None]),
        ((), []),
    ],
)
def test_which_steps_are_replaced(cached: CachedStudio, edits: tuple[Edit, ...], over: list) -> None:
    """By a later one of the same slot, where it acts wholly, and everywhere where the first one did."""
    assert pieces.replaced(edits, [cached.studio.handle(e.handle) for e in edits]) == over


def test_a_replaced_step_looks_so(cached: CachedStudio) -> None:
    """It says by what, and each step says what bounds it."""
    html = pieces.steps((SHARK, replace(CAT, within=HALF)), cached.names((SHARK, CAT)), [1, None])
    first, second = html.split("<li")[1:]
    assert 'rs-replaced" title="replaced by cat head"' in first and "<output>replaced</output>" in first and "rs-inside" not in first
    assert "rs-replaced" not in second and "inside “the left half”" in second


def test_the_border_of_a_mask() -> None:
    """One pixel, by hand; a frame has an outer and an inner border; every piece lies between a pixel inside and one outside."""
    one = np.zeros((3, 3), bool)
    one[1, 2] = True
    assert views.border(one) == "M2 1h1M2 2h1M2 1v1M3 1v1"
    frame = np.ones((4, 4), bool)
    frame[1:3, 1:3] = False
    lengths = [int(n) for n in re.findall(r"[hv](\d+)", views.border(frame))]
    assert sorted(lengths) == [2] * 4 + [4] * 4
    assert views.border(np.zeros((3, 3), bool)) == ""


def test_the_last_sentence_is_told_before_the_sum(cached: CachedStudio) -> None:
    """By itself where it was the only one; a step by hand likewise; a slider that is turned leaves the sum alone."""
    start = Session(cached.moment(cached.studio.sample(1)))
    one = cached.added(start, SHARK)
    assert one.now.said == Said("shark head", "The head is now shark.")
    assert views.report(cached.comparison(one.now)).count("now shark") == 1 and "since the start" not in views.report(
        cached.comparison(one.now)
    )
    two = cached.added(one.within(HALF), TEAL)
    html = views.report(cached.comparison(two.now))
    assert (
        html.index("“teal body”") < html.index("inside “the left half”") < html.index("since the start") < html.index("head is now shark")
    )
    for other in (two.turn(1, 0.5), two.act("mute", 0), two.act("up", 1), two.act("remove", 1)):
        assert "teal body”" not in views.report(cached.comparison(other.now))
    assert views.report(cached.comparison(two.act("up", 1).undo().now)) == html


def test_what_bounds_the_steps_is_drawn_and_named(cached: CachedStudio) -> None:
    """On every picture of the view, and beside it with the way to be rid of it; without a region neither is there."""
    moment = cached.added(Session(cached.moment(cached.studio.sample(1))), SHARK).now
    edited, plain = cached.comparison(moment), cached.comparison(cached.moment(cached.studio.sample(1)))
    assert views.view(edited, HALF).count('class="rs-bound"') == 4 and views.view(plain, HALF).count('class="rs-bound"') == 1
    large = Region.of(LEFT.repeat(8, 0).repeat(8, 1), "the hair")
    assert views.view(edited, large).count('class="rs-bound"') == 1
    assert "rs-bound" not in views.view(edited) + views.view(plain)
    assert "Only inside: <b>the left half</b>" in pieces.bound(HALF) and 'data-op="unmask"' in pieces.bound(HALF)
    assert "Only outside: <b>the left half</b>" in pieces.bound(replace(HALF, keep=True)) and pieces.bound(None) == ""
    assert re.findall(r'data-op="place" data-id="(\w+)"', pieces.bound(None, ("hair", "lips"))) == ["hair", "lips"]
