"""SSIM: how alike the structure of two pictures is.

    S(x, y) = mean over places, colours of (2 mx my + c1)(2 sxy + c2) / ((mx^2 + my^2 + c1)(sx^2 + sy^2 + c2))

Paper: Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to structural similarity", 2004, equation 13;
means and covariances under a Gaussian window of 11 x 11 with a deviation of 1.5, c1 = .01^2 and c2 = .03^2 for colours in [0, 1].
Only windows that lie wholly in the picture count, each colour by itself.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.errors import ShapeError

WINDOW, DEVIATION = 11, 1.5
C1, C2 = 0.01**2, 0.03**2


def ssim(one: Tensor, other: Tensor) -> Tensor:
    """Of pictures RGB `[n 3 h w]` in [0, 1], to `[n]`: 1 for the same. ShapeError where they differ in shape or are below 11 px."""
    if one.shape != other.shape or one.ndim != 4 or min(one.shape[2:]) < WINDOW:
        raise ShapeError(
            f"Expected two lots of pictures [n 3 h w] of at least {WINDOW} px, got {tuple(one.shape)} and {tuple(other.shape)}."
        )
    offsets = torch.arange(WINDOW, dtype=one.dtype, device=one.device) - WINDOW // 2
    line = torch.exp(-offsets.square() / (2 * DEVIATION**2))
    line = line / line.sum()

    def mean(maps: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(maps, line[None, None, :, None]), line[None, None, None])

    x, y = (maps.reshape(-1, 1, *maps.shape[2:]) for maps in (one, other))
    mx, my = mean(x), mean(y)
    xx, yy, xy = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    found = (2 * mx * my + C1) * (2 * xy + C2) / ((mx * mx + my * my + C1) * (xx + yy + C2))
    return found.reshape(len(one), -1).mean(1)
