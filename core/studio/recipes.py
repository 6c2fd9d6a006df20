"""Recipes: what a picture started from and the edits since, as JSON, also inside the PNG that a person saves.

    {"recipe": 1, "world": "nouns", "origin": {...}, "edits": [["direction:head:shark", 1.0, false], ...]}

An origin is {"parts": {slot: part}} for a picture of the world, or {"latent": base64 of float16, "fit": share} for a person's
own, of which the generator gave so much back; with "region", base64 of bits, where edits may touch a part of the picture only.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageFilter
from PIL.PngImagePlugin import PngInfo

from core.foundations.errors import RecipeError
from core.foundations.records import STRONGEST, Edit

if TYPE_CHECKING:
    from torch import Tensor

VERSION = 1
LARGEST = 100.0
"""No number of a latent is larger."""
KEY = "rosetta-recipe"
MOST_EDITS = 24
"""Most edits of a recipe, and of a stack."""
PNG_SCALE = 10
"""How many pixels of a saved picture's side are one pixel of the world."""
PAINTED, RESIZED = 24, 64
"""By how many of 255 levels a pixel has to differ to have been painted over: in a picture of the size at which it was saved, where
nothing but another profile moves a pixel; and in one of another size, where smoothing overshoots."""
MOST_CHARACTERS = 12_000
"""Longest recipe."""


def pack_latent(latent: Tensor) -> str:
    """A latent `[c h w]` as base64 of float16."""
    return base64.b64encode(latent.detach().cpu().numpy().astype("<f2").tobytes()).decode()


def unpack_latent(text: Any, shape: tuple[int, int, int]) -> Tensor:
    """Base64 to a latent `[c h w]`; RecipeError where it is not one."""
    try:
        values = np.frombuffer(base64.b64decode(text, validate=True), "<f2").astype(np.float32)
    except (binascii.Error, TypeError, ValueError) as error:
        raise RecipeError("This recipe's picture is damaged. Save the picture again where it came from.") from error
    if values.size != math.prod(shape) or not np.isfinite(values).all() or abs(values).max() > LARGEST:
        raise RecipeError("This recipe's picture does not fit this world. Open it in the world that it came from.")
    import torch

    return torch.from_numpy(values.copy()).view(shape)


def kept_strength(strength: float) -> float:
    """A strength to the digits that a recipe keeps: what is played is what is written."""
    return round(strength, 4) if isinstance(strength, (int, float)) else strength


def pack_region(region: np.ndarray) -> str:
    """A region `[h w]` bool as base64 of its bits, row by row."""
    return base64.b64encode(np.packbits(region.astype(bool)).tobytes()).decode()


def unpack_region(text: Any, side: int) -> np.ndarray:
    """Base64 to a region `[side side]` bool; RecipeError where it is not one."""
    try:
        bits = np.unpackbits(np.frombuffer(base64.b64decode(text, validate=True), np.uint8))
    except (binascii.Error, TypeError, ValueError) as error:
        raise RecipeError("This recipe's region is damaged. Save the picture again where it came from.") from error
    if bits.size != side * side:
        raise RecipeError("This recipe's region does not fit this world. Open it in the world that it came from.")
    return bits.reshape(side, side).astype(bool)


def write_recipe(world: str, origin: dict[str, Any], edits: tuple[Edit, ...]) -> str:
    """A recipe as compact JSON."""
    stack = [[e.handle, kept_strength(e.strength), e.muted] for e in edits]
    return json.dumps({"recipe": VERSION, "world": world, "origin": origin, "edits": stack}, separators=(",", ":"))


def _edit(entry: Any) -> Edit:
    fits = isinstance(entry, list) and len(entry) == 3 and isinstance(entry[0], str) and isinstance(entry[2], bool)
    if not fits or isinstance(entry[1], bool) or not isinstance(entry[1], (int, float)) or not abs(entry[1]) <= STRONGEST:
        raise RecipeError(
            "One of this recipe's edits is damaged: each is [handle, strength, muted]. Save the picture again where it came from."
        )
    return Edit(entry[0], float(entry[1]), entry[2])


def read_recipe(text: str, world: str) -> tuple[dict[str, Any], tuple[Edit, ...]]:
    """A recipe's origin and edits.

    Args:
        text: JSON as written by `write_recipe`.
        world: the world that is open.

    Raises:
        RecipeError: where it is too long, no recipe, of another world, or damaged.
    """
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
        raise RecipeError(f"A recipe is text of at most {MOST_CHARACTERS:,} characters. Save the picture again where it came from.")
    try:
        recipe = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecipeError("This is no recipe of the studio: it is not JSON. Drop a picture that was saved here.") from error
    if not isinstance(recipe, dict) or recipe.get("recipe") != VERSION or not isinstance(recipe.get("origin"), dict):
        raise RecipeError("This is no recipe of the studio. Drop a picture that was saved here.")
    if recipe.get("world") != world:
        raise RecipeError("This recipe belongs to another world. Open that world first.")
    entries = recipe.get("edits")
    if not isinstance(entries, list) or len(entries) > MOST_EDITS:
        raise RecipeError(f"A recipe holds at most {MOST_EDITS} edits. Remove some where it came from.")
    return recipe["origin"], tuple(_edit(entry) for entry in entries)


def png_with(recipe: str) -> PngInfo:
    """What carries a recipe inside a PNG."""
    info = PngInfo()
    info.add_itxt(KEY, recipe)
    return info


def recipe_in(image: Image.Image) -> str | None:
    """The recipe inside an opened image, or None."""
    text = image.info.get(KEY)
    return str(text) if isinstance(text, str) else None


def unpack_fit(value: Any) -> float:
    """A fit in [0, 1] as a recipe tells it, 1 where it does not; RecipeError where it is no share."""
    if value is None:
        return 1.0
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise RecipeError("This recipe's fit is damaged: it is a share between 0 and 1. Save the picture again where it came from.")
    return float(value)


def painted_over(image: Image.Image, painting: np.ndarray) -> bool:
    """Whether a picture that carries a recipe no longer looks as the recipe paints it.

    A copy that was enlarged, shrunk or smoothed as a whole looks the same: there each pixel only has to lie between the colours
    around its place. One that was cut is another picture.

    Args:
        image: the picture, RGB.
        painting: what the recipe paints, RGB uint8 `[h w 3]`.
    """
    high, wide = painting.shape[:2]
    if abs(image.width * high - image.height * wide) > max(high, wide):
        return True
    rows, columns = (np.arange(n) * side // n for n, side in ((image.height, high), (image.width, wide)))
    given = np.asarray(image).astype(int)
    apart = abs(given - painting[rows][:, columns]).max(-1) > PAINTED
    if image.width == wide * PNG_SCALE or not apart.any():
        return bool(apart.any())
    reach = 2 * max(1, -(-wide // image.width)) + 1
    low, top = (
        np.asarray(Image.fromarray(painting).filter(kind(reach)))[rows][:, columns]
        for kind in (ImageFilter.MinFilter, ImageFilter.MaxFilter)
    )
    return bool(((given < low.astype(int) - RESIZED) | (given > top.astype(int) + RESIZED)).any())
