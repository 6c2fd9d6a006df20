"""FFHQ's geometry: the square that a face stands in, cut out of a photograph upright, and put back.

Paper: Karras, Laine, Aila, "A style-based generator architecture for generative adversarial networks", 2019, arXiv:1812.04948,
appendix A, after Karras et al., 2018, arXiv:1710.10196, appendix C. With e the middle of the eyes, m that of the mouth's corners,
and J a quarter turn,

    x = (right eye - left eye) - J (m - e), brought to the length of max(2 |right eye - left eye|, 1.8 |m - e|)
    c = e + 0.1 (m - e),  corners c +- x +- J x

Where the square leaves the photograph, what is there is its reflection, and the farther out the more blurred. What differs from
the authors' program: five points instead of 68; the photograph is brought to the size of the result before it is turned.

A point is (x, y) in pixels: the left upper corner of the photograph is (0, 0), the middle of its first pixel (0.5, 0.5).
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

EYES, MOUTH = (0, 1), (3, 4)
"""Of the five points of a face: left eye, right eye, nose, left and right corner of the mouth."""
SPREAD_EYES, SPREAD_MOUTH, DOWN = 2.0, 1.8, 0.1
"""FFHQ's numbers: half a side in distances of the eyes and in heights from eyes to mouth, and the middle below the eyes."""
SOFT = 0.02
"""Blur of what lies outside the photograph, in sides."""
FARTHEST = 0.3
"""Sides outside the photograph at which its reflection is a single colour."""


class Frame(NamedTuple):
    """The square of a face in a photograph.

    Attributes:
        x, y: its middle.
        right_x, right_y: from the middle to the middle of its right side, as the face has it; a quarter turn on is down.
    """

    x: float
    y: float
    right_x: float
    right_y: float

    @property
    def side(self) -> float:
        """In pixels of the photograph."""
        return 2 * math.hypot(self.right_x, self.right_y)

    @property
    def corners(self) -> np.ndarray:
        """Left upper, right upper, right lower, left lower, as the face has them, `[4 2]`."""
        return self.placed(np.array([(0.0, 0.0), (1, 0), (1, 1), (0, 1)]))

    def placed(self, shares: np.ndarray) -> np.ndarray:
        """Points of the photograph `[... 2]` where the shares of the square's sides `[... 2]` are."""
        across, down = np.moveaxis(2 * np.asarray(shares, float) - 1, -1, 0)
        x = self.x + across * self.right_x - down * self.right_y
        return np.stack([x, self.y + across * self.right_y + down * self.right_x], -1)

    def shares(self, points: np.ndarray) -> np.ndarray:
        """Where points of the photograph `[... 2]` are, as shares of the square's sides; the reverse of `placed`."""
        x, y = np.moveaxis(np.asarray(points, float) - (self.x, self.y), -1, 0)
        length = self.right_x**2 + self.right_y**2
        across, down = (x * self.right_x + y * self.right_y) / length, (y * self.right_x - x * self.right_y) / length
        return (np.stack([across, down], -1) + 1) / 2

    def moved(self, scale: float, x: float = 0.0, y: float = 0.0) -> Frame:
        """The same in pixels that are `scale` times as many, after the photograph's corner went to (-x, -y)."""
        return Frame((self.x - x) * scale, (self.y - y) * scale, self.right_x * scale, self.right_y * scale)

    def within(self, x: float, y: float, scale: float = 1.0, angle: float = 0.0) -> Frame:
        """A square that lies in this one.

        Args:
            x, y: of its middle to the right and down of this one's, in sides.
            scale: of its side.
            angle: by which it is turned with the clock, as seen, in radians.
        """
        middle = self.placed(np.array([0.5 + x, 0.5 + y]))
        across, down = scale * math.cos(angle), scale * math.sin(angle)
        right = (across * self.right_x - down * self.right_y, across * self.right_y + down * self.right_x)
        return Frame(float(middle[0]), float(middle[1]), *right)


def frame_of(points: np.ndarray) -> Frame:
    """The square of a face, from its five points `[5 2]`: left eye, right eye, nose, left and right corner of the mouth."""
    points = np.asarray(points, float)
    eyes, mouth = points[list(EYES)], points[list(MOUTH)]
    across, down = eyes[1] - eyes[0], mouth.mean(0) - eyes.mean(0)
    right = across + (down[1], -down[0])
    right *= max(SPREAD_EYES * math.hypot(*across), SPREAD_MOUTH * math.hypot(*down)) / max(math.hypot(*right), 1e-9)
    middle = eyes.mean(0) + DOWN * down
    return Frame(*(float(number) for number in (*middle, *right)))


def _surroundings(photograph: Image.Image, frame: Frame, side: int) -> tuple[Image.Image, Frame]:
    """The part of a photograph that a frame needs, no larger than the result asks for, and the frame in it."""
    width, height = photograph.size
    reach = frame.side * (math.sqrt(0.5) + 0.05) + 4
    left, top = max(0, math.floor(frame.x - reach)), max(0, math.floor(frame.y - reach))
    right, bottom = min(width, math.ceil(frame.x + reach)), min(height, math.ceil(frame.y + reach))
    left, top = min(left, width - 1), min(top, height - 1)
    part, frame = photograph.crop((left, top, max(right, left + 1), max(bottom, top + 1))), frame.moved(1, left, top)
    shrink = side / frame.side
    if shrink < 1:
        small = [max(1, round(size * shrink)) for size in part.size]
        frame = Frame(frame.x * small[0] / part.width, frame.y * small[1] / part.height, frame.right_x * shrink, frame.right_y * shrink)
        part = part.resize((small[0], small[1]), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return part, frame


def _padded(part: Image.Image, frame: Frame) -> tuple[Image.Image, Frame]:
    """A part of a photograph with its reflection around it as far as the frame reaches, blurred outside, and the frame in it."""
    corners, side = frame.corners, frame.side
    least, most = np.floor(corners.min(0)).astype(int) - 2, np.ceil(corners.max(0)).astype(int) + 2
    before, after = np.maximum(-least, 0), np.maximum(most - part.size, 0)
    if not before.any() and not after.any():
        return part, frame
    rgb = np.asarray(part)
    # np.pad reflects again where the part is smaller than what is missing; a part of one pixel has nothing to reflect.
    mode: Literal["reflect", "edge"] = "reflect" if min(part.size) > 1 else "edge"
    rgb = np.pad(rgb, [(int(before[1]), int(after[1])), (int(before[0]), int(after[0])), (0, 0)], mode=mode)
    outside = _outside(part.size, before, after) / side
    sharp = rgb.astype(np.float32)
    soft = np.asarray(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(SOFT * side)), np.float32)
    share = np.clip(3 * outside / FARTHEST, 0, 1)[..., None]
    plain = np.clip(outside / FARTHEST, 0, 1)[..., None]
    mixed = sharp + (soft - sharp) * share
    mixed += (np.median(mixed, (0, 1)) - mixed) * plain
    return Image.fromarray(np.clip(np.rint(mixed), 0, 255).astype(np.uint8)), frame.moved(1, -before[0], -before[1])


def _outside(size: tuple[int, int], before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """How far each pixel `[h w]` lies outside, in pixels."""
    far = [
        np.maximum(np.maximum(-np.arange(-b, s + a), np.arange(-b, s + a) - s + 1), 0) for s, b, a in zip(size, before, after, strict=True)
    ]
    return np.hypot(far[0][None, :], far[1][:, None])


def aligned(photograph: Image.Image, frame: Frame, side: int) -> Image.Image:
    """A face cut out of its photograph, upright.

    Args:
        photograph: RGB.
        frame: its square.
        side: pixels of the result both ways, such as 256 or 1024.
    """
    part, frame = _padded(*_surroundings(photograph, frame, side))
    return part.transform((side, side), Image.Transform.AFFINE, _affine(frame, side), Image.Resampling.BICUBIC)


def _affine(frame: Frame, side: int) -> tuple[float, ...]:
    """From pixels of the cut-out face to those of the photograph, as PIL has it: x = a i + b j + c, y = d i + e j + f."""
    (x0, y0), (x1, y1), _, (x3, y3) = frame.corners
    return (x1 - x0) / side, (x3 - x0) / side, x0, (y1 - y0) / side, (y3 - y0) / side, y0
