"""The renderer against official pictures, against a slow reference, and against counts made by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.foundations.errors import SettingError, ShapeError
from core.foundations.files import asset
from core.train.dsprites.outlines import FAMILIES, compare
from core.worlds.dsprites.factors import COUNTS, SHAPE, SHAPES
from core.worlds.dsprites.render import SNAP, draw, outlines, place

SAMPLE = Path(__file__).with_name("official_sample.npz")
"""300 held-out official pictures, eight pixels to a byte."""


def official() -> tuple[np.ndarray, np.ndarray]:
    """Sprites `[300 5]` and their official pictures `[300 64 64]`."""
    with np.load(SAMPLE, allow_pickle=False) as file:
        return file["sprites"].astype(int), np.unpackbits(file["bits"], axis=1).reshape(-1, 64, 64)


def some(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, COUNTS, (count, 5))


def test_official_pictures_are_drawn_exactly():
    sprites, pictures = official()
    wrong = (draw(sprites) != pictures).sum((1, 2))
    assert (wrong == 0).mean() >= 0.99
    assert wrong.mean() <= 0.05
    assert set(sprites[:, SHAPE]) == {0, 1, 2}


def test_the_largest_square_at_the_first_place():
    """Its centre is at 16, its half side 9.6: pixels whose centre lies from 6.4 to 25.6 are ink, 20 x 20 of them."""
    wanted = np.zeros((64, 64), np.uint8)
    wanted[6:26, 6:26] = 1
    assert (draw(np.array([[0, 5, 0, 0, 0]]))[0] == wanted).all()


def test_the_smallest_square_at_the_last_place():
    """Its centre is at 48, its half side 4.8: pixels whose centre lies from 43.2 to 52.8, 10 x 10 of them."""
    wanted = np.zeros((64, 64), np.uint8)
    wanted[43:53, 43:53] = 1
    assert (draw(np.array([[0, 0, 0, 31, 31]]))[0] == wanted).all()


def test_x_moves_right_and_y_moves_down():
    rows, columns = np.nonzero(draw(np.array([[1, 3, 0, 31, 0]]))[0])
    assert columns.mean() == pytest.approx(47.5, abs=0.1)
    assert rows.mean() == pytest.approx(15.5, abs=0.1)


def test_a_heart_stands_on_its_tip():
    heart = draw(np.array([[2, 5, 0, 16, 16]]))[0]
    rows = np.flatnonzero(heart.any(1))
    assert heart[rows[-1]].sum() <= 3, "The lowest row is not a tip."
    top = heart[rows[0] + 1]
    inside = top[np.flatnonzero(top)[0] : np.flatnonzero(top)[-1]]
    assert (inside == 0).any(), "There is no notch between the lobes."


def test_a_turn_goes_against_the_clock():
    """An ellipse lies on its side; turned by 46 degrees it points up to the right."""
    rows, columns = np.nonzero(draw(np.array([[1, 5, 5, 16, 16]]))[0])
    assert np.corrcoef(rows, columns)[0, 1] < -0.4


def inside(corners: np.ndarray, point: np.ndarray) -> bool:
    """Even-odd rule, corner by corner; what lies on a left or upper edge is inside."""
    found = False
    for (x, y), (u, v) in zip(corners, np.roll(corners, -1, 0), strict=True):
        if (y <= point[1]) != (v <= point[1]):
            found ^= (point[1] - y) * (u - x) / (v - y) + x <= point[0]
    return bool(found)


@pytest.mark.parametrize("shape", range(3))
def test_filling_agrees_with_a_plain_reference(shape: int):
    sprite = np.array([[shape, 1, 17, 3, 22]])
    corners = np.rint(SNAP * place(outlines()[shape], sprite)[0])
    wanted = [[inside(corners, SNAP * np.array([column + 0.5, row + 0.5])) for column in range(10, 29)] for row in range(29, 49)]
    drawn = draw(sprite)[0]
    assert (drawn[29:49, 10:29] == np.array(wanted)).all()
    assert drawn.sum() == drawn[29:49, 10:29].sum() > 50


def test_a_picture_does_not_depend_on_its_batch():
    sprites = some(60)
    assert (draw(sprites) == np.concatenate([draw(sprite[None]) for sprite in sprites])).all()


def test_a_full_turn_is_no_turn():
    sprites = some(60, 1)
    one, other = sprites.copy(), sprites.copy()
    one[:, 2], other[:, 2] = 0, 39
    assert (draw(one) != draw(other)).sum((1, 2)).mean() < 0.1


def test_sizes_follow_the_outlines():
    """Ink is close to the polygon's area times the square of the size."""
    for shape, outline in enumerate(outlines()):
        after = np.roll(outline, -1, 0)
        area = abs((outline[:, 0] * after[:, 1] - after[:, 0] * outline[:, 1]).sum()) / 2
        sprites = some(200, shape)
        sprites[:, 0], sprites[:, 1] = shape, 2
        assert draw(sprites).sum((1, 2)).mean() == pytest.approx(0.49 * area, rel=0.01)


def test_what_is_no_sprite_is_refused():
    assert draw(np.zeros((0, 5), int)).shape == (0, 64, 64)
    with pytest.raises(ShapeError, match=r"\[n 5\]"):
        draw(np.zeros(5, int))
    with pytest.raises(SettingError, match="count from 0"):
        draw(np.array([[0, 0, 0, 32, 0]]))
    with pytest.raises(SettingError, match="count from 0"):
        draw(np.array([[0, 0, -1, 0, 0]]))


def test_the_outlines_are_those_of_the_formulas():
    card = json.loads(asset("dsprites/outlines.json").read_text())
    for shape in SHAPES:
        told = np.array(card["outlines"][shape])
        assert len(told) == card["measured"][shape]["corners"]
        assert np.abs(told - FAMILIES[shape](len(told))).max() < 1e-6
        assert card["measured"][shape]["exact pictures"] > 0.99


def test_an_outline_with_other_corners_is_told_apart():
    sprites, pictures = official()
    hearts = sprites[:, SHAPE] == 2
    right, wrong = (compare(FAMILIES["heart"](count), sprites[hearts], pictures[hearts]) for count in (150, 100))
    assert right.exact >= 0.98
    assert wrong.wrong > right.wrong + 0.05
