"""The public endpoints: request, edit, find, open, segment, who. Inputs are bounded; errors are one plain sentence."""

from __future__ import annotations

import base64
import functools
import logging
from collections.abc import Callable
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from app.heads.cards import neuron_name, role_words
from app.shared import guard
from app.shared.pictures import data_uri
from app.shared.session import CachedStudio
from app.shared.worlds import World, Worlds
from core.foundations.errors import PictureError, RecipeError, SettingError, StudioError
from core.foundations.images import open_image
from core.foundations.records import Found, HeadCard, NeuronCard, Picture, Result

IMAGE = 6_000_000
"""Longest image, in characters of base64."""
METHOD = 40
"""Longest name of a method, in characters."""


def _plain(run: Callable) -> Callable:
    @functools.wraps(run)
    def inner(*given: Any, **named: Any) -> Any:
        try:
            return run(*given, **named)
        except StudioError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            logging.getLogger("rosetta.page").exception("endpoint %s failed", run.__name__)
            raise gr.Error(guard.SHORT, print_exception=False) from error

    return inner


def _found(found: Found) -> dict:
    handle = found.handle
    told = {"handle": handle.id, "name": handle.name, "slot": handle.slot}
    return {**told, "strength": found.strength, "score": round(float(found.score), 4)}


def _who(card: HeadCard | NeuronCard, score: float) -> dict:
    name = role_words(card.role) if isinstance(card, HeadCard) else neuron_name(card)
    return {"id": card.id, "name": name, "score": round(float(score), 4)}


def _told(cached: CachedStudio, base: Picture, result: Result) -> dict:
    report = result.report
    changes = report.changes if report else ()
    return {
        "image": data_uri(result.picture.image),
        "recipe": cached.studio.recipe(base, result.edits),
        "refusal": result.refusal,
        "report": report.sentence if report else None,
        "choices": [_found(f) for f in result.choices],
        "changes": [{"slot": c.slot, "before": c.before.name, "after": c.after.name, "wanted": c.wanted} for c in changes],
    }


def _decode(image: Any) -> Image.Image:
    """Base64 or a data URI to an image, upright and with its transparency, as the page takes in an upload; PictureError otherwise."""
    if not isinstance(image, str):
        raise PictureError("An image is text here. Send a PNG or JPEG as base64 or as a data URI.")
    if len(image) > IMAGE:
        raise PictureError("This image is too long. Send a PNG or JPEG of up to 4 MB.")
    try:
        data = base64.b64decode(image.partition(",")[2] if image.startswith("data:") else image, validate=True)
    except ValueError as error:  # binascii.Error is one
        raise PictureError("This image is not base64. Send a PNG or JPEG as base64 without line breaks, or as a data URI.") from error
    return open_image(data)


def _recipe(text: Any) -> str:
    """What may be a recipe; RecipeError where it is no text or too long."""
    if not isinstance(text, str):
        raise RecipeError("A recipe is text here. Send the recipe of an earlier answer as it is, as JSON in a string.")
    return guard.recipe(text)


def _limit(value: Any, most: int) -> int:
    """How many answers, moved into its bounds; SettingError where it is no whole number."""
    if isinstance(value, bool) or not (isinstance(value, int) or isinstance(value, float) and value.is_integer()):
        raise SettingError(f"The limit is not a whole number. Send one from 1 to {most}.")
    return int(min(max(value, 1), most))


def _method(name: Any) -> str:
    """What may be the name of a method; SettingError where it cannot."""
    if not isinstance(name, str) or not 0 < len(name) <= METHOD:
        raise SettingError('A method is a short name. Send one such as "studio" or "tokens".')
    return name


def _world(worlds: Worlds, name: Any) -> World:
    """A world by its name; SettingError where there is none."""
    if not isinstance(name, str) or name not in worlds.all:
        raise SettingError(f"There is no such world here. Send one of: {', '.join(worlds.all)}.")
    return worlds.named(name)


def publish(cached: CachedStudio) -> None:
    """Add the endpoints to the page that is being built."""
    studio, worlds = cached.studio, Worlds(cached)

    def request(sentence: str, recipe: str = "") -> dict:
        """Change a picture by one sentence.

        Args:
            sentence: what should change, such as "swap the head for a shark"; up to 200 characters.
            recipe: the picture and its edits so far, as JSON from an earlier answer; empty begins with a picture of our own.

        Returns:
            image (PNG as a data URI, 32 x 32), recipe, report, changes per slot, refusal, choices.
        """
        base, edits = (studio.sample(0), ()) if recipe in ("", None) else studio.replay(_recipe(recipe))
        return _told(cached, base, studio.request(base, guard.sentence(sentence), edits))

    def edit(recipe: str) -> dict:
        """Replay a recipe: a picture and its stack of edits.

        Args:
            recipe: JSON as any answer carries it; strengths, order and mutes may be changed.

        Returns:
            image (PNG as a data URI, 32 x 32), recipe, report, changes per slot.
        """
        base, edits = studio.replay(_recipe(recipe))
        return _told(cached, base, studio.edit(base, edits[: guard.STACK]))

    def find(text: str, limit: int = 5) -> list:
        """Find what the model knows by words.

        Args:
            text: what to look for, such as "shark"; up to 200 characters.
            limit: how many, from 1 to 50.

        Returns:
            The nearest handles, best first: handle, name, slot, strength, score.
        """
        return [_found(f) for f in studio.find(guard.asked(text), limit=_limit(limit, 50))]

    def open(image: str) -> dict:
        """Take in any image.

        Args:
            image: a PNG or JPEG as base64 or as a data URI, up to 4 MB.

        Returns:
            image as the model sees it, recipe, and fit in [0, 1]: how much of it the model gives back.
        """
        picture = studio.open(_decode(image))
        return {**_told(cached, picture, Result(picture)), "fit": float(picture.fit)}

    def segment(image: str, text: str, method: str = "studio", world: str = "nouns") -> dict:
        """Where a text is seen in a picture.

        Args:
            image: a PNG or JPEG as base64 or as a data URI, up to 4 MB; its middle square is used.
            text: what to look for, such as "red glasses"; up to 200 characters.
            method: how, such as "studio" or "tokens".
            world: "nouns" for pixel characters, 64 x 64, or "photos" for photographs, 336 x 336.

        Returns:
            heat and mask (grey PNG as data URIs), the image they lie on, threshold and score (cosine of text and picture).
        """
        place = _world(worlds, world)
        looked = place.own(_decode(image))
        found = place.sight.segment(looked.picture, guard.asked(text), _method(method))
        heat, mask = Image.fromarray(np.uint8(255 * found.heat)), Image.fromarray(np.uint8(255 * found.mask))
        told = {"image": looked.uri, "heat": data_uri(heat), "mask": data_uri(mask)}
        return {**told, "threshold": float(found.threshold), "score": round(float(found.score), 4)}

    def who(text: str, limit: int = 6, world: str = "nouns") -> list:
        """Find the attention heads and neurons that see something.

        Args:
            text: such as "red"; up to 200 characters.
            limit: how many, from 1 to 20.
            world: whose, "nouns" or "photos".

        Returns:
            The nearest, best first: id, name, score.
        """
        found = _world(worlds, world).sight.who(guard.asked(text), _limit(limit, 20))
        return [_who(card, score) for card, score in found]

    heavy = {"concurrency_id": guard.QUEUE, "concurrency_limit": guard.AT_ONCE}
    for run in (request, edit, open, segment):
        gr.api(_plain(run), api_name=run.__name__, **heavy)
    for quick in (find, who):
        gr.api(_plain(quick), api_name=quick.__name__, concurrency_id="light", concurrency_limit=8)
