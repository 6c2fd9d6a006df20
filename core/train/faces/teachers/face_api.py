"""Three small networks of face-api: 7 expressions, age and gender, 68 landmarks. MIT; what they were trained on is unchecked.

Their layers are written after the package's sources (`src/faceFeatureExtractor`, `src/xception`, 1.7.15); the numbers lie in 8 bits.
Each takes a crop of the face, as a detector's box gives it, at 112 px.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.archives import packed_files
from core.foundations.downloads import fetched
from core.models.tfjs_graph import convolved, padded, tfjs_tensors, turned

PACKAGE = ("npm", "@vladmandic/face-api@1.7.15", "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031")
SIDE = 112
"""Pixels of a crop."""
MEAN = (122.782, 117.001, 104.298)
"""Of the pictures that they were trained on, per colour, in 255ths."""


class Layers:
    """A network's numbers, and the layers that all three are made of."""

    def __init__(self, tensors: dict[str, Tensor]) -> None:
        self.tensors = {name: turned(_kind(name), numbers) for name, numbers in tensors.items()}

    def convolution(self, maps: Tensor, name: str, stride: int) -> Tensor:
        """A plain convolution."""
        return convolved(maps, self.tensors[f"{name}/filters"], (stride, stride)) + self.bias(name)

    def separable(self, maps: Tensor, name: str, stride: int = 1) -> Tensor:
        """Each unit alone, then all units of a place."""
        alone = convolved(maps, self.tensors[f"{name}/depthwise_filter"], (stride, stride), groups=maps.shape[1])
        return convolved(alone, self.tensors[f"{name}/pointwise_filter"]) + self.bias(name)

    def bias(self, name: str) -> Tensor:
        """`[u 1 1]`."""
        return self.tensors[f"{name}/bias"][:, None, None]

    def head(self, pooled: Tensor, name: str) -> Tensor:
        """`[n u]` to `[n k]`."""
        return pooled @ self.tensors[f"{name}/weights"] + self.tensors[f"{name}/bias"]

    def dense(self, crops: Tensor) -> Tensor:
        """Four blocks, each of four layers that see the sum of those before, and the mean over all places, `[n 256]`."""
        maps = centred(crops)
        for block in range(4):
            first = f"dense{block}/conv0"
            maps = total = F.relu(self.convolution(maps, first, 2) if block == 0 else self.separable(maps, first, 2))
            for layer in range(1, 4):
                total = total + self.separable(maps, f"dense{block}/conv{layer}")
                maps = F.relu(total)
        return maps.mean((2, 3))

    def reduction(self, maps: Tensor, name: str, rectified: bool = True) -> Tensor:
        """Two layers, and half as many places both ways."""
        out = self.separable(F.relu(maps) if rectified else maps, f"{name}/separable_conv0")
        out = self.separable(F.relu(out), f"{name}/separable_conv1")
        out = F.max_pool2d(padded(out, (3, 3), (2, 2), -torch.inf), 3, 2)
        return out + self.convolution(maps, f"{name}/expansion_conv", 2)

    def xception(self, crops: Tensor) -> Tensor:
        """A small Xception, and the mean over all places, `[n 512]`."""
        maps = F.relu(self.convolution(centred(crops), "entry_flow/conv_in", 2))
        maps = self.reduction(maps, "entry_flow/reduction_block_0", rectified=False)
        maps = self.reduction(maps, "entry_flow/reduction_block_1")
        for block in range(2):
            out = maps
            for layer in range(3):
                out = self.separable(F.relu(out), f"middle_flow/main_block_{block}/separable_conv{layer}")
            maps = maps + out
        maps = self.reduction(maps, "exit_flow/reduction_block")
        return F.relu(self.separable(maps, "exit_flow/separable_conv")).mean((2, 3))


def centred(crops: Tensor) -> Tensor:
    """RGB `[n 3 112 112]` in [0, 1] as they were trained with."""
    return crops - crops.new_tensor(MEAN)[:, None, None] / 255


def _kind(name: str) -> str:
    """What a kernel belongs to, as `turned` wants it."""
    if name.endswith("depthwise_filter"):
        return "depthwise"
    return "convolution" if name.endswith(("pointwise_filter", "/filters")) else ""


class FaceApi(NamedTuple):
    """The three networks; each takes crops RGB `[n 3 112 112]` in [0, 1]."""

    expression: Layers
    age_gender: Layers
    landmark: Layers

    def expressions(self, crops: Tensor) -> Tensor:
        """Probabilities `[n 7]`, in the order of face_seen.EXPRESSIONS."""
        return self.expression.head(self.expression.dense(crops), "fc").softmax(1)

    def age_female(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Years `[n]`, and the probability `[n]` of female."""
        pooled = self.age_gender.xception(crops)
        return self.age_gender.head(pooled, "fc/age")[:, 0], self.age_gender.head(pooled, "fc/gender").softmax(1)[:, 1]

    def landmarks(self, crops: Tensor) -> Tensor:
        """(x, y) `[n 68 2]` as shares of the crop's side."""
        return self.landmark.head(self.landmark.dense(crops), "fc").unflatten(1, (68, 2))


def load_face_api() -> FaceApi:
    """The three, fetched where they are not there; WeightsError where that fails."""
    names = [f"package/model/{name}_model" for name in ("face_expression", "age_gender", "face_landmark_68")]
    packed = dict(packed_files(fetched(*PACKAGE), lambda name: name.startswith(tuple(names))))
    manifests = [json.loads(packed[f"{name}-weights_manifest.json"]) for name in names]
    return FaceApi(*(Layers(tfjs_tensors(m, [packed[f"{name}.bin"]])) for name, m in zip(names, manifests, strict=True)))
