"""Faces cut out for the judges: turned upright and to size by landmarks, as each network was trained.

dlib's chips lay five points of the face on five places (its `get_face_chip_details`, the mean face of its five-point model).
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

FIVE = (33, 133, 362, 263, 2)
"""In the mesh of 468 points: outer and inner corner of the eye on the left of the picture, inner and outer of the other, below
the nose."""
PLACES = np.array([[0.1206, 0.2137], [0.3341, 0.2291], [0.6461, 0.2290], [0.8596, 0.2135], [0.4901, 0.6278]])
"""Where dlib's chips have those points, as shares of a chip without padding."""


def similarity(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Scale, turn and shift `[2 3]` that take places nearest to points `[k 2]`, by least squares (Umeyama 1991, without mirrors)."""
    a, b = places - places.mean(0), points - points.mean(0)
    real, imaginary = (a * b).sum(), (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()
    turn = np.array([[real, -imaginary], [imaginary, real]]) / (a * a).sum()
    return np.concatenate([turn, (points.mean(0) - turn @ places.mean(0))[:, None]], 1)


def chip(image: Tensor, places_to_picture: np.ndarray, size: int) -> Tensor:
    """A square cut out of a picture.

    Args:
        image: `[3 h w]`.
        places_to_picture: `[2 3]`, shares of the square to shares of the picture.
        size: of the square, in pixels.

    Returns:
        `[3 size size]`; what lies outside the picture is as its nearest border. Each pixel is the mean of 3 x 3 places, so that
        little of a larger picture is skipped.
    """
    matrix = places_to_picture
    theta = np.empty((2, 3))
    # grid_sample counts from -1 to 1 on both sides: share = (x + 1) / 2.
    theta[:, :2] = matrix[:, :2]
    theta[:, 2] = matrix[:, :2].sum(1) + 2 * matrix[:, 2] - 1
    grid = F.affine_grid(torch.from_numpy(theta).float()[None], [1, 3, 3 * size, 3 * size], align_corners=False)
    return F.avg_pool2d(F.grid_sample(image[None], grid, padding_mode="border", align_corners=False), 3)[0]


def dlib_chip(image: Tensor, mesh: np.ndarray, size: int, padding: float) -> Tensor:
    """A face as dlib cuts it out.

    Args:
        image: `[3 h w]`.
        mesh: landmarks `[468 2+]` as shares of the picture.
        size: in pixels.
        padding: around the five points, in sides of the unpadded chip.
    """
    places = (padding + PLACES) / (1 + 2 * padding)
    return chip(image, similarity(mesh[list(FIVE), :2], places), size)


def box_chip(image: Tensor, mesh: np.ndarray, size: int, share: float) -> Tensor:
    """The upright square around a face, `share` times as wide as its landmarks reach."""
    low, high = mesh[:, :2].min(0), mesh[:, :2].max(0)
    side = (high - low).max() * share
    corner = (low + high) / 2 - side / 2
    return chip(image, np.array([[side, 0, corner[0]], [0, side, corner[1]]]), size)
