"""Several visitors at once, in a real browser: a word passes all methods side by side, each is told his place, and may cancel."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest
from playwright.sync_api import expect

from tests.app.fake_sight import FakeSight
from tests.app.fake_studio import FakeStudio
from tests.app.segment.test_browser import segment
from tests.app.serving import served

PATIENCE = 60
TOLD = "#rs-waiting .rs-waits"


class Gate:
    """Holds up whoever comes to it, until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = Event(), Event()

    def pass_by(self) -> None:
        """Wait until it is open."""
        self.reached.set()
        self.opened.wait(PATIENCE)


class SlowSight(FakeSight):
    """One method waits at a gate."""

    gate = Gate()

    def segment(self, picture, text, method="studio", **rest):
        """As ever, but for one method."""
        if method == "gradcam":
            SlowSight.gate.pass_by()
        return super().segment(picture, text, method, **rest)


@pytest.fixture()
def gate() -> Gate:
    """A closed one."""
    SlowSight.gate = Gate()
    yield SlowSight.gate
    SlowSight.gate.opened.set()


@pytest.fixture(scope="module")
def url(static: dict) -> Iterator[str]:
    """The page over a studio of which one method waits at the gate."""
    studio = FakeStudio()
    studio.sight = SlowSight()
    with served(studio, static) as address:
        yield address


def comparing(visit, gate: Gate):
    """A visitor whose comparison of all methods stands at the gate."""
    page = visit()
    segment(page)
    page.get_by_role("button", name="Methods side by side").click()
    assert gate.reached.wait(PATIENCE)
    return page


def ask(page) -> None:
    """Say a sentence on the tab Edit."""
    page.locator("#rs-say :is(textarea,input)").fill("give it a cat head")
    page.locator("#rs-say .submit-button").click()


def test_a_sentence_is_told_its_place_and_passes_the_rest_of_a_comparison(visit, gate: Gate) -> None:
    """The comparison is at its third method; the sentence waits for that piece only, and no word of Gradio's is seen."""
    one, other = comparing(visit, gate), visit()
    expect(one.locator(TOLD)).to_contain_text("At work")
    ask(other)
    expect(other.locator(TOLD)).to_contain_text("One before you, about")
    shown = other.locator(".progress-text:visible").first
    expect(shown).to_be_visible()
    assert shown.evaluate("e => getComputedStyle(e).fontSize") == "0px"
    gate.opened.set()
    expect(other.locator("#rs-report")).to_contain_text("cat")
    expect(one.locator("#rs-methods img")).to_have_count(6)
    for page in (one, other):
        expect(page.locator(TOLD)).to_be_hidden()


def test_cancel_takes_back_what_was_asked_and_nobody_elses(visit, gate: Gate) -> None:
    """The second visitor leaves; the first one's comparison ends as if nothing had been."""
    one, other = comparing(visit, gate), visit()
    before = other.locator("#rs-report").inner_text()
    ask(other)
    expect(other.locator(TOLD)).to_contain_text("before you")
    other.get_by_role("button", name="Cancel").click()
    expect(other.locator(TOLD)).to_be_hidden()
    assert other.locator("#rs-report").inner_text() == before
    gate.opened.set()
    expect(one.locator("#rs-methods img")).to_have_count(6)
    ask(other)
    expect(other.locator("#rs-report")).to_contain_text("cat")
