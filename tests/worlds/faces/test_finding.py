"""Faces of a photograph, with a finder that sees five coloured dots: squares in the photograph's pixels, each face once."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from core.models.face_finder import FaceFinder, Faces
from core.models.face_square import FaceSquare
from core.worlds.faces.alignment import frame_of
from core.worlds.faces.finding import FoundFace, found_faces
from tests.worlds.faces.test_alignment import UPRIGHT, turned

DOTS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255))


class Dots(FaceFinder):
    """Sees dots of five colours where both eyes are higher than the mouth, and one face in a picture.

    Args:
        close_score: how sure it is of a face that is looked at closely.
    """

    def __init__(self, close_score: float = 0.9) -> None:
        torch.nn.Module.__init__(self)
        self.close_score = close_score
        self.looked: list[tuple[int, int]] = []

    def faces(self, images: Tensor, surer_than: float = 0.5, overlap: float = 0.3) -> list[Faces]:
        self.looked.append((images.shape[3], images.shape[2]))
        near = [(images[0] - torch.tensor(dot)[:, None, None] / 255).abs().amax(0) < 0.25 for dot in DOTS]
        if not all(bool(dot.any()) for dot in near):
            return [Faces(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, 5, 2))]
        points = torch.stack([torch.nonzero(dot).float().mean(0).flip(0) + 0.5 for dot in near])
        score = self.close_score if images.shape[2] == images.shape[3] == 160 else 0.9
        seen = float(points[3:, 1].min()) > float(points[:2, 1].max()) and score > surer_than
        box = torch.cat([points.amin(0), points.amax(0)])[None]
        return [Faces(box[:seen], torch.tensor([score])[:seen], points[None][:seen])]


def drawn(points: np.ndarray, size: tuple[int, int]) -> Image.Image:
    """Dots on grey."""
    image, radius = Image.new("RGB", size, (128, 128, 128)), np.ptp(points[:, 1]) / 9
    for (x, y), colour in zip(points, DOTS, strict=True):
        ImageDraw.Draw(image).ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return image


@pytest.mark.parametrize(("degrees", "scale"), [(0, 4), (15, 4), (-25, 2), (90, 4), (180, 4), (-90, 4)])
def test_a_face_however_it_stands(degrees: float, scale: float) -> None:
    """Its points and square are those that were drawn, within a hundredth of the square."""
    points = turned(UPRIGHT - 50, degrees, scale) + (500, 380)
    (face,) = found_faces(drawn(points, (1200, 800)), Dots())
    wanted = frame_of(points)
    assert np.abs(face.points - points).max() < wanted.side / 100
    assert math.hypot(face.frame.x - wanted.x, face.frame.y - wanted.y) < wanted.side / 50
    turn = math.atan2(face.frame.right_y, face.frame.right_x) - math.atan2(wanted.right_y, wanted.right_x)
    assert abs(math.remainder(turn, 2 * math.pi)) < 0.03
    left, top, right, bottom = face.box
    assert (points.min(0) > (left - 2, top - 2)).all() and (points.max(0) < (right + 2, bottom + 2)).all()


def test_nothing_where_there_is_no_face() -> None:
    """Looked for in every way, each no larger than it may be."""
    finder = Dots()
    assert found_faces(Image.new("RGB", (3000, 1500), (128, 128, 128)), finder) == []
    assert finder.looked == [(640, 320), (192, 384), (192, 384), (384, 192), (1024, 512)]


def test_what_is_no_face_from_near_is_left_out() -> None:
    assert found_faces(drawn(4 * UPRIGHT, (640, 480)), Dots(close_score=0.45)) == []


def test_a_small_photograph_is_enough() -> None:
    (face,) = found_faces(drawn(UPRIGHT, (100, 100)), Dots())
    assert np.abs(face.points - UPRIGHT).max() < 1


class Tells(FaceSquare):
    """Always tells the same."""

    def both_ways(self, pictures: Tensor) -> Tensor:
        assert pictures.shape == (1, 3, 64, 64)
        return torch.tensor([[0.1, 0.0, math.log(0.5), 0.0]])


def test_a_square_is_set_right() -> None:
    """By what the network tells: a tenth of a side to the right, half as large; the points stay."""
    photograph = drawn(4 * UPRIGHT, (640, 480))
    (plain,), (right,) = found_faces(photograph, Dots()), found_faces(photograph, Dots(), Tells())
    side = plain.frame.side
    assert right.frame.side == pytest.approx(side / 2) and right.frame.x - plain.frame.x == pytest.approx(side / 10, rel=0.02)
    assert np.array_equal(right.points, plain.points)


def test_a_profile_has_its_nose_beside_the_eyes() -> None:
    def face(nose: float) -> FoundFace:
        points = UPRIGHT.copy()
        points[2, 0] = nose
        points = turned(points, 30)
        return FoundFace((0, 0, 1, 1), points, 1.0, frame_of(points))

    assert [face(nose).profile for nose in (38, 42, 50, 58, 62)] == [True, False, False, False, True]
