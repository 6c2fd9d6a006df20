"""The features of a text-to-image pipeline on the tab Features: made of a person's prompts, searched, shown on what it painted, turned.

One is held at a time for everybody; which feature a visitor looks at, the visitor's own state knows. Nothing is offered on a hosted page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import gradio as gr
from PIL import Image

from app.features.public import COMES, WAYS, Opened, coming, megabytes, name_of, number_of, over, percent
from app.shared import guard
from app.shared.fetching import Fetching
from app.shared.hosting import hosted
from app.shared.page import CARD, Page, payload, piece
from app.shared.pictures import jpeg, uri_of
from app.shared.templates import macros
from core.foundations.errors import RequestError, StudioError

SHOWN, MAPS = 24, 6
STEPS = (
    (0.3, "Fetching the pipeline"),
    (0.6, "Painting your prompts"),
    (0.75, "Learning a dictionary"),
    (1.1, "Looking at its pictures"),
)
CLOSED = "On a hosted page no pipelines can be fetched. On a machine of your own they can."
PROMPTS = "\n".join(
    f"{kind} of {thing}" for kind in ("a photograph", "a drawing") for thing in ("a cat", "a dog", "a red car", "a house by the sea")
)
"""What the box of prompts holds at first."""
LONGEST = 48 * 201
"""Characters of all prompts together, at most."""


@lru_cache(maxsize=8)
def work_of(pipelines: Any, named: Any) -> Fetching:
    """The one making of a pipeline's features for all who wait for it."""
    return Fetching(lambda progress: pipelines.open(named, progress))


def _html() -> Any:
    return macros("features/made.html")


def _cards() -> Any:
    return macros("features/public.html")


def offered(offer: Any) -> str:
    """What a pipeline is, and the button that brings it."""
    rows = [("Size", megabytes(offer.megabytes)), ("Licence", offer.licence or "not said"), ("Prompts", str(len(offer.named.prompts)))]
    return str(_cards().offer(offer.named.label, rows, "Make its features" if offer.ready else "Fetch it, and make its features"))


class MadePiece:
    """The pieces and their events."""

    op = "made"
    """How a click on one of its features in another list is told."""

    def __init__(self, page: Page) -> None:
        self.page, self.offer, self.here, self.opened = page, gr.State(None), gr.State(None), gr.State(Opened())
        with gr.Column(elem_id="rs-made", elem_classes="rs-public", visible=not hosted()):
            gr.HTML(_html().intro(), apply_default_css=False)
            shape: dict[str, Any] = {"lines": 1, "max_lines": 1, "min_width": 160, "elem_classes": "rs-public-box"}
            with gr.Row(elem_id="rs-made-ask"):
                named = {"placeholder": "stabilityai/sd-turbo, or a folder", "elem_id": "rs-made-name", "submit_btn": "Look it up"}
                self.box = gr.Textbox(label="A pipeline", **{**shape, **named})
                self.block = gr.Textbox(label="One of its blocks (if you like)", elem_id="rs-made-block", **shape)
                many = {**shape, "lines": 4, "max_lines": 8, "elem_id": "rs-made-prompts"}
                self.prompts = gr.Textbox(PROMPTS, label="Prompts, one a line", **many)
            self.card = gr.HTML("", elem_id="rs-made-card", apply_default_css=False, js_on_load=CARD)
            self.notice = piece(elem_id="rs-made-notice")
            with gr.Row(elem_id="rs-made-row", elem_classes="rs-public-row"):
                with gr.Column(elem_id="rs-made-left"):
                    self.search = gr.Textbox(label="Look for something in it", visible=False, elem_id="rs-made-search", **shape)
                    self.found = piece(elem_id="rs-made-found")
                self.sheet = gr.HTML("", elem_id="rs-made-sheet", apply_default_css=False, js_on_load=COMES)

    @property
    def pipelines(self) -> Any:
        """The studio's."""
        return self.page.worlds.photos.photos.pipelines

    def bind(self, listed: gr.HTML) -> None:
        """Bind everything; what runs a model shares its queue, and painting anew lets what is short pass.

        Args:
            listed: what a search on the map finds besides the map's own.
        """
        safe: Callable = lambda handler, clear=True: self.page.guarded(handler, self.notice, clear)  # noqa: E731
        told = {"outputs": [self.card, self.offer, self.here, self.notice], "trigger_mode": "once", **guard.FETCH}
        asked = [self.box, self.prompts, self.block]
        gr.on([self.box.submit, self.block.submit], safe(self.look_up_pipeline), asked, **told)
        run = self.card.fetch(safe(self.bring_pipeline), self.offer, **told)
        shown = [self.opened, self.card, self.search, self.found, self.sheet, self.notice]
        run.then(safe(self.open_pipeline, False), self.here, shown, **guard.waiting(self.found))
        self.card.cancel(None, None, None, cancels=[run])
        self.card.cancel(safe(self.put_off_pipeline), self.offer, [self.card, self.notice], **guard.LIGHT)
        sought = [self.found, self.notice]
        self.search.submit(safe(self.seek_made), [self.opened, self.search], sought, trigger_mode="multiple", **guard.waiting(self.found))
        out = [self.opened, self.sheet, self.notice]
        for source in (self.found, self.sheet, listed):
            source.act(safe(self.open_made), self.opened, out, trigger_mode="multiple", **guard.waiting(self.sheet, long=True))

    def held(self, opened: Opened) -> Any:
        """What a visitor has opened, where it is still held; None else."""
        return self.pipelines.held(opened.named) if opened.named else None

    # Making --------------------------------------------------------------------------------------------------------

    def look_up_pipeline(self, name: str, prompts: str, block: str) -> dict:
        """What a pipeline is, before anything of it comes."""
        try:
            if hosted():
                raise StudioError(CLOSED)
            if not isinstance(prompts, str) or len(prompts) > LONGEST:
                raise RequestError("These prompts are too long. Give up to 48, one a line.")
            offer = self.pipelines.offer(guard.folder_name(name), prompts, guard.folder_name(block))
        except StudioError as error:
            return {self.offer: None, self.card: str(_cards().lacking(str(error))), self.here: None}
        return {self.offer: offer, self.card: offered(offer), self.here: None}

    def bring_pipeline(self, offer: Any) -> Iterator[dict]:
        """Fetch it, paint, learn and look, and tell how far that is."""
        if offer is None or hosted():
            raise StudioError(CLOSED if hosted() else "Look a pipeline up first.")
        yield from coming(lambda: work_of(self.pipelines, offer.named), offer.named, STEPS, _cards(), (self.card, self.here))

    def put_off_pipeline(self, offer: Any) -> dict:
        """The card as it was; what was fetched is kept."""
        return {self.card: offered(offer) if offer else ""}

    # Features ------------------------------------------------------------------------------------------------------

    def open_pipeline(self, named: Any) -> dict:
        """Its strongest features with names; where none has a name those that are active in most pictures."""
        if named is None:
            return {}
        features = self.pipelines.open(named)
        lead = (
            f"{named.label}, block {features.block}: {len(features.cards)} features are active in the pictures that it painted, "
            f"{features.named} of them have a name."
        )
        cards = features.find("", SHOWN) or tuple(sorted(features.cards.values(), key=lambda card: -card.share)[:SHOWN])
        listing = self._listing(features, lead, cards)
        return {self.opened: Opened(named), self.search: gr.Textbox(visible=True), self.found: listing, self.sheet: ""}

    def seek_made(self, opened: Opened, text: str) -> dict:
        """The features whose names are nearest to a text."""
        features = self._features(opened)
        cards = features.find(guard.asked(text) if text.strip() else "", SHOWN)
        lead = f"Nearest to “{text[:60]}”:" if cards else "None of its features has a name here."
        return {self.found: self._listing(features, lead, cards, opened.number)}

    def open_made(self, opened: Opened, event: gr.EventData) -> Iterator[dict]:
        """One feature with its maps; and, where that was asked for, what is painted with it turned."""
        data = payload(event)
        if data.get("op") == "public":  # of a dictionary, in the same list
            yield {}
            return
        op = guard.choice(data.get("op"), ("feature", "turn", "made"))
        if op == "turn":
            times = {f"{times:g}": times for _, times in WAYS}
            opened = replace(opened, times=times[guard.choice(data.get("id"), tuple(times))])
        else:
            opened = replace(opened, number=number_of(data.get("id")), times=0.0)
        features = self._features(opened)
        yield {self.opened: opened, self.sheet: self._sheet(features, opened, None, op == "made")}
        if opened.times:
            turned = features.turn(features.card(opened.number).best[0], opened.number, opened.times)
            yield {self.sheet: self._sheet(features, opened, turned)}

    def _features(self, opened: Opened) -> Any:
        if opened.named is None:
            raise RequestError("Look a pipeline up first.")
        return self.pipelines.open(opened.named)

    def _listing(self, features: Any, lead: str, cards: Any, chosen: int = -1) -> str:
        rows = [
            SimpleNamespace(number=card.number, name=name_of(card), told=f"active in {percent(card.share)}", uri=self.thumb(features, card))
            for card in cards
        ]
        return str(_cards().listing(lead, rows, chosen))

    def thumb(self, features: Any, card: Any) -> str:
        """A feature's strongest picture, small."""
        return _uri(features.image(card.best[0]))

    def _sheet(self, features: Any, opened: Opened, turned: Any, come: bool = False) -> str:
        card = features.card(opened.number)
        maps = [over(features.image(at), features.map(at, card.number)) for at in card.best[:MAPS]]
        told = SimpleNamespace(
            name=name_of(card),
            number=card.number,
            share=percent(card.share),
            words=", ".join(word.text for word in card.words),
            prompt=features.looked.prompts[card.best[0]].text,
            come=come,
        )
        ways = [(label, f"{times:g}", times == opened.times) for label, times in WAYS]
        return str(_html().sheet(told, maps, ways, _turned(turned) if turned else None, bool(opened.times) and turned is None))


def _turned(turned: Any) -> Any:
    sides = [("As it is", _uri(Image.fromarray(turned.before))), ("Turned", _uri(Image.fromarray(turned.after)))]
    return SimpleNamespace(sides=sides, says=f"Its colours changed by {100 * turned.changed:.1f} % of their range, on average.")


def _uri(image: Image.Image) -> str:
    return uri_of(jpeg(image.convert("RGB"), quality=88))
