"""Crops of a face, as a network wants them: squares around its landmarks, at its own size."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

USUAL = (0.5, 0.57, 0.62)
"""Middle (x, y) and side of a square around a face that is aligned as FFHQ, as shares of the picture's side."""


def usual_squares(count: int) -> Tensor:
    """`[n 3]`: the square where a face mostly lies, for n pictures."""
    return torch.tensor(USUAL).expand(count, 3)


def squares_around(landmarks: Tensor, margin: float) -> Tensor:
    """Middle (x, y) and side `[n 3]` of the squares around landmarks `[n 68 2]`, larger by a margin, as a share of their sides."""
    low, high = landmarks.amin(1), landmarks.amax(1)
    return torch.cat([(low + high) / 2, (high - low).amax(1, keepdim=True) * (1 + margin)], 1)


def cut(pictures: Tensor, squares: Tensor, side: int) -> Tensor:
    """Squares `[n 3]` out of pictures `[n 3 h w]`, at `side` pixels `[n 3 side side]`; outside a picture its edge goes on."""
    at = torch.zeros(len(squares), 2, 3)
    at[:, 0, 0] = at[:, 1, 1] = squares[:, 2]
    at[:, :, 2] = squares[:, :2] * 2 - 1
    grid = F.affine_grid(at, [len(squares), 3, side, side], align_corners=False)
    return F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def uncut(landmarks: Tensor, squares: Tensor) -> Tensor:
    """Places (x, y) `[n k 2]` within squares `[n 3]` as places within the pictures."""
    return squares[:, None, :2] + (landmarks - 0.5) * squares[:, None, 2:]
