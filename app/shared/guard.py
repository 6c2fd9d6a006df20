"""The page's door: every input is bounded here, and every error becomes a sentence."""

from __future__ import annotations

import base64
import binascii
import functools
import inspect
import json
import logging
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr

from core.foundations.errors import RecipeError, RequestError, SettingError, StudioError
from core.foundations.painted import LONGEST_SCENE, SCENE
from core.language.words import LONGEST, check
from core.studio.recipes import MOST_CHARACTERS, MOST_EDITS

LOG = logging.getLogger("rosetta.page")

QUEUE, LONG = "model", "long"
"""Everything that runs a model, and what does so for long, in pieces. `app.shared.waiting` sees to their order."""
AT_ONCE = 24
"""Events of a kind that wait for their turn at the same time; further ones wait in Gradio's queue."""
HEAVY: dict[str, Any] = {"concurrency_id": QUEUE, "concurrency_limit": 1, "api_visibility": "private"}
"""How the page binds an event that runs a model: one after the other, so that two quick clicks do not read the same session."""
LIGHT: dict[str, Any] = {"concurrency_id": "light", "concurrency_limit": 8, "api_visibility": "private", "show_progress": "hidden"}
"""How the page binds an event that runs none; it never waits behind a heavy one."""
SHIFT: dict[str, Any] = {"concurrency_id": "shift", "concurrency_limit": 2, "api_visibility": "private", "show_progress": "hidden"}
"""How the tab Shift binds a drag: two small models for a few milliseconds, which must never wait behind a heavy event."""
DRAG: dict[str, Any] = {"concurrency_id": "drag", "concurrency_limit": 2, "api_visibility": "private", "show_progress": "hidden"}
"""How the tab Edit binds a dial that is dragged: one small picture, which is worth nothing once the hand has gone on."""
FETCH: dict[str, Any] = {"concurrency_id": "fetch", "concurrency_limit": 8, "api_visibility": "private", "show_progress": "hidden"}
"""How the page binds a fetch: it runs no model and takes a minute, so that no one should wait behind it."""

STRENGTHS = (-2.0, 3.0)
"""Bounds of every strength slider, in units of a handle's typical activation."""
STEP = 0.05
STACK = MOST_EDITS
"""Most edits in a stack."""
RECIPE = MOST_CHARACTERS
"""Longest recipe, in characters."""
LINK = 12_000
"""Longest link, in characters."""
MODEL = 200
"""Longest name of a model, in characters."""
FOLDER = 1000
"""Characters of the path of a folder, at most."""
MESSAGE = 500
"""Longest message of a slider, in characters."""

CALM = (
    "Something went wrong on our side; your picture and steps are as they were. Try once more. If it happens again, press "
    "“Save picture” on the tab Edit, reload the page, and open the saved picture there."
)
"""What the page says of our own mistakes: a reload alone would lose a visitor's steps."""
SHORT = "Something went wrong on our side. Try once more."
"""The same where there is no page to be saved, or nothing of a visitor's on it."""


def waiting(*pieces: Any, long: bool = False) -> dict[str, Any]:
    """How the page binds an event that runs a model and shows on some pieces, those that it changes, that it waits.

    Args:
        long: whether it is a generator whose pieces take long together, which shorter events pass.
    """
    how = {**HEAVY, "concurrency_id": LONG, "concurrency_limit": AT_ONCE} if long else HEAVY
    return {"show_progress": "minimal", "show_progress_on": list(pieces), **how}


def guarded(notice: Any, render: Callable[[str], str], clear: bool = True) -> Callable:
    """Wrap a handler that returns `{component: value}`, or yields several, so that an error changes nothing but the notice.

    Args:
        notice: where errors are told.
        render: a sentence as the notice shows it.
        clear: whether a success takes away what the notice says. What only follows another event leaves that one's word alone.
    """
    clean = {notice: "" if clear else gr.skip()}  # never empty: Gradio takes {} for a value

    def told(handler: Callable, error: Exception) -> dict:
        if isinstance(error, StudioError):
            return {notice: render(str(error))}
        LOG.error("handler %s failed", handler.__name__, exc_info=error)
        return {notice: render(CALM)}

    def wrap(handler: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(handler)
        def run(*given: Any) -> dict:
            try:
                return {**clean, **handler(*given)}
            except Exception as error:
                return told(handler, error)

        @functools.wraps(handler)
        def run_long(*given: Any) -> Iterator[dict]:
            try:
                for update in handler(*given):
                    yield {**clean, **update}
            except Exception as error:
                yield told(handler, error)

        return run_long if inspect.isgeneratorfunction(handler) else run

    return wrap


def sentence(text: Any) -> str:
    """A sentence of a person; RequestError where it is empty, no text, or no sentence to the reader, such as one that is too long."""
    if not isinstance(text, str) or not text.strip():
        raise RequestError("Say what should change, for example: swap the head for a shark.")
    return _printable(check(text, "swap the head for a shark"))


def described(text: Any) -> str:
    """What someone wants painted; RequestError where it is empty, too long or no text."""
    if not isinstance(text, str) or not text.strip():
        raise RequestError("Describe a Noun, for example: a Noun with a shark head and red glasses.")
    return _printable(check(text, "a Noun with a shark head and red glasses"))


def scene_described(text: Any) -> str:
    """What someone wants painted as a scene; RequestError where it is empty, too long or no text."""
    if not isinstance(text, str) or not text.strip():
        raise RequestError(f"Describe a scene, for example: {SCENE}.")
    if len(text) > LONGEST_SCENE:
        raise RequestError(f"This prompt has {len(text)} characters; {LONGEST_SCENE} is the most. Say less of each Noun.")
    return _printable(text)


def asked(text: Any) -> str:
    """A text to look for; RequestError where it is empty, too long or no text."""
    if not isinstance(text, str) or not text.strip():
        raise RequestError("Type what to look for, such as “shark” or “red glasses”.")
    if len(text) > LONGEST:
        raise RequestError(f"This text has {len(text)} characters. Search with up to {LONGEST} characters.")
    return _printable(text)


def model_name(text: Any) -> str:
    """The name of a model; RequestError where it is empty, too long or no text."""
    if not isinstance(text, str) or not text.strip() or len(text) > MODEL:
        raise RequestError(f"Type the name of a model, such as “ViT-B-32”, in up to {MODEL} characters.")
    return _printable(text)


def folder_name(text: Any) -> str:
    """The path of a folder, "" for none; RequestError where it is too long or no text."""
    if not isinstance(text, str) or len(text) > FOLDER:
        raise RequestError(f"Type the path of a folder of this machine, in up to {FOLDER} characters.")
    return text.strip()


def _printable(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _is_number(value: Any) -> bool:
    # Compared, not converted: a whole number may be too large for a float. Nothing compares with NaN.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 10**12


def share(value: Any) -> float:
    """A number in [0, 1]; SettingError where it is none."""
    if not _is_number(value):
        raise SettingError("That is not a number. Move the slider and try again.")
    return float(min(max(value, 0.0), 1.0))


def between(value: Any, low: float, high: float) -> float:
    """A number, moved into bounds; SettingError where it is none."""
    if not _is_number(value):
        raise SettingError("That is not a number. Move it and try again.")
    return float(min(max(value, low), high))


def place(value: Any) -> int:
    """A whole number that may be a place, a seed or a number of something; SettingError where it cannot."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise SettingError("That place does not exist here. Choose another.")
    return value


def choice(value: Any, known: Sequence[str]) -> str:
    """One of some known words; SettingError where it is none of them."""
    if not isinstance(value, str) or value not in known:
        raise SettingError("There is no such choice here. Choose one of those that are shown.")
    return value


def strength(value: Any) -> float:
    """A strength, moved into its bounds; SettingError where it is no number."""
    if not _is_number(value):
        raise SettingError("That strength is not a number. Move the slider and try again.")
    low, high = STRENGTHS
    return float(min(max(value, low), high))


def index(value: Any, count: int) -> int:
    """A place in a list of `count`; SettingError where it is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
        raise SettingError("That step is no longer there. Look at the list of steps and try again.")
    return value


def factors(values: Any, counts: Sequence[int], some: bool = False) -> tuple:
    """One value for each factor of a sprite; SettingError where one is missing or does not exist.

    Args:
        counts: how many values each factor has.
        some: whether None may stand for a factor.
    """
    if not isinstance(values, (list, tuple)) or len(values) != len(counts):
        raise SettingError("That is no sprite. Move the slider once more, or press “Another sprite”.")
    return tuple(None if some and value is None else _value(value, count) for value, count in zip(values, counts, strict=True))


def plain_json(text: Any) -> dict:
    """A small JSON object of the browser's, its values still hostile; SettingError where it is none."""
    try:
        data = json.loads(text) if isinstance(text, str) and len(text) <= MESSAGE else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise SettingError("That move could not be read. Move the slider once more, or reload the page.")
    return data


def _value(value: Any, count: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
        raise SettingError("The sprite has no such value. Move the slider once more, or press “Another sprite”.")
    return value


def handle_id(value: Any) -> str:
    """Something that may be a handle's id; SettingError where it cannot."""
    if not isinstance(value, str) or not 0 < len(value) <= 120:
        raise SettingError("That feature does not exist here. Pick another from the list.")
    return value


def recipe(text: Any) -> str:
    """Something that may be a recipe; RecipeError where it is too long or no text."""
    if not isinstance(text, str) or len(text) > RECIPE:
        raise RecipeError("This recipe is too long to be one of ours. Save the picture again and use the new one.")
    return text


def to_link(text: str) -> str:
    """A recipe as text for a link: zlib, then base64url."""
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def from_link(text: str) -> str:
    """A recipe from a link; RecipeError where it is not one. Never unpacks more than a recipe may hold."""
    broken = RecipeError("This link is damaged or incomplete. Ask for it again, or start with a new picture.")
    if len(text) > LINK:
        raise broken
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        unpack = zlib.decompressobj()
        raw = unpack.decompress(packed, RECIPE)
        if not unpack.eof:
            raise broken
        return raw.decode()
    except (ValueError, binascii.Error, zlib.error) as error:
        raise broken from error
