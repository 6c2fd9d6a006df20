"""Features: the map of what the model knows, a page for each thing on it, and a way to turn it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from app.features import cards
from app.shared import guard, views, widgets
from app.shared.address import Address, sign
from app.shared.arrival import bind_enter
from app.shared.comparison import make_comparison
from app.shared.page import Page, payload, piece
from app.shared.pictures import data_uri
from app.shared.session import FIRST, Session
from core.foundations.errors import RequestError
from core.foundations.records import Edit, Found
from core.studio.seers import asked_for

SHOWN = 24
"""Rows of the list."""
EXAMPLES = 6
"""Pictures in a strip."""
MAP = "rs.map(element, trigger, watch, () => props.value, 'act')"
SIGNAL = "watch('value', () => rs.mark(props.value))"
HINT = "Each mark is something that the model learned by itself. Pick one to see what it does, then turn it on your picture."

SEERS = "That is asked on the tab Heads and neurons. Here, look for a thing by its name, such as “red glasses”."


def build_features(page: Page, tab: gr.Tab, sprite: dict | None) -> None:
    """Place the tab's pieces and bind them."""
    with gr.Row(elem_id="rs-atlas"):
        with gr.Column(elem_id="rs-atlas-map"):
            chart = gr.HTML("", html_template=cards.chart(), js_on_load=MAP, apply_default_css=False, elem_id="rs-map")
            signal = gr.HTML("", html_template="", js_on_load=SIGNAL, apply_default_css=False, elem_id="rs-signal")
            gr.HTML(cards.slots_legend(page.cached.studio.slots), apply_default_css=False)
        with gr.Column(elem_id="rs-atlas-list"):
            search = gr.Textbox(label="Look for something", placeholder="shark, hat …", elem_id="rs-search", lines=1, max_lines=1)
            found = piece(elem_id="rs-found")
    notice = piece(elem_id="rs-notice-features")
    chosen, active, drawn = gr.State(""), gr.State(""), gr.State(("", ""))
    with gr.Row(elem_id="rs-handle"):
        with gr.Column(elem_id="rs-handle-page"):
            profile = gr.HTML(widgets.quiet(HINT), apply_default_css=False, elem_id="rs-profile")
        with gr.Column(elem_id="rs-handle-try"):
            low, high = guard.STRENGTHS
            strength = gr.Slider(low, high, 1.0, step=guard.STEP, label="Turn it on your picture", elem_id="rs-strength", buttons=[])
            trial = gr.HTML(apply_default_css=False, elem_id="rs-trial")
            told = gr.HTML(apply_default_css=False, elem_id="rs-trial-report")
            add = gr.Button("Add to the steps", variant="primary", elem_id="rs-add")
    atlas = _Atlas(page, chart, signal, search, found, notice, chosen, active, drawn, profile, strength, trial, told)
    atlas.bind(tab, add, sprite)


class _Atlas:
    """The tab's handlers around its pieces."""

    def __init__(self, page: Page, *pieces: Any) -> None:
        self.page, self.cached, self.studio = page, page.cached, page.cached.studio
        self.chart, self.signal, self.search, self.found, self.notice, *rest = pieces
        self.chosen, self.active, self.drawn, self.profile, self.strength, self.trial, self.told = rest

    def bind(self, tab: gr.Tab, add: gr.Button, sprite: dict | None) -> None:
        """Bind everything: search, map and list are light; what runs a model shares its queue."""
        safe = lambda handler: self.page.guarded(handler, self.notice)  # noqa: E731
        after = lambda handler: self.page.guarded(handler, self.notice, clear=False)  # noqa: E731
        session, trial_inputs = self.page.session, [self.page.session, self.chosen, self.strength]
        trial: dict[str, Any] = {"outputs": [self.trial, self.told, self.notice], **guard.waiting(self.trial)}
        opened = [self.chosen, self.profile, self.notice]

        tab.select(after(self.draw_map(sprite)), None, [self.chart, self.notice], **guard.LIGHT)
        lit = tab.select(after(self.light_up), session, [self.signal, self.active, self.notice], **guard.waiting(self.chart))
        lit.then(self.list_active(), [self.search, self.active], self.found, **guard.LIGHT)
        lit.then(after(self.turn), trial_inputs, **trial)  # the picture on the tab Edit may be another one by now
        for looked in (self.search.change, self.search.submit):
            looked(safe(self.look), self.search, [self.signal, self.found, self.notice], trigger_mode="always_last", **guard.LIGHT)
        for source in (self.chart, self.found):
            picked = source.act(safe(self.pick), session, [*opened, self.signal], trigger_mode="multiple", **guard.LIGHT)
            picked.then(after(self.turn), trial_inputs, **trial)
            drawn = picked.then(after(self.evidence), self.chosen, [self.drawn, self.notice], show_progress="hidden", **guard.HEAVY)
            drawn.then(after(self.settle), [self.chosen, self.drawn], [self.profile, self.notice], **guard.LIGHT)
        came = {"outputs": [*opened, self.signal, self.strength], **guard.LIGHT}
        for event in bind_enter(self.page, "features", tab, self.come, [], self.notice, came):
            event.then(after(self.turn), trial_inputs, **trial)
            drawn = event.then(after(self.evidence), self.chosen, [self.drawn, self.notice], show_progress="hidden", **guard.HEAVY)
            drawn.then(after(self.settle), [self.chosen, self.drawn], [self.profile, self.notice], **guard.LIGHT)
        self.strength.change(safe(self.turn), trial_inputs, trigger_mode="always_last", **trial)
        add.click(safe(self.add), trial_inputs, [*self.page.shown, self.page.tabs, self.notice], **guard.waiting(self.trial))

    def come(self, here: Address) -> dict:
        """Open the page of the handle that a link names, turned as far as it says."""
        if not here:
            return {}
        return {**self._opened(here.get("feature")), self.strength: guard.strength(float(here.get("strength") or 1.0))}

    def draw_map(self, sprite: dict | None) -> Callable[[], dict]:
        """A handler that hands the map its marks."""

        def fill() -> dict:
            return {self.chart: cards.points(self.studio.handles(), sprite)}

        return fill

    def light_up(self, session: Session) -> dict:
        """Mark what is active in the current picture, and keep the list of the strongest for `list_active`."""
        picture = self.cached.result(session.to(FIRST).now).picture
        active = self.studio.activations(picture)
        top = sorted(active, key=lambda h: -active[h])[:SHOWN]
        rows = [(self.studio.handle(h), self.cached.handle_uri(h), _felt(active[h])) for h in top]
        heat = {h: round(float(v), 3) for h, v in active.items()}
        return {self.signal: json.dumps({"heat": heat}), self.active: cards.listing(rows, "In your picture now, strongest first:")}

    def list_active(self) -> Callable[[str, str], Any]:
        """A handler that lists what is active, unless the search box holds something by then: lighting up may have waited long."""

        def fill(text: str, active: str) -> Any:
            return gr.skip() if text.strip() or not active else active

        return fill

    def look(self, text: str) -> dict:
        """Search by words; an empty box lists what the model is surest of."""
        if not text.strip():
            surest = sorted(self.studio.handles(), key=lambda h: -h.confidence)[:SHOWN]
            rows, lead, near = [(h, self.cached.handle_uri(h.id), "") for h in surest], "What the model is surest of:", []
        elif asked_for(text := guard.asked(text)):
            return {self.signal: json.dumps({"found": []}), self.found: widgets.quiet(SEERS)}
        else:
            hits = self.studio.find(text, limit=SHOWN)
            rows = [(f.handle, self.cached.handle_uri(f.handle.id), _matched(f)) for f in hits]
            lead, near = f"Nearest to “{text[:60]}”:", [f.handle.id for f in hits[:8]]
        return {self.signal: json.dumps({"found": near}), self.found: cards.listing(rows, lead)}

    def pick(self, session: Session, event: gr.EventData) -> dict:
        """Open a handle's page; its examples follow once the model has drawn them."""
        return self._opened(payload(event).get("id"))

    def _opened(self, id: Any) -> dict:
        handle = self.studio.handle(guard.handle_id(id))
        image = self.cached.handle_uri(handle.id)
        page = sign(feature=handle.id) + str(cards.profile(handle, image, (), ()))
        return {self.chosen: handle.id, self.profile: page, self.signal: json.dumps({"chosen": handle.id})}

    def evidence(self, chosen: str) -> dict:
        """A handle's page with the examples on which it is strong and weak, for `settle`."""
        if not chosen:
            return {}
        handle = self.studio.handle(chosen)
        strips = [[data_uri(p.image) for p in pictures[:EXAMPLES]] for pictures in self.studio.examples(chosen)]
        page = sign(feature=chosen) + str(cards.profile(handle, self.cached.handle_uri(chosen), *strips))
        return {self.drawn: (chosen, page)}

    def settle(self, chosen: str, drawn: tuple[str, str]) -> dict:
        """Show the page that was drawn, unless another handle was picked meanwhile: its examples are still to come."""
        return {self.profile: drawn[1]} if chosen and chosen == drawn[0] else {}

    def turn(self, session: Session, chosen: str, strength: float) -> dict:
        """What the chosen handle alone does to the picture as it is now: no other step is part of it, nor of its report."""
        if not chosen:
            return {}
        handle, now = self.studio.handle(guard.handle_id(chosen)), session.to(FIRST).now
        turned = (*now.edits, Edit(handle.id, guard.strength(strength), within=now.region))
        result = self.studio.edit(self.cached.base(now.base), turned, len(now.edits))
        shown = make_comparison(self.cached.result(now).picture, result, self.studio.read, self.cached.part_uri)
        place = sign(strength=f"{guard.strength(strength):g}")
        return {self.trial: place + str(cards.trial(shown, handle.name or "this")), self.told: views.report(shown)}

    def add(self, session: Session, chosen: str, strength: float) -> dict:
        """Take the turned handle to the steps, and go there."""
        if not chosen:
            raise RequestError("Pick a mark on the map first; then it can be added to the steps.")
        return {**self.page.show(self._with(session, chosen, strength)), self.page.tabs: gr.Tabs(selected="edit")}

    def _with(self, session: Session, chosen: str, strength: float) -> Session:
        handle = self.studio.handle(guard.handle_id(chosen))
        return self.cached.added(session.to(FIRST), Edit(handle.id, guard.strength(strength)))


def _matched(found: Found) -> str:
    return f" · {found.text}" if found.text and found.text != found.handle.name else ""


def _felt(value: float) -> str:
    return " · very strong" if value > 1.5 else " · strong" if value > 0.75 else " · weak"
