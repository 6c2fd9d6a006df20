"""Eyes of a few numbers, for all that reads faces."""

from __future__ import annotations

import timm
import torch

from core.models.face_encoder import PLACED, SQUARES
from core.models.face_eyes import FaceEyes

SEEN, LEVELS, EYES_SIDE = 12, 4, 112
FEATURES = 2 * LEVELS * SEEN + len(PLACED) * SEEN * SQUARES**2
"""Of what they see, for the encoder."""


def tiny_eyes(seed: int = 0) -> FaceEyes:
    """A vision transformer of four layers with random numbers; 8 x 8 patches."""
    torch.manual_seed(seed)
    trunk = timm.create_model(
        "vit_small_patch14_dinov2", pretrained=False, img_size=EYES_SIDE, embed_dim=SEEN, depth=LEVELS, num_heads=2, num_classes=0
    )
    return FaceEyes(trunk, EYES_SIDE, tuple(range(LEVELS))).eval().requires_grad_(False)
