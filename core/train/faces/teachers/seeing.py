"""What all teachers together see of pictures, as one record.

A face is found where FFHQ's alignment puts it; its landmarks, seen twice, say where the other networks' crops lie. Landmarks and
expressions are the means over the picture and its mirror image. Age and sex are the means of two networks.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.models.face_seen import FaceSeen
from core.models.tfjs_graph import TfjsGraph
from core.train.faces.teachers import face_api
from core.train.faces.teachers.crops import cut, squares_around, uncut, usual_squares
from core.train.faces.teachers.face_api import FaceApi, load_face_api
from core.train.faces.teachers.faceres import SIDE, load_faceres, person
from core.train.faces.teachers.parser import load_parser, parsed

MIRRORED = [
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65),
]
"""Which landmark each one is in the mirror."""


def mirrored(landmarks: Tensor) -> Tensor:
    """Landmarks `[n 68 2]` of the mirror image, as shares of its side."""
    turned = landmarks[:, MIRRORED].clone()
    turned[..., 0] = 1 - turned[..., 0]
    return turned


class Teachers:
    """All of them, loaded.

    Example:
        seen = Teachers().read(pictures)
    """

    def __init__(self, api: FaceApi | None = None, faceres: TfjsGraph | None = None, parser: TfjsGraph | None = None) -> None:
        """Take these; what is None is loaded, and fetched where it is not there (220 MB in all; WeightsError where that fails)."""
        self.api, self.faceres, self.parser = api or load_face_api(), faceres or load_faceres(), parser or load_parser()

    @torch.inference_mode()
    def read(self, pictures: Tensor) -> FaceSeen:
        """What they see of RGB `[n 3 256 256]` in [0, 1]; a few pictures at a time are the fastest."""
        landmarks = self.landmarks(pictures)
        close = cut(pictures, squares_around(landmarks, 0.2), face_api.SIDE)
        expressions = (self.api.expressions(close) + self.api.expressions(close.flip(3))) / 2
        age, female = self.api.age_female(close)
        other = person(self.faceres, cut(pictures, squares_around(landmarks, 0.5), SIDE))
        parts = parsed(self.parser, pictures, landmarks)
        return FaceSeen(expressions, (age + other.age) / 2, (female + other.female) / 2, landmarks, parts, other.identity)

    def landmarks(self, pictures: Tensor) -> Tensor:
        """(x, y) `[n 68 2]` as shares of the side: once where a face mostly lies, then around what was seen there."""
        squares = usual_squares(len(pictures))
        first = uncut(self.api.landmarks(cut(pictures, squares, face_api.SIDE)), squares)
        squares = squares_around(first, 0.4)
        close = cut(pictures, squares, face_api.SIDE)
        return uncut((self.api.landmarks(close) + mirrored(self.api.landmarks(close.flip(3)))) / 2, squares)
