"""Segment: where is it? Any words, on any picture of either world; and the way of a mask to the tab Edit."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from app.segment import pieces
from app.shared import guard, heatmaps, widgets
from app.shared import subject as subjects
from app.shared.address import NOWHERE, Address
from app.shared.arrival import bind_enter
from app.shared.chooser import Chooser
from app.shared.eyes import EyePicker
from app.shared.page import Page, payload, piece
from app.shared.session import FIRST, Session
from app.shared.subject import Asked, Subject
from app.shared.worlds import IDEAS
from core.foundations.errors import RequestError, StudioError
from core.foundations.painted import SCENE
from core.foundations.records import Segmentation
from core.methods.read.segment_says import SAYS

LOOK = "rs.look(element, trigger, watch, 'act')"
COMPARED = ("studio", "tokens", "gradcam", "chefer", "maskclip", "sclip")
"""Methods side by side: ours, the thesis's, and the best known of others."""
UPLOAD = "Any picture will do, up to three times as long as wide. All of it is looked at: among the Nouns as 64 pixels of its longer side."
PAINTED = "The scene that you described"
LOST = "This picture is no longer held here. Press “Another scene”, or choose a photograph."
SOMETHING = "something"
"""What is looked for where nothing is known of a picture."""


def build_segment(page: Page, tab: gr.Tab) -> None:
    """Place the tab's pieces and bind them."""
    blank, chooser = Asked(), Chooser(page, "look")
    chooser.bar.render()
    eyes = EyePicker(page, "look")
    eyes.place()
    with gr.Row(elem_id="rs-look"):
        with gr.Column(elem_id="rs-look-left"):
            view = gr.HTML("", apply_default_css=False, js_on_load=LOOK, elem_id="rs-look-view")
            gr.HTML(pieces.cross(), apply_default_css=False, elem_id="rs-cross", elem_classes="rs-aside")
            source = piece(pieces.sources(own=True, face=page.desks.offered), elem_id="rs-look-source")
            scene = _box("Describe a scene", SCENE, "rs-scene", "Paint it")
            described = piece(elem_id="rs-described")
            with gr.Column(elem_id="rs-look-own"):
                gr.HTML(widgets.quiet(UPLOAD), apply_default_css=False)
                upload = gr.File(label="Your own picture", file_types=["image"], height=150, elem_id="rs-look-file")
        with gr.Column(elem_id="rs-look-right"):
            chooser.card.render()
            with gr.Row(elem_id="rs-ask-row"):
                ask = _box("Where is …", "shark", "rs-ask", "Look", IDEAS[0][0])
                other = _box("rather than (if you like)", "cat", "rs-other", False)
            chips = piece(pieces.chips((), IDEAS), elem_id="rs-look-ideas")
            notice = piece(elem_id="rs-look-notice")
            told = piece(elem_id="rs-look-told")
            here = gr.HTML(pieces.here(()), apply_default_css=False, elem_id="rs-here")
    with gr.Row(elem_id="rs-method-row"):
        names = [(f"{pieces.method_name(m)}: {SAYS[m]}", m) for m in SAYS]
        method = gr.Dropdown(names, value="studio", label="Method", elem_id="rs-method", min_width=160)
        compare = gr.Button("Methods side by side", elem_id="rs-compare")
    grid = piece(elem_id="rs-methods")
    asked = gr.State(blank)
    bench = _Segment(page, chooser, eyes, asked, upload, source, view, ask, other, chips, notice, told, here, method, grid, described)
    bench.bind(tab, compare, scene)


def _box(label: str, placeholder: str, name: str, button: str | bool, value: str = "") -> gr.Textbox:
    shape: dict[str, Any] = {"lines": 1, "max_lines": 1, "min_width": 120}
    return gr.Textbox(value, label=label, placeholder=placeholder, elem_id=name, submit_btn=button, **shape)


class _Segment:
    """The tab's handlers around its pieces."""

    def __init__(self, page: Page, chooser: Chooser, eyes: EyePicker, asked: gr.State, upload: gr.File, *pieces: Any) -> None:
        self.page, self.cached, self.worlds, self.chooser, self.eyes = page, page.cached, page.worlds, chooser, eyes
        self.asked, self.upload = asked, upload
        self.source, self.view, self.ask, self.other, self.chips, self.notice, self.told, self.here, *last = pieces
        self.method, self.grid, self.described = last

    def bind(self, tab: gr.Tab, compare: gr.Button, scene: gr.Textbox) -> None:
        """Bind everything; all but the slider, which the browser moves, runs the model."""
        safe = lambda handler: self.page.guarded(handler, self.notice)  # noqa: E731
        words = [self.ask, self.other, self.method]
        state = [self.page.subject, self.asked]
        answers = [self.view, *words, self.chips, self.told, self.here, self.grid, self.notice, self.described]
        shown = [*state, self.page.aside, self.source, *self.chooser.pieces, *self.eyes.pieces, *answers]
        heavy: dict[str, Any] = {"outputs": shown, **guard.waiting(self.view)}

        bind_enter(self.page, "segment", tab, self.enter, [*state, *words], self.notice, heavy)
        for box in (self.ask, self.other):
            box.submit(safe(self.seek), [*state, *words], trigger_mode="multiple", **heavy)
        self.method.input(safe(self.seek), [*state, *words], trigger_mode="always_last", **heavy)
        for offered in (self.chips, self.told):
            offered.act(safe(self.idea), [*state, self.method], trigger_mode="once", **heavy)
        self.chooser.bar.act(safe(self.go), [*state, self.page.aside, self.method], trigger_mode="once", **heavy)
        self.chooser.bind(self.notice, self.fetched, [*state, self.method], heavy)
        self.eyes.bind(self.notice, self.look_through, [*state, self.method], heavy)
        self.source.act(safe(self.choose), [self.page.session, *state, *words], trigger_mode="once", **heavy)
        taken = {**heavy, "outputs": [*shown, self.upload]}
        self.upload.upload(safe(self.take_in), [self.upload, *state, *words], **taken)
        scene.submit(self.page.guarded(self.describe_scene, self.described), [scene, *state, *words], trigger_mode="once", **heavy)
        self.grid.act(safe(self.use), state, trigger_mode="once", **heavy)
        masked: dict[str, Any] = {"outputs": [*self.page.shown, self.page.tabs, self.here, self.notice], **guard.waiting(self.here)}
        # The cross is drawn at every click, so every click is answered, however long the one before it waits.
        self.view.act(safe(self.at), [self.page.session, self.asked], trigger_mode="multiple", **masked)
        compare.click(safe(self.compare), self.asked, [self.grid, self.notice], **guard.waiting(self.grid, long=True))

    # Pictures ------------------------------------------------------------------------------------------------------

    def enter(self, subject: Subject, asked: Asked, text: str, other: str, method: str, here: Address = NOWHERE) -> dict:
        """Open on a scene, or where a link leads; or take up the picture that another tab has chosen meanwhile."""
        if here:
            method = guard.choice(here.get("method") or "studio", tuple(SAYS))
            subject, said = self.eyes.linked(self.worlds.at(here), here.get("eyes"))
            return {**self._on(subject, here.get("word"), here.get("against"), method), self.method: method, **said}
        if subject.data and asked.subject == subject and (asked.packed or not self.worlds.of(subject).ready):
            return {}
        subject = subject if subject.data else self.worlds.of(subject).opening()
        if asked.subject.world != subject.world:
            return self._on(subject, "", "", method)
        text = self._typed(asked.subject, text.strip())
        return self._on(subject, text, other, method, told=bool(text))

    def go(self, subject: Subject, asked: Asked, aside: Subject, method: str, event: gr.EventData) -> dict:
        """The other world, or a sample photograph, which is asked for what there is to see in it."""
        new, aside = self.worlds.picked(payload(event), subject, aside)
        if new == subject and (asked.packed or not self.worlds.of(new).ready):
            return {}
        return {**self._on(new, "", "", method), self.page.aside: aside}

    def fetched(self, subject: Subject, asked: Asked, method: str) -> dict:
        """The photograph answers, now that its model is here."""
        return self._on(subject, "", "", method) if subject.soft and self.worlds.of(subject).ready else {}

    def look_through(self, eyes: Any, subject: Subject, asked: Asked, method: str) -> dict:
        """The photograph answers through another model, or through the small one again."""
        return self._on(self.worlds.seen_by(subject, eyes), "", "", method)

    def choose(self, session: Session, subject: Subject, asked: Asked, text: str, other: str, method: str, event: gr.EventData) -> dict:
        """Another scene, or what is on the tab Edit."""
        new = self.worlds.chosen(payload(event).get("op"), session)
        return {**self._on(new, "", "", method), **({self.page.aside: subject} if subject.world != new.world else {})}

    def take_in(self, path: str | None, subject: Subject, asked: Asked, text: str, other: str, method: str) -> dict:
        """A person's own picture; the box is empty again afterwards, so that the next one finds its place."""
        if not path:
            return {}
        try:
            new = self.worlds.of(subject).own(path)
        except StudioError as error:
            return {self.notice: widgets.notice(str(error)), self.upload: None}
        return {**self._on(new, "", "", method), self.upload: None}

    def describe_scene(self, said: str, subject: Subject, asked: Asked, text: str, other: str, method: str) -> dict:
        """A scene by prompt, shown by itself beside its box with what is missing; the last picture stays where nothing can be painted."""
        done = self.cached.studio.paint_scene(guard.scene_described(said), seed=random.randrange(2**31))
        if not done.scenes:
            raise RequestError(done.refusal)  # told beside the box, not at the top of the page
        made = done.scenes[0]
        away = {self.page.aside: subject} if subject.soft else {}
        subject = subjects.subject_of(made.picture.image, PAINTED, "own")
        return {**self._on(subject, "", "", method), **away, self.described: pieces.described(subject, made.sentence, made.whole)}

    def _typed(self, last: Subject, text: str) -> str:
        """What a person looks for; "" where it was only what there is to see in the last photograph."""
        return "" if last.soft and text in {idea for idea, _ in self.worlds.of(last).ideas(last)} else text

    def _on(self, subject: Subject, text: str, other: str, method: str, told: bool = False) -> dict:
        """Everything for a picture. Where the boxes told what to look for they are left alone: someone may be typing there by now."""
        world = self.worlds.of(subject)
        out = {
            **self.chooser.show(subject),
            **self.eyes.show(subject),
            self.source: pieces.sources(True, not subject.soft, self.page.desks.offered),
            self.described: "",
        }
        if not world.ready:
            return {**out, **self._still(subject)}
        seen = self.worlds.of(subject).seen(subject.picture)
        ideas = world.ideas(subject)
        text = text or self._best(subject, [idea for idea, _ in ideas] if world.own_first else [], seen)
        out |= {**self._show(subject, text, other, method), self.chips: pieces.chips(seen, ideas, world.own_first)}
        return out if told else {**out, self.ask: text, self.other: other}

    def _best(self, subject: Subject, ideas: list[str], seen: Sequence[str]) -> str:
        """What a new picture is asked for: what we know to be in a sample, where the model sees it too, else its own best word."""
        sight = self.worlds.of(subject).sight
        sure = sight.presence(subject.picture, ideas) if ideas else ()
        return next((idea for idea, share in zip(ideas, sure, strict=True) if share >= sight.least), next(iter(seen), SOMETHING))

    def _still(self, subject: Subject) -> dict:
        """A picture that cannot be asked yet."""
        view = pieces.still(subject)
        out = {self.page.subject: subject, self.asked: Asked(subject=subject), self.view: view, self.told: ""}
        return {**out, self.here: pieces.here(()), self.grid: ""}

    # Questions -----------------------------------------------------------------------------------------------------

    def seek(self, subject: Subject, asked: Asked, text: str, other: str, method: str) -> dict:
        """Where is this?"""
        return self._show(subject, text, other, method)

    def idea(self, subject: Subject, asked: Asked, method: str, event: gr.EventData) -> dict:
        """A text that was offered."""
        data = payload(event)
        text, other = guard.asked(data.get("text")), guard.asked(data["id"]) if data.get("id") else ""
        return {**self._show(subject, text, other, method), self.ask: text, self.other: other}

    def use(self, subject: Subject, asked: Asked, event: gr.EventData) -> dict:
        """The method of a thumbnail, on the large picture."""
        method = str(payload(event).get("id"))[:40]
        out = self._show(subject, asked.text, "", method)
        out.pop(self.grid)
        return {**out, self.method: method, self.other: ""}

    def _show(self, subject: Subject, text: str, other: str, method: str) -> dict:
        if not subject.data:
            raise StudioError("There is no picture yet. Press “Another scene”.")
        asked = self._ask(subject, guard.asked(text), guard.asked(other) if other and other.strip() else "", method)
        out = {self.page.subject: subject, self.asked: asked, self.view: pieces.look(asked), self.told: pieces.told(asked)}
        return {**out, self.here: pieces.here(()), self.grid: ""}

    def _ask(self, subject: Subject, text: str, other: str, method: str) -> Asked:
        sight = self.worlds.of(subject).sight
        picture = subject.picture
        if other:
            heat, sure = heatmaps.pack((1 + sight.against(picture, text, other, method)) / 2), sight.presence(picture, (text, other))
            asked = Asked(text, other, method, heat, 0.3, None, subject, sure, sight.least)
            return asked if any(asked.there) else replace(asked, instead=self.worlds.of(subject).seen(subject.picture))
        found: Segmentation = sight.segment(picture, text, method)
        told = (found.presence,), found.least, tuple(word.text for word in found.instead)
        return Asked(text, "", method, heatmaps.pack(found.heat), found.threshold, found.score, subject, *told)

    def compare(self, asked: Asked) -> Iterator[dict]:
        """Some methods side by side, one after the other."""
        if not asked.packed:
            raise StudioError("Look for something first; then the methods can be held side by side.")
        sight, soft = self.worlds.of(asked.subject).sight, asked.subject.soft
        picture, names = asked.subject.picture, COMPARED if asked.method in COMPARED else (*COMPARED[:-1], asked.method)
        cells = [(name, SAYS[name], "") for name in names]
        yield {self.grid: pieces.method_cells(cells, asked)}
        for i, (name, says, _) in enumerate(cells):
            found = sight.segment(picture, asked.text, name)
            cells[i] = (name, says, pieces.thumbnail(picture.image, found.heat, found.threshold, soft=soft))
            yield {self.grid: pieces.method_cells(cells, asked)}

    # Places and masks ----------------------------------------------------------------------------------------------

    def at(self, session: Session, asked: Asked, event: gr.EventData) -> dict:
        """A click on the picture asks what is there; the buttons below take the mask to the tab Edit."""
        data = payload(event)
        if not asked.packed:
            raise StudioError(LOST)
        if data.get("op") == "here":
            row, column = guard.place(data.get("row")), guard.place(data.get("column"))
            subject = asked.subject
            found = self.worlds.of(subject).sight.here(subject.picture, row, column)
            return {self.here: pieces.here(found, subject)}
        there = self._there(asked.subject, session)
        region = subjects.region(asked, there, guard.share(data.get("threshold")), data.get("op") == "keep")
        other = self.page.picked(there) if there.world != session.world else {}
        return {**self.page.show(there.within(region)), **other, self.page.tabs: gr.Tabs(selected="edit")}

    def _there(self, subject: Subject, session: Session) -> Session:
        """The session in the world of the tab Edit that a picture came from; as it is where it came from elsewhere."""
        world = subjects.EDITED.get(subject.source, FIRST)
        return self.page.desks.opened(session, world) if world != FIRST else session.to(FIRST)
