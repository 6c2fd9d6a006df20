"""Saving: a picture, or the photograph that its face was cut out of, painted large piece by piece while the page says how far it is."""

from __future__ import annotations

import base64
import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from app.edit.whole import held_of, whole
from app.shared import guard
from app.shared.desks import DESKS
from app.shared.page import KEEPER, Page
from app.shared.session import CachedStudio, Session
from app.shared.templates import macros
from core.foundations.records import Edit, Picture

FILE = "photograph"
"""The first word of the name of a saved photograph."""


def bind_saving(page: Page) -> None:
    """Place what says how far it is and what hands the file on, and bind both buttons. What is saved is as it was at the press."""
    going = gr.HTML("", apply_default_css=False, elem_id="rs-saving")
    keeper = gr.HTML("", html_template="", js_on_load=KEEPER, elem_id="rs-keeper", apply_default_css=False)

    def made(cached: CachedStudio, picture: Picture, edits: tuple[Edit, ...], word: str, whole: bool = False) -> Iterator[dict]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "picture.png"
            for share in cached.studio.saving(picture, edits, path, whole):
                if share < 1:
                    yield {going: str(macros("edit/pieces.html").saving(f"{share:.3f}", f"{round(100 * share)} %"))}
            data = base64.b64encode(path.read_bytes()).decode()
        name = f"{word}-{random.randrange(16**4):04x}.png"
        yield {going: "", keeper: json.dumps({"name": name, "kind": "image/png", "data": data})}

    def save(session: Session) -> Iterator[dict]:
        cached = page.desks.at(session.now)
        yield from made(cached, cached.within(session.now), session.now.edits, DESKS[session.world].file)

    def save_whole(session: Session) -> Iterator[dict]:
        cached = page.desks.at(session.now)
        yield from made(cached, whole(held_of(page.album, session.now), cached, session.now), session.now.edits, FILE, True)

    def saved() -> str:
        return ""  # also after Cancel and after an error, when nothing else would take it away

    how = {"trigger_mode": "once", **guard.waiting(going, long=True)}
    for piece, handler in ((page.keep, save), (page.whole, save_whole)):
        run = piece.act(page.guarded(handler), page.session, [going, keeper, page.notice], **how)
        run.then(saved, None, going, **guard.LIGHT)
