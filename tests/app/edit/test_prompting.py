"""A picture by prompt, without a browser: four to choose from, the best on the table, what is missing told, and kind refusals."""

from __future__ import annotations

import pytest
from gradio import EventData

from app.edit.prompting import FOUR, NONE, Four
from tests.app.edit.test_desk import begun, moved, page_over
from tests.app.fake_faces import FakeWeights


@pytest.fixture(scope="module")
def edit():
    return page_over(FakeWeights())


@pytest.fixture(scope="module")
def painted(edit):
    """What a prompt came to: the handlers, all updates, and the four."""
    studio, on = edit
    out = on["describe"][0](begun(studio), "a shark with red glasses")
    return on, out, next(v for v in out.values() if isinstance(v, Four))


def test_four_are_painted_and_the_first_that_lacks_nothing_is_chosen(painted) -> None:
    on, out, four = painted
    html = out[on["describe"][1]["rs-four"]]
    assert len(four.moments) == FOUR and html.count("<img") == FOUR and "All is there." in html
    assert four.missing == (True, False, False, False) and html.count("rs-lost") == 1
    assert moved(out).now == four.moments[1]


def test_what_is_painted_can_be_edited_and_undone(edit, painted) -> None:
    studio, on = edit
    _, out, four = painted
    done = on["request"][0](moved(out), "make the head a pizza")
    assert moved(done).now.base == four.moments[1].base and len(moved(done).now.edits) == 1
    assert moved(out).undo().now == begun(studio).now


def test_another_of_the_four_is_taken(painted) -> None:
    on, out, four = painted
    took = on["pick"][0](moved(out), four, EventData(None, {"op": "take", "at": 0}))
    assert moved(took).now == four.moments[0] and "but I see a cat head" in took[on["pick"][1]["rs-four"]]


def test_four_others(painted) -> None:
    on, out, four = painted
    more = on["pick"][0](moved(out), four, EventData(None, {"op": "more"}))
    others = next(v for v in more.values() if isinstance(v, Four))
    assert others.prompt == four.prompt and others.moments != four.moments


@pytest.mark.parametrize("data", [{"op": "take", "at": 9}, {"op": "take", "at": "x"}, {"op": "take"}])
def test_what_is_not_there_cannot_be_taken(painted, data) -> None:
    on, out, four = painted
    refused = on["pick"][0](moved(out), four, EventData(None, data))
    assert refused[on["pick"][1]["rs-notice"]] and not any(isinstance(v, Four) for v in refused.values())


def test_nothing_held_is_told(edit) -> None:
    studio, on = edit
    out = on["pick"][0](begun(studio), NONE, EventData(None, {"op": "more"}))
    assert "no longer held" in out[on["pick"][1]["rs-notice"]]


def test_refusals_are_sentences_and_change_nothing(edit) -> None:
    studio, on = edit
    run, filled = on["describe"]
    out = run(begun(studio), "a dragon")
    assert "I know no" in out[filled["rs-four"]] and not any(k is filled["rs-view"] for k in out)
    for text in ("", "   ", "x" * 400, None):
        assert run(begun(studio), text)[filled["rs-notice"]]


def test_faces_have_no_prompt(edit) -> None:
    studio, on = edit
    out = on["open_world"][0](begun(studio), EventData(None, {"op": "world", "id": "faces"}))
    assert "By prompt" not in out[on["open_world"][1]["rs-source"]]
