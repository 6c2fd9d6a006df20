"""The two doors through which every model comes. A method written for a door works for all behind it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from torch import Tensor


@runtime_checkable
class Encoder(Protocol):
    """Pictures to embeddings. Normalisation lives in the model."""

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width that the model takes, in pixels."""
        ...

    def embed(self, images: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] to embeddings `[n d]`."""
        ...


@runtime_checkable
class Generator(Protocol):
    """Latents to pictures, and back."""

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Axes `c h w` of one latent."""
        ...

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of a picture, in pixels."""
        ...

    def encode(self, images: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] to latents `[n c h w]`."""
        ...

    def decode(self, latent: Tensor) -> Tensor:
        """Latents `[n c h w]` to RGB `[n 3 h w]` in [0, 1], differentiable in the latent."""
        ...
