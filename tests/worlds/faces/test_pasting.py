"""A face put back: what an edit left alone stays the photograph's own, what it changed is there, no seam, nothing outside the head."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from core.foundations.errors import ShapeError
from core.worlds.faces.alignment import Frame, aligned
from core.worlds.faces.pasting import around, blurred, changed, pasted
from tests.worlds.faces.test_alignment import smooth

PHOTOGRAPH = smooth(300, 240)
FRAME = Frame(150, 120, 90, 30)
WHOLE = np.ones((16, 16))
MOUTH = (slice(150, 190), slice(100, 156))
"""Where the edits of these tests change a face of 256 px."""


def differs(result: Image.Image, other: Image.Image = PHOTOGRAPH) -> np.ndarray:
    """By how much each colour is another `[h w 3]`."""
    return np.asarray(result, int) - np.asarray(other, int)


def edited(face: Image.Image, colour: tuple[int, int, int] = (255, 0, 255), where: tuple[slice, slice] = MOUTH) -> Image.Image:
    """A face with a box of one colour."""
    rgb = np.array(face)
    rgb[where] = colour
    return Image.fromarray(rgb)


def disc() -> np.ndarray:
    """A head in the middle of a square `[64 64]`."""
    at = (np.arange(64) + 0.5) / 64 - 0.5
    return (np.hypot(at[:, None], at[None, :]) < 0.3).astype(float)


@pytest.mark.parametrize("frame", [FRAME, Frame(40, 200, 0, -70)])
@pytest.mark.parametrize("side", [64, 256])
def test_what_an_edit_left_alone_is_the_photographs_own(frame: Frame, side: int) -> None:
    """To the bit where nothing was changed, however unlike the photograph the generator's face is; also where the square leaves it."""
    unlike = Image.new("RGB", (side, side), (90, 200, 40))
    assert not differs(pasted(PHOTOGRAPH, unlike, unlike.copy(), frame, WHOLE)).any()


def test_only_what_was_changed_is_put_back() -> None:
    """The mouth is the edit's, far from it the photograph is untouched although the whole face is of another generator."""
    before = aligned(smooth(300, 240).transpose(Image.Transpose.ROTATE_180), FRAME, 256)
    result = pasted(PHOTOGRAPH, before, edited(before), FRAME, WHOLE)
    cut = np.asarray(aligned(result, FRAME, 256), int)
    inner = (slice(160, 180), slice(112, 144))
    assert np.abs(cut[inner] - (255, 0, 255)).mean() < 40
    far = np.abs(differs(aligned(result, FRAME, 256), aligned(PHOTOGRAPH, FRAME, 256))).max(-1)
    assert far[:110].max() == 0 and far[:, :60].max() == 0


def test_a_little_change_is_added_and_keeps_the_photographs_grain() -> None:
    """A face that is made a little lighter all over keeps every detail that the generator never saw."""
    noise = np.random.default_rng(0).integers(-30, 30, (240, 300, 1))
    grainy = Image.fromarray(np.clip(np.asarray(PHOTOGRAPH, int) // 2 + 60 + noise, 0, 255).astype(np.uint8))
    before, after = Image.new("RGB", (256, 256), (100, 100, 100)), Image.new("RGB", (256, 256), (105, 105, 105))
    apart = differs(pasted(grainy, before, after, FRAME, WHOLE), grainy)
    assert (apart[110:130, 140:160] == 5).all()


def test_the_light_of_what_was_changed_is_the_photographs() -> None:
    """The generator paints all of the face darker: the changed mouth is lighter than it painted it, as the skin around it is."""
    taken = np.asarray(aligned(PHOTOGRAPH, FRAME, 256), float)
    before = Image.fromarray((taken * 0.9).astype(np.uint8))
    rgb = np.asarray(before).copy()
    rgb[MOUTH] = (rgb[MOUTH] * 0.5).astype(np.uint8)
    result = np.asarray(aligned(pasted(PHOTOGRAPH, before, Image.fromarray(rgb), FRAME, WHOLE), FRAME, 256), float)
    rim = (slice(153, 158), slice(103, 153))
    assert (result[rim] - rgb[rim]).mean() > 0.4 * (taken[rim] - np.asarray(before, float)[rim]).mean() > 2


def test_another_thing_beside_it_is_no_other_light() -> None:
    """Black against a white photograph stays black."""
    bright = Image.new("RGB", (300, 240), (250, 250, 250))
    before = Image.new("RGB", (256, 256), (20, 200, 20))
    result = np.asarray(pasted(bright, before, Image.new("RGB", (256, 256)), FRAME, WHOLE))
    assert result[120, 150].max() <= 1


def test_outside_the_head_nothing_is_touched() -> None:
    """To the bit, whatever the edit did to the background."""
    result = pasted(PHOTOGRAPH, Image.new("RGB", (128, 128)), Image.new("RGB", (128, 128), (255, 255, 255)), FRAME, disc())
    y, x = np.mgrid[:240, :300] + 0.5
    far = np.hypot(*np.moveaxis(FRAME.shares(np.stack([x, y], -1)) - 0.5, -1, 0))
    found = np.abs(differs(result)).max(-1)
    assert not found[far > 0.44].any() and found[far < 0.25].min() > 0
    edge = np.abs(np.diff(found[120])).max()
    assert edge < 40  # softly


def test_a_share_is_soft_and_ends_at_the_edge_of_the_square() -> None:
    """1 on a head, 0 far from it; nothing at the edge, less at a corner than at a side."""
    share = around(disc())
    assert share[64, 64] > 0.99 and not share[64, :8].any() and not share[:8].any()
    assert float(share.diff(dim=0).abs().max()) < 0.2
    whole = around(WHOLE)
    assert not whole[0].any() and not whole[:, -1].any() and whole[64, 8] > 0.9 > whole[6, 6]


def test_what_counts_as_changed() -> None:
    """Nothing where two faces are one; a change and what is around it, but not what is far from it."""
    face = aligned(PHOTOGRAPH, FRAME, 256)
    assert not changed(face, face).any()
    much = changed(face, edited(face))
    assert much[85, 64] > 0.99 and much[72, 64] > 0.5 and not much[:50].any()


def test_a_blur_keeps_what_is_even_and_the_sum_of_a_point() -> None:
    """By a Gaussian: a pixel beside the point has exp(-1/8) of it at sigma 2."""
    assert torch.allclose(blurred(torch.full((9, 7), 0.25), 2), torch.tensor(0.25))
    point = torch.zeros(31, 31)
    point[15, 15] = 1
    found = blurred(point, 2)
    assert float(found.sum()) == pytest.approx(1, abs=1e-5)
    assert float(found[15, 16] / found[15, 15]) == pytest.approx(np.exp(-1 / 8), abs=1e-5)


def test_a_square_outside_the_photograph_changes_nothing() -> None:
    """It cannot be seen there."""
    black, white = (Image.new("RGB", (64, 64), colour) for colour in ("black", "white"))
    assert not differs(pasted(PHOTOGRAPH, black, white, Frame(900, 900, 50, 0), WHOLE)).any()


@pytest.mark.parametrize(
    ("one", "other", "head"), [((64, 65), (64, 65), WHOLE), ((64, 64), (32, 32), WHOLE), ((64, 64), (64, 64), WHOLE[None])]
)
def test_what_is_no_square_or_no_head_is_refused(one: tuple[int, int], other: tuple[int, int], head: np.ndarray) -> None:
    """With what is expected."""
    with pytest.raises(ShapeError, match="Square faces of one size and a head"):
        pasted(PHOTOGRAPH, Image.new("RGB", one), Image.new("RGB", other), FRAME, head)
