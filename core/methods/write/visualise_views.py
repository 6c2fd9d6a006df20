"""How an image is looked at while it is grown: each time a little differently, so that what excites is not one exact arrangement of pixels.

    v(x) = where(inside, x(A^-1 p), ground),        A: moved by up to m pixels, mirrored, a little turned and scaled

Source: papers/vit_mlp_neurons.md, section 2.4, after Olah et al. 2017, "Feature visualization".

What differs from lucent: its transforms (12 pixels of padding, twice a jitter, ten degrees) are fitted to 224 pixels and tear a picture of
32 apart; here they are told in shares of the side, and for pixel art whole pixels, as far as its own training moves it. What comes in
from outside has a colour by chance, not always grey, so that no image lives by its edge. All images of a batch are moved in one
resampling, each by its own seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.errors import SettingError
from core.foundations.seeds import numpy_rng


@dataclass(frozen=True)
class Views:
    """How far a view may differ.

    Attributes:
        moved: share of the side by which it is moved at most, along each axis.
        whole: whether it is moved by whole pixels.
        mirrored: how often it is mirrored.
        turned: degrees at most.
        scaled: how much larger or smaller it is at most, as a share.
    """

    moved: float = 0.1
    whole: bool = True
    mirrored: float = 0.5
    turned: float = 0.0
    scaled: float = 0.0

    def __post_init__(self) -> None:
        """SettingError where something is out of bounds."""
        if not 0 <= self.moved <= 0.5 or not 0 <= self.mirrored <= 1 or not 0 <= self.turned <= 180 or not 0 <= self.scaled < 1:
            raise SettingError(f"A setting of the views is out of bounds: {self}. See Views for what it may be.")


STILL = Views(moved=0.0, mirrored=0.0)
"""Nothing is changed."""


class Plan(NamedTuple):
    """All views of all images that are grown together.

    Attributes:
        affine: `[steps n 2 3]`, as torch's `affine_grid` takes them.
        grounds: RGB in [0, 1] of what comes in from outside `[steps n 3]`.
    """

    affine: Tensor
    grounds: Tensor


def plan(views: Views, seeds: Sequence[int], steps: int, size: tuple[int, int], grounds: Tensor | None = None) -> Plan:
    """The views of some images, each by its own seed.

    Args:
        views: how far they may differ.
        seeds: one an image.
        steps: how many views.
        size: height and width of the images.
        grounds: colours to draw from RGB `[k 3]` in [0, 1]; any where None.
    """
    rows = [_drawn(views, numpy_rng("visualise views", int(seed)), steps, size, grounds) for seed in seeds]
    affine, colours = (np.stack([row[at] for row in rows], 1) for at in (0, 1))
    return Plan(torch.from_numpy(affine).float(), torch.from_numpy(colours).float())


def _drawn(
    views: Views, rng: np.random.Generator, steps: int, size: tuple[int, int], grounds: Tensor | None
) -> tuple[np.ndarray, np.ndarray]:
    """One image's affine maps `[steps 2 3]` and grounds `[steps 3]`."""
    sides = np.array([size[1], size[0]], float)  # across, down
    moved = rng.uniform(-views.moved, views.moved, (steps, 2)) * sides
    moved = (np.rint(moved) if views.whole else moved) * 2 / sides
    turned = np.deg2rad(rng.uniform(-views.turned, views.turned, steps))
    scaled = 1 + rng.uniform(-views.scaled, views.scaled, steps)
    flip = np.where(rng.random(steps) < views.mirrored, -1.0, 1.0)
    cosine, sine = np.cos(turned) / scaled, np.sin(turned) / scaled
    ratio = size[0] / size[1]
    affine = np.stack(
        [np.stack([flip * cosine, sine * ratio, moved[:, 0]], 1), np.stack([-flip * sine / ratio, cosine, moved[:, 1]], 1)], 1
    )
    if grounds is None:
        return affine, rng.random((steps, 3))
    return affine, grounds.double().numpy()[rng.integers(len(grounds), size=steps)]


def looked_at(images: Tensor, affine: Tensor, grounds: Tensor) -> Tensor:
    """Images as one step's views show them.

    Args:
        images: RGB `[n 3 h w]` in [0, 1].
        affine: `[n 2 3]`.
        grounds: RGB `[n 3]` in [0, 1].

    Returns:
        RGB `[n 3 h w]` in [0, 1], differentiable in the images.
    """
    ground = grounds.to(images)[:, :, None, None]
    grid = F.affine_grid(affine.to(images), list(images.shape), align_corners=False)
    # Outside of it a picture counts as nothing, so what differs from the ground is resampled, and the ground added again.
    return F.grid_sample(images - ground, grid, mode="bilinear", padding_mode="zeros", align_corners=False) + ground
