"""The world of sprites as the studio meets it, and the names of its values."""

from __future__ import annotations

import numpy as np
import pytest

from core.foundations.errors import RecipeError, StudioError
from core.worlds.dsprites.factors import COUNTS, FACTORS
from core.worlds.dsprites.names import degrees, value, values
from core.worlds.dsprites.world import Sprites, to_ink, to_rgb

WORLD = Sprites()


def test_every_value_has_its_own_name():
    for slot, count in zip(FACTORS, COUNTS, strict=True):
        found = values(slot)
        assert [one.id for one in found] == [str(i) for i in range(count)]
        assert len({one.name for one in found}) == count
        assert all(one.name == one.texts[0] and len(set(one.texts)) == len(one.texts) > 1 for one in found)


@pytest.mark.parametrize(
    ("slot", "id", "wanted"),
    [
        ("shape", "1", "ellipse"),
        ("scale", "0", "tiny"),
        ("scale", "5", "largest"),
        ("rotation", "0", "not turned"),
        ("rotation", "10", "turned by 92 degrees"),
        ("x", "0", "far left (column 1 of 32)"),
        ("x", "15", "middle (column 16 of 32)"),
        ("x", "12", "left (column 13 of 32)"),
        ("x", "31", "far right (column 32 of 32)"),
        ("y", "2", "very top (row 3 of 32)"),
        ("y", "20", "bottom (row 21 of 32)"),
    ],
)
def test_names(slot: str, id: str, wanted: str):
    assert value(slot, id).name == wanted


def test_words_for_places_are_the_same_from_either_side():
    mirror = {"far left": "far right", "left": "right", "middle": "middle", "right": "left", "far right": "far left"}
    words = [one.name.split(" (")[0] for one in values("x")]
    assert [mirror[word] for word in words] == words[::-1]


def test_degrees():
    """One step is 360 / 39 = 9.23 degrees."""
    assert [degrees(r) for r in (0, 1, 13, 39)] == [0, 9, 120, 360]


def test_a_composition_goes_round():
    """What is composed and drawn is read back under the same names."""
    composition = WORLD.compose(7, {"shape": "2", "x": "3"})
    assert (composition["shape"], composition["x"]) == ("2", "3")
    readings = WORLD.read(WORLD.draw(composition)[None])[0]
    assert {r.slot: r.part for r in readings} == composition
    assert [r.slot for r in readings] == list(WORLD.slots)
    assert all(r.confidence == pytest.approx(1) and not r.hidden for r in readings)
    assert readings[0].name == "heart"


def test_compositions_depend_on_the_seed_alone():
    assert WORLD.compose(3) == WORLD.compose(3)
    assert len({tuple(WORLD.compose(seed).values()) for seed in range(30)}) == 30


def test_pictures_are_white_on_black():
    composition = WORLD.compose(1)
    rgb = WORLD.draw(composition)
    assert rgb.shape == (64, 64, 3) and rgb.dtype == np.uint8
    assert set(np.unique(rgb)) == {0, 255}
    assert (WORLD.mask(composition, "x") == (rgb[..., 0] == 255)).all()
    assert (WORLD.positions(composition) == [int(v) for v in composition.values()]).all()


def test_snapping_goes_to_the_nearer_colour():
    grey = np.array([[[0, 0, 0], [127, 127, 127], [128, 128, 128], [255, 0, 255]]], np.uint8)
    assert (WORLD.snap(grey) == to_rgb(np.array([[0, 0, 1, 1]]))).all()
    assert to_ink(to_rgb(np.array([[0.2, 1.0]]))) == pytest.approx(np.array([[0.2, 1.0]]), abs=1e-6)


def test_what_does_not_exist_says_so():
    with pytest.raises(StudioError, match="no 'colour'"):
        WORLD.compose(1, {"colour": "0"})
    with pytest.raises(RecipeError, match="from 0 to 5"):
        WORLD.compose(1, {"scale": "6"})
    with pytest.raises(RecipeError, match="no 'colour'"):
        WORLD.values("colour")
