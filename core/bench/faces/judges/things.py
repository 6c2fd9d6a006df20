"""ImageNet's thousand things: the ResNet-50 of Keras, whose weights torchvision's network takes.

Keras halves the picture in a block's first convolution (He et al. 2015), torchvision in its second; Keras' convolutions have a
bias, which is taken off the mean of the normalisation behind; pictures are BGR less a mean, from 0 to 255.
"""

from __future__ import annotations

import json

import torch
from torch import Tensor, nn

from core.bench.faces.judges.tfjs import weights

SUNGLASSES = (836, 837)
HATS = (433, 439, 452, 515, 518, 560, 667, 793, 808)
"""Bathing cap, bearskin, bonnet, cowboy hat, crash helmet, football helmet, mortarboard, shower cap, sombrero."""
BGR_MEAN = (103.939, 116.779, 123.68)
SIDE = 224
DEPTHS = (3, 4, 6, 3)


def _convolution(target: nn.Conv2d, norm: nn.BatchNorm2d, tensors: dict[str, Tensor], convolution: str, name: str) -> None:
    target.weight.copy_(tensors[f"{convolution}/kernel"].permute(3, 2, 0, 1))
    for own, theirs in (("weight", "gamma"), ("bias", "beta"), ("running_var", "moving_variance")):
        getattr(norm, own).copy_(tensors[f"{name}/{theirs}"])
    assert norm.running_mean is not None
    norm.running_mean.copy_(tensors[f"{name}/moving_mean"] - tensors[f"{convolution}/bias"])
    norm.eps = 1e-3


class Things(nn.Module):
    """Pictures to the logits of ImageNet's classes.

    Args:
        topology: the package's JSON file, which lists the weights.
        data: the weights.
    """

    @torch.no_grad()
    def __init__(self, topology: bytes, data: bytes) -> None:
        super().__init__()
        tensors = weights([one for group in json.loads(topology)["weightsManifest"] for one in group["weights"]], data)
        # Here, and not above: importing it makes a folder.
        from torchvision.models import resnet50

        self.network = resnet50(weights=None)
        _convolution(self.network.conv1, self.network.bn1, tensors, "conv1", "bn_conv1")
        for stage, depth in enumerate(DEPTHS, 1):
            for place in range(depth):
                self._block(getattr(self.network, f"layer{stage}")[place], tensors, f"{stage + 1}{'abcdef'[place]}", stage > 1)
        self.network.fc.weight.copy_(tensors["fc1000/kernel"].T)
        self.network.fc.bias.copy_(tensors["fc1000/bias"])
        self.eval()

    @staticmethod
    def _block(block: nn.Module, tensors: dict[str, Tensor], name: str, halved: bool) -> None:
        for number, letter in enumerate("abc", 1):
            branch = f"{name}_branch2{letter}"
            _convolution(getattr(block, f"conv{number}"), getattr(block, f"bn{number}"), tensors, f"res{branch}", f"bn{branch}")
        around = getattr(block, "downsample", None)
        if around is not None:
            _convolution(around[0], around[1], tensors, f"res{name}_branch1", f"bn{name}_branch1")
            stride = 2 if halved else 1
            block.conv1.stride, block.conv2.stride = (stride, stride), (1, 1)  # type: ignore[assignment]

    @torch.inference_mode()
    def forward(self, images: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] to logits `[n 1000]`."""
        small = nn.functional.interpolate(images, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
        return self.network(small.flip(1) * 255 - torch.tensor(BGR_MEAN)[:, None, None])
