"""Recipes: there and back, and every damaged one gets a sentence."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from core.foundations.errors import RecipeError
from core.foundations.images import enlarge
from core.foundations.records import Edit
from core.studio.recipes import (
    MOST_EDITS,
    PNG_SCALE,
    kept_strength,
    pack_latent,
    painted_over,
    png_with,
    read_recipe,
    recipe_in,
    unpack_fit,
    unpack_latent,
    write_recipe,
)
from core.worlds.nouns.world import Nouns

EDITS = (Edit("direction:head:shark", 1.25), Edit("feature:3", 0.0, True))


def test_there_and_back() -> None:
    """Origin and edits survive."""
    text = write_recipe("nouns", {"parts": {"head": "cat"}}, EDITS)
    assert read_recipe(text, "nouns") == ({"parts": {"head": "cat"}}, EDITS)


def test_inside_a_png() -> None:
    """What a PNG carries is what it was given; other images carry nothing."""
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG", pnginfo=png_with("{}"))
    assert recipe_in(Image.open(buffer)) == "{}"
    assert recipe_in(Image.new("RGB", (4, 4))) is None


def test_latents_survive_at_half_precision() -> None:
    """To one part in a thousand."""
    latent = torch.randn(4, 8, 8)
    assert torch.allclose(unpack_latent(pack_latent(latent), (4, 8, 8)), latent, rtol=1e-3, atol=1e-4)


def test_a_strength_is_kept_as_it_is_written() -> None:
    """To four decimals; what is no number is left for others to refuse."""
    strength = kept_strength(2 / 3)
    assert strength == 0.6667 == kept_strength(strength) and kept_strength("odd") == "odd"  # type: ignore[arg-type,comparison-overlap]
    assert read_recipe(write_recipe("nouns", {}, (Edit("a", 2 / 3),)), "nouns")[1] == (Edit("a", strength),)


def entry(**changes: object) -> str:
    """A recipe with something wrong."""
    return json.dumps({"recipe": 1, "world": "nouns", "origin": {}, "edits": [], **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "null",
        "[" * 5000,
        "x" * 20_000,
        entry(recipe=2),
        entry(world="photos"),
        entry(origin=3),
        entry(edits="all"),
        entry(edits=[["a"]]),
        entry(edits=[["a", 1.0, 1]]),
        entry(edits=[["a", "1", False]]),
        entry(edits=[["a", True, False]]),
        entry(edits=[["a", 99, False]]),
        entry(edits=[["a", float("nan"), False]]),
        entry(edits=[["a", 1.0, False]] * (MOST_EDITS + 1)),
    ],
)
def test_damaged_recipes_are_refused(text: str) -> None:
    """Never a KeyError, never a crash."""
    with pytest.raises(RecipeError):
        read_recipe(text, "nouns")


@pytest.mark.parametrize(
    "text", ["", "!!", "AAAA", None, 3, pack_latent(torch.full((4, 8, 8), float("inf"))), pack_latent(torch.zeros(4, 8, 7))]
)
def test_damaged_latents_are_refused(text: object) -> None:
    """Wrong size, not a number, not base64."""
    with pytest.raises(RecipeError):
        unpack_latent(text, (4, 8, 8))


@pytest.mark.parametrize("value", [-0.1, 1.1, "1", True, float("nan"), [0.5]])
def test_a_damaged_fit_is_refused(value: object) -> None:
    """A share or nothing."""
    assert unpack_fit(None) == 1 and unpack_fit(0) == 0 and unpack_fit(0.25) == 0.25
    with pytest.raises(RecipeError, match="fit"):
        unpack_fit(value)


NOUN = Nouns().draw(Nouns().compose(3))
SAVED = enlarge(Image.fromarray(NOUN), PNG_SCALE)


def changed(
    place: tuple[int, int, int, int], colour: tuple[int, int, int], size: int = 320, how: int = Image.Resampling.NEAREST
) -> Image.Image:
    """The saved picture in another size, with a box painted on it."""
    image = SAVED.resize((size, size), how)
    ImageDraw.Draw(image).rectangle(place, fill=colour)
    return image


def test_any_pixel_that_was_painted_over_is_noticed() -> None:
    """In the size of the saved picture one is enough, and so is one place of the Noun that took its neighbour's colour."""
    assert not painted_over(SAVED, NOUN)
    assert painted_over(changed((100, 100, 100, 100), (255, 0, 255)), NOUN)
    row, column = next((r, c) for r in range(32) for c in range(31) if abs(NOUN[r, c].astype(int) - NOUN[r, c + 1]).max() > 60)
    box = (10 * column, 10 * row, 10 * column + 9, 10 * row + 9)
    assert painted_over(changed(box, tuple(int(v) for v in NOUN[row, column + 1])), NOUN)
    slight = Image.fromarray((np.asarray(SAVED).astype(int) + 9).clip(0, 255).astype(np.uint8))
    assert not painted_over(slight, NOUN)


@pytest.mark.parametrize("how", [Image.Resampling.NEAREST, Image.Resampling.BOX, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS])
@pytest.mark.parametrize("size", [24, 32, 64, 100, 200, 500, 640, 1000])
def test_a_copy_of_another_size_is_not_painted_over_until_it_is(size: int, how: Image.Resampling) -> None:
    """Whatever resized it; a box of an eighth of its side is noticed."""
    assert not painted_over(SAVED.resize((size, size), how), NOUN)
    assert painted_over(changed((size // 2, size // 2, size * 5 // 8, size * 5 // 8), (255, 0, 255), size, how), NOUN)


def test_a_part_that_was_cut_out_is_another_picture() -> None:
    """Even where its pixels are as they were."""
    assert painted_over(SAVED.crop((0, 0, 320, 200)), NOUN) and painted_over(SAVED.crop((40, 40, 280, 280)), NOUN)
