"""Classes: how a vision transformer decides, block by block, and which neurons bring a class about."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any

import gradio as gr

from app.classes import cards
from app.classes.growing import GrowingPiece
from app.classes.held import NOTHING, Held, Pictures
from app.shared import guard, widgets
from app.shared.address import NOWHERE, Address
from app.shared.arrival import bind_enter
from app.shared.chooser import Chooser
from app.shared.eyes import EyePicker
from app.shared.page import Page, payload, piece
from app.shared.session import Session
from app.shared.subject import Subject
from core.foundations.class_records import KeyNeuron
from core.foundations.errors import StudioError

VIEW = "rs.classes.view(element, watch)"
EXAMPLES = 4
"""Pictures that excite a neuron most."""
FLOW = "rs.wire(element, trigger, watch, 'act'); watch('value', rs.classes.mark)"


def build_classes(page: Page, tab: gr.Tab) -> None:
    """Place the tab's pieces and bind them."""
    chooser = Chooser(page, "classes", lenses=False)
    chooser.bar.render()
    gr.HTML(widgets.lead(cards.LEAD), apply_default_css=False, elem_id="rs-classes-lead")
    eyes = EyePicker(page, "classes", lenses=False)
    eyes.place()
    with gr.Row(elem_id="rs-classes"):
        with gr.Column(elem_id="rs-classes-left"):
            view = gr.HTML("", js_on_load=VIEW, apply_default_css=False, elem_id="rs-classes-view")
            source = piece(cards.sources(False), elem_id="rs-classes-source")
        with gr.Column(elem_id="rs-classes-right"):
            chooser.card.render()
            notice = piece(elem_id="rs-classes-notice")
            vote = gr.HTML("", js_on_load=FLOW, apply_default_css=False, elem_id="rs-classes-vote")
            shape: dict[str, Any] = {"lines": 1, "max_lines": 1, "submit_btn": "Ask", "elem_id": "rs-class-ask"}
            ask = gr.Textbox(label="Ask after another class", placeholder="such as cat", **shape)
            keys = piece(elem_id="rs-classes-keys")
            growing = GrowingPiece(page, notice)
    _Classes(page, chooser, eyes, gr.State(Held()), gr.State(Subject()), view, source, notice, vote, ask, keys, growing).bind(tab)


class _Classes:
    """The tab's handlers around its pieces."""

    def __init__(self, page: Page, chooser: Chooser, eyes: EyePicker, *pieces: Any) -> None:
        self.page, self.chooser, self.eyes, self.pictures = page, chooser, eyes, Pictures(page.cached, page.worlds)
        self.held, self.aside, self.view, self.source, self.notice, self.vote, self.ask, self.keys, self.growing = pieces
        self.example, self.shipped = lru_cache(512)(self._example), lru_cache(512)(self._shipped)

    def bind(self, tab: gr.Tab) -> None:
        """Bind everything; walking through the depths is the browser's alone."""
        safe = lambda handler: self.page.guarded(handler, self.notice)  # noqa: E731
        shown = [self.held, self.aside, *self.chooser.pieces, self.view, self.source, self.vote, self.keys, self.ask, self.notice]
        shown += [*self.growing.pieces, *self.eyes.pieces]
        heavy: dict[str, Any] = {"outputs": shown, **guard.waiting(self.vote)}
        bind_enter(self.page, "classes", tab, self.enter_classes, [self.held], self.notice, heavy)
        self.chooser.bar.act(safe(self.go_to), [self.held, self.aside], trigger_mode="once", **heavy)
        self.chooser.bind(self.notice, self.eyes_fetched, [self.held], heavy)
        self.eyes.bind(self.notice, self.look_through, [self.held], heavy)
        given = [self.page.session, self.held, self.page.subject]
        self.source.act(safe(self.pick_one), given, trigger_mode="once", **heavy)
        named = {**heavy, **guard.waiting(self.keys)}
        for part in (self.vote, self.keys):
            part.act(safe(self.open_class), [self.held], trigger_mode="multiple", **named)
        self.ask.submit(safe(self.ask_after), [self.held, self.ask], trigger_mode="multiple", **named)
        self.growing.bind(self.source, self.vote, self.keys)

    # Pictures ------------------------------------------------------------------------------------------------------

    def enter_classes(self, held: Held, here: Address = NOWHERE) -> dict:
        """Open as it was left, on the first picture, or where a link leads."""
        if here:
            subject, said = self.eyes.linked(self.pictures.at(here), here.get("judge"))
            return {**self._all(Held(subject, here.get("class"))), **said}
        return {} if held.subject.data else self._all(Held(self.pictures.opening()))

    def go_to(self, held: Held, aside: Subject, event: gr.EventData) -> dict:
        """The other world, or a sample photograph."""
        new, aside = self.pictures.picked(payload(event), held.subject, aside)
        return {**self._all(held.on(new)), self.aside: aside}

    def eyes_fetched(self, held: Held) -> dict:
        """The photograph is looked at, now that its model is here."""
        return self._all(held) if held.subject.soft and self.page.worlds.photos.ready else {}

    def look_through(self, eyes: Any, held: Held) -> dict:
        """The photograph, the first one where a Noun was looked at, is decided by another model, or by the small one again."""
        subject = held.subject if held.subject.soft else Subject()
        return self._all(held.on(self.page.worlds.seen_by(subject, eyes)))

    def pick_one(self, session: Session, held: Held, looked: Subject, event: gr.EventData) -> dict:
        """Another Noun, that of the tab Edit, or the photograph of the tab Segment."""
        return self._all(held.on(self.pictures.chosen(payload(event).get("op"), session, looked)))

    def _all(self, held: Held) -> dict:
        """Everything for a picture; only the picture where its model is not here."""
        out = {self.held: held, **self.chooser.show(held.subject), self.source: cards.sources(held.subject.soft)}
        out |= self.eyes.show(held.subject)
        if held.subject.soft and not held.subject.eyes and not self.page.worlds.photos.ready:
            return {**out, self.view: cards.still(held), self.vote: "", self.keys: "", **self.growing.closed()}
        return {**out, **self._decided(held)}

    # Classes -------------------------------------------------------------------------------------------------------

    def open_class(self, held: Held, event: gr.EventData) -> dict:
        """A class that was clicked."""
        data = payload(event)
        guard.choice(data.get("op"), ("class",))
        return self._decided(held.asked(guard.asked(data.get("id"))))

    def ask_after(self, held: Held, text: str) -> dict:
        """A class by its name."""
        return {**self._decided(held.asked(guard.asked(text))), self.ask: ""}

    def _decided(self, held: Held) -> dict:
        """The vote, what patches say, and the keys of the class that is asked after."""
        if not held.subject.data:
            raise StudioError(NOTHING)
        verbs, picture = self._verbs(held), held.subject.picture
        seen = verbs.classes(picture, held.name)
        keys = verbs.class_keys(picture, seen.name)
        thumbs = self._thumb if not held.subject.soft else lambda name: ""
        out = {self.held: held, self.view: cards.view(held, seen, thumbs), self.vote: cards.vote(seen, seen.name, thumbs)}
        told = cards.keys(keys, held, thumbs, self._examples(held.subject.soft))
        return {**out, self.keys: told, **self.growing.open(keys, verbs, held.subject)}

    def _verbs(self, held: Held) -> Any:
        return self.page.worlds.photos.deciding(held.subject.eyes) if held.subject.soft else self.page.cached.studio

    def _thumb(self, name: str) -> str:
        """A head on a plain picture."""
        return self.page.cached.part_uri("head", self._heads.get(name, ""))

    @cached_property
    def _heads(self) -> dict[str, str]:
        """Heads by what the model calls them."""
        studio = self.page.cached.studio
        return dict(zip(studio.class_names(), (part.id for part in studio.parts("head")), strict=False))

    def _examples(self, soft: bool) -> Callable[[KeyNeuron], list[str]]:
        """What excites a neuron: of the photographs' eyes as it is kept, of the Nouns' looked at anew, which takes a moment."""
        if soft:
            return lambda one: [self.shipped(*found) for found in list(zip(one.best, one.spots, strict=True))[:EXAMPLES]]
        return lambda one: [self.example(one.block, one.neuron, seed) for seed in one.best[:EXAMPLES]]

    def _shipped(self, number: int, spot: tuple[float, float]) -> str:
        """A picture that is shipped with the photographs, with the place that excites a neuron."""
        return cards.spotted(self.page.worlds.photos.photos.example(number).image, spot)

    def _example(self, block: int, neuron: int, seed: int) -> str:
        """A picture that excites a neuron, with where it does."""
        picture = self.page.cached.studio.sample(seed)
        active = self.page.cached.studio.key_active(picture, block, neuron)
        return cards.small(picture.image, active.heat, active.mask, False)
