"""The way from one world of the tab Edit to another, and the fetching of what a world lacks."""

from __future__ import annotations

from collections.abc import Callable

import gradio as gr

from app.shared.desks import FACES
from app.shared.lacking import bind_lack
from app.shared.page import Page, payload
from app.shared.session import Session


def bind_desk(page: Page, heavy: Callable[..., dict]) -> None:
    """Bind the picker of worlds and the two buttons of the card below it."""

    def open_world(session: Session, event: gr.EventData) -> dict:
        return page.open(session, page.desks.named(payload(event).get("id")).name)

    def faces_fetched(session: Session) -> dict:
        return page.open(session, FACES) if page.desks.ready(FACES) else {}

    page.desk.act(page.guarded(open_world), page.session, trigger_mode="once", **heavy(page))
    bind_lack(page, page.lack, page.notice, faces_fetched, [page.session], heavy(page))
