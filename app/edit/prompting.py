"""A picture by prompt, on the tab Edit: what is described is painted four times, and one of the four is put on the table."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.shared import guard
from app.shared.page import Page, payload, piece
from app.shared.pictures import data_uri
from app.shared.session import Moment, Session
from app.shared.templates import macros
from core.foundations.errors import SettingError
from core.foundations.painted import Painted, Painting

FOUR = 4
"""Pictures to choose from."""
HINT = "a Noun with a shark head and red glasses"
LOST = "These pictures are no longer held here. Press “Paint it” once more."


@dataclass(frozen=True)
class Four:
    """What was painted last, for the buttons below the box.

    Attributes:
        prompt: what was said.
        moments: the pictures.
        images: as the page shows them.
        told: of each what is missing.
        missing: whether anything is.
    """

    prompt: str = ""
    moments: tuple[Moment, ...] = ()
    images: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    missing: tuple[bool, ...] = ()


NONE = Four()


def drawn(four: Four, at: int) -> str:
    """The four, with one of them chosen."""
    rows = [{"image": i, "says": t, "missing": m} for i, t, m in zip(four.images, four.told, four.missing, strict=True)]
    return str(macros("edit/prompt.html").painted(rows, at, four.told[at], four.prompt))


def best(paintings: Sequence[Painting]) -> int:
    """The first of those of which least is missing."""
    return min(range(len(paintings)), key=lambda at: len(paintings[at].missing))


def build_prompt() -> tuple[gr.Textbox, gr.HTML]:
    """The box and what comes of it, within the column that the page shows."""
    shape: dict[str, Any] = {"lines": 1, "max_lines": 1, "submit_btn": "Paint it", "elem_id": "rs-describe"}
    box = gr.Textbox("", label="Describe a Noun", placeholder=HINT, **shape)
    return box, piece(elem_id="rs-four")


def bind_prompt(page: Page, box: gr.Textbox, shown: gr.HTML, heavy: Callable[..., dict]) -> None:
    """Bind the box and its four pictures."""
    kept = gr.State(NONE)

    def on_the_table(session: Session, four: Four, at: int) -> dict:
        moved = session.go(four.moments[at])
        return {**page.show(moved), **page.picked(moved), kept: four, shown: drawn(four, at)}

    def painted(session: Session, prompt: str) -> dict:
        done: Painted = page.cached.studio.paint(prompt, FOUR, random.randrange(2**31))
        if not done.paintings:
            return {kept: NONE, shown: str(macros("edit/prompt.html").refused(done.refusal))}
        moments = tuple(page.cached.moment(one.picture) for one in done)
        images = tuple(data_uri(one.picture.image) for one in done)
        four = Four(prompt, moments, images, tuple(one.sentence for one in done), tuple(bool(one.missing) for one in done))
        return on_the_table(session, four, best(done.paintings))

    def describe(session: Session, text: str) -> dict:
        return painted(session, guard.described(text))

    def pick(session: Session, four: Four, event: gr.EventData) -> dict:
        data = payload(event)
        if not four.moments:
            raise SettingError(LOST)
        if data.get("op") == "more":
            return painted(session, four.prompt)
        return on_the_table(session, four, guard.index(data.get("at"), len(four.moments)))

    box.submit(page.guarded(describe), [page.session, box], trigger_mode="once", **heavy(page, (kept, shown)))
    shown.act(page.guarded(pick), [page.session, kept], trigger_mode="once", **heavy(page, (kept, shown)))
