"""Shift: move the latent of a sprite to change one thing and nothing else, beside the exact picture of what was asked."""

from __future__ import annotations

import random
from typing import Any

import gradio as gr

from app import guard, shiftcards, widgets
from app.page import Page, payload, piece
from app.sprites import OPENING, Easel, Kit, Turned, View, asked_by, plain
from core.foundations.errors import RequestError
from core.foundations.records import Edit
from core.worlds.dsprites.factors import FACTORS

BOARD = "rs.board(element, trigger, watch, 'act')"
ASKER = "rs.asker(props, trigger, 'turn')"
"""Drags travel as this piece's value: Gradio 6.31 repeats the first event's data where "always_last" puts an event off."""
FEED = "watch('value', () => rs.fed(props.value)); rs.fed(props.value)"
TABLE = "rs.wire(element, trigger, watch, 'act'); rs.table(watch)"
EMPTY = "Say what should change, for example: move it to the left and make it a heart."
NEAREST = "The nearest things that a sprite can do:"


def build_shift(page: Page, tab: gr.Tab, static: dict | None = None) -> None:
    """Place the tab's pieces and bind them.

    Args:
        static: what `app.sprites.opening` made; where None, the model makes it when the tab is first opened.
    """
    kit = Kit.from_dict(static["kit"]) if static else None
    view = View.from_dict(static["view"]) if static else None
    easel = Easel(page.desk.studio, kit)
    filled: dict[str, str] = _filled(kit, view) if kit and view else {}
    gr.HTML(f'<p class="rs-shift-lead">{shiftcards.LEAD}</p>', apply_default_css=False, elem_id="rs-shift-lead")
    with gr.Row(elem_id="rs-shift"):
        with gr.Column(elem_id="rs-shift-left"):
            start = gr.HTML(filled.get("start", ""), apply_default_css=False, js_on_load=BOARD, elem_id="rs-shift-start")
        with gr.Column(elem_id="rs-shift-right"):
            board = gr.HTML(filled.get("board", ""), apply_default_css=False, js_on_load=BOARD, elem_id="rs-shift-board")
            notice = piece(elem_id="rs-shift-notice")
            with gr.Row(elem_id="rs-shift-words"):
                with gr.Column(elem_id="rs-shift-say"):
                    say = _box()
                with gr.Column(elem_id="rs-shift-hints"):
                    choices = piece(elem_id="rs-shift-choices")
                    chips = piece(shiftcards.chips((static or {}).get("ideas") or shiftcards.IDEAS), elem_id="rs-shift-ideas")
    methods = gr.HTML(filled.get("methods", ""), apply_default_css=False, js_on_load=TABLE, elem_id="rs-ways")
    feed = gr.HTML(filled.get("feed", ""), html_template="", js_on_load=FEED, elem_id="rs-feed", apply_default_css=False)
    asker = gr.HTML("", html_template="", js_on_load=ASKER, elem_id="rs-asker", apply_default_css=False)
    turned = gr.State(view.turned if view else Turned(), time_to_live=3600)
    _Shift(page, easel, turned, start, board, notice, say, chips, choices, methods, feed).bind(tab, asker)


def _box() -> gr.Textbox:
    shape: dict[str, Any] = {"lines": 1, "max_lines": 1, "max_length": guard.SENTENCE, "submit_btn": "Move it"}
    return gr.Textbox(label="Or say it", placeholder=shiftcards.IDEAS[0], elem_id="rs-move", **shape)


def _filled(kit: Kit, view: View) -> dict[str, str]:
    """Every piece, by its name."""
    made = {"start": shiftcards.start(kit, view), "board": shiftcards.board(kit, view)}
    return {**made, "methods": shiftcards.methods(kit, view.turned.method), "feed": shiftcards.feed(kit, view, jump=True)}


class _Shift:
    """The tab's handlers around its pieces."""

    def __init__(self, page: Page, easel: Easel, turned: gr.State, *pieces: Any) -> None:
        self.page, self.easel, self.turned = page, easel, turned
        self.start, self.board, self.notice, self.say, self.chips, self.choices, self.methods, self.feed = pieces

    def bind(self, tab: gr.Tab, asker: gr.HTML) -> None:
        """Bind everything; only a sentence waits for the large models."""
        safe = lambda handler: self.page.guarded(handler, self.notice)  # noqa: E731
        light = [self.turned, self.feed, self.notice]
        tables = [*light, self.methods, self.choices]
        tab.select(safe(self.open_sprite), self.turned, [*tables, self.start, self.board], **guard.SHIFT)
        asker.turn(safe(self.drag), [self.turned, asker], light, trigger_mode="always_last", **guard.SHIFT)
        for pressed in (self.start, self.board, self.methods):
            pressed.act(safe(self.turn_to), self.turned, tables, trigger_mode="multiple", **guard.SHIFT)
        heavy: dict[str, Any] = {"outputs": [*light, self.choices, self.say], "show_progress": "hidden", **guard.HEAVY}
        self.say.submit(safe(self.move), [self.turned, self.say], **heavy)
        self.chips.act(safe(self.idea), self.turned, trigger_mode="once", **heavy)
        self.choices.act(safe(self.choose), self.turned, trigger_mode="once", **heavy)

    # Sliders -------------------------------------------------------------------------------------------------------

    def open_sprite(self, turned: Turned) -> dict:
        """Open on a finished shift, if none was made yet."""
        if turned.start:
            return {}
        view = self.easel.view(OPENING)
        pieces = {getattr(self, name): html for name, html in _filled(self.easel.kit, view).items()}
        return {**pieces, self.turned: OPENING}

    def drag(self, turned: Turned, text: str) -> dict:
        """A slider moved: all ten values come along, so that a drag that was passed over is not lost."""
        data, counts = guard.plain_json(text), self.easel.kit.counts
        start = guard.factors(data.get("start"), counts)
        wanted = plain(start, guard.factors(data.get("wanted"), counts, some=True))
        slot = data.get("slot")
        rows = (slot,) if data.get("kind") == "wanted" and isinstance(slot, str) and slot in FACTORS else ()
        return self._show(Turned(start, wanted, turned.method), rows)

    def turn_to(self, turned: Turned, event: gr.EventData) -> dict:
        """A button or the choice of a method."""
        data, kit = payload(event), self.easel.kit
        op = data.get("op")
        if op == "method":
            way = kit.way(data.get("id"))
            out = self._show(Turned(self._started(turned).start, turned.wanted, way.name))
            return {**out, self.methods: shiftcards.methods(kit, way.name)}
        start = tuple(random.randrange(count) for count in kit.counts) if op == "another" else self._started(turned).start
        return {**self._show(Turned(start, method=turned.method), jump=True), self.choices: ""}

    def _started(self, turned: Turned) -> Turned:
        return turned if turned.start else OPENING

    def _show(self, turned: Turned, rows: tuple[str, ...] = (), jump: bool = False) -> dict:
        view = self.easel.view(turned)
        return {self.turned: turned, self.feed: shiftcards.feed(self.easel.kit, view, rows, jump)}

    # Words ---------------------------------------------------------------------------------------------------------

    def move(self, turned: Turned, text: str) -> dict:
        """A sentence: the sliders go to what it asks for."""
        if not isinstance(text, str) or not text.strip():
            raise RequestError(EMPTY)
        turned = self._started(turned)
        result = self.easel.sprites.request(self.easel.shown(turned), guard.sentence(text))
        out = {self.choices: shiftcards.choices(result.choices[:5], NEAREST)}
        if result.refusal:
            return {**out, self.notice: widgets.notice(result.refusal)}
        if result.edits:
            out |= self._show(turned.ask(asked_by(result.edits, self.easel.kit.counts)), jump=True)
        return out

    def idea(self, turned: Turned, event: gr.EventData) -> dict:
        """A sentence that was offered."""
        text = guard.sentence(payload(event).get("text"))
        return {**self.move(turned, text), self.say: text}

    def choose(self, turned: Turned, event: gr.EventData) -> dict:
        """One of the nearest things."""
        edit = Edit(guard.handle_id(payload(event).get("id")))
        asked = asked_by((edit,), self.easel.kit.counts)
        return {**self._show(self._started(turned).ask(asked), jump=True), self.choices: ""}
