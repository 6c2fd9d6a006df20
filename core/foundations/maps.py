"""Activation maps of other sizes."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

Size = tuple[int, int]
"""Height and width in places."""


def larger(one: Size, other: Size) -> Size:
    """The size at which two maps are compared."""
    return max(one[0], other[0]), max(one[1], other[1])


def resized(maps: Tensor, size: Size) -> Tensor:
    """Maps `[n u h w]` at another size: bilinear, and averaged where they become smaller."""
    if maps.shape[2:] == size:
        return maps
    smaller = maps.shape[2] > size[0] or maps.shape[3] > size[1]
    return F.interpolate(maps, size, mode="bilinear", align_corners=False, antialias=smaller)
