"""The way from one world of the tab Edit to another, and the fetching of what a world lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import gradio as gr

from app.edit import desk_cards
from app.shared import guard
from app.shared.desks import FACES
from app.shared.page import Page, payload
from app.shared.session import Session
from core.foundations.errors import StudioError


def bind_desk(page: Page, heavy: Callable[..., dict]) -> None:
    """Bind the picker of worlds and the two buttons of the card below it."""
    desks = page.desks

    def open_world(session: Session, event: gr.EventData) -> dict:
        return page.open(session, desks.named(payload(event).get("id")).name)

    def fetch_faces() -> Iterator[dict]:
        last, megabytes = "", desks.weights.megabytes  # of what is lacking, which grows less on the way
        try:
            for share in () if desks.weights.ready else desks.fetching.watch():
                card = desk_cards.fetching(desks, share, megabytes)
                # At every look, so that Cancel finds an end even where nothing comes any more.
                yield {page.lack: card if card != last else gr.skip()}
                last = card
            yield {page.lack: desk_cards.waking()}
        except StudioError as error:
            yield {page.lack: desk_cards.failed(desks, str(error))}

    def faces_fetched(session: Session) -> dict:
        return page.open(session, FACES) if desks.ready(FACES) else {}

    def cancel_faces() -> dict:
        return {page.lack: desk_cards.lack(desks)}

    page.desk.act(page.guarded(open_world), page.session, trigger_mode="once", **heavy(page))
    run = page.lack.fetch(page.guarded(fetch_faces), None, [page.lack, page.notice], trigger_mode="once", **guard.FETCH)
    run.then(page.guarded(faces_fetched), page.session, **heavy(page))
    page.lack.cancel(None, None, None, cancels=[run])
    page.lack.cancel(page.guarded(cancel_faces), None, [page.lack, page.notice], **guard.LIGHT)
