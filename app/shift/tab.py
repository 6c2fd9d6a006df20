"""Shift: move the latent of a sprite to change one thing and nothing else, beside the exact picture of what was asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from app.shared import guard, widgets
from app.shared.address import FACES, NOWHERE, Address, read, write
from app.shared.arrival import bind_enter
from app.shared.desks import OFF
from app.shared.page import Page, payload, piece
from app.shift import cards as shift_cards
from app.shift import faces
from app.shift.sprites import OPENING, CachedSprites, Kit, Turned, View, asked_by, plain, turned_at
from core.foundations.errors import RequestError, SettingError
from core.foundations.records import Edit
from core.worlds.dsprites.factors import FACTORS

BOARD = "rs.board(element, watch)"
ASKER = "rs.asker(props, trigger, 'turn')"
"""Drags and buttons travel as this piece's value: Gradio 6.31 repeats the first event's data where "always_last" puts an event off."""
FEED = "watch('value', () => rs.fed(props.value)); rs.fed(props.value)"
TABLE = "rs.table(element, watch)"
SMALL = "watch('value', () => rs.smalls(props.value))"
EMPTY = "Say what should change, for example: move it to the left and make it a heart."
NEAREST = "The nearest things that a sprite can do:"
PRESSED = ("another", "home")
"""Buttons: another sprite, and back to the start. What they set comes along like a slider's value."""
KEPT = 30
"""Changes that can be taken back."""
OVER = re.compile(
    r"\W*(?:please )?(?:start (?:over|again|afresh|from scratch)|begin again|(?:go )?back to the start|"
    r"reset(?: it| this)?(?: all| everything)?|undo (?:all|everything))(?: please)?\W*",
    re.IGNORECASE,
)
"""Sentences that take back everything at once; one step back is the library's to understand."""


@dataclass(frozen=True)
class Past:
    """What was there before, for a visitor who takes it back.

    Attributes:
        steps: the moments before each change, the last one last.
        slot: the slider that made the last change, or ""; its further moves are the same change.
    """

    steps: tuple[Turned, ...] = ()
    slot: str = ""

    def then(self, old: Turned, new: Turned, slot: str = "") -> Past:
        """With one more change; the choice of a method is none."""
        if replace(old, method=new.method) == new or not old.start:
            return self
        if not slot or slot != self.slot or not self.steps:
            return Past((*self.steps, old)[-KEPT:], slot)
        return Past(self.steps[:-1]) if replace(self.steps[-1], method=new.method) == new else self


def build_shift(page: Page, tab: gr.Tab, static: dict | None = None) -> None:
    """Place the tab's pieces and bind them.

    Args:
        static: what `app.shift.sprites.opening` made; where None, the model makes it when the tab is first opened.
    """
    kit = Kit.from_dict(static["kit"]) if static else None
    view = View.from_dict(static["view"]) if static else None
    cached_sprites = CachedSprites(page.cached.studio, kit)
    filled: dict[str, str] = _filled(kit, view) if kit and view else {}
    bar, turners = piece(faces.bar(page.desks, faces.SPRITES.name), elem_id="rs-shift-world"), piece(elem_id="rs-turners", render=False)
    gr.HTML(widgets.lead(shift_cards.LEAD), apply_default_css=False, elem_id="rs-shift-lead")
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
                    chips = piece(shift_cards.chips((static or {}).get("ideas") or shift_cards.IDEAS), elem_id="rs-shift-ideas")
    turners.render()
    methods = gr.HTML(filled.get("methods", ""), apply_default_css=False, js_on_load=TABLE, elem_id="rs-ways")
    feed = gr.HTML(filled.get("feed", ""), html_template="", js_on_load=FEED, elem_id="rs-feed", apply_default_css=False)
    asker = gr.HTML("", html_template="", js_on_load=ASKER, elem_id="rs-asker", apply_default_css=False)
    small = gr.HTML("", html_template="", js_on_load=SMALL, elem_id="rs-smalls", apply_default_css=False)
    turned = gr.State(view.turned if view else Turned())
    found = _Shift(
        page, cached_sprites, turned, gr.State(Past()), start, board, notice, say, chips, choices, methods, feed, bar, turners, small
    )
    found.bind(tab, asker)


def _box() -> gr.Textbox:
    shape: dict[str, Any] = {"lines": 1, "max_lines": 1, "submit_btn": "Move it"}
    return gr.Textbox(label="Or say it", placeholder=shift_cards.IDEAS[0], elem_id="rs-move", **shape)


def _filled(kit: Kit, view: View) -> dict[str, str]:
    """Every piece, by its name."""
    made = {"start": shift_cards.start(kit, view), "board": shift_cards.board(kit, view)}
    return {**made, "methods": shift_cards.methods(kit, view.turned.method), "feed": shift_cards.feed(kit, view, jump=True)}


class _Shift:
    """The tab's handlers around its pieces."""

    def __init__(self, page: Page, cached_sprites: CachedSprites, turned: gr.State, past: gr.State, *pieces: Any) -> None:
        self.page, self.cached_sprites, self.turned, self.past = page, cached_sprites, turned, past
        (
            self.start,
            self.board,
            self.notice,
            self.say,
            self.chips,
            self.choices,
            self.methods,
            self.feed,
            self.bar,
            self.turners,
            self.small,
        ) = pieces
        self.tabled = gr.State(faces.SPRITES.name)

    def bind(self, tab: gr.Tab, asker: gr.HTML) -> None:
        """Bind everything; only a sentence waits for the large models."""
        safe = lambda handler: self.page.guarded(handler, self.notice)  # noqa: E731
        state, light = [self.turned, self.past], [self.turned, self.past, self.feed, self.notice]
        tables = [*light, self.methods, self.choices]
        worlds = [self.bar, self.turners, self.tabled]
        first = {"outputs": [*tables, self.start, self.board, *worlds], **guard.SHIFT}
        came = bind_enter(self.page, "shift", tab, self.open_sprite, [self.turned], self.notice, first)
        came.append(self.bar.act(safe(self.open_table), None, [*worlds, self.notice], trigger_mode="once", **guard.LIGHT))
        for event in came:
            painting = {**guard.waiting(long=True), "show_progress": "hidden"}
            event.then(self.page.guarded(self.paint_handles, self.notice, clear=False), self.tabled, [self.small, self.notice], **painting)
        there = [self.page.arrived["features"], self.page.tabs, self.notice]
        self.turners.act(safe(self.open_handle), None, there, trigger_mode="once", **guard.LIGHT)
        # One channel for sliders, buttons and methods, so that none overtakes another; each brings along all that is set by now.
        asker.turn(safe(self.turn), [*state, asker], tables, trigger_mode="always_last", **guard.SHIFT)
        heavy: dict[str, Any] = {"outputs": [*light, self.choices, self.say], **guard.waiting(self.board)}
        self.say.submit(safe(self.move), [*state, self.say], trigger_mode="multiple", **heavy)
        self.chips.act(safe(self.idea), state, trigger_mode="once", **heavy)
        self.choices.act(safe(self.choose), state, trigger_mode="once", **heavy)

    # Sliders -------------------------------------------------------------------------------------------------------

    def open_sprite(self, turned: Turned, here: Address = NOWHERE) -> dict:
        """Open on a finished shift, if none was made yet, or where a link leads."""
        shown = self._table(FACES) if here.get("table") else {}
        if here.get("sprite"):
            new = turned_at(here, self.cached_sprites.kit)
            return {**shown, **self._opened(new), self.past: Past().then(turned, new)}
        return shown if turned.start else {**shown, **self._opened(OPENING)}

    def _opened(self, turned: Turned) -> dict:
        view = self.cached_sprites.view(turned)
        return {**{getattr(self, name): html for name, html in _filled(self.cached_sprites.kit, view).items()}, self.turned: turned}

    def turn(self, turned: Turned, past: Past, text: str) -> dict:
        """A slider, a button or a method: all ten values and the method come along, so that what was passed over is not lost."""
        data, kit = guard.plain_json(text), self.cached_sprites.kit
        start = guard.factors(data.get("start"), kit.counts)
        wanted = plain(start, guard.factors(data.get("wanted"), kit.counts, some=True))
        way = kit.way(data.get("method", turned.method))
        kind, slot = data.get("kind"), data.get("slot")
        known = slot if isinstance(slot, str) and slot in FACTORS else ""
        new, rows = Turned(start, wanted, way.name), (known,) if kind == "wanted" and known else ()
        out = {**self._show(new, rows), self.past: past.then(turned, new, f"{kind}:{known}" if known else "")}
        if way.name != turned.method:
            out[self.methods] = shift_cards.methods(kit, way.name)
        return {**out, self.choices: ""} if kind in PRESSED else out

    def _started(self, turned: Turned) -> Turned:
        return turned if turned.start else OPENING

    def _go(self, turned: Turned, past: Past, new: Turned, noted: bool = False) -> dict:
        """A change that can be taken back; the sliders go along."""
        return {**self._show(new, jump=True, noted=noted), self.past: past.then(turned, new)}

    def _show(self, turned: Turned, rows: tuple[str, ...] = (), jump: bool = False, noted: bool = False) -> dict:
        view = self.cached_sprites.view(turned)
        return {self.turned: turned, self.feed: shift_cards.feed(self.cached_sprites.kit, view, rows, jump, noted)}

    # Words ---------------------------------------------------------------------------------------------------------

    def move(self, turned: Turned, past: Past, text: str) -> dict:
        """A sentence: the sliders go to what it asks for, one change back, or all the way."""
        if not isinstance(text, str) or not text.strip():
            raise RequestError(EMPTY)
        turned, text = self._started(turned), guard.sentence(text)
        if OVER.fullmatch(text):
            return {**self._go(turned, past, Turned(turned.start, method=turned.method)), self.choices: ""}
        result = self.cached_sprites.sprites.request(self.cached_sprites.shown(turned), text)
        if result.undo and past.steps:
            back = replace(past.steps[-1], method=turned.method)
            return {**self._show(back, jump=True), self.past: Past(past.steps[:-1]), self.choices: ""}
        said = result.refusal or result.note
        out = {self.choices: shift_cards.choices(result.choices[:5], NEAREST), self.notice: widgets.notice(said) if said else ""}
        if result.edits and not result.refusal:
            out |= self._go(turned, past, turned.ask(asked_by(result.edits, self.cached_sprites.kit.counts)), bool(result.note))
        return out

    def idea(self, turned: Turned, past: Past, event: gr.EventData) -> dict:
        """A sentence that was offered."""
        text = guard.sentence(payload(event).get("text"))
        return {**self.move(turned, past, text), self.say: text}

    def choose(self, turned: Turned, past: Past, event: gr.EventData) -> dict:
        """One of the nearest things."""
        edit = Edit(guard.handle_id(payload(event).get("id")))
        asked, turned = asked_by((edit,), self.cached_sprites.kit.counts), self._started(turned)
        return {**self._go(turned, past, turned.ask(asked)), self.choices: ""}

    # Faces ---------------------------------------------------------------------------------------------------------

    def open_table(self, event: gr.EventData) -> dict:
        """The table of the faces' handles in the place of the sprites, or these again."""
        return self._table(guard.choice(payload(event).get("id"), faces.WORLDS))

    def _table(self, world: str) -> dict:
        if world == FACES and not self.page.desks.offered:
            raise SettingError(OFF)
        images = self.page.painted.there(FACES) if self.page.desks.ready(FACES) else None
        table = faces.table(self.page.cached.studio.faces, images) if world == FACES else ""
        return {self.bar: faces.bar(self.page.desks, world), self.turners: table, self.tabled: world}

    def paint_handles(self, world: str) -> Iterator[dict]:
        """What each handle of the table does, as far as it was not painted yet; nothing where it is another world's or cannot be."""
        for small in self.page.painted.rest(world) if world == FACES and self.page.desks.ready(FACES) else ():
            yield {self.small: json.dumps(small)}

    def open_handle(self, event: gr.EventData) -> dict:
        """A handle of the table, on its own page of the tab Features."""
        id = guard.handle_id(payload(event).get("id"))
        here = read(write(map=FACES, feature=id)).of("features")
        return {self.page.arrived["features"]: here, self.page.tabs: gr.Tabs(selected="features")}
