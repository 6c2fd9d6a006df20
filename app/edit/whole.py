"""The whole photograph that a face was cut out of: which of its faces is worked on, what becomes of it, and the way to take it away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from app.shared import guard
from app.shared.album import QUALITY, SHOWN, Album, Held
from app.shared.pictures import jpeg, uri_of
from app.shared.session import CachedStudio, Moment
from app.shared.templates import macros
from core.foundations.errors import SettingError
from core.foundations.records import Picture

FORGOTTEN = "Your whole photograph is no longer held here. Choose its file once more, and what you do to the face shows in it."


def _html() -> Any:
    return macros("edit/whole.html")


def strip(album: Album, moment: Moment) -> str:
    """The faces of a photograph, to choose one; nothing where there is but one."""
    held = album.get(moment.photograph)
    if held is None or len(held.order) < 2:
        return ""
    rows = [{"at": at, "image": held.faces[at], "chosen": at == held.photograph.at} for at in held.order]
    return str(_html().strip(rows))


def card(album: Album, cached: CachedStudio, moment: Moment) -> str:
    """The photograph before and after the steps, and the button that saves it; nothing of a face that was cut out of none."""
    if not moment.photograph:
        return ""
    held = album.get(moment.photograph)
    if held is None:
        return str(_html().forgotten(FORGOTTEN))
    after = cached.studio.put_back(whole(held, cached, moment), moment.edits, SHOWN) if moment.edits else None
    width, height = held.photograph.image.size
    shown = {"before": held.uri, "after": uri_of(jpeg(after, quality=QUALITY)) if after else "", "width": width, "height": height}
    return str(_html().card(shown, _outlines(held)))


def whole(held: Held, cached: CachedStudio, moment: Moment) -> Picture:
    """A moment's picture before any step, with the photograph that it was cut out of."""
    return replace(cached.within(moment), photograph=held.photograph)


def held_of(album: Album, moment: Moment) -> Held:
    """A moment's photograph; SettingError where it is no longer there."""
    held = album.get(moment.photograph)
    if held is None:
        raise SettingError(FORGOTTEN)
    return held


def chosen(album: Album, cached: CachedStudio, moment: Moment, at: Any) -> Picture | None:
    """Another face of a moment's photograph, in which what was done to this one stays; None where it is the one that is worked on.

    Args:
        at: its place in the photograph's record, as the browser sent it.
    """
    held = held_of(album, moment)
    place = guard.index(at, len(held.order))
    if place == held.photograph.at:
        return None
    picture = whole(held, cached, moment)
    if moment.edits:
        image = cached.studio.put_back(picture, moment.edits)
        picture = replace(picture, photograph=replace(held.photograph, image=image))
    return cached.studio.face(picture, place)


def _outlines(held: Held) -> list[dict[str, Any]]:
    """The squares of the faces where there are several: number, corners as SVG has them, and whether it is the one."""
    frames, order = held.photograph.frames, held.order
    if len(order) < 2:
        return []
    rows = []
    for number, at in enumerate(order, 1):
        corners = np.round(frames[at].corners).astype(int).tolist()
        rows.append({"number": number, "points": " ".join(f"{x},{y}" for x, y in corners), "chosen": at == held.photograph.at})
    return rows
