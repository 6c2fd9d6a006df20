"""Two autoencoders of sprites that squeeze a picture into a few numbers, behind the Generator protocol.

`PaperSprites` is the model of papers/vit_latent_editing.md (section 2.2): a vision transformer of depth 4 with 6
heads, whose class token is squeezed to 100 numbers, and a decoder of three linear layers.
`ComposedSprites` is ours under the same bound: convolutions in, and out of the latent a field that says of any
place whether it is ink; core/train/dsprites/generator.py trains it so that latents compose. Its latent is standardised
number by number, so steps are in standard deviations.

Differs from the paper: the transformer's width and patch, which the paper does not give, are 96 and 8.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.models.palette_vae import Residual

SIDE = 64
SLOPE = 4.0
"""How large a field's frame begins: a sprite is about a third of the canvas wide."""


@dataclass(frozen=True)
class SpritesConfig:
    """The architecture."""

    latent: int = 100
    """Numbers in a latent."""
    width: int = 96
    """PaperSprites: width of the transformer."""
    hidden: tuple[int, int] = (256, 256)
    """PaperSprites: widths between the decoder's three linear layers."""
    channels: tuple[int, int, int] = (64, 96, 96)
    """ComposedSprites: channels at 16, 8 and 4 pixels."""
    reading: int = 256
    """ComposedSprites: width of the layers that read a latent before it paints."""
    units: int = 64
    """ComposedSprites: width of the field that paints."""

    def to_dict(self) -> dict:
        """For a card."""
        return asdict(self)


class _Sprites(nn.Module):
    """What both share: RGB at the doors, one channel of ink within."""

    def __init__(self, config: SpritesConfig) -> None:
        super().__init__()
        self.config = config

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Axes `c h w` of one latent."""
        return (self.config.latent, 1, 1)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return (SIDE, SIDE)

    def squeeze(self, ink: Tensor) -> Tensor:
        """Ink `[n 1 64 64]` in [0, 1] to latents `[n d]`."""
        raise NotImplementedError

    def logits(self, latent: Tensor) -> Tensor:
        """Latents `[n d]` to the log-odds of ink `[n 1 64 64]`."""
        raise NotImplementedError

    def encode(self, images: Tensor) -> Tensor:
        """RGB `[n 3 64 64]` in [0, 1] to latents `[n d 1 1]`."""
        return self.squeeze(images.mean(1, keepdim=True))[..., None, None]

    def decode(self, latent: Tensor) -> Tensor:
        """Latents `[n d 1 1]` to RGB `[n 3 64 64]` in [0, 1], differentiable in the latent."""
        return self.logits(latent.flatten(1)).sigmoid().expand(-1, 3, -1, -1)


class PaperSprites(_Sprites):
    """The paper's vision transformer and three-layer decoder."""

    def __init__(self, config: SpritesConfig) -> None:
        super().__init__(config)
        from timm.models.vision_transformer import VisionTransformer  # importing timm leaves a folder behind

        self.encoder = VisionTransformer(
            img_size=SIDE, patch_size=8, in_chans=1, num_classes=config.latent, embed_dim=config.width, depth=4, num_heads=6
        )
        one, two = config.hidden
        self.decoder = nn.Sequential(nn.Linear(config.latent, one), nn.ReLU(), nn.Linear(one, two), nn.ReLU(), nn.Linear(two, SIDE * SIDE))

    def squeeze(self, ink: Tensor) -> Tensor:
        """Ink `[n 1 64 64]` in [0, 1] to latents `[n d]`."""
        return self.encoder(ink)

    def logits(self, latent: Tensor) -> Tensor:
        """Latents `[n d]` to the log-odds of ink `[n 1 64 64]`."""
        return self.decoder(latent).view(-1, 1, SIDE, SIDE)


class Field(nn.Module):
    """Ink at any place, from a latent.

    A place p is first seen from a frame that the latent moves, turns and sizes, q = M (p - t); then `units` lines
    a_k . q + c_k, which the latent also chooses, and a small network decide whether there is ink. No layer knows
    the grid: a picture is painted at any pixels that are asked for.
    """

    grid: Tensor

    def __init__(self, latent: int, hidden: int, units: int) -> None:
        super().__init__()
        self.units = units
        self.centre = nn.Linear(latent, 2)
        self.read = nn.Sequential(
            nn.Linear(latent, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, 4 + 5 * units)
        )
        self.mix, self.ink = nn.Linear(units, units), nn.Linear(units, 1)
        axis = (torch.arange(SIDE) + 0.5) / SIDE * 2 - 1
        down, across = torch.meshgrid(axis, axis, indexing="ij")
        self.register_buffer("grid", torch.stack([across, down], -1).flatten(0, 1), persistent=False)

    def forward(self, latent: Tensor, pixels: Tensor | None = None) -> Tensor:
        """Log-odds of ink.

        Args:
            latent: `[n d]`.
            pixels: flat positions `[n p]`; all 4096 where None.

        Returns:
            `[n p]`.
        """
        turn, lines = self.read(latent).float().split([4, 5 * self.units], 1)
        across, down, offset, scale, shift = lines.unflatten(1, (5, 1, self.units)).unbind(1)
        turn = SLOPE * (turn.unflatten(1, (2, 2)) + torch.eye(2, device=latent.device))
        places = (self.grid[None] if pixels is None else self.grid[pixels]) - self.centre(latent).float()[:, None]
        seen = places @ turn.transpose(1, 2)
        found = seen[..., :1] * across + seen[..., 1:] * down + offset
        return self.ink(F.silu(self.mix(F.softplus(found)) * (1 + scale) + shift))[..., 0]


class ComposedSprites(_Sprites):
    """Convolutions to a standardised latent, and a field of ink back."""

    def __init__(self, config: SpritesConfig) -> None:
        super().__init__(config)
        c16, c8, c4 = config.channels
        self.into16, self.into8, self.into4 = nn.Conv2d(16, c16, 3, padding=1), nn.Conv2d(4 * c16, c8, 1), nn.Conv2d(4 * c8, c4, 1)
        self.at16, self.at8, self.at4 = Residual(c16), Residual(c8), Residual(c4)
        self.narrow = nn.Linear(16 * c4, config.latent)
        self.standard = nn.BatchNorm1d(config.latent, affine=False, momentum=0.05)
        self.field = Field(config.latent, config.reading, config.units)

    def squeeze(self, ink: Tensor) -> Tensor:
        """Ink `[n 1 64 64]` in [0, 1] to latents `[n d]`."""
        x = self.at16(self.into16(F.pixel_unshuffle(ink, 4)))
        x = self.at8(self.into8(F.pixel_unshuffle(x, 2)))
        x = self.at4(self.into4(F.pixel_unshuffle(x, 2)))
        return self.standard(self.narrow(F.silu(x).flatten(1)).float())

    def logits(self, latent: Tensor) -> Tensor:
        """Latents `[n d]` to the log-odds of ink `[n 1 64 64]`."""
        return self.field(latent).view(-1, 1, SIDE, SIDE)
