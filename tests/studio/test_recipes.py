"""Recipes: there and back, and every damaged one gets a sentence."""

from __future__ import annotations

import base64
import io
import json
import zlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from core.foundations.errors import RecipeError
from core.foundations.images import enlarge, open_image
from core.foundations.records import Edit
from core.foundations.region import MOST_WORDS, Region
from core.studio.recipes import (
    MADE,
    MOST_CHARACTERS,
    MOST_EDITS,
    MOST_REGIONS,
    PNG_SCALE,
    Recipe,
    in_half_precision,
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
    recipe = Recipe({"parts": {"head": "cat"}}, EDITS)
    text = write_recipe("nouns", recipe)
    assert read_recipe(text, "nouns", 32) == recipe and json.loads(text)["recipe"] == 1


def masked(seed: int, words: str = "the left character's “head”", side: int = 32) -> Region:
    """A region of a random half of the pixels."""
    return Region.of(np.random.default_rng(seed).random((side, side)) < 0.5, words, bool(seed % 2))


def test_regions_come_back_with_their_edits() -> None:
    """Each edit with its own, one that several share written once, and what bounds the next edits beside them."""
    one, other = masked(1), masked(2, "眼鏡 🕶")
    edits = (Edit("a"), Edit("b", within=one), Edit("c", 0.5, True, one), Edit("d", within=other))
    for within in (None, one, masked(3)):
        text = write_recipe("nouns", Recipe({}, edits, within))
        again = read_recipe(text, "nouns", 32)
        assert again == Recipe({}, edits, within) and json.loads(text)["recipe"] == 2
        assert len(json.loads(text)["regions"]) == (3 if within == masked(3) else 2)
    assert read_recipe(write_recipe("nouns", Recipe(within=one)), "nouns", 32).within == one


@pytest.mark.parametrize("side", [32, 64])
def test_the_longest_recipe_can_be_read(side: int) -> None:
    """Of as many edits and regions as a stack may have, with the longest names, on a person's own picture."""
    regions = [masked(seed, "🕶" * 2 * MOST_WORDS, side) for seed in range(MOST_REGIONS + 1)]
    stack = tuple(Edit("direction:accessory:" + "x" * 24, -1.2345, True, regions[at % MOST_REGIONS]) for at in range(MOST_EDITS))
    recipe = Recipe({"latent": pack_latent(torch.randn(4, 8, 8)), "fit": 0.1234}, stack, regions[-1])
    text = write_recipe("nouns", recipe)
    assert len(text.encode()) <= MOST_CHARACTERS and read_recipe(text, "nouns", side) == recipe


def test_a_region_of_a_part_that_may_grow_takes_the_third_version() -> None:
    """With the part's name; others keep the second, which older copies read."""
    grows, still = replace(masked(1), part="hair"), masked(2)
    text = write_recipe("nouns", Recipe({}, (Edit("a", within=grows), Edit("b", within=still))))
    assert json.loads(text)["recipe"] == 3 and [len(entry) for entry in json.loads(text)["regions"]] == [4, 3]
    assert [e.within for e in read_recipe(text, "nouns", 32).edits] == [grows, still]


def test_what_an_edit_was_fitted_with_comes_back() -> None:
    """Beside edits that were not, bounded or not; numbers of half precision to the digit."""
    trim = in_half_precision(torch.randn(88))
    edits = (Edit("a", 0.7, trim=trim), Edit("b"), Edit("c", within=masked(1), trim=trim), Edit("d", within=masked(1)))
    text = write_recipe("nouns", Recipe({}, edits))
    assert read_recipe(text, "nouns", 32).edits == edits and json.loads(text)["recipe"] == 3


@pytest.mark.parametrize(
    "trim", [None, 7, "", "no base64", "AA==", pack_latent(torch.full((3,), float("nan"))), pack_latent(torch.zeros(257))]
)
def test_a_damaged_trim_gets_a_sentence(trim: object) -> None:
    """And is never played."""
    with pytest.raises(RecipeError, match="fitted"):
        read_recipe(entry(recipe=3, edits=[["a", 1.0, False, None, trim]]), "nouns", 32)


def test_the_first_version_had_one_region_for_all() -> None:
    """It bounds every edit, and the next ones."""
    region = masked(4)
    bits = json.loads(write_recipe("nouns", Recipe(within=region)))["regions"][0][2]
    old = read_recipe(entry(origin={"parts": {}, "region": bits}, edits=[["a", 1.0, False], ["b", 0.5, True]]), "nouns", 32)
    assert old.origin == {"parts": {}} and [e.handle for e in old.edits] == ["a", "b"]
    assert {e.within for e in old.edits} == {old.within} and old.within and (old.within.mask == region.mask).all() and not old.within.keep


def test_inside_a_png() -> None:
    """What a PNG carries is what it was given; other images carry nothing."""
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG", pnginfo=png_with("{}"))
    assert recipe_in(Image.open(buffer)) == "{}"
    assert {key: Image.open(buffer).info[key] for key in MADE} == MADE and "edited" in MADE["Comment"]
    assert recipe_in(Image.new("RGB", (4, 4))) is None


def test_the_longest_recipe_is_opened_from_its_png() -> None:
    """That of a portrait that was brought closer is long, and must not be passed over as a stranger's long text is."""
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG", pnginfo=png_with("x" * MOST_CHARACTERS))
    assert recipe_in(open_image(buffer.getvalue())) == "x" * MOST_CHARACTERS


def test_latents_survive_at_half_precision() -> None:
    """To one part in a thousand."""
    latent = torch.randn(4, 8, 8)
    assert torch.allclose(unpack_latent(pack_latent(latent), (4, 8, 8)), latent, rtol=1e-3, atol=1e-4)


def test_a_strength_is_kept_as_it_is_written() -> None:
    """To four decimals; what is no number is left for others to refuse."""
    strength = kept_strength(2 / 3)
    assert strength == 0.6667 == kept_strength(strength) and kept_strength("odd") == "odd"  # type: ignore[arg-type,comparison-overlap]
    assert read_recipe(write_recipe("nouns", Recipe({}, (Edit("a", 2 / 3),))), "nouns", 32).edits == (Edit("a", strength),)


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
        entry(recipe=4),
        entry(recipe=None),
        entry(edits=[["a", 1.0, False, 0]]),
        entry(origin={"region": "AAAA"}),
        entry(origin={"region": 3}),
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
        read_recipe(text, "nouns", 32)


GOOD = json.loads(write_recipe("nouns", Recipe(within=Region.of(np.eye(32), "x"))))["regions"][0]


@pytest.mark.parametrize(
    "changes",
    [
        {"regions": 3},
        {"regions": [GOOD] * (MOST_REGIONS + 2)},
        {"regions": [GOOD[2]]},
        {"regions": [["x", False]]},
        {"regions": [["x", 0, GOOD[2]]]},
        {"regions": [[None, False, GOOD[2]]]},
        {"regions": [["x" * (MOST_WORDS + 1), False, GOOD[2]]]},
        {"regions": [["x", False, GOOD[2][:-4]]]},
        {"regions": [["x", False, "ä" * 172]]},
        {"regions": [["x", False, 7]]},
        {"regions": [[*GOOD, 7]]},
        {"regions": [[*GOOD, "x" * (MOST_WORDS + 1)]]},
        {"regions": [[*GOOD, "hair", "hair"]]},
        {"regions": [GOOD], "within": 1},
        {"regions": [GOOD], "within": -1},
        {"regions": [GOOD], "within": True},
        {"regions": [GOOD], "within": "0"},
        {"within": 0},
        {"regions": [GOOD], "edits": [["a", 1.0, False, 1]]},
        {"regions": [GOOD], "edits": [["a", 1.0, False, None]]},
        {"regions": [GOOD], "edits": [["a", 1.0, False, 0, 0]]},
    ],
)
def test_damaged_regions_are_refused(changes: dict) -> None:
    """Every one of a stranger's, in a sentence; the one beside them is fine."""
    assert read_recipe(entry(recipe=2, regions=[GOOD], within=0, edits=[["a", 1.0, False, 0]]), "nouns", 32).within
    with pytest.raises(RecipeError, match="recipe"):
        read_recipe(entry(recipe=2, **changes), "nouns", 32)


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


def test_a_region_is_packed_and_never_unpacked_beyond_its_size() -> None:
    """A plain one takes a few characters, one that was kept unpacked is read still, and a bomb is damaged."""
    mask = np.zeros((32, 32), bool)
    mask[4:20, 6:30] = True
    text = write_recipe("nouns", Recipe(within=Region.of(mask, "x")))
    data = json.loads(text)
    assert len(data["regions"][0][2]) < 80 and np.array_equal(read_recipe(text, "nouns", 32).within.mask, mask)  # type: ignore[union-attr]
    data["regions"][0][2] = base64.b64encode(np.packbits(mask).tobytes()).decode()
    assert np.array_equal(read_recipe(json.dumps(data), "nouns", 32).within.mask, mask)  # type: ignore[union-attr]
    data["regions"][0][2] = base64.b64encode(zlib.compress(bytes(32 * 32 // 8 + 1))).decode()
    with pytest.raises(RecipeError, match="does not fit"):
        read_recipe(json.dumps(data), "nouns", 32)
