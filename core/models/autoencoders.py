"""diffusers' AutoencoderKL and AutoencoderTiny behind the Generator protocol.

diffusers counts colours from -1 to 1, the door from 0 to 1.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from core.foundations.errors import ShapeError


class DiffusersAutoencoder(nn.Module):
    """A diffusers autoencoder as a Generator.

    Args:
        model: an AutoencoderKL or AutoencoderTiny.
        side: height and width of the pictures, in pixels; a multiple of the model's reduction.

    Raises:
        ShapeError: where the side is not a multiple of the reduction.
    """

    def __init__(self, model: Any, side: int) -> None:
        super().__init__()
        self.model = model
        self.side = side
        self.variational = hasattr(model, "quant_conv") or hasattr(model.config, "use_quant_conv")
        blocks = model.config.block_out_channels if self.variational else model.config.decoder_block_out_channels
        self.reduction = 2 ** (len(blocks) - 1)
        if side % self.reduction:
            raise ShapeError(f"A side of {side} pixels is not a multiple of {self.reduction}. Give one that is.")

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Axes `c h w` of one latent."""
        small = self.side // self.reduction
        return (self.model.config.latent_channels, small, small)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return (self.side, self.side)

    def encode(self, images: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] to the latent's mean `[n c h w]`."""
        found = self.model.encode(2 * images - 1)
        return found.latent_dist.mean if self.variational else found.latents

    def decode(self, latent: Tensor) -> Tensor:
        """Latent `[n c h w]` to RGB `[n 3 h w]` in [0, 1]."""
        return torch.clamp((self.model.decode(latent).sample + 1) / 2, 0, 1)
