"""The card of what a world lacks, on every tab that has its picker: what is fetched, how far it is, and what comes then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from app.edit import desk_cards
from app.shared import guard
from app.shared.page import CARD, Page
from core.foundations.errors import StudioError


def lack_card(name: str) -> gr.HTML:
    """An empty card, not placed yet."""
    return gr.HTML("", js_on_load=CARD, apply_default_css=False, elem_id=name, render=False)


def bind_lack(page: Page, card: gr.HTML, notice: gr.HTML, then: Callable[..., dict], given: list, heavy: dict[str, Any]) -> None:
    """Bind the two buttons of a card.

    Args:
        notice: where errors are told.
        then: shows the world once everything is there, and does nothing where it is not; takes the values of `given`.
        heavy: how events that run a model are bound, with their outputs.
    """
    desks = page.desks

    def fetch_faces() -> Iterator[dict]:
        last, megabytes = "", desks.weights.megabytes  # of what is lacking, which grows less on the way
        try:
            for share in () if desks.weights.ready else desks.fetching.watch():
                told = desk_cards.fetching(desks, share, megabytes)
                # At every look, so that Cancel finds an end even where nothing comes any more.
                yield {card: told if told != last else gr.skip()}
                last = told
            yield {card: desk_cards.waking()}
        except StudioError as error:
            yield {card: desk_cards.failed(desks, str(error))}

    def cancel_faces() -> dict:
        return {card: desk_cards.lack(desks)}

    run = card.fetch(page.guarded(fetch_faces, notice), None, [card, notice], trigger_mode="once", **guard.FETCH)
    run.then(page.guarded(then, notice), given, **heavy)
    card.cancel(None, None, None, cancels=[run])
    card.cancel(page.guarded(cancel_faces, notice), None, [card, notice], **guard.LIGHT)
