"""A sparse autoencoder over latents: the network itself. Its training is in relate/learn_dictionary.py.

    codes  a = relu(W_e (x - b) + c), kept where a > threshold, or the largest of them
    latent x = a W_d + b

`x` is the latent, flattened and divided by one scale so that its mean squared norm is its width. Rows of W_d have norm 1 in those that
are trained here; public ones (core.models.public_dictionary) come as they are. papers/swiggle.md uses ReLU and L1; BatchTopK
(arXiv:2412.06410) keeps the largest activations of a batch while it trains and runs with a fixed threshold afterwards, so that a
picture's codes do not depend on its batch.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from core.foundations.errors import ShapeError

EPS = 1e-5
"""Added to a latent's own spread."""


@dataclass(frozen=True)
class DictionaryConfig:
    """The shape of a dictionary."""

    width: int = 256
    """Numbers in a flattened latent."""
    size: int = 512
    """Features."""
    active: int = 0
    """How many features of a latent are kept, the strongest; all that exceed their threshold where 0."""
    each: bool = False
    """Whether every latent is brought to mean 0 and spread 1 by itself at the entrance, beside the scale."""

    def to_dict(self) -> dict:
        """For a card."""
        return asdict(self)


class Dictionary(nn.Module):
    """Latents to sparse codes and back.

    Attributes:
        scale: what a latent is divided by at the entrance, a scalar.
        threshold: what an activation must exceed to count, for each feature `[k]`.
    """

    scale: Tensor
    threshold: Tensor

    def __init__(self, config: DictionaryConfig) -> None:
        super().__init__()
        self.config = config
        directions = nn.functional.normalize(torch.randn(config.size, config.width), dim=1)
        self.decoder = nn.Parameter(directions)
        self.encoder = nn.Parameter(directions.clone())
        self.encoder_bias = nn.Parameter(torch.zeros(config.size))
        self.centre = nn.Parameter(torch.zeros(config.width))
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("threshold", torch.zeros(config.size))

    def activations(self, x: Tensor) -> Tensor:
        """Scaled latents `[n d]` to activations before any selection `[n k]`, at least 0."""
        return torch.relu((x - self.centre) @ self.encoder.T + self.encoder_bias)

    def reconstruct(self, codes: Tensor) -> Tensor:
        """Codes `[n k]` to scaled latents `[n d]`."""
        return codes @ self.decoder + self.centre

    def encode(self, latent: Tensor) -> Tensor:
        """Latents `[n c h w]` or `[n d]` to sparse codes `[n k]`, at least 0.

        Raises:
            ShapeError: where the latents have another width than the dictionary.
        """
        flat = latent.flatten(1)
        if flat.shape[1] != self.config.width:
            raise ShapeError(f"This dictionary reads {self.config.width} numbers a picture, got {flat.shape[1]}.")
        activations = self.activations(self._entered(flat))
        codes = activations * (activations > self.threshold)
        if not 0 < self.config.active < self.config.size:
            return codes
        strongest = codes.topk(self.config.active, -1)
        return torch.zeros_like(codes).scatter(-1, strongest.indices, strongest.values)

    def _entered(self, flat: Tensor) -> Tensor:
        if not self.config.each:
            return flat / self.scale
        return (flat - flat.mean(-1, keepdim=True)) / (flat.std(-1, keepdim=True) + EPS) / self.scale

    def decode(self, codes: Tensor, like: Tensor | None = None) -> Tensor:
        """Codes `[n k]` to flattened latents `[n d]`.

        Args:
            like: the latents that the codes are of, whose own mean and spread come back where each was brought to 0 and 1.

        Raises:
            ShapeError: where these are needed and not given.
        """
        made = self.reconstruct(codes) * self.scale
        if not self.config.each:
            return made
        if like is None:
            raise ShapeError("This dictionary takes each latent's own mean and spread away. Give the latents too: decode(codes, like=...).")
        flat = like.flatten(1)
        return made * flat.std(-1, keepdim=True) + flat.mean(-1, keepdim=True)

    def directions(self) -> Tensor:
        """What one unit of each feature adds to a flattened latent `[k d]`."""
        return self.decoder * self.scale
