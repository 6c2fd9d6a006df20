"""The step of the walk that is of a face. What the generator paints is shipped nowhere, so a drawing of ours lies ready for it; where
the generator is here, the step's pictures are painted when it is shown, and what is said of them is read from them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import gradio as gr

from app.shared import guard
from app.shared.address import write
from app.shared.desks import DESKS, FACES, Desks
from app.shared.page import Page
from app.shared.session import CachedStudio, Moment
from app.shared.templates import macros
from app.stage.steps import Fact, Figure, Step
from core.foundations.errors import StudioError

PAINTER = "rs.painter(props, trigger, watch, 'paint')"
TITLE = "Say it to a face"
SENTENCE = "make them smile"
"""What is said to it: the first idea of its world."""
WHOSE = "A real generator paints people who do not exist"
DRAWN = (
    f"{WHOSE}, and takes in a portrait of your own. It is fetched once, on a click, and nothing that it painted comes with this page: "
    "these two are drawings of ours. Where it is here, two faces that it paints now take their place."
)


def drawn_step(cached: CachedStudio) -> Step:
    """The step as it lies ready; StudioError where there is no world of faces."""
    if FACES not in getattr(cached.studio, "editable", ()):
        raise StudioError("The world of faces is not here. What turns a face is missing: python -m core.train faces_handles.")
    figures = (Figure("", "A drawing: before", drawing="before"), Figure("", "A drawing: after", drawing="smiling"))
    return Step(TITLE, DRAWN, figures, write(tab="edit", edit=FACES), SENTENCE, painted=True)


def painted_step(desks: Desks) -> Step | None:
    """The step with pictures that are painted now; None where the generator is not here, or the sentence is not done."""
    if not desks.ready(FACES):
        return None
    cached = desks.studio(FACES)
    base = cached.moment(cached.studio.sample(DESKS[FACES].start))
    result = cached.studio.request(cached.base(base.base), SENTENCE, ())
    if result.refusal or result.report is None:
        return None
    moment = Moment(base.base, result.edits)
    shown = cached.comparison(moment, result)
    if not shown.changed:
        return None
    turned = [f"{turn.before.name} became {turn.after.name}" for turn in shown.changed]
    text = f"{WHOSE}; this one it paints now. Other networks read what came of it: {', '.join(turned)}; what stayed has a tick."
    figures = (Figure(shown.before, "Before: a person who does not exist"), Figure(shown.after, "After"))
    facts = tuple(Fact(part.slot, good=True) for part in shown.kept)
    live = write(tab="edit", recipe=guard.to_link(cached.recipe(moment)))
    return Step(TITLE, text, figures, live, SENTENCE, facts, painted=True)


def bind_painted(page: Page, walk: Sequence[dict]) -> None:
    """Place and bind what paints the step of the walk that waits for it."""
    place = next((at for at, step in enumerate(walk) if step.get("painted")), None)
    if place is None:
        return

    def paint_step() -> dict:
        step = painted_step(page.desks)
        if step is None:
            return {painter: gr.skip()}
        return {painter: json.dumps({"inside": str(macros("stage/stage.html").inside(step, place + 1, len(walk))), "live": step.live})}

    painter = gr.HTML("", html_template="", js_on_load=PAINTER, elem_id="rs-painter", apply_default_css=False)
    how = {**guard.HEAVY, "show_progress": "hidden"}
    painter.paint(page.guarded(paint_step, page.greeting, clear=False), None, [painter, page.greeting], trigger_mode="once", **how)
