"""What is done while an answer is awaited: nothing that is asked is dropped, no late answer is shown, and the wait can be seen."""

from __future__ import annotations

import gradio as gr
import pytest

from app.features.atlas import Map
from app.shared.session import CachedStudio, Moment, Session
from core.foundations.records import Edit
from tests.app.fake_studio import FakeStudio
from tests.app.test_app_wiring import events

SAID = {("edit", "request"), ("segment", "seek"), ("segment", "at"), ("shift", "move"), ("heads", "weigh"), ("heads", "search")}
"""Sentences and clicks on a picture: each is answered, however slow the one before it is."""
QUIET = {"evidence", "paint", "paint_handles"}
"""Heavy events whose wait is shown by one that they follow, or by the empty places that they fill one after another."""
MAP = Map()


def bound(demo: gr.Blocks, tab: str, name: str) -> list:
    """The events of a tab's handler."""
    return [f for f in events(demo) if f.fn.__module__.startswith(f"app.{tab}.") and f.fn.__name__ == name]


@pytest.mark.parametrize(("tab", "name"), sorted(SAID))
def test_a_second_question_is_not_dropped(built, tab: str, name: str) -> None:
    """Whatever a person sends with Enter or a click on the picture. Only the list of methods keeps the last choice alone."""
    sent = [f for f in bound(built[1], tab, name) if any(event in ("submit", "act") for _, event in f.targets)]
    assert sent and {f.trigger_mode for f in sent} == {"multiple"}


def test_every_wait_for_a_model_is_shown(built) -> None:
    """On a piece that the answer changes and that can be seen, so that the place in the queue is known."""
    waits = [
        f
        for f in events(built[1])
        if f.concurrency_id in ("model", "long") and f.api_visibility == "private" and f.fn.__name__ not in QUIET
    ]
    waits = [f for f in waits if f.fn.__module__.endswith((".tab", ".atlas"))]
    assert len(waits) > 20
    for event in waits:
        assert event.show_progress == "minimal" and event.show_progress_on, event.fn.__name__
    drags = bound(built[1], "shift", "turn")
    assert drags and {f.show_progress for f in drags} == {"hidden"}


def test_another_picture_is_turned_on_the_next_visit(built) -> None:
    """The tab Features lights up the picture of the tab Edit; then what was picked there is turned on that picture."""
    studio, demo = built
    light_up, *_ = bound(demo, "features", "light_up")
    after = [f for f in bound(demo, "features", "turn") if f.trigger_after == light_up._id]
    assert len(after) == 1
    pieces = {c.elem_id: c for c in after[0].outputs}
    one, other = (Session(CachedStudio(studio).moment(studio.sample(seed))) for seed in (1, 2))
    drawn = [after[0].fn(session, MAP, "bundle:head:shark", 1.0)[pieces["rs-trial"]] for session in (one, other)]
    assert drawn[0] != drawn[1] and after[0].fn(one, MAP, "", 1.0) == {pieces["rs-notice-features"]: gr.skip()}


def test_a_full_list_is_told_and_not_wiped_away(built) -> None:
    """What follows a pick tells its own error, and leaves alone what the pick said."""
    studio, demo = built
    turn = next(f for f in bound(demo, "features", "turn") if f.trigger_after is not None)
    full = Session(Moment(CachedStudio(studio).moment(studio.sample(1)).base, tuple(Edit("bundle:head:shark") for _ in range(24))))
    assert "That strength is not a number" in str(turn.fn(full, MAP, "bundle:head:cat", "much"))
    assert "24 steps at most" in str(bound(demo, "features", "add")[0].fn(full, MAP, "bundle:head:cat", 1.0))
    assert list(turn.fn(full, MAP, "", 1.0).values()) == [gr.skip()]


def test_late_examples_change_nothing(built) -> None:
    """B is picked, and C while B's examples are drawn: C's page stays; where B is still the picked one its examples come."""
    _, demo = built
    evidence, settle = bound(demo, "features", "evidence")[0], bound(demo, "features", "settle")[0]
    assert "rs-profile" not in {c.elem_id for c in evidence.outputs} and settle.concurrency_id == "light"
    drawn = next(v for v in evidence.fn(MAP, "bundle:head:cat").values() if isinstance(v, tuple))
    for chosen, given in (("bundle:head:whale", drawn), ("", ("", ""))):
        assert list(settle.fn(chosen, given).values()) == [gr.skip()]
    page = next(v for v in settle.fn("bundle:head:cat", drawn).values() if isinstance(v, str))
    assert page.count("rs-strip") == 2 and FakeStudio().handle("bundle:head:cat").name in page
