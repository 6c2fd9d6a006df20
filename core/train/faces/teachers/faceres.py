"""Who a face is, its age and its sex, as the network of `core.models.face_identity` sees them.

Of four ways to hand the colours over its authors' told 60 faces and their mirrored copies apart best.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.models.face_identity import FEATURES, load_faceres, prepared
from core.models.tfjs_graph import TfjsGraph

__all__ = ["SIDE", "Person", "load_faceres", "person"]

SIDE = 224
"""Pixels of a crop."""


class Person(NamedTuple):
    """Directions `[n 1024]` of length 1, years `[n]`, and the probability `[n]` of female."""

    identity: Tensor
    age: Tensor
    female: Tensor


def person(faceres: TfjsGraph, crops: Tensor) -> Person:
    """What it sees of crops RGB `[n 3 224 224]` in [0, 1]. The age is the mean over its 100 classes."""
    features, male, ages = faceres(prepared(crops), FEATURES, "gender_pred/Sigmoid", "age_pred/Softmax")
    return Person(F.normalize(features, dim=1), ages @ torch.arange(ages.shape[1], dtype=ages.dtype), 1 - male[:, 0])
