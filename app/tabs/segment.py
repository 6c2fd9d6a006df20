"""Segment: where is it? Any words, on any picture of either world; and the way of a mask to the tab Edit."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import gradio as gr

from app import gaze as gazes
from app import guard, heats, sightings, widgets
from app.chooser import Chooser
from app.gaze import Asked, Gaze
from app.page import Page, payload, piece
from app.session import Session
from app.worlds import IDEAS
from core.foundations.errors import StudioError
from core.foundations.records import Segmentation
from core.methods.read.segment import METHODS

LOOK = "rs.look(element, trigger, watch, 'act')"
SEEN = 4
"""Ideas that the model takes from the picture itself."""
COMPARED = ("studio", "tokens", "gradcam", "chefer", "maskclip", "sclip")
"""Methods side by side: ours, the thesis's, and the best known of others."""
UPLOAD = "Any picture will do. Its middle square is taken in: as 64 by 64 pixels among the Nouns, as 336 by 336 among the photographs."
LOST = "This picture is no longer held here. Press “Another scene”, or choose a photograph."
SOMETHING = "something"
"""What is looked for where nothing is known of a picture."""


def build_segment(page: Page, tab: gr.Tab) -> None:
    """Place the tab's pieces and bind them."""
    blank, chooser = Asked(), Chooser(page, "look")
    chooser.bar.render()
    with gr.Row(elem_id="rs-look"):
        with gr.Column(elem_id="rs-look-left"):
            view = gr.HTML("", apply_default_css=False, js_on_load=LOOK, elem_id="rs-look-view")
            gr.HTML('<p role="status"></p>', apply_default_css=False, elem_id="rs-cross", elem_classes="rs-aside")
            source = piece(sightings.sources(own=True), elem_id="rs-look-source")
            with gr.Column(elem_id="rs-look-own"):
                gr.HTML(f'<p class="rs-quiet">{UPLOAD}</p>', apply_default_css=False)
                upload = gr.File(label="Your own picture", file_types=["image"], height=150, elem_id="rs-look-file")
        with gr.Column(elem_id="rs-look-right"):
            chooser.card.render()
            with gr.Row(elem_id="rs-ask-row"):
                ask = _box("Where is …", "shark", "rs-ask", "Look", IDEAS[0][0])
                other = _box("rather than (if you like)", "cat", "rs-other", False)
            chips = piece(sightings.chips((), IDEAS), elem_id="rs-look-ideas")
            notice = piece(elem_id="rs-look-notice")
            told = gr.HTML(apply_default_css=False, elem_id="rs-look-told")
            here = gr.HTML(sightings.here(()), apply_default_css=False, elem_id="rs-here")
    with gr.Row(elem_id="rs-method-row"):
        names = [(f"{sightings.method_name(m)}: {METHODS[m].says}", m) for m in METHODS]
        method = gr.Dropdown(names, value="studio", label="Method", elem_id="rs-method", min_width=160)
        compare = gr.Button("Methods side by side", elem_id="rs-compare")
    grid = piece(elem_id="rs-methods")
    asked = gr.State(blank)
    bench = _Segment(page, chooser, asked, upload, source, view, ask, other, chips, notice, told, here, method, grid)
    bench.bind(tab, compare)


def _box(label: str, placeholder: str, name: str, button: str | bool, value: str = "") -> gr.Textbox:
    shape: dict[str, Any] = {"lines": 1, "max_lines": 1, "max_length": guard.SENTENCE, "min_width": 120}
    return gr.Textbox(value, label=label, placeholder=placeholder, elem_id=name, submit_btn=button, **shape)


class _Segment:
    """The tab's handlers around its pieces."""

    def __init__(self, page: Page, chooser: Chooser, asked: gr.State, upload: gr.File, *pieces: Any) -> None:
        self.page, self.desk, self.worlds, self.chooser = page, page.desk, page.worlds, chooser
        self.asked, self.upload = asked, upload
        self.source, self.view, self.ask, self.other, self.chips, self.notice, self.told, self.here, self.method, self.grid = pieces

    def bind(self, tab: gr.Tab, compare: gr.Button) -> None:
        """Bind everything; all but the slider, which the browser moves, runs the model."""
        safe = lambda handler: self.page.guarded(handler, self.notice)  # noqa: E731
        words = [self.ask, self.other, self.method]
        state = [self.page.gaze, self.asked]
        answers = [self.view, *words, self.chips, self.told, self.here, self.grid, self.notice]
        shown = [*state, self.page.aside, self.source, *self.chooser.pieces, *answers]
        heavy: dict[str, Any] = {"outputs": shown, **guard.waiting(self.view)}

        tab.select(safe(self.enter), [*state, *words], **heavy)
        for box in (self.ask, self.other):
            box.submit(safe(self.seek), [*state, *words], trigger_mode="multiple", **heavy)
        self.method.input(safe(self.seek), [*state, *words], trigger_mode="always_last", **heavy)
        self.chips.act(safe(self.idea), [*state, self.method], trigger_mode="once", **heavy)
        self.chooser.bar.act(safe(self.go), [*state, self.page.aside, self.method], trigger_mode="once", **heavy)
        self.chooser.bind(self.notice, self.fetched, [*state, self.method], heavy)
        self.source.act(safe(self.choose), [self.page.session, *state, *words], trigger_mode="once", **heavy)
        taken = {**heavy, "outputs": [*shown, self.upload]}
        self.upload.upload(safe(self.take_in), [self.upload, *state, *words], **taken)
        self.grid.act(safe(self.use), state, trigger_mode="once", **heavy)
        masked: dict[str, Any] = {"outputs": [*self.page.shown, self.page.tabs, self.here, self.notice], **guard.waiting(self.here)}
        # The cross is drawn at every click, so every click is answered, however long the one before it waits.
        self.view.act(safe(self.at), [self.page.session, self.asked], trigger_mode="multiple", **masked)
        compare.click(safe(self.compare), self.asked, [self.grid, self.notice], **guard.waiting(self.grid))

    # Pictures ------------------------------------------------------------------------------------------------------

    def enter(self, gaze: Gaze, asked: Asked, text: str, other: str, method: str) -> dict:
        """Open on a scene; or take up the picture that another tab has chosen meanwhile."""
        if gaze.data and asked.gaze == gaze and (asked.packed or not self.worlds.of(gaze).ready):
            return {}
        gaze = gaze if gaze.data else self.worlds.of(gaze).opening()
        if asked.gaze.world != gaze.world:
            return self._on(gaze, "", "", method)
        text = self._typed(asked.gaze, text.strip())
        return self._on(gaze, text, other, method, told=bool(text))

    def go(self, gaze: Gaze, asked: Asked, aside: Gaze, method: str, event: gr.EventData) -> dict:
        """The other world, or a sample photograph, which is asked for what there is to see in it."""
        new, aside = self.worlds.picked(payload(event), gaze, aside)
        if new == gaze and (asked.packed or not self.worlds.of(new).ready):
            return {}
        return {**self._on(new, "", "", method), self.page.aside: aside}

    def fetched(self, gaze: Gaze, asked: Asked, method: str) -> dict:
        """The photograph answers, now that its model is here."""
        return self._on(gaze, "", "", method) if gaze.soft and self.worlds.of(gaze).ready else {}

    def choose(self, session: Session, gaze: Gaze, asked: Asked, text: str, other: str, method: str, event: gr.EventData) -> dict:
        """Another scene, or the Noun of the tab Edit."""
        if payload(event).get("op") == "noun":
            new = gazes.noun(self.desk, session)
        else:
            new = self.worlds.nouns.example(random.randrange(2**31))
        return self._on(new, text.strip() or asked.text, other, method, told=bool(text.strip()))

    def take_in(self, path: str | None, gaze: Gaze, asked: Asked, text: str, other: str, method: str) -> dict:
        """A person's own picture; the box is empty again afterwards, so that the next one finds its place."""
        if not path:
            return {}
        try:
            new = self.worlds.of(gaze).own(path)
        except StudioError as error:
            return {self.notice: widgets.notice(str(error)), self.upload: None}
        wanted = self._typed(gaze, text.strip() or asked.text)
        return {**self._on(new, wanted, other, method, told=bool(wanted and text.strip())), self.upload: None}

    def _typed(self, last: Gaze, text: str) -> str:
        """What a person looks for; "" where it was only what there is to see in the last photograph."""
        return "" if last.soft and text in {idea for idea, _ in self.worlds.of(last).ideas(last)} else text

    def _on(self, gaze: Gaze, text: str, other: str, method: str, told: bool = False) -> dict:
        """Everything for a picture. Where the boxes told what to look for they are left alone: someone may be typing there by now."""
        world = self.worlds.of(gaze)
        out = {**self.chooser.show(gaze), self.source: sightings.sources(True, scenes=not gaze.soft)}
        if not world.ready:
            return {**out, **self._still(gaze)}
        seen = list(dict.fromkeys(w.text for w in world.sight.concepts(gaze.picture, SEEN)))
        ideas = world.ideas(gaze)
        text = text or next((idea for idea, _ in (*ideas, *((word, "") for word in seen))), SOMETHING)
        out |= {**self._show(gaze, text, other, method), self.chips: sightings.chips(seen, ideas, world.own_first)}
        return out if told else {**out, self.ask: text, self.other: other}

    def _still(self, gaze: Gaze) -> dict:
        """A picture that cannot be asked yet."""
        view = sightings.still(gaze.uri, gaze.name)
        out = {self.page.gaze: gaze, self.asked: Asked(gaze=gaze), self.view: view, self.told: ""}
        return {**out, self.here: sightings.here(()), self.grid: ""}

    # Questions -----------------------------------------------------------------------------------------------------

    def seek(self, gaze: Gaze, asked: Asked, text: str, other: str, method: str) -> dict:
        """Where is this?"""
        return self._show(gaze, text, other, method)

    def idea(self, gaze: Gaze, asked: Asked, method: str, event: gr.EventData) -> dict:
        """A text that was offered."""
        data = payload(event)
        text, other = guard.asked(data.get("text")), str(data.get("id") or "")[: guard.SENTENCE]
        return {**self._show(gaze, text, other, method), self.ask: text, self.other: other}

    def use(self, gaze: Gaze, asked: Asked, event: gr.EventData) -> dict:
        """The method of a thumbnail, on the large picture."""
        method = str(payload(event).get("id"))[:40]
        out = self._show(gaze, asked.text, "", method)
        out.pop(self.grid)
        return {**out, self.method: method, self.other: ""}

    def _show(self, gaze: Gaze, text: str, other: str, method: str) -> dict:
        if not gaze.data:
            raise StudioError("There is no picture yet. Press “Another scene”.")
        asked = self._ask(gaze, guard.asked(text), guard.asked(other) if other and other.strip() else "", method)
        out = {self.page.gaze: gaze, self.asked: asked, self.view: sightings.look(asked), self.told: sightings.told(asked)}
        return {**out, self.here: sightings.here(()), self.grid: ""}

    def _ask(self, gaze: Gaze, text: str, other: str, method: str) -> Asked:
        sight = self.worlds.of(gaze).sight
        if other:
            heat = heats.pack((1 + sight.against(gaze.picture, text, other, method)) / 2)
            return Asked(text, other, method, heat, 0.3, None, gaze)
        found: Segmentation = sight.segment(gaze.picture, text, method)
        return Asked(text, "", method, heats.pack(found.heat), found.threshold, found.score, gaze)

    def compare(self, asked: Asked) -> Iterator[dict]:
        """Some methods side by side, one after the other."""
        if not asked.packed:
            raise StudioError("Look for something first; then the methods can be held side by side.")
        sight, soft = self.worlds.of(asked.gaze).sight, asked.gaze.soft
        picture, names = asked.gaze.picture, COMPARED if asked.method in COMPARED else (*COMPARED[:-1], asked.method)
        cells = [(name, METHODS[name].says, "") for name in names]
        yield {self.grid: sightings.method_cells(cells, asked)}
        for i, (name, says, _) in enumerate(cells):
            found = sight.segment(picture, asked.text, name)
            cells[i] = (name, says, sightings.thumbnail(picture.image, found.heat, found.threshold, soft=soft))
            yield {self.grid: sightings.method_cells(cells, asked)}

    # Places and masks ----------------------------------------------------------------------------------------------

    def at(self, session: Session, asked: Asked, event: gr.EventData) -> dict:
        """A click on the picture asks what is there; the buttons below take the mask to the tab Edit."""
        data = payload(event)
        if not asked.packed:
            raise StudioError(LOST)
        if data.get("op") == "here":
            row, column = guard.place(data.get("row")), guard.place(data.get("column"))
            return {self.here: sightings.here(self.worlds.of(asked.gaze).sight.here(asked.gaze.picture, row, column), asked.gaze.soft)}
        region = gazes.region(asked, session, guard.share(data.get("threshold")), data.get("op") == "keep")
        return {**self.page.show(session.within(region)), self.page.tabs: gr.Tabs(selected="edit")}
