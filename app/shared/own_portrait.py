"""A recipe that is too long for a link: the numbers of a portrait stay in the browser's tab, and the link names them by a digest.

A face of a person's own is some hundred thousand numbers. The browser keeps them, with the name under which the server holds the
whole photograph, so that Reload and Back find all of it; what stands in the address tells only the steps. Elsewhere the saved
picture brings the face along.
"""

from __future__ import annotations

import hashlib
import json
import re

from app.shared import guard
from app.shared.address import Address
from core.foundations.errors import SettingError

ELSEWHERE = (
    "This link shows somebody's own portrait, which stays in the browser where it was opened. Open the picture or the recipe that was "
    "saved there: it comes with its steps."
)


def named(recipe: str) -> tuple[str, str]:
    """A recipe without its portrait, for a link, and the portrait's name; the recipe itself and "" where it is short enough."""
    if len(guard.to_link(recipe)) <= guard.LINK:
        return recipe, ""
    told = json.loads(recipe)
    name = _digest(told["origin"])
    return json.dumps({**told, "origin": {}}, separators=(",", ":"), ensure_ascii=False), name


def again(here: Address) -> tuple[str, str]:
    """The whole recipe of an address, and the name of its photograph or ""; SettingError where this browser has not kept the portrait."""
    short = json.loads(guard.recipe(guard.from_link(here.get("recipe"))))
    try:
        kept = json.loads(here.portrait) if len(here.portrait) <= guard.RECIPE else None
    except (ValueError, RecursionError):
        kept = None
    if not isinstance(kept, dict) or not isinstance(short, dict) or _digest(kept.get("origin")) != here.get("portrait"):
        raise SettingError(ELSEWHERE)
    photograph = kept.get("photograph")
    name = photograph if isinstance(photograph, str) and re.fullmatch(r"[0-9a-f]{32}", photograph) else ""
    return json.dumps({**short, "origin": kept["origin"]}, separators=(",", ":"), ensure_ascii=False), name


def _digest(origin: object) -> str:
    """Tells one portrait from another."""
    return hashlib.sha256(json.dumps(origin, sort_keys=True).encode()).hexdigest()[:16]
