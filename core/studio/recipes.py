"""Recipes: what a picture started from and the edits since, as JSON, also inside the PNG that a person saves.

    {"recipe": 1, "world": "nouns", "origin": {...}, "edits": [["direction:head:shark", 1.0, false], ...]}

An origin is {"parts": {slot: part}} for a picture of the world, or {"latent": base64 of float16, "fit": share} for a person's
own, of which the generator gave so much back. Where edits are bounded, version 2 lists the regions, and the place of its region
there is an edit's fourth entry; "within" is the place of the one that bounds what is asked for next:

    {"recipe": 2, ..., "edits": [["feature:3", 1.0, false, 0], ...], "regions": [["the glasses", false, base64 of bits], ...], "within": 0}

Where a region is of a part that an edit may make more of, version 3 has that part's name as the region's fourth entry; and where an
edit was fitted to its picture, its trim, base64 of float16, is the edit's fifth, with null before it where nothing bounds it.

Version 1, which says all that needs no regions, had one for the whole stack: "region", base64 of bits, in its origin.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageFilter
from PIL.PngImagePlugin import PngInfo

from core.foundations.errors import RecipeError
from core.foundations.records import STRONGEST, Edit
from core.foundations.region import MOST_WORDS, UNNAMED, Region

if TYPE_CHECKING:
    from torch import Tensor

LARGEST = 100.0
"""No number of a latent is larger."""
KEY = "rosetta-recipe"
MADE = {"Software": "Rosetta Studio", "Comment": "Painted or edited by a model in Rosetta Studio; no photograph as it was taken."}
"""What a saved picture says of itself beside its recipe, under PNG's own keywords."""
VERSIONS = (1, 2, 3)
MOST_TRIM = 256
"""Most numbers of a trim."""
MOST_EDITS = 24
"""Most edits of a recipe, and of a stack."""
MOST_REGIONS = 8
"""Most regions of a stack."""
PNG_SCALE = 10
"""How many pixels of a saved picture's side are one pixel of the world."""
PAINTED, RESIZED = 24, 64
"""By how many of 255 levels a pixel has to differ to have been painted over: in a picture of the size at which it was saved, where
nothing but another profile moves a pixel; and in one of another size, where smoothing overshoots."""
MOST_CHARACTERS = 600_000
"""Longest recipe: that of a portrait, with a style for each layer and an addition of its own."""


def pack_latent(latent: Tensor) -> str:
    """A latent `[c h w]` as base64 of float16."""
    return _pack(latent.detach().cpu().numpy())


def _pack(values: np.ndarray) -> str:
    return base64.b64encode(values.astype("<f2").tobytes()).decode()


def in_half_precision(values: Tensor) -> tuple[float, ...]:
    """Numbers as a recipe keeps them: what is played is what is written."""
    return tuple(values.half().float().tolist())


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


def _pack_region(region: Region) -> list:
    bits = min(region.bits, zlib.compress(region.bits, 9), key=len)
    return [region.words, region.keep, base64.b64encode(bits).decode(), *([region.part] if region.part else [])]


def _unpack_bits(packed: bytes, size: int) -> bytes:
    """Bits as they are, or as zlib packed them; never more than one too many, whatever is packed."""
    if len(packed) >= size:
        return packed
    unpacking = zlib.decompressobj()
    try:
        bits = unpacking.decompress(packed, size + 1)
    except zlib.error:
        return b""
    return bits if unpacking.eof else b""


def _unpack_region(entry: Any, side: int) -> Region:
    """A region of a picture of some side; RecipeError where it is not one."""
    fits = isinstance(entry, list) and len(entry) in (3, 4) and isinstance(entry[0], str) and isinstance(entry[1], bool)
    part = entry[3] if fits and len(entry) == 4 else ""
    try:
        bits = _unpack_bits(base64.b64decode(entry[2], validate=True), side * side // 8) if fits else b""
    except (binascii.Error, TypeError, ValueError):
        fits = False
    if not fits or not isinstance(part, str) or max(len(entry[0]), len(part)) > MOST_WORDS:
        raise RecipeError(
            "One of this recipe's regions is damaged: each is [words, keep, bits, part]. Save the picture again where it came from."
        )
    if len(bits) != side * side // 8:
        raise RecipeError("One of this recipe's regions does not fit this world. Open it in the world that it came from.")
    return Region(entry[0], bits, entry[1], part)


@dataclass(frozen=True)
class Recipe:
    """What a recipe says.

    Attributes:
        origin: what the picture is made from.
        edits: the stack upon it.
        within: what bounds the next edits.
    """

    origin: dict[str, Any] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    within: Region | None = None


def _rest(edit: Edit, place: Mapping[Region, int]) -> list:
    """What an edit's entry says beside its handle, strength and mute."""
    bounds: list[int | None] = [place[edit.within]] if edit.within else []
    return [*(bounds or [None]), _pack(np.array(edit.trim))] if edit.trim else bounds


def write_recipe(world: str, recipe: Recipe) -> str:
    """A recipe as compact JSON, of the first version that can say it."""
    regions = list(dict.fromkeys(region for region in (*(e.within for e in recipe.edits), recipe.within) if region))
    place = {region: at for at, region in enumerate(regions)}
    stack = [[e.handle, kept_strength(e.strength), e.muted, *_rest(e, place)] for e in recipe.edits]
    third = any(region.part for region in regions) or any(e.trim for e in recipe.edits)
    version = 3 if third else 2 if regions else 1
    data: dict[str, Any] = {"recipe": version, "world": world, "origin": recipe.origin, "edits": stack}
    if regions:
        data["regions"] = [_pack_region(region) for region in regions]
    if recipe.within:
        data["within"] = place[recipe.within]
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def _region(regions: list[Region], place: Any) -> Region:
    if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < len(regions):
        raise RecipeError("This recipe names a region that it does not hold. Save the picture again where it came from.")
    return regions[place]


def _edit(entry: Any, regions: list[Region]) -> Edit:
    fits = isinstance(entry, list) and len(entry) in (3, 4, 5) and isinstance(entry[0], str) and isinstance(entry[2], bool)
    if not fits or isinstance(entry[1], bool) or not isinstance(entry[1], (int, float)) or not abs(entry[1]) <= STRONGEST:
        raise RecipeError(
            "One of this recipe's edits is damaged: each is [handle, strength, muted]. Save the picture again where it came from."
        )
    place, trim = (*entry[3:], None, None)[:2]
    within = None if place is None and len(entry) != 4 else _region(regions, place)
    return Edit(entry[0], float(entry[1]), entry[2], within, _trim(trim) if len(entry) == 5 else ())


def _trim(text: Any) -> tuple[float, ...]:
    try:
        values = np.frombuffer(base64.b64decode(text, validate=True), "<f2").astype(float)
    except (binascii.Error, TypeError, ValueError):
        values = np.array([np.nan])
    if not 0 < len(values) <= MOST_TRIM or not (abs(values) <= LARGEST).all():
        raise RecipeError("What one of this recipe's edits was fitted with is damaged. Save the picture again where it came from.")
    return tuple(values.tolist())


def _regions(recipe: dict, side: int) -> list[Region]:
    entries = recipe.get("regions", []) if recipe["recipe"] > 1 else []
    if not isinstance(entries, list) or len(entries) > MOST_REGIONS + 1:
        raise RecipeError(f"A recipe holds at most {MOST_REGIONS} regions. Remove some steps where it came from.")
    return [_unpack_region(entry, side) for entry in entries]


def _parsed(text: Any, world: str) -> dict:
    """A recipe's JSON, of a known version and this world; RecipeError otherwise."""
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
        raise RecipeError(f"A recipe is text of at most {MOST_CHARACTERS:,} characters. Save the picture again where it came from.")
    try:
        recipe = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecipeError("This is no recipe of the studio: it is not JSON. Drop a picture that was saved here.") from error
    if not isinstance(recipe, dict) or recipe.get("recipe") not in VERSIONS or not isinstance(recipe.get("origin"), dict):
        raise RecipeError("This is no recipe of the studio. Drop a picture that was saved here.")
    if recipe.get("world") != world:
        raise RecipeError("This recipe belongs to another world. Open that world first.")
    return recipe


def read_recipe(text: str, world: str, side: int) -> Recipe:
    """What a recipe says.

    Args:
        text: JSON as written by `write_recipe`.
        world: the world that is open.
        side: pixels of its pictures' side.

    Raises:
        RecipeError: where it is too long, no recipe, of another world, or damaged.
    """
    data = _parsed(text, world)
    entries, regions = data.get("edits"), _regions(data, side)
    if not isinstance(entries, list) or len(entries) > MOST_EDITS:
        raise RecipeError(f"A recipe holds at most {MOST_EDITS} edits. Remove some where it came from.")
    edits = tuple(_edit(entry, regions) for entry in entries)
    within = _region(regions, data["within"]) if data.get("within") is not None else None
    if data["recipe"] == 1 and "region" in data["origin"]:
        within = _unpack_region([UNNAMED, False, data["origin"].pop("region")], side)
        edits = tuple(replace(edit, within=within) for edit in edits)
    return Recipe(data["origin"], edits, within)


def png_with(recipe: str) -> PngInfo:
    """What carries a recipe inside a PNG, and that a model had a hand in it; that alone where the recipe is ""."""
    info = PngInfo()
    for key, text in MADE.items():
        info.add_text(key, text)
    if recipe:
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
