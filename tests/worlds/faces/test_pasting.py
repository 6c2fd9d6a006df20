"""A face put back: as it was where it was not changed, no seam where its light is another, nothing outside its mask."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from core.foundations.errors import ShapeError
from core.worlds.faces.alignment import Frame, aligned
from core.worlds.faces.pasting import blurred, ellipse, feathered, pasted
from tests.worlds.faces.test_alignment import smooth

PHOTOGRAPH = smooth(300, 240)
FRAME = Frame(150, 120, 90, 30)


def changed(result: Image.Image) -> np.ndarray:
    """How much each pixel is another `[h w 3]`."""
    return np.asarray(result, int) - np.asarray(PHOTOGRAPH, int)


@pytest.mark.parametrize("side", [64, 256, 1024])
@pytest.mark.parametrize("frame", [FRAME, Frame(40, 200, 0, -70)])
def test_cut_out_and_put_back_is_the_photograph(frame: Frame, side: int) -> None:
    """Up to sampling, also where the square leaves it."""
    whole = np.ones((16, 16))
    assert np.abs(changed(pasted(PHOTOGRAPH, aligned(PHOTOGRAPH, frame, side), frame, whole))).max() <= 6


def test_outside_the_mask_nothing_is_touched() -> None:
    """To the bit; inside it is the face, and the square's edge never shows."""
    mask = np.zeros((100, 100))
    mask[40:, 30:70] = 1
    result = changed(pasted(PHOTOGRAPH, Image.new("RGB", (256, 256), (255, 0, 255)), FRAME, mask))
    y, x = np.mgrid[:240, :300] + 0.5
    share = FRAME.shares(np.stack([x, y], -1))
    outside = ((share < (0.29, 0.39)) | (share > (0.71, 1.0))).any(-1)
    inside = ((share > (0.38, 0.5)) & (share < (0.62, 0.9))).all(-1)
    assert not result[outside].any() and np.abs(result[inside]).max(-1).min() > 20


def test_another_light_shows_no_seam() -> None:
    """A face that is brighter all over is brighter deep inside, and at the seam as the photograph is."""
    face = Image.fromarray((np.asarray(aligned(PHOTOGRAPH, FRAME, 256), float) * 0.8 + 38).round().astype(np.uint8))
    before = np.asarray(aligned(PHOTOGRAPH, FRAME, 256), float)
    after = np.asarray(aligned(pasted(PHOTOGRAPH, face, FRAME), FRAME, 256), float)
    inner = torch.from_numpy(np.asarray(blurred(ellipse(256), 6)))
    seam, deep = ((inner > 0.5) & (inner < 0.95)).numpy(), np.zeros((256, 256), bool)
    deep[120:150, 118:138] = True
    asked = np.asarray(face, float) - before
    assert np.abs(after - before)[seam].mean() < np.abs(asked)[seam].mean() / 3
    assert np.abs(after - before - asked)[deep].mean() < 4


def test_another_thing_at_the_seam_is_no_other_light() -> None:
    """A face that is black against a bright photograph stays black."""
    bright = Image.new("RGB", (300, 240), (250, 250, 250))
    result = np.asarray(pasted(bright, Image.new("RGB", (256, 256)), FRAME))
    assert result[120, 150].max() <= 1


def test_a_mask_is_feathered_inwards() -> None:
    """0 up to its edge, 1 a seam's width inside, 0 at the edge of the square."""
    mask = np.zeros((200, 200))
    mask[:, 100:] = 1
    share = feathered(mask, 200)
    assert not share[:, :100].any() and (share[100, 112:190] > 0.95).all() and 0 < share[100, 103] < 0.7
    assert not share[:, 199].any() and not share[0].any()
    assert (share[100, 100:115].diff() >= 0).all()


def test_a_blur_keeps_what_is_even_and_the_sum_of_a_point() -> None:
    """By a Gaussian: a pixel beside the point has exp(-1/8) of it at sigma 2."""
    assert torch.allclose(blurred(torch.full((9, 7), 0.25), 2), torch.tensor(0.25))
    point = torch.zeros(31, 31)
    point[15, 15] = 1
    found = blurred(point, 2)
    assert float(found.sum()) == pytest.approx(1, abs=1e-5)
    assert float(found[15, 16] / found[15, 15]) == pytest.approx(np.exp(-1 / 8), abs=1e-5)


def test_a_square_outside_the_photograph_changes_nothing() -> None:
    assert not changed(pasted(PHOTOGRAPH, Image.new("RGB", (64, 64)), Frame(900, 900, 50, 0))).any()


@pytest.mark.parametrize(("size", "mask"), [((64, 65), None), ((64, 64), np.ones((1, 8, 8)))])
def test_what_is_no_square_or_no_mask_is_refused(size: tuple[int, int], mask: np.ndarray | None) -> None:
    with pytest.raises(ShapeError, match="A square face and a mask"):
        pasted(PHOTOGRAPH, Image.new("RGB", size), FRAME, mask)
