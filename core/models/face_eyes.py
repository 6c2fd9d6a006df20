"""What DINOv2 makes of a face, for all that reads faces: the tokens of a few of its blocks, looked at once and shared."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.errors import ShapeError
from core.models.dinov2 import MEAN, STD, dinov2

SIDE = 224
"""Height and width of what it looks at, in pixels."""
BLOCKS = (2, 5, 8, 11)
"""Whose tokens are taken, the first of all being 0; those of the last after the last norm."""


class FaceEyes(nn.Module):
    """Aligned faces to tokens.

    Args:
        trunk: a vision transformer of timm for pictures of `side` px.
        side: height and width that the trunk takes, in pixels.
        blocks: whose tokens are taken, the last of all among them.

    Example:
        tokens = load_face_eyes().look(pictures)
    """

    mean: Tensor
    std: Tensor

    def __init__(self, trunk: Any, side: int = SIDE, blocks: tuple[int, ...] = BLOCKS) -> None:
        super().__init__()
        self.trunk, self.side, self.blocks = trunk, side, blocks
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(STD)[:, None, None], persistent=False)

    def look(self, pictures: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] of any size to tokens `[n l t d]`: for each block the class token, then the patches row by row.

        Differentiable in the pictures. ShapeError where they have other axes.
        """
        if pictures.ndim != 4 or pictures.shape[1] != 3:
            raise ShapeError(f"Expected pictures [n 3 h w], got {tuple(pictures.shape)}.")
        if pictures.shape[2:] != (self.side, self.side):
            size = (self.side, self.side)
            pictures = F.interpolate(pictures, size, mode="bilinear", antialias=True, align_corners=False)
        seen = self.trunk.forward_intermediates(
            (pictures - self.mean) / self.std, list(self.blocks), return_prefix_tokens=True, output_fmt="NLC", intermediates_only=True
        )
        whole = [torch.cat([first, patches], 1) for patches, first in seen]
        return torch.stack([*whole[:-1], self.trunk.norm(whole[-1])], 1)


def load_face_eyes() -> FaceEyes:
    """DINOv2's; WeightsError where it was not fetched, or is damaged."""
    return FaceEyes(dinov2(SIDE)).eval().requires_grad_(False)
