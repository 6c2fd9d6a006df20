"""Public dictionaries on the tab Features: looked up, fetched with their tower, searched, shown on pictures, and turned.

One is held at a time for everybody; which feature a visitor looks at, the visitor's own state knows. Nothing is offered on a hosted page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from app.shared import guard, heatmaps
from app.shared.fetching import Fetching
from app.shared.hosting import hosted
from app.shared.page import CARD, WIRE, Page, payload, piece
from app.shared.pictures import jpeg, uri_of
from app.shared.subject import Subject
from app.shared.templates import macros
from core.foundations.errors import RequestError, StudioError
from core.foundations.records import Word

SHOWN = 24
"""Rows of the list."""
SMALL = 168
"""Pixels of a map's longer side."""
WAYS = (("turn it down", -1.0), ("half", 0.5), ("fully", 1.0), ("twice", 2.0))
STEPS = ((0.3, "Fetching the dictionary"), (0.6, "Fetching the model that it reads"), (1.1, "Finding out what its features see"))
COMES = WIRE + "; watch('value', () => element.querySelector('[data-come]')?.scrollIntoView({ block: 'nearest', behavior: 'smooth' }))"
"""Script of a feature's page: where it was opened from another list it comes into sight."""
CLOSED = "On a hosted page no dictionaries can be fetched. On a machine of your own they can."


@dataclass(frozen=True)
class Opened:
    """What a visitor looks at.

    Attributes:
        named: the dictionary, as the studio's offer names it; None where there is none.
        number: the feature that is open, -1 for none.
        times: how far it is turned, 0 for not at all.
    """

    named: Any = None
    number: int = -1
    times: float = 0.0


@lru_cache(maxsize=8)
def work_of(dictionaries: Any, named: Any) -> Fetching:
    """The one fetch of a dictionary for all who wait for it."""
    return Fetching(lambda progress: dictionaries.open(named, progress))


def _html() -> Any:
    return macros("features/public.html")


def megabytes(size: float) -> str:
    return f"{size:.0f} MB" if size >= 1 else f"{size:.1f} MB" if size else "a folder of yours"


def offered(offer: Any) -> str:
    """What a dictionary is, and the button that brings it."""
    tower = f"{offer.tower}, {megabytes(offer.tower_megabytes)}" if offer.tower else "its files will say"
    rows = [("Size", megabytes(offer.megabytes)), ("Licence", offer.licence or "not said"), ("The model that it reads", tower)]
    return str(_html().offer(offer.named.label, rows, "Look into it" if offer.ready else "Fetch it"))


def coming(
    work: Callable[[], Fetching], named: Any, steps: Sequence[tuple[float, str]], html: Any, pieces: tuple[Any, Any]
) -> Iterator[dict]:
    """How far what is named has come, on a card, and then that it is here; or why not.

    Args:
        work: gives what fetches it; a StudioError of it is told, too.
        steps: what is done until each share.
        html: the cards' templates.
        pieces: the card, and what is here.
    """
    shown, here = pieces
    yield {here: None}
    last = ""
    try:
        for share in work().watch():
            step = next(name for end, name in steps if share < end)
            card = str(html.coming(named.label, step, round(share, 2)))
            yield {shown: card if card != last else gr.skip()}  # at every look, so that Cancel finds an end
            last = card
        yield {shown: "", here: named}
    except StudioError as error:
        yield {shown: str(html.failed(named.label, str(error)))}


class PublicPiece:
    """The pieces and their events."""

    op = "public"
    """How a click on one of its features in another list is told."""

    def __init__(self, page: Page) -> None:
        self.page, self.offer, self.here, self.opened = page, gr.State(None), gr.State(None), gr.State(Opened())
        with gr.Column(elem_id="rs-public", elem_classes="rs-public", visible=not hosted()):
            gr.HTML(_html().intro(), apply_default_css=False)
            shape: dict[str, Any] = {"lines": 1, "max_lines": 1, "min_width": 160, "elem_classes": "rs-public-box"}
            with gr.Row(elem_id="rs-public-ask"):
                self.box = gr.Textbox(
                    label="A dictionary", placeholder="owner/name, or a folder", elem_id="rs-public-name", submit_btn="Look it up", **shape
                )
                self.tower = gr.Textbox(label="The model that it reads (if you like)", elem_id="rs-public-tower", **shape)
            self.card = gr.HTML("", elem_id="rs-public-card", apply_default_css=False, js_on_load=CARD)
            self.notice = piece(elem_id="rs-public-notice")
            with gr.Row(elem_id="rs-public-row", elem_classes="rs-public-row"):
                with gr.Column(elem_id="rs-public-left"):
                    self.search = gr.Textbox(label="Look for something in it", elem_id="rs-public-search", visible=False, **shape)
                    self.found = piece(elem_id="rs-public-found")
                self.sheet = gr.HTML("", elem_id="rs-public-sheet", apply_default_css=False, js_on_load=COMES)

    @property
    def dictionaries(self) -> Any:
        """The studio's."""
        return self.page.worlds.photos.photos.dictionaries

    def bind(self, listed: gr.HTML) -> None:
        """Bind everything; what runs a model shares its queue.

        Args:
            listed: what a search on the map finds besides the map's own.
        """
        safe: Callable = lambda handler, clear=True: self.page.guarded(handler, self.notice, clear)  # noqa: E731
        told = {"outputs": [self.card, self.offer, self.here, self.notice], "trigger_mode": "once", **guard.FETCH}
        gr.on([self.box.submit, self.tower.submit], safe(self.look_up_dictionary), [self.box, self.tower], **told)
        run = self.card.fetch(safe(self.bring_dictionary), self.offer, **told)
        shown = [self.opened, self.card, self.search, self.found, self.sheet, self.notice]
        run.then(safe(self.open_dictionary, False), self.here, shown, **guard.waiting(self.found))
        self.card.cancel(None, None, None, cancels=[run])
        self.card.cancel(safe(self.put_off_dictionary), self.offer, [self.card, self.notice], **guard.LIGHT)
        sought = [self.found, self.notice]
        self.search.submit(
            safe(self.seek_feature), [self.opened, self.search], sought, trigger_mode="multiple", **guard.waiting(self.found)
        )
        for source in (self.found, self.sheet, listed):
            given, out = [self.opened, self.page.subject], [self.opened, self.sheet, self.notice]
            source.act(safe(self.open_feature), given, out, trigger_mode="multiple", **guard.waiting(self.sheet))

    def held(self, opened: Opened) -> Any:
        """What a visitor has opened, where it is still held; None else."""
        return self.dictionaries.held(opened.named) if opened.named else None

    # Bringing ------------------------------------------------------------------------------------------------------

    def look_up_dictionary(self, name: str, tower: str) -> dict:
        """What a dictionary is, before anything of it comes."""
        try:
            if hosted():
                raise StudioError(CLOSED)
            offer = self.dictionaries.offer(guard.folder_name(name), guard.folder_name(tower))
        except StudioError as error:
            return {self.offer: None, self.card: str(_html().lacking(str(error))), self.here: None}
        return {self.offer: offer, self.card: offered(offer), self.here: None}

    def bring_dictionary(self, offer: Any) -> Iterator[dict]:
        """Fetch it and its tower, and look at pictures, and tell how far that is."""
        if offer is None or hosted():
            raise StudioError(CLOSED if hosted() else "Look a dictionary up first.")
        yield from coming(lambda: work_of(self.dictionaries, offer.named), offer.named, STEPS, _html(), (self.card, self.here))

    def put_off_dictionary(self, offer: Any) -> dict:
        """The card as it was; what has arrived is kept."""
        return {self.card: offered(offer) if offer else ""}

    # Features ------------------------------------------------------------------------------------------------------

    def open_dictionary(self, named: Any) -> dict:
        """Its strongest features with names; of a dictionary without any those that are active in most pictures."""
        if named is None:
            return {}
        features = self.dictionaries.open(named)
        lead = f"{named.label}: {len(features.cards)} features are active in the pictures at hand, {features.named} of them have a name."
        cards = features.find("", SHOWN) or tuple(sorted(features.cards.values(), key=lambda card: -card.share)[:SHOWN])
        return {self.opened: Opened(named), self.search: gr.Textbox(visible=True), self.found: self._listing(lead, cards), self.sheet: ""}

    def seek_feature(self, opened: Opened, text: str) -> dict:
        """The features whose names are nearest to a text."""
        features = self._features(opened)
        cards = features.find(guard.asked(text) if text.strip() else "", SHOWN)
        lead = f"Nearest to “{text[:60]}”:" if cards else "None of its features has a name here."
        return {self.found: self._listing(lead, cards, opened.number)}

    def open_feature(self, opened: Opened, subject: Subject, event: gr.EventData) -> dict:
        """One feature with its pictures and maps; and, where that was asked for, what the model makes of a photograph with it turned."""
        data = payload(event)
        if data.get("op") == "made":  # of a pipeline, in the same list
            return {}
        op = guard.choice(data.get("op"), ("feature", "turn", "public"))
        if op != "turn":
            opened = replace(opened, number=number_of(data.get("id")), times=0.0)
        else:
            times = {f"{times:g}": times for _, times in WAYS}
            opened = replace(opened, times=times[guard.choice(data.get("id"), tuple(times))])
        return {self.opened: opened, self.sheet: self._sheet(opened, subject, op == "public")}

    def _features(self, opened: Opened) -> Any:
        if opened.named is None:
            raise RequestError("Look a dictionary up first.")
        return self.dictionaries.open(opened.named)

    def _listing(self, lead: str, cards: Any, chosen: int = -1) -> str:
        rows = [
            SimpleNamespace(number=card.number, name=name_of(card), told=f"active in {percent(card.share)}", uri=self.thumb(None, card))
            for card in cards
        ]
        return str(_html().listing(lead, rows, chosen))

    def _sheet(self, opened: Opened, subject: Subject, come: bool) -> str:
        features = self._features(opened)
        card = features.card(opened.number)
        photos = self.page.worlds.photos
        maps = [over(photos.photos.example(at).image, features.map(photos.photos.example(at), card.number)) for at in card.best]
        subject = subject if subject.data and subject.soft else photos.opening()
        told = SimpleNamespace(
            name=name_of(card),
            number=card.number,
            share=percent(card.share),
            words=", ".join(word.text for word in card.words),
            come=come,
        )
        ways = [(label, f"{times:g}", times == opened.times) for label, times in WAYS]
        turned = self._turned(features.turn(subject.picture, card.number, opened.times)) if opened.times else None
        return str(_html().sheet(told, maps, subject.uri, ways, turned))

    def _turned(self, turned: Any) -> Any:
        sides = [("As it is", turned.said, turned.before), ("Turned", turned.says, turned.after)]
        said = [(title, [word.text for word in words], [self._uri(place) for place in pictures]) for title, words, pictures in sides]
        says = f"What the model makes of the whole picture stays as it was by {100 * turned.stayed:.0f} % (the cosine of both)."
        return SimpleNamespace(sides=said, says=says)

    def thumb(self, features: Any, card: Any) -> str:
        """A feature's strongest picture, small."""
        return self._uri(card.best[0])

    def _uri(self, number: int) -> str:
        return str(self.page.worlds.photos.example_uri(number))


def number_of(id: Any) -> int:
    """A feature's number, as the browser sends it."""
    return guard.place(int(id) if isinstance(id, str) and id.isascii() and id.isdigit() and len(id) < 10 else id)


def name_of(card: Any) -> str:
    words: tuple[Word, ...] = card.words
    return words[0].text if words else f"feature {card.number}, no name yet"


def percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "under 1 %"


def over(image: Image.Image, heat: np.ndarray) -> str:
    """A map over its picture, small, as a URI."""
    small = image.convert("RGB")
    small.thumbnail((SMALL, SMALL))
    drawn = np.asarray(Image.fromarray(heat.astype(np.float32)).resize(small.size, Image.Resampling.BILINEAR))
    return uri_of(jpeg(heatmaps.overlay(small, np.clip(drawn, 0, 1)), quality=84))
