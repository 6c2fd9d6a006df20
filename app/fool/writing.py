"""The box of the tab Fool it that names a language model on this machine, which then writes sentences in the place of the grammar.

On a hosted page it is not offered: a stranger could have any model of that machine loaded.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from app.shared import guard, widgets
from app.shared.hosting import hosted
from core.foundations.errors import StudioError

LABEL = "Let a language model write sentences"
EXAMPLE = "OWNER/NAME fetched before, or a folder"
CLOSED = "On a hosted page no language models are loaded. On a machine of your own they can be."


def writer_box() -> gr.Textbox:
    """The box; nowhere on a hosted page."""
    shape: dict[str, Any] = {"lines": 1, "max_lines": 1, "elem_id": "rs-fool-writer", "visible": not hosted()}
    return gr.Textbox(label=LABEL, placeholder=EXAMPLE, **shape)


def writer_named(text: Any) -> str:
    """The language model that was typed, "" for none.

    Raises:
        RequestError: where it is no text, or too long.
        StudioError: on a hosted page.
    """
    if text is None or text == "":
        return ""
    if hosted():
        raise StudioError(CLOSED)
    return guard.folder_name(text)


def writer_told(studio: Any, name: str) -> str:
    """What is said of a language model before anything is made with it; StudioError where it cannot be used."""
    if not name:
        return ""
    offer = studio.attack_writer(name)
    return str(
        widgets.quiet(
            f"{offer.label} is here ({offer.megabytes:,.0f} MB). It writes half of the sentences that are tried; what breaks a rule is "
            "refused, and what then lacks the grammar writes."
        )
    )
