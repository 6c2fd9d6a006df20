"""The pieces of the tab Edit: what they say; how they look is in pieces.html."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from PIL import Image

from app.shared import guard
from app.shared.pictures import data_uri
from app.shared.templates import macros
from app.shared.widgets import strength_word
from core.foundations.records import Edit, Found, Handle
from core.foundations.region import Region

RECIPE = "The picture and its steps as JSON: open it here as your own picture, from Python, or over the API"
"""What the button Recipe gives."""
INK = (194, 58, 34, 255)
"""How a mask is drawn by itself."""
WHOLLY = 0.7
"""From above this strength on, which the page calls “half”, a step leaves nothing of what its slot showed."""
BOUNDS = {"low": guard.STRENGTHS[0], "high": guard.STRENGTHS[1], "step": guard.STEP}


def _html() -> Any:
    return macros("edit/pieces.html")


def ideas(rows: Sequence[dict]) -> str:
    """Sentences to click; each runs at once."""
    return str(_html().ideas([{"text": row["text"], "image": row.get("image", "")} for row in rows]))


def sources(parts: bool = True) -> str:
    """The ways to a picture; where `parts`, one may be put together of some."""
    return str(_html().sources(parts))


def bound(region: Region | None, places: Sequence[str] = ()) -> str:
    """What bounds the next steps, and the way to be rid of it; where nothing does, the parts that could, where a world has such."""
    if region is None:
        return str(_html().places(places)) if places else ""
    mask = np.zeros((*region.mask.shape, 4), np.uint8)
    mask[region.mask] = INK
    where = "Only outside" if region.keep else "Only inside"
    return str(_html().bound(where, region.words, data_uri(Image.fromarray(mask, "RGBA"))))


def _covers(later: Region | None, earlier: Region | None) -> bool:
    """Whether a later step acts everywhere where an earlier one did."""
    if later is None or earlier is None or later == earlier:
        return later is None or later == earlier
    return not (earlier.allowed & ~later.allowed).any()


def replaced(edits: Sequence[Edit], handles: Sequence[Handle]) -> list[int | None]:
    """For each step the place of the last one that puts something else into its slot, wherever it acted; None where there is none."""

    def over(at: int, to: int) -> bool:
        one, other = handles[at], handles[to]
        whole = bool(other.part) and one.slot == other.slot and edits[to].strength > WHOLLY
        return whole and not edits[at].muted and not edits[to].muted and _covers(edits[to].within, edits[at].within)

    count = len(edits)
    return [next((to for to in range(count - 1, at, -1) if over(at, to)), None) for at in range(count)]


def _row(at: int, edit: Edit, name: str, image: str, by: str) -> dict[str, Any]:
    word = strength_word(edit.strength)
    state = "muted" if edit.muted else "replaced" if by else word
    told = {"name": name, "image": image, "word": word, "state": state, "within": edit.within.told if edit.within else ""}
    return {**told, "at": at, "id": edit.handle, "strength": f"{edit.strength:g}", "muted": edit.muted, "replaced": by}


def steps(
    edits: Sequence[Edit],
    names: Sequence[tuple[str, str]],
    over: Sequence[int | None],
    undo: bool = False,
    redo: bool = False,
    number: int = 0,
) -> str:
    """The list of edits with strength, mute, order and removal, and undo, redo, clear.

    Args:
        names: name and thumbnail of each.
        over: the place of the step that replaces each, see `replaced`.
        number: another one each time: a hand moves the list's sliders, and Gradio passes over HTML that is what it was given last.
    """
    by = ["" if to is None else names[to][0] for to in over]
    rows = [_row(at, edit, *names[at], by[at]) for at, edit in enumerate(edits)]
    return str(_html().steps(rows, undo, redo, number, BOUNDS))


def choices(found: Sequence[Found], images: Sequence[str], lead: str) -> str:
    """The nearest handles as pictures to click."""
    rows = [
        {"id": f.handle.id, "strength": f"{f.strength:g}", "image": image, "name": f.handle.name or "no name yet"}
        for f, image in zip(found, images, strict=True)
    ]
    return str(_html().choices(rows, lead)) if rows else ""


def keep(recipe: str, where: Markup, portrait: str = "", photograph: str = "") -> str:
    """Ways to take the result away.

    Args:
        where: the attribute that tells its address.
        portrait: the name under which the browser keeps what is too long for that.
        photograph: what it keeps beside it.
    """
    return str(_html().keep(recipe, where, RECIPE, portrait, photograph))
