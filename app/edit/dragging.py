"""The dials under a hand: while one is dragged a small picture follows it, and where it rests the real one comes, with its report."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import gradio as gr

from app.edit.dials import Dial, dial_named
from app.shared import guard
from app.shared.page import Page, payload
from app.shared.session import Moment, Session
from core.foundations.errors import SettingError

ASKER = "rs.drags(props, trigger, 'turn')"
"""What is dragged travels as this piece's value: Gradio 6.31 repeats the first event's data where "always_last" puts an event off."""
FEED = "watch('value', () => rs.sketched(props.value))"


def wanted(dials: tuple[Dial, ...], values: Any) -> list[tuple[Dial, float]]:
    """What the browser says of dials that were moved, each with its value; SettingError where it cannot be so."""
    if not isinstance(values, dict) or len(values) > len(dials):
        raise SettingError("That move could not be read. Move the dial once more, or reload the page.")
    return [(dial_named(dials, title), guard.strength(value)) for title, value in values.items()]


def bind_dials(page: Page) -> None:
    """Bind the dials where they rest, and place and bind what follows them until then."""

    def dial(session: Session, event: gr.EventData) -> dict:
        data = payload(event)
        [(chosen, value)] = wanted(page.dials_of(session.world), {data.get("id"): data.get("strength")})
        return page.show(session.restack(lambda edits: chosen.turned(edits, value, session.now.region)))

    def sketch(session: Session, text: str) -> dict:
        data, now = guard.plain_json(text), session.now
        moved: Moment = now
        # All dials that were moved since the server last drew them, so that none jumps back while another is dragged.
        for chosen, value in wanted(page.dials_of(session.world), data.get("values")):
            moved = replace(moved, edits=chosen.turned(moved.edits, value, now.region))
        picture = page.desks.at(now).sketch(moved, quick=data.get("sharp") is not True)
        return {feed: json.dumps({"number": guard.place(data.get("number")), "picture": picture})}

    hidden: dict[str, Any] = {"html_template": "", "apply_default_css": False}
    asker = gr.HTML("", js_on_load=ASKER, elem_id="rs-drag", **hidden)
    feed = gr.HTML("", js_on_load=FEED, elem_id="rs-sketch", **hidden)
    # The picture stays bright: it shows already, roughly, what is waited for.
    page.dials.turn(page.guarded(dial), page.session, page.shown, trigger_mode="multiple", **guard.waiting(page.report))
    # One question of a visitor at a time; what is moved meanwhile is asked in one when it is answered, so that the newest wins.
    asker.turn(page.guarded(sketch, clear=False), [page.session, asker], [feed, page.notice], trigger_mode="always_last", **guard.DRAG)
