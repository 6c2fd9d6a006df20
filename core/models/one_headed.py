"""A distilled vision transformer as the lenses meet it that follow one embedding: its class token, read by its own head.

It answers by the mean of two heads, each at a token of its own (Touvron et al., arXiv:2012.12877), which is no linear map of one
token. Where classes are looked at one by one, both heads are read (core.models.classifier); elsewhere the first of them is, exactly.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class OneHeaded(nn.Module):
    """The first of two heads.

    Args:
        trunk: a timm VisionTransformerDistilled with its heads.
    """

    def __init__(self, trunk: Any) -> None:
        super().__init__()
        self.trunk = trunk

    def forward(self, images: Tensor) -> Tensor:
        """Normalised images `[n 3 h w]` to what the class token's own head says, `[n k]`."""
        trunk = self.trunk
        return trunk.head(trunk.head_drop(trunk.forward_features(images)[:, 0]))


def one_headed(tower: nn.Module) -> nn.Module:
    """A tower as it is, a distilled one behind `OneHeaded`."""
    from timm.models.deit import VisionTransformerDistilled

    return OneHeaded(tower) if isinstance(tower, VisionTransformerDistilled) else tower


def two_headed(tower: nn.Module) -> nn.Module:
    """The other way round: a tower with all heads that it answers by."""
    return tower.trunk if isinstance(tower, OneHeaded) else tower
