"""A CLIP by structure for photographs: DINOv2's eyes, a sentence encoder's words, and one linear map between them.

    embedding = P (a LN(z_class) + (1 - a) mean_i LN(z_i)) + b,      text = unit(MiniLM(text) - mean)

The map P is all that was trained here (core/train/photos/head.py), on emoji and clip-art with their names. As the class
token and the patches go through the same P, a patch by itself, P LN(z_i), speaks the same language: places can be named.
It is small and honest, and not CLIP: it knows what was among its pictures, and what looks like it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.foundations.files import load_weights
from core.models.clip import Clip
from core.models.dinov2 import MEAN, STD, dinov2
from core.models.photo_tower import PhotoTower
from core.models.precision import at_least_single
from core.models.text import text_encoder

NAME = "photos_head"
SIDE = 224


class PhotoTexts(nn.Module):
    """Sentences to unit vectors: the sentence encoder's, less what all names share.

    Args:
        mean: of the names that the head was trained with `[384]`.
        embed: sentences to vectors `[m 384]`.
    """

    mean: Tensor

    def __init__(self, mean: Tensor, embed: Callable[[list[str]], Any]) -> None:
        super().__init__()
        self.embed = embed
        self.register_buffer("mean", mean)

    def forward(self, texts: list[str]) -> Tensor:
        """Sentences to unit vectors `[m 384]`."""
        mean = at_least_single(self.mean)
        return F.normalize(torch.as_tensor(self.embed(texts)).to(mean) - mean, dim=-1)


def join(trunk: Any, tensors: dict[str, Tensor], card: dict[str, Any], side: int = SIDE) -> Clip:
    """The head's weights put behind a trunk.

    Args:
        trunk: a timm VisionTransformer without a classifier.
        tensors: `weight [k d]`, `bias [k]`, `text_mean [384]`.
        card: with `blend` and `logit_scale` in its "architecture".
        side: height and width of the pictures that the trunk takes, in pixels.
    """
    settings = card["architecture"]
    tower = PhotoTower(trunk, len(tensors["bias"]), settings["blend"])
    tower.head.load_state_dict({name: tensors[name].float() for name in ("weight", "bias")})
    texts = PhotoTexts(tensors["text_mean"].float(), text_encoder().embed)
    clip = Clip(tower, texts, MEAN, STD, side, settings["logit_scale"], NAME)
    return clip.eval().requires_grad_(False)


def load_photo_clip(side: int = SIDE) -> Clip:
    """The embedded head on the fetched tower.

    Args:
        side: height and width of the pictures, in pixels, a multiple of 14; places are finer where it is larger.

    Raises:
        WeightsError: where the tower was not fetched, or a file is damaged.
    """
    return join(dinov2(side), *load_weights(NAME), side)
