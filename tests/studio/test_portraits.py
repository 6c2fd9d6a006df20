"""The small picture of a handle: the plain one where it shows there, else a crop of its best example."""

from __future__ import annotations

import numpy as np
from PIL import Image

from core.foundations.records import Picture
from core.studio import Studio
from core.studio.portraits import crop, portrait


def drawn(*square: int) -> Image.Image:
    """Grey, with a red rectangle: top, bottom, left, right."""
    rgb = np.full((32, 32, 3), 200, np.uint8)
    if square:
        top, bottom, left, right = square
        rgb[top:bottom, left:right] = (200, 0, 0)
    return Image.fromarray(rgb)


def test_a_small_place_is_shown_twice_as_large_and_a_large_one_whole() -> None:
    """Hard pixels: every one becomes four; the crop stays inside."""
    where = np.zeros((32, 32), bool)
    where[28:31, 29:32] = True
    small = np.asarray(crop(drawn(28, 31, 29, 32), where))
    assert small.shape == (32, 32, 3) and (small[24:30, 26:32] == (200, 0, 0)).all() and (small[:24] == 200).all()
    where[0, 0] = True
    assert crop(drawn(), where).tobytes() == drawn().tobytes()


def test_where_the_plain_picture_shows_nothing_the_best_example_does() -> None:
    """Turned off, the example changes at one place: that is the crop."""
    handle = next(h for h in Studio("nouns").handles() if h.best)
    example = drawn(4, 10, 4, 10)
    got = portrait(handle, drawn(), drawn(), lambda seed: Picture(example), lambda picture, edits: drawn())
    assert (np.asarray(got) == (200, 0, 0)).all(-1).sum() == 4 * 36
    same = portrait(handle, drawn(), drawn(2, 8, 2, 8), lambda seed: Picture(example), lambda picture, edits: drawn())
    assert (np.asarray(same) == (200, 0, 0)).all(-1).sum() == 4 * 36
