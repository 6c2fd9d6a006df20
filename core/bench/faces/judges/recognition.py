"""Who it is: dlib's recognition network as face-api carries it, 128 numbers, the same person where two are nearer than 0.6.

A residual network on faces of 150 px. Source: King, "High quality face recognition with deep metric learning" (dlib, 2017); the
threshold is dlib's. A layer is a convolution, then a factor and an offset of each channel.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SAME_PERSON = 0.6
"""Nearer than this, two faces are one person's."""
SIDE = 150
"""Pixels of the face that it takes."""
MEAN = (122.782, 117.001, 104.298)
BLOCKS = (
    ("conv32_1", "conv32_2", "conv32_3", "conv64_down", "conv64_1", "conv64_2", "conv64_3", "conv128_down", "conv128_1", "conv128_2")
    + ("conv256_down", "conv256_1", "conv256_2", "conv256_down_out")
)  # fmt: skip


class Recognition:
    """The network.

    Args:
        tensors: its weights under face-api's names: kernels `[h w c k]`.
    """

    def __init__(self, tensors: dict[str, Tensor]) -> None:
        self.tensors = tensors

    def _layer(self, x: Tensor, name: str, stride: int = 1, around: int = 1) -> Tensor:
        weight = self.tensors[f"{name}/conv/filters"].permute(3, 2, 0, 1)
        made = F.conv2d(x, weight, self.tensors[f"{name}/conv/bias"], stride, around)
        factor, offset = (self.tensors[f"{name}/scale/{part}"][:, None, None] for part in ("weights", "biases"))
        return made * factor + offset

    def _block(self, x: Tensor, name: str) -> Tensor:
        """Two layers beside a way around them, which is halved and filled up with zeros where they are."""
        down = "down" in name
        made = F.relu(self._layer(x, f"{name}/conv1", 2 if down else 1, 0 if down else 1))
        made = self._layer(made, f"{name}/conv2")
        around = F.avg_pool2d(x, 2) if down else x
        grown = [made.shape[-1] - around.shape[-1], made.shape[-2] - around.shape[-2], made.shape[1] - around.shape[1]]
        if down:  # either may be the smaller one
            around = F.pad(around, [0, max(grown[0], 0), 0, max(grown[1], 0), 0, grown[2]])
            made = F.pad(made, [0, max(-grown[0], 0), 0, max(-grown[1], 0)])
        return F.relu(made + around)

    @torch.inference_mode()
    def __call__(self, faces: Tensor) -> Tensor:
        """Faces `[n 3 150 150]` in [0, 1] to `[n 128]`."""
        x = (faces * 255 - torch.tensor(MEAN)[:, None, None]) / 256
        x = F.max_pool2d(F.relu(self._layer(x, "conv32_down", 2, 0)), 3, 2)
        for name in BLOCKS:
            x = self._block(x, name)
        return x.mean((2, 3)) @ self.tensors["fc"]
