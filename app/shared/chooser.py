"""The world picker of a tab, its strip of photographs, and the card that fetches what they need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from app.heads import photo_cards
from app.shared import guard
from app.shared.page import CARD, Page, piece
from app.shared.subject import Subject
from core.foundations.errors import StudioError


class Chooser:
    """The pieces, and the events that are the same on every tab that has them.

    Args:
        name: of the tab, for the pieces' names.
        lenses: whether the tab tells what heads and neurons of another model see.
    """

    def __init__(self, page: Page, name: str, lenses: bool = True) -> None:
        self.page, self.worlds, self.lenses = page, page.worlds, lenses
        self.bar = piece(photo_cards.bar("nouns"), elem_id=f"rs-{name}-world", render=False)
        make: dict[str, Any] = {"apply_default_css": False, "js_on_load": CARD, "render": False}
        self.card = gr.HTML("", elem_id=f"rs-{name}-fetch", **make)

    @property
    def pieces(self) -> list:
        """Everything that `show` fills."""
        return [self.bar, self.card]

    def show(self, subject: Subject) -> dict:
        """The picker as it stands for a picture, and the card where something is missing."""
        photos = self.worlds.photos
        if not subject.soft:
            return {self.bar: photo_cards.bar(subject.world), self.card: ""}
        eyes = subject.eyes
        bar = photo_cards.bar(subject.world, self.worlds.thumbnails(), photos.of(subject), photos.credit(subject), eyes, self.lenses)
        return {self.bar: bar, self.card: "" if eyes or photos.ready else photo_cards.offer(photos.photos.megabytes)}

    def bind(self, notice: gr.HTML, then: Callable, given: list, heavy: dict[str, Any]) -> None:
        """Bind the card.

        Args:
            notice: where errors are told.
            then: shows the picture once everything is there; takes the values of `given`.
            heavy: how events that run a model are bound, with their outputs.
        """
        safe = lambda handler: self.page.guarded(handler, notice)  # noqa: E731
        run = self.card.fetch(safe(self.fetch), None, [self.card, notice], trigger_mode="once", **guard.FETCH)
        run.then(safe(then), given, **heavy)
        self.card.cancel(None, None, None, cancels=[run])
        self.card.cancel(safe(self.cancel), None, [self.card, notice], **guard.LIGHT)

    def fetch(self) -> Iterator[dict]:
        """Fetch what is missing and tell how far it is."""
        photos, last = self.worlds.photos, ""
        try:
            for share in () if photos.ready else self.worlds.fetching.watch():
                card = photo_cards.fetching(share, photos.photos.megabytes)
                # At every look, so that Cancel finds an end even where nothing comes any more.
                yield {self.card: card if card != last else gr.skip()}
                last = card
            yield {self.card: photo_cards.waking()}
        except StudioError as error:
            yield {self.card: photo_cards.failed(str(error), photos.photos.megabytes)}

    def cancel(self) -> dict:
        """The card as it was before; the fetch itself ends when nobody waits for it."""
        return {self.card: photo_cards.offer(self.worlds.photos.photos.megabytes)}
