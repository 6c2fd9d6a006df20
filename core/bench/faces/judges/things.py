"""ImageNet's thousand things: the ResNet-50 of Keras (core.models.imagenet_networks), read from the judges' own file."""

from __future__ import annotations

import json

import torch
from torch import Tensor, nn

from core.bench.faces.judges.tfjs import weights
from core.models.imagenet_networks import BGR_MEAN, SIDE, resnet50, resnet_tensors

SUNGLASSES = (836, 837)
HATS = (433, 439, 452, 515, 518, 560, 667, 793, 808)
"""Bathing cap, bearskin, bonnet, cowboy hat, crash helmet, football helmet, mortarboard, shower cap, sombrero."""


class Things(nn.Module):
    """Pictures to the logits of ImageNet's classes.

    Args:
        topology: the package's JSON file, which lists the weights.
        data: the weights.
    """

    def __init__(self, topology: bytes, data: bytes) -> None:
        super().__init__()
        tensors = weights([one for group in json.loads(topology)["weightsManifest"] for one in group["weights"]], data)
        self.network = resnet50(resnet_tensors(tensors))

    @torch.inference_mode()
    def forward(self, images: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] to logits `[n 1000]`."""
        small = nn.functional.interpolate(images, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
        return self.network(small.flip(1) * 255 - torch.tensor(BGR_MEAN)[:, None, None])
