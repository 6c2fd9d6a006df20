"""FFHQ's square of a face, by hand; cut out of a photograph and of what lies around it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.foundations.seeds import numpy_rng
from core.worlds.faces.alignment import Frame, aligned, frame_of

UPRIGHT = np.array([(40, 50), (60, 50), (50, 60), (44, 70), (56, 70)], float)
"""Eyes 20 apart, the mouth 20 below their middle (50, 50)."""
FRAME = Frame(50, 52, 40, 0)
"""x is (20, 0) + (20, 0), brought to max(2 * 20, 1.8 * 20) = 40; the middle a tenth of 20 below the eyes."""


def turned(points: np.ndarray, degrees: float, scale: float = 1.0) -> np.ndarray:
    """Points turned with the clock, as seen, about the photograph's corner."""
    angle = np.radians(degrees)
    return scale * points @ np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])


def smooth(width: int, height: int) -> Image.Image:
    """A photograph without sharp edges."""
    small = numpy_rng("smooth").integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def test_a_square_by_hand() -> None:
    """Its corners too."""
    assert frame_of(UPRIGHT) == pytest.approx(FRAME)
    assert frame_of(UPRIGHT).corners.tolist() == [[10, 12], [90, 12], [90, 92], [10, 92]]
    assert FRAME.side == 80


def test_a_long_face_decides_by_its_height() -> None:
    """The mouth 40 below the eyes: 1.8 * 40 = 72 is more than 40."""
    long = UPRIGHT + np.array([(0, 0), (0, 0), (0, 0), (0, 20), (0, 20)])
    assert frame_of(long) == pytest.approx(Frame(50, 54, 72, 0))


@pytest.mark.parametrize("degrees", [0, 30, -90, 180])
def test_it_turns_and_grows_with_the_face(degrees: float) -> None:
    found = frame_of(turned(UPRIGHT, degrees, 3))
    middle, right = turned(np.array([(50, 52), (40, 0)], float), degrees, 3)
    assert found == pytest.approx(Frame(*middle, *right))


def test_shares_and_back() -> None:
    """The left upper corner is (0, 0), and every point comes back."""
    frame = Frame(30, 40, 6, 8)
    assert frame.shares(frame.corners) == pytest.approx(np.array([(0, 0), (1, 0), (1, 1), (0, 1)], float))
    # Down is a quarter turn from the right, (-8, 6).
    assert frame.placed(np.array([0.5, 1.0])) == pytest.approx([22, 46])
    points = numpy_rng("points").uniform(-9, 9, (4, 2))
    assert frame.shares(frame.placed(points)) == pytest.approx(points)


def test_a_square_in_a_square_by_hand() -> None:
    """A quarter of a side of 80 to the right, twice as large, turned by a quarter: its right is down."""
    assert FRAME.within(0.25, 0, 2, np.pi / 2) == pytest.approx(Frame(70, 52, 0, 80))
    assert Frame(50, 52, 0, 40).within(0.25, 0.5) == pytest.approx(Frame(10, 72, 0, 40))


def test_what_is_upright_is_copied() -> None:
    """A square that lies on whole pixels comes out to the bit."""
    photograph = Image.fromarray(numpy_rng("noise").integers(0, 256, (90, 80, 3), dtype=np.uint8))
    found = aligned(photograph, Frame(40, 50, 16, 0), 32)
    assert np.array_equal(np.asarray(found), np.asarray(photograph)[34:66, 24:56])


def test_a_turned_square_is_set_upright() -> None:
    """A photograph turned by a quarter, and its square with it, give the same face."""
    photograph, frame = smooth(120, 100), Frame(60, 50, 20, 0)
    lying = photograph.rotate(90, expand=True)
    # Against the clock: (x, y) goes to (y, 120 - x), so the right side is above.
    found = aligned(lying, Frame(50, 60, 0, -20), 64)
    assert np.abs(np.asarray(found, int) - np.asarray(aligned(photograph, frame, 64), int)).max() <= 1


def test_a_large_photograph_is_brought_down_first() -> None:
    """The same face from one eight times as large."""
    small = smooth(120, 100)
    large = small.resize((960, 800), Image.Resampling.BICUBIC)
    one, other = aligned(small, Frame(60, 50, 30, 5), 64), aligned(large, Frame(480, 400, 240, 40), 64)
    assert np.abs(np.asarray(one, int) - np.asarray(other, int)).mean() < 2


def test_outside_is_its_reflection_and_farther_out_blurred() -> None:
    """Beside the edge what is inside, mirrored; in the far corner one colour; inside it is untouched."""
    photograph = smooth(60, 60)
    found = np.asarray(aligned(photograph, Frame(0, 0, 60, 0), 120), int)
    assert np.array_equal(found[60:, 60:], np.asarray(photograph))
    assert np.abs(found[60:, 58] - found[60:, 61]).mean() < 6
    assert found[:8, :8].std((0, 1)).max() < found[60:, 60:].std((0, 1)).max() / 5


@pytest.mark.parametrize("size", [(1, 1), (3, 200)])
def test_a_square_far_larger_than_the_photograph(size: tuple[int, int]) -> None:
    found = aligned(Image.new("RGB", size, (9, 90, 200)), Frame(1, 1, 50, 20), 32)
    assert np.asarray(found).reshape(-1, 3).tolist() == [[9, 90, 200]] * 1024
