"""Shifting by value on models made by hand: exact pictures, what moved, and what is the same."""

from __future__ import annotations

import numpy as np
import pytest

from core.foundations.errors import SettingError, StudioError
from core.foundations.records import SlotReading
from core.studio import Studio
from core.studio.shifter import align, overlap
from tests.studio.tiny_sprites import tiny_studio

HEART = {"shape": "2", "scale": "3", "rotation": "4", "x": "20", "y": "12"}


@pytest.fixture(scope="module")
def studio() -> Studio:
    return tiny_studio()


def values(reading: tuple[SlotReading, ...]) -> dict[str, str]:
    return {r.slot: r.part for r in reading}


def test_one_slot_and_nothing_else(studio: Studio) -> None:
    """The result is the exact picture, which the world itself draws."""
    picture = studio.compose(HEART)
    found = studio.shift(picture, {"x": 3})
    assert values(found.before) == HEART and values(found.after) == HEART | {"x": "3"}
    assert found.iou == 1.0 and found.moved == () and found.wanted == {"x": 3}
    exact = studio.library.world.draw(HEART | {"x": "3"})
    assert (np.asarray(found.target) == exact).all() and (np.asarray(found.picture.image) == exact).all()


def test_several_slots_by_number_id_and_name(studio: Studio) -> None:
    """In whatever order they are given."""
    found = studio.shift(studio.compose(HEART), {"y": "7", "scale": 0, "shape": "ellipse"})
    assert found.wanted == {"y": 7, "scale": 0, "shape": 1}
    assert values(found.after) == HEART | {"y": "7", "scale": "0", "shape": "1"} and found.iou == 1.0


def test_a_way_that_does_nothing_is_seen_to(studio: Studio) -> None:
    """The value is not read, and the overlap with the exact picture says so."""
    found = studio.shift(studio.compose(HEART), {"x": 0}, "sum")
    assert values(found.after)["x"] == "20" and found.iou == 0.0 and found.moved == ()


def test_what_a_person_chose_is_not_read_wrongly() -> None:
    """A model that paints the start wrongly: the exact picture is of what was chosen, and what was painted counts as moved."""
    studio = tiny_studio()
    wrong = studio.compose(HEART | {"y": "20"})
    found = studio.shift(wrong, {"x": 3}, "means", HEART)
    assert (np.asarray(found.target) == studio.library.world.draw(HEART | {"x": "3"})).all()
    assert values(found.before) == HEART and found.moved == ("y",) and found.iou < 1
    assert values(studio.shift(wrong, {"x": 3}).before)["y"] == "20"
    with pytest.raises(StudioError, match="no shape"):
        studio.shift(wrong, {"x": 3}, "means", HEART | {"shape": "star"})


def test_what_moves_unasked_is_named() -> None:
    """Planted: x = 0 drags y along."""
    studio = tiny_studio(leak=True)
    picture = studio.compose(HEART)
    assert studio.shift(picture, {"x": 0}).moved == ("y",) and studio.shift(picture, {"x": 1}).moved == ()
    assert studio.shift(picture, {"x": 0, "y": 0}).moved == ()


def test_rotations_that_look_the_same_count_as_the_same(studio: Studio) -> None:
    """A square at 30 is a square at 0: it has not moved; nor has an ellipse's rotation once it is a heart."""
    square = studio.compose(HEART | {"shape": "0", "rotation": "39"})
    assert values(studio.shift(square, {"scale": 5}).after)["rotation"] == values(studio.read(square))["rotation"]
    turned = studio.shift(studio.compose(HEART | {"shape": "1", "rotation": "2"}), {"rotation": 21})
    assert values(turned.after)["rotation"] == "21" and turned.iou > 0.9
    ellipse = studio.compose(HEART | {"shape": "1", "rotation": "30"})
    assert studio.shift(ellipse, {"shape": 2}).moved == ()


def test_methods_carry_their_figures(studio: Studio) -> None:
    """The studio's own first, then those that can act, the best before the others; rows asked, columns moved."""
    methods = studio.methods()
    assert [m.name for m in methods] == ["studio", "means", "sum"]
    assert methods[0].measured["x"] == 0.96 and methods[2].measured["x"] == 0.0
    assert methods[0].leakage[3] == (0.0, 0.0, 0.0, 0.0, 0.04) and methods[0].leakage[0] == (0.0,) * 5


@pytest.mark.parametrize(
    ("wanted", "method", "error", "match"),
    [
        ({}, "studio", StudioError, "Nothing is asked"),
        ({"colour": 1}, "studio", StudioError, "no 'colour'"),
        ({"x": 32}, "studio", StudioError, "no x '32'"),
        ({"x": -1}, "studio", StudioError, "from 0 to 31"),
        ({"x": True}, "studio", StudioError, "no x 'True'"),
        ({"shape": "star"}, "studio", StudioError, "no shape 'star'"),
        ({"x": 1}, "rbf", SettingError, "There are studio, means, sum"),
        ({"x": 1}, "magic", SettingError, "no way of shifting"),
    ],
)
def test_what_cannot_be_asked_is_said(studio: Studio, wanted: dict, method: str, error: type, match: str) -> None:
    """One sentence each."""
    with pytest.raises(error, match=match):
        studio.shift(studio.compose(HEART), wanted, method)


def test_overlap_by_hand() -> None:
    """Two of four cells in common with three in all."""
    one, other = np.array([1, 1, 0, 0], bool), np.array([0, 1, 1, 0], bool)
    assert overlap(one, other) == 1 / 3 and overlap(one, one) == 1.0 and overlap(one & ~one, one & ~one) == 1.0


def test_align_by_hand() -> None:
    """10 steps are a quarter turn of a square to within a quarter step, and nothing of the kind for a heart."""

    def seen(rotation: str) -> tuple[SlotReading, ...]:
        return (SlotReading("shape", "0", "square", 1.0), SlotReading("rotation", rotation, f"at {rotation}", 0.9))

    assert align(seen("0"), seen("10"), 9.75)[1] == SlotReading("rotation", "0", "at 0", 0.9)
    assert align(seen("0"), seen("10"), 39.0) == seen("10") and align(seen("0"), seen("5"), 9.75) == seen("5")
