"""Recipes: there and back, and every damaged one gets a sentence."""

from __future__ import annotations

import io
import json

import pytest
import torch
from PIL import Image

from core.foundations.errors import RecipeError
from core.foundations.records import Edit
from core.studio.recipes import MOST_EDITS, kept_strength, pack_latent, png_with, read_recipe, recipe_in, unpack_latent, write_recipe

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
