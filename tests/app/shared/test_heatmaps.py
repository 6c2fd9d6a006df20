"""Heat maps as pictures: colours by hand, outlines by hand, and what goes to the browser."""

from __future__ import annotations

import base64

import numpy as np
from PIL import Image

from app.shared import heatmaps


def grey(side: int = 4, value: int = 100) -> Image.Image:
    """A plain picture."""
    return Image.new("RGB", (side, side), (value, value, value))


def test_no_heat_leaves_a_darker_picture() -> None:
    """At 0 the ramp covers nothing: grey 100 times 0.6 is 60, on hard pixels."""
    drawn = np.asarray(heatmaps.overlay(grey(), np.zeros((4, 4)), 3))
    assert drawn.shape == (12, 12, 3) and (drawn == 60).all()


def test_full_heat_is_the_end_of_the_ramp() -> None:
    """At 1 the last colour covers 94 %: 60 + 0.94 (252 - 60) = 240 for red."""
    drawn = np.asarray(heatmaps.overlay(grey(), np.ones((4, 4))))
    assert drawn[0, 0].tolist() == [240, 229, 135]


def test_the_ramp_is_in_order_without_colour() -> None:
    """A hotter place is a lighter place, so that a grey print still tells them apart."""
    heat = np.linspace(0.25, 1, 16).reshape(4, 4)
    light = np.asarray(heatmaps.overlay(grey(), heat).convert("L"), float).ravel()
    assert (np.diff(light) > 0).all()


def test_an_outline_runs_along_the_edges_of_pixels() -> None:
    """One pixel of 4 x 4, three times as large: a ring of 8 white pixels within it, 12 dark ones around it."""
    mask = np.zeros((4, 4), bool)
    mask[1, 1] = True
    drawn = np.asarray(heatmaps.outline(heatmaps.overlay(grey(), np.zeros((4, 4)), 3), mask, 3))
    white, dark = (drawn == heatmaps.LINE).all(-1), (drawn == heatmaps.CASING).all(-1)
    assert white.sum() == 8 and white[3:6, 3:6].sum() == 8 and not white[4, 4]
    assert dark.sum() == 12 and not dark[3:6, 3:6].any()


def test_an_empty_mask_and_a_full_one_have_no_outline() -> None:
    """There is no edge to draw."""
    plain = heatmaps.overlay(grey(), np.zeros((4, 4)), 2)
    for mask in (np.zeros((4, 4), bool), np.ones((4, 4), bool)):
        assert (np.asarray(heatmaps.outline(plain, mask, 2)) == np.asarray(plain)).all()


def test_a_cut_out_keeps_only_the_mask() -> None:
    """Inside the picture's own colours, outside a shadow."""
    mask = np.eye(4, dtype=bool)
    drawn = np.asarray(heatmaps.cut_out(grey(), mask))
    assert (drawn[..., :3] == 100).all() and (drawn[..., 3][mask] == 255).all() and (drawn[..., 3][~mask] == 36).all()


def test_heat_is_packed_to_a_byte() -> None:
    """Row by row, clipped, with nothing that is no number."""
    packed = heatmaps.pack(np.array([[0.0, 0.5], [1.7, np.nan]]))
    assert list(packed) == [0, 128, 255, 0]
    assert base64.b64decode(heatmaps.text_of(packed)) == packed


def test_a_wider_outline_has_a_wider_casing() -> None:
    """Two pixels of line inside a square of 6, two of casing around it: 36 - 4 white, a diamond-cornered rim dark."""
    mask = np.zeros((12, 12), bool)
    mask[3:9, 3:9] = True
    drawn = np.asarray(heatmaps.outline(heatmaps.overlay(grey(12), np.zeros((12, 12))), mask, 1, 2))
    white, dark = (drawn == heatmaps.LINE).all(-1), (drawn == heatmaps.CASING).all(-1)
    assert white.sum() == 32 and not white[5:7, 5:7].any()
    assert dark.sum() == 4 * 6 * 2 + 4
