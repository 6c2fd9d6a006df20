"""A vision transformer that is read out of its class token and its patches, through one map."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class PhotoTower(nn.Module):
    """A timm vision transformer that is read out of its class token and its patches, both after its last norm.

    Args:
        trunk: a timm VisionTransformer without a classifier.
        joint: width of the embedding.
        blend: the class token's share.
    """

    def __init__(self, trunk: Any, joint: int, blend: float) -> None:
        super().__init__()
        self.trunk = trunk
        self.head = nn.Linear(trunk.embed_dim, joint)
        self.blend = blend

    def forward(self, images: Tensor) -> Tensor:
        """Normalised images `[n 3 h w]` to embeddings `[n k]`."""
        tokens = self.trunk.forward_features(images)
        whole, patches = tokens[:, 0], tokens[:, self.trunk.num_prefix_tokens :].mean(1)
        return self.head(self.blend * whole + (1 - self.blend) * patches)
