"""Through which model photographs are looked at, on the tabs Segment, Heads and Classes: the small one, or any public one by its name.

What a visitor has chosen stands in the picture that is looked at (`Subject.eyes`), so that nobody sees another's choice; the model itself
is shared, one at a time. On a hosted page nothing is offered: a stranger could fill its disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import gradio as gr

from app.heads import photo_cards
from app.shared import guard
from app.shared.fetching import Fetching
from app.shared.hosting import hosted
from app.shared.page import CARD, Page, piece
from app.shared.subject import Subject
from core.foundations.errors import StudioError

HALF = 0.5
"""The share of the work that is done when a model is here; the rest is making its lenses."""


@lru_cache(maxsize=16)
def work_of(other: Any, named: Any) -> Fetching:
    """The one fetch of a model for all who wait for it, with its lenses behind it.

    Args:
        other: the studio's `photos.other_eyes`.
        named: which model.
    """

    def run(progress: Callable[[float], None]) -> None:
        other.fetch(named, lambda share: progress(HALF * share))
        other.sight(named, lambda share: progress(HALF + (1 - HALF) * share))

    return Fetching(run)


@lru_cache(maxsize=16)
def deciding_of(other: Any, named: Any) -> Fetching:
    """The same of a model that only has to decide on classes, for which no lenses are made."""

    def run(progress: Callable[[float], None]) -> None:
        other.fetch(named, lambda share: progress(HALF * share))
        progress(HALF)
        other.classes(named, lambda share: progress(HALF))

    return Fetching(run)


@lru_cache(maxsize=16)
def joining_of(studio: Any, other: Any, named: Any) -> Fetching:
    """The same of a model that joins those that share concepts in a world.

    Args:
        studio: the world's.
        other: not asked; for the others' sake.
        named: which model.
    """
    return Fetching(lambda progress: studio.join(named, progress))


class EyePicker:
    """The pieces and their events.

    Args:
        page: the page.
        name: of the tab, for the pieces' names.
        lenses: whether what its heads see is found out too, by the shipped pictures or those of a folder of this machine.
    """

    def __init__(self, page: Page, name: str, lenses: bool = True) -> None:
        self.page, self.offered, self.here, self.lenses = page, gr.State(None), gr.State(None), lenses
        self.work: Callable[[Any, Any], Fetching] = work_of if lenses else deciding_of
        self.step = photo_cards.HEADS_FOUND_OUT if lenses else photo_cards.BEING_READ
        self.line = piece(elem_id=f"rs-{name}-eyes-line", render=False)
        shape: dict[str, Any] = {"lines": 1, "max_lines": 1, "min_width": 200, "submit_btn": "Look it up", "render": False}
        self.box = gr.Textbox(label="Look through another model", placeholder=photo_cards.EXAMPLE, elem_id=f"rs-{name}-eyes-name", **shape)
        own = {"placeholder": photo_cards.OWN_PICTURES, "elem_id": f"rs-{name}-eyes-folder", "elem_classes": "rs-eyes-folder"}
        self.folder = gr.Textbox(label=photo_cards.BY_PICTURES, **{**shape, **own, "submit_btn": False})
        self.card = gr.HTML("", elem_id=f"rs-{name}-eyes-card", apply_default_css=False, js_on_load=CARD, render=False)
        self.row = f"rs-{name}-eyes"

    @property
    def pieces(self) -> list:
        """What `show` and `linked` fill."""
        return [self.line, self.box, self.card]

    @property
    def other(self) -> Any:
        """The studio's other eyes."""
        return self.page.worlds.photos.photos.other_eyes

    def place(self) -> None:
        """Put the pieces where they belong; none on a hosted page."""
        with gr.Row(elem_id=self.row, elem_classes="rs-eyes", visible=not hosted()):
            self.line.render()
            self.box.render()
            if self.lenses:
                self.folder.render()
            self.card.render()

    def show(self, subject: Subject) -> dict:
        """Who looks at a picture; nothing among the Nouns, who have a model of their own."""
        return {self.line: photo_cards.looked_through(subject.eyes.label if subject.eyes else "") if subject.soft else ""}

    def bind(self, notice: gr.HTML, then: Callable[..., dict], given: list, heavy: dict[str, Any]) -> None:
        """Bind the pieces.

        Args:
            notice: where errors are told.
            then: shows the picture through a model, or through the small one where None; takes it and the values of `given`.
            given: what else `then` takes.
            heavy: how events that run a model are bound, with their outputs.
        """
        safe = lambda handler: self.page.guarded(handler, notice)  # noqa: E731

        def through_eyes(named: Any, *values: Any) -> dict:
            return {**then(named, *values), self.card: "", self.here: None} if named else {}

        def own_eyes(*values: Any) -> dict:
            return {**then(None, *values), self.card: ""}

        told = {"outputs": [self.card, self.offered, self.here, notice], "trigger_mode": "once", **guard.FETCH}
        shown = {**heavy, "outputs": [*heavy["outputs"], self.here]}
        asked = [self.box, self.folder] if self.lenses else [self.box]
        gr.on([box.submit for box in asked], safe(self.look_up), asked, **told)
        run = self.card.fetch(safe(self.bring_eyes), self.offered, **told)
        run.then(safe(through_eyes), [self.here, *given], **shown)
        self.card.cancel(None, None, None, cancels=[run])
        self.card.cancel(safe(self.put_off), self.offered, [self.card, notice], **guard.LIGHT)
        self.line.act(safe(own_eyes), given, trigger_mode="once", **shown)

    def linked(self, subject: Subject, text: str) -> tuple[Subject, dict]:
        """A photograph through the model that a link names; as it is, and why, where that cannot be.

        Args:
            subject: the picture that the link shows.
            text: as the link names the model; "" for the small one.
        """
        if not text or not subject.soft:
            return subject, {}
        try:
            if hosted():
                raise StudioError(photo_cards.CLOSED)
            return replace(subject, eyes=self.other.linked(text, self.lenses)), {self.card: ""}
        except StudioError as error:
            return subject, {self.card: photo_cards.eyes_none(str(error)), self.box: photo_cards.typed(text)}

    def look_up(self, name: str, folder: str = "") -> dict:
        """What a model is, before anything of it comes."""
        try:
            if hosted():
                raise StudioError(photo_cards.CLOSED)
            offer = self.other.offer(guard.model_name(name), guard.folder_name(folder))
        except StudioError as error:  # told beside the box, which stands low on a phone
            return {self.offered: None, self.card: photo_cards.eyes_none(str(error)), self.here: None}
        return {self.offered: offer, self.card: photo_cards.eyes_offer(offer), self.here: None}

    def bring_eyes(self, offer: Any) -> Iterator[dict]:
        """Fetch it and make its lenses, and tell how far that is."""
        if offer is None or hosted():
            raise StudioError(photo_cards.CLOSED if hosted() else "Look a model up first.")
        yield {self.here: None}
        last = ""
        try:
            for share in self.work(self.other, offer.named).watch():
                card = photo_cards.eyes_coming(offer, share / HALF, (share - HALF) / (1 - HALF), self.step)
                # At every look, so that Cancel finds an end even where nothing comes any more.
                yield {self.card: card if card != last else gr.skip()}
                last = card
            yield {self.card: photo_cards.eyes_here(offer), self.here: offer.named}
        except StudioError as error:
            yield {self.card: photo_cards.eyes_failed(offer, str(error))}

    def put_off(self, offer: Any) -> dict:
        """The card as it was; the work itself ends when nobody waits for it, and what has arrived is kept."""
        return {self.card: photo_cards.eyes_offer(offer) if offer else ""}
