"""Maps finer than a tower's patches: the picture is looked at through several windows, each shifted by part of a patch.

    heat(x) = mean over shifts s of upsample(map(I shifted by s))(x + s)

A patch's value belongs to all of its pixels alike; shifted windows cut the picture at other places, and their mean
tells pixels of one patch apart. Sliding windows are the usual way to a finer dense prediction (for CLIP for example
MaskCLIP, arXiv:2112.01071, and SCLIP, arXiv:2312.01597, which slide crops of a large picture); here the windows are
shifts by fractions of a patch, so that one picture at the tower's own size gains, and what moves in is the repeated
edge. They stand evenly around no shift at all; one window is the plain map.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import SettingError, ShapeError

Upsampling = Literal["bilinear", "nearest", "bicubic"]

MOST_WINDOWS = 8
"""Per axis; the square of it is how often the tower runs."""


def shifts(windows: int, patch: tuple[int, int]) -> list[tuple[int, int]]:
    """By how much each window moves the picture.

    Args:
        windows: per axis, 1 to MOST_WINDOWS.
        patch: height and width of a patch in pixels.

    Returns:
        Down and right, in pixels, `windows` squared of them; rounded to whole pixels, and none twice.

    Raises:
        SettingError: where there are no windows or too many.
    """
    if not 1 <= windows <= MOST_WINDOWS:
        raise SettingError(f"There can be 1 to {MOST_WINDOWS} windows per axis, got {windows!r}.")
    axes = [dict.fromkeys(round(((i + 0.5) / windows - 0.5) * side) for i in range(windows)) for side in patch]
    return [(down, right) for down in axes[0] for right in axes[1]]


def shift(images: Tensor, down: int, right: int) -> Tensor:
    """Move pictures; what comes in is the repeated edge.

    Args:
        images: `[n c h w]`.
        down: pixels, negative for up; right likewise.

    Returns:
        `[n c h w]`.
    """
    height, width = images.shape[-2:]
    rows = (torch.arange(height, device=images.device) - down).clamp(0, height - 1)
    columns = (torch.arange(width, device=images.device) - right).clamp(0, width - 1)
    return images[..., rows, :][..., columns]


def upsample(maps: Tensor, size: tuple[int, int], how: Upsampling = "bilinear") -> Tensor:
    """Maps of a patch grid to pixels.

    Args:
        maps: `[n m h w]`.
        size: height and width wanted.
        how: between the patches' middles; "nearest" gives each pixel its patch's value.

    Returns:
        `[n m h w]`.

    Raises:
        ShapeError: where the maps are no `[n m h w]`.
    """
    if maps.ndim != 4:
        raise ShapeError(f"Expected maps [n m h w], got {tuple(maps.shape)}.")
    if how == "nearest":
        return F.interpolate(maps, size, mode="nearest-exact")
    return F.interpolate(maps, size, mode=how, align_corners=False)


class WindowMean:
    """The mean over windows, each moved back to where it came from.

    Pixels that a shift moved out of the picture do not count in that window; the windows stand around no shift, so
    that every pixel is in one of them.
    """

    def __init__(self) -> None:
        self.total: Tensor | None = None
        self.count: Tensor | None = None

    def add(self, maps: Tensor, down: int, right: int) -> WindowMean:
        """Take in the maps `[n m h w]` of pictures that were moved by `shift(images, down, right)`."""
        height, width = maps.shape[-2:]
        inside = maps.new_ones(1, 1, height, width)
        inside[..., max(0, height - down) if down > 0 else height :, :] = 0
        inside[..., : -down if down < 0 else 0, :] = 0
        inside[..., max(0, width - right) if right > 0 else width :] = 0
        inside[..., : -right if right < 0 else 0] = 0
        back = shift(maps, -down, -right) * inside
        self.total = back if self.total is None else self.total + back
        self.count = inside if self.count is None else self.count + inside
        return self

    @property
    def mean(self) -> Tensor:
        """`[n m h w]`; ShapeError where nothing was added."""
        if self.total is None or self.count is None:
            raise ShapeError("No window was added yet.")
        return self.total / self.count.clamp(min=1)
