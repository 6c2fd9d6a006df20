"""What is seen of a face: one record, whoever looks, be it the teachers or the reader that learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

EXPRESSIONS = ("neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised")
PARTS = (
    "background",
    "skin",
    "left brow",
    "right brow",
    "left eye",
    "right eye",
    "glasses",
    "left ear",
    "right ear",
    "earring",
    "nose",
    "mouth",
    "upper lip",
    "lower lip",
    "neck",
    "necklace",
    "cloth",
    "hair",
    "hat",
)
"""What a place of a picture can belong to; left is the picture's left. "mouth" is what lies between open lips."""
LANDMARKS = 68
SIDE = 64
"""Places of the parts' maps, both ways."""


class FaceSeen(NamedTuple):
    """What was seen of n pictures, each with one face, aligned as FFHQ.

    Attributes:
        expressions: probabilities `[n 7]`, in the order of EXPRESSIONS.
        age: years `[n]`.
        female: probability `[n]`.
        landmarks: (x, y) `[n 68 2]` as shares of the picture's side, in dlib's order.
        parts: probabilities `[n 19 64 64]`, in the order of PARTS.
        identity: a direction `[n d]`, of length 1.
    """

    expressions: Tensor
    age: Tensor
    female: Tensor
    landmarks: Tensor
    parts: Tensor
    identity: Tensor

    def at(self, places: slice | Sequence[int] | Tensor) -> FaceSeen:
        """Only some of the pictures."""
        return FaceSeen(*(tensor[places] for tensor in self))


def joined(seen: Sequence[FaceSeen]) -> FaceSeen:
    """Several records as one."""
    return FaceSeen(*(torch.cat(tensors) for tensors in zip(*seen, strict=True)))
