"""The faces of a photograph: looked for in the whole, then each looked at again, upright and large.

The whole photograph is brought to 640 px. Where no face is found, it is looked at again with more pixels, then turned by quarter
turns: seen from below or lying, a face is often missed. Each find is then cut out by its five points and looked at once more,
which makes the points better, tells things apart that only seemed to be faces, and sets a face upright that was not. Last a small
network of ours sets the square right, which five points give only roughly (core.models.face_square).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

from core.foundations.images import to_tensor
from core.models.face_finder import FaceFinder, Faces, apart
from core.models.face_square import SHARE, FaceSquare
from core.models.face_square import SIDE as SQUARE_SIDE
from core.worlds.faces.alignment import Frame, aligned, frame_of

SIDE = 640
"""Of the photograph when it is looked at whole: the longer one, in pixels."""
LARGER = 1024
"""The same where nothing was found."""
TURNED_SIDE = 384
"""The same for quarter turns."""
SURER_THAN, SURER_TURNED = 0.4, 0.6
"""Least scores of a first look; of a photograph that is turned more is asked, since four looks err more often than one."""
CLOSE_SIDE, CLOSE_SHARE = 160, 0.75
"""Pixels of a second look, and how much of the face's square it is of."""
SURE = 0.5
"""Least score of a second look."""
STRAIGHT = math.radians(20)
"""A face that a second look still finds turned by more is looked at a third time."""
WIDER = 0.97
"""How large the square is that FFHQ's 68 points give, in squares of the finder's five points."""
OVERLAP = 0.3
MOST = 12
"""Faces that are looked at closely; the largest of the first look."""


class FoundFace(NamedTuple):
    """A face of a photograph.

    Attributes:
        box: left, top, right, bottom in pixels of the photograph.
        points: x and y in pixels of left eye, right eye, nose, left and right corner of the mouth `[5 2]`, as the viewer sees them
            when the face is upright.
        score: how sure the finder is, 0 to 1.
        frame: its square, as FFHQ cuts it.
    """

    box: tuple[float, float, float, float]
    points: np.ndarray
    score: float
    frame: Frame

    @property
    def profile(self) -> bool:
        """Whether it looks aside so far that the tip of the nose is not between the eyes."""
        eyes = self.frame.shares(self.points[:2])[:, 0]
        nose = self.frame.shares(self.points[2])[0]
        return not eyes.min() <= nose <= eyes.max()


def found_faces(photograph: Image.Image, finder: FaceFinder, square: FaceSquare | None = None) -> list[FoundFace]:
    """The faces of a photograph, the largest first, at most 12; none where there are none.

    Args:
        photograph: RGB, of any size.
        finder: of faces.
        square: sets their squares right; None leaves them as five points give them.
    """
    for points in _looks(photograph, finder):
        guesses = sorted((frame_of(five) for five in points), key=lambda frame: -frame.side)[:MOST]
        found = [face for guess in guesses if guess.side > 0 for face in _closely(photograph, guess, finder)]
        if found:
            return [_set_right(photograph, face, square) for face in _each_once(found)] if square else _each_once(found)
    return []


def _each_once(found: list[FoundFace]) -> list[FoundFace]:
    """Faces that are found twice are kept once, the surer; the largest first."""
    boxes, scores = torch.tensor([face.box for face in found]), torch.tensor([face.score for face in found])
    kept = apart(Faces(boxes, scores, torch.arange(len(found))), OVERLAP).points.tolist()
    return sorted((found[place] for place in kept), key=lambda face: -face.frame.side)


def _looks(photograph: Image.Image, finder: FaceFinder) -> Iterator[np.ndarray]:
    """The points `[m 5 2]` that one look after another finds, in pixels of the photograph."""
    yield _seen(photograph, SIDE, finder, SURER_THAN)
    for turns in (1, 3, 2):
        turned = photograph.resize(_size(photograph, TURNED_SIDE), Image.Resampling.BOX).rotate(90 * turns, expand=True)
        yield _unturned(_seen(turned, TURNED_SIDE, finder, SURER_TURNED), turned.size, turns) * (max(photograph.size) / TURNED_SIDE)
    if max(photograph.size) > SIDE:
        yield _seen(photograph, LARGER, finder, SURER_THAN)


def _size(photograph: Image.Image, side: int) -> tuple[int, int]:
    """With the longer side at so many pixels."""
    width, height = (max(1, round(size * side / max(photograph.size))) for size in photograph.size)
    return width, height


def _seen(photograph: Image.Image, side: int, finder: FaceFinder, surer_than: float) -> np.ndarray:
    """Points `[m 5 2]` of a photograph brought to a size, in its pixels."""
    size = _size(photograph, side)
    how = Image.Resampling.BOX if max(photograph.size) > side else Image.Resampling.BILINEAR
    small = photograph if size == photograph.size else photograph.resize(size, how)
    faces = finder.faces(to_tensor(np.asarray(small)[None]), surer_than)[0]
    return faces.points.double().numpy() * (np.array(photograph.size) / size)


def _unturned(points: np.ndarray, size: tuple[int, int], turns: int) -> np.ndarray:
    """Points of a picture that was turned by quarter turns against the clock, in pixels as before; `size` is after turning."""
    for _ in range(turns):
        points = np.stack([size[1] - points[..., 1], points[..., 0]], -1)
        size = (size[1], size[0])
    return points


def _closely(photograph: Image.Image, frame: Frame, finder: FaceFinder) -> list[FoundFace]:
    """The face of a square, looked at again; none where it is none after all."""
    face = _look(photograph, frame, finder)
    if face and _between(frame, face.frame) > STRAIGHT:
        face = _look(photograph, face.frame, finder) or face
    return [face] if face and face.score >= SURE else []


def _between(one: Frame, other: Frame) -> float:
    """The angle between two squares, 0 to pi."""
    angle = math.atan2(one.right_y, one.right_x) - math.atan2(other.right_y, other.right_x)
    return abs((angle + math.pi) % (2 * math.pi) - math.pi)


def _look(photograph: Image.Image, frame: Frame, finder: FaceFinder) -> FoundFace | None:
    """What is nearest to the middle of a square."""
    inner = frame.within(0, 0, CLOSE_SHARE)
    faces = finder.faces(to_tensor(np.asarray(aligned(photograph, inner, CLOSE_SIDE))[None]), SURER_THAN)[0]
    if not len(faces.scores):
        return None
    middles = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    place = int((middles - CLOSE_SIDE / 2).square().sum(1).argmin())
    left, top, right, bottom = (faces.boxes[place] / CLOSE_SIDE).tolist()
    box = inner.placed(np.array([(left, top), (right, top), (right, bottom), (left, bottom)]))
    points = inner.placed(faces.points[place].double().numpy() / CLOSE_SIDE)
    (left, top), (right, bottom) = box.min(0), box.max(0)
    around = (float(left), float(top), float(right), float(bottom))
    return FoundFace(around, points, float(faces.scores[place]), frame_of(points).within(0, 0, WIDER))


def _set_right(photograph: Image.Image, face: FoundFace, square: FaceSquare) -> FoundFace:
    """The same face with its square as FFHQ would cut it."""
    near = aligned(photograph, face.frame.within(0, 0, SHARE), SQUARE_SIDE)
    x, y, log_side, angle = square.both_ways(to_tensor(np.asarray(near)[None]))[0].tolist()
    return face._replace(frame=face.frame.within(x, y, math.exp(log_side), angle))
