"""The reader: official pictures, soft ones, dim ones, and what is no sprite."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.foundations.errors import ShapeError
from core.worlds.dsprites.factors import COUNTS, same
from core.worlds.dsprites.reader import read
from core.worlds.dsprites.render import draw

SAMPLE = Path(__file__).with_name("official_sample.npz")


def some(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, COUNTS, (count, 5))


def softened(ink: np.ndarray) -> np.ndarray:
    """Means over 3 x 3 pixels."""
    wide = np.pad(ink.astype(float), ((0, 0), (1, 1), (1, 1)))
    return sum(wide[:, row : row + 64, column : column + 64] for row in range(3) for column in range(3)) / 9


def test_official_pictures_are_read_rightly():
    with np.load(SAMPLE, allow_pickle=False) as file:
        sprites, pictures = file["sprites"][::5].astype(int), np.unpackbits(file["bits"][::5], axis=1).reshape(-1, 64, 64)
    reading = read(pictures)
    assert same(sprites, reading.sprites).all(1).mean() >= 0.99
    assert reading.agreement.min() > 0.98


def test_the_edges_of_the_world_are_read():
    sprites = np.array([[shape, scale, 0, x, y] for shape in range(3) for scale in (0, 5) for x in (0, 31) for y in (0, 31)])
    reading = read(draw(sprites))
    assert same(sprites, reading.sprites).all()
    assert reading.agreement == pytest.approx(1)


def test_soft_pictures_are_read_rightly():
    sprites = some(20)
    reading = read(softened(draw(sprites)))
    assert same(sprites, reading.sprites).all(1).mean() >= 0.95
    assert 0.7 < reading.agreement.mean() < 0.97


def test_specks_do_not_mislead():
    sprites, rng = some(20, 2), np.random.default_rng(2)
    ink = draw(sprites).astype(float)
    ink[rng.random(ink.shape) < 0.01] = 1
    assert same(sprites, read(ink).sprites).all(1).mean() >= 0.9


def test_agreement_by_hand():
    """Ink of 0.75 where the sprite is: a quarter of it differs, and both together are 1.75 of it, so 6/7 agree."""
    sprites = some(5, 1)
    reading = read(0.75 * draw(sprites))
    assert same(sprites, reading.sprites).all()
    assert reading.agreement == pytest.approx(6 / 7)


def test_what_is_no_sprite_gets_an_answer():
    rng = np.random.default_rng(0)
    strange = np.stack([np.zeros((64, 64)), np.full((64, 64), np.nan), np.ones((64, 64)), rng.random((64, 64))])
    reading = read(strange)
    assert ((reading.sprites >= 0) & (reading.sprites < COUNTS)).all()
    assert (reading.agreement[:2] == 0).all()
    assert (reading.agreement[2:] < 0.3).all()


def test_a_picture_does_not_depend_on_its_batch():
    ink = softened(draw(some(4, 3)))
    assert (read(ink).sprites == np.concatenate([read(one[None]).sprites for one in ink])).all()


def test_shapes_of_input():
    assert read(np.zeros((0, 64, 64))).sprites.shape == (0, 5)
    with pytest.raises(ShapeError, match="64 64"):
        read(np.zeros((64, 64)))
