"""The judges of edits by concepts, by hand; and the whole of it on a tiny generator."""

from __future__ import annotations

import numpy as np
import pytest

from core.bench.nouns import guided_step
from core.bench.nouns.rosetta_edit import Part, do_nothing, found_shift, found_size, in_pixels, judged, loose_in, measure
from core.foundations.images import to_tensor
from core.studio import Studio
from tests.studio.tiny_shared import tiny_studio


def scene(y: int, x: int, h: int, w: int) -> Part:
    """A red and blue box on grey."""
    image = np.full((32, 32, 3), 120, np.uint8)
    mask = np.zeros((32, 32), bool)
    mask[y : y + h, x : x + w] = True
    image[mask] = (200, 30, 30)
    image[y : y + 2, x : x + 2] = (10, 10, 200)
    return Part(image, mask)


def test_where_a_part_stands_is_found() -> None:
    part, moved = scene(8, 8, 6, 8), scene(5, 12, 6, 8)
    assert found_shift(part.image, part) == (0, 0) and found_shift(moved.image, part) == (4, -3)
    assert judged("shift", moved.image, part, {"shift": (4, 0)}) == (pytest.approx(3.0), pytest.approx(1.0, abs=0.05))
    assert judged("shift", moved.image, part, {"shift": (4, -3)}) == (0.0, 1.0)


def test_how_large_a_part_is_is_found() -> None:
    part, twice = scene(8, 8, 6, 8), scene(5, 4, 12, 16)
    assert found_size(twice.image, part) == pytest.approx(2.0) and found_size(part.image, part) == 1
    colours, mask = part.sized(2.0)
    assert mask.sum() == 4 * part.mask.sum() and (colours[mask] != 120).any(-1).all()
    assert judged("zoom", part.image, part, {"zoom": 1.25})[0] == pytest.approx(0.2)


def test_what_was_taken_away_is_counted() -> None:
    part, gone = scene(8, 8, 6, 8), np.full((32, 32, 3), 120, np.uint8)
    assert judged("remove", gone, part, {"remove": True}) == (1.0, 1.0)
    assert judged("remove", part.image, part, {"remove": True}) == (0.0, 1.0)


def test_what_belongs_to_nothing_is_counted() -> None:
    part = scene(8, 8, 6, 8)
    speckled = part.image.copy()
    speckled[2, 2] = speckled[20, 4] = speckled[20, 5] = (1, 2, 3)
    assert (loose_in(part.image), loose_in(speckled)) == (0, 3)


def test_a_part_that_leaves_the_picture_is_cut_off() -> None:
    assert scene(8, 28, 4, 4).at(2, 0)[1].sum() == 8


def test_the_ways_are_measured(studio: Studio) -> None:
    measured = measure(studio, 1)
    assert set(measured.figures) == {"shift_error", "zoom_error", "removed", "kept", "loose"}
    assert set(measured.baselines) == {"this", "do nothing", "pixels, then encoder"}
    assert measured.baselines["do nothing"]["kept"] == 1 and measured.baselines["do nothing"]["removed"] == 0
    assert measured.baselines["this"]["preview_ms"] > 0
    picture = studio.sample(1)
    asked = {"region": np.ones((32, 32), bool), "shift": (0, 0)}
    assert do_nothing(picture, asked)[0].shape == in_pixels(studio)(picture, asked)[0].shape


def test_a_guided_step_is_the_plain_one(studio: Studio) -> None:
    picture = studio.sample(1)
    assert picture.latent is not None
    free = studio.shared.free(picture.latent)
    costs = guided_step.step_costs(studio.shared, free, to_tensor(np.asarray(picture.image)[None]), studio.shared.pairs("rosetta"), 1)
    assert costs["loss_differs"] < 1e-4 and costs["pairs"] == 6 and costs["step_speedup"] > 0


@pytest.fixture(scope="module")
def studio() -> Studio:
    return tiny_studio()
