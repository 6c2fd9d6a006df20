"""The same CLIP for pictures that are no squares: a tower that places its patches by interpolation takes any multiple of a patch."""

from __future__ import annotations

from typing import Any

from core.models.clip import Clip
from core.models.photo_tower import PhotoTower


def stretched(clip: Clip, width: int, height: int) -> Clip:
    """The CLIP at the proportions of a picture of `width` by `height` pixels, with the very same weights.

    The shorter side has the tower's own size, so that things are as large as in training; the longer one is rounded to
    whole patches. A tower whose size is fixed is given back as it is; pictures are then padded to it.
    """
    tower: Any = clip.visual
    if not isinstance(tower, PhotoTower) or not tower.trunk.dynamic_img_size:
        return clip
    patch = tower.trunk.patch_embed.patch_size
    least = min(width, height)
    high, wide = (round(own * side / least / p) * p for own, side, p in zip(clip.image_size, (height, width), patch, strict=True))
    if (high, wide) == clip.image_size:
        return clip
    return Clip(
        tower, clip.texts, clip.mean.flatten().tolist(), clip.std.flatten().tolist(), (high, wide), clip.logit_scale, clip.name
    ).eval()
