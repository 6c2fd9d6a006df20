"""Reading back: exact for exact Nouns, nearest for the rest, and equal to trying everything."""

from __future__ import annotations

import numpy as np

from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.compose import draw, sample, to_rgb
from core.worlds.nouns.reader import agreement_with_all, read
from core.worlds.nouns.world import Nouns


def test_exact_nouns_are_read_exactly() -> None:
    """The drawing of what is read is the picture, bare slots included."""
    drawn = draw(sample(np.random.default_rng(0), 300, bare=0.2))
    reading = read(drawn)
    assert reading.exact.all() and (reading.agreement == 1).all()
    assert (draw(reading.parts) == drawn).all()


def test_heads_and_glasses_are_the_true_ones() -> None:
    """No two heads or glasses look alike, so the reading must be the composition."""
    rows = sample(np.random.default_rng(1), 200)
    reading = read(draw(rows))
    for slot in ("head", "glasses", "background"):
        assert (reading.parts[:, SLOTS.index(slot)] == rows[:, SLOTS.index(slot)]).all(), slot


def test_damaged_nouns_are_read_as_the_nearest() -> None:
    """With 4 % of the pixels at random the heads still stand, and the agreement says what is missing."""
    rng = np.random.default_rng(2)
    rows = sample(rng, 60)
    drawn = draw(rows)
    damage = rng.random(drawn.shape) < 0.04
    drawn[damage] = rng.integers(1, 241, damage.sum())
    reading = read(drawn)
    head = SLOTS.index("head")
    assert (reading.parts[:, head] == rows[:, head]).mean() > 0.97
    assert 0.9 < reading.agreement[:, head].mean() < 1 and not reading.exact.any()


def test_noise_gets_little_agreement() -> None:
    """What is no Noun is not read with confidence."""
    noise = np.random.default_rng(3).integers(1, 241, (4, 32, 32)).astype(np.uint8)
    assert read(noise).agreement.mean() < 0.3


def test_agreement_equals_drawing_every_candidate() -> None:
    """The fast path against the slow reference."""
    rng = np.random.default_rng(4)
    row = sample(rng, 1)[0]
    image = draw(sample(rng, 1))[0].ravel()
    for place, slot in enumerate(SLOTS):
        candidates = np.repeat(row[None], load_art().count(slot), 0)
        candidates[:, place] = np.arange(len(candidates))
        plain = (draw(candidates).reshape(len(candidates), -1) == image).sum(1)
        assert (agreement_with_all(image, row, place) == plain).all(), slot


def test_a_hidden_body_is_said_to_be_hidden() -> None:
    """A full print covers the body: its reading is a guess, and says so."""
    world = Nouns()
    covering = next(p for p in load_art().ids["accessory"] if not world.mask(world.compose(0, {"accessory": p}), "body").any())
    body = world.read(world.draw(world.compose(0, {"accessory": covering}))[None])[0][SLOTS.index("body")]
    assert body.slot == "body" and body.hidden


def test_reading_nothing() -> None:
    """No pictures, no readings."""
    assert len(read(np.zeros((0, 32, 32), np.uint8)).parts) == 0
    assert Nouns().read(to_rgb(np.zeros((0, 32, 32), np.uint8))) == []
