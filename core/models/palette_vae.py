"""The Nouns' generator: a variational autoencoder that paints with a palette.

A Noun is not a photograph: each pixel is one of 241 colours, so the decoder ends in a softmax over the
palette instead of regressing RGB. Latent 4 x 8 x 8 as in papers/swiggle.md; the decoder keeps real
activation maps at 8, 16 and 32 pixels (`decoder.at8`, `decoder.at16`, `decoder.at32`).

Differs from the paper: palette softmax instead of RGB, 32 pixels (the art's own size) instead of 128.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FEEDBACK = 2.0
"""How far a latent moves towards what the encoder sees missing in its painting."""
FEEDBACK_ROUNDS = 2


@dataclass(frozen=True)
class PaletteVAEConfig:
    """The architecture."""

    colours: int = 241
    """Entries of the palette."""
    side: int = 32
    """Height and width of a picture in pixels."""
    embedding: int = 16
    """Numbers that stand for a colour at the entrance."""
    latent_channels: int = 4
    """Channels of the latent, at a quarter of the picture's side: 4 x 8 x 8."""
    wide: int = 192
    """Channels at 8 pixels."""
    middle: int = 96
    """Channels at 16 pixels."""
    narrow: int = 48
    """Channels at 32 pixels."""
    depth: tuple[int, int, int] = (3, 2, 1)
    """Residual blocks at 8, 16 and 32 pixels."""

    def to_dict(self) -> dict:
        """For a card."""
        return asdict(self)


class Residual(nn.Module):
    """x + conv(silu(norm(conv(silu(norm(x)))))), both 3 x 3."""

    def __init__(self, width: int) -> None:
        super().__init__()
        groups = max(1, width // 16)
        self.norm1, self.conv1 = nn.GroupNorm(groups, width), nn.Conv2d(width, width, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(groups, width), nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        assert self.conv2.bias is not None
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x: Tensor) -> Tensor:
        """`[n u h w]` to the same."""
        h = self.conv1(F.silu(self.norm1(x)))
        return x + self.conv2(F.silu(self.norm2(h)))


def _stack(width: int, depth: int) -> nn.Sequential:
    return nn.Sequential(*(Residual(width) for _ in range(depth)))


class PaletteEncoder(nn.Module):
    """Palette indices `[n h w]` to mean and log-variance `[n 2c h/4 w/4]`."""

    def __init__(self, config: PaletteVAEConfig) -> None:
        super().__init__()
        self.colour = nn.Embedding(config.colours, config.embedding)
        self.into16 = nn.Conv2d(4 * config.embedding, config.middle, 3, padding=1)
        self.at16 = _stack(config.middle, config.depth[1])
        self.into8 = nn.Conv2d(4 * config.middle, config.wide, 1)
        self.at8 = _stack(config.wide, config.depth[0])
        self.out = nn.Conv2d(config.wide, 2 * config.latent_channels, 1)
        with torch.no_grad():  # begin nearly certain: at unit noise the latent carries nothing and stays unused
            assert self.out.bias is not None
            self.out.bias[config.latent_channels :] = -5.0

    def forward(self, indices: Tensor) -> Tensor:
        """Palette indices `[n h w]` to `[n 2c h/4 w/4]`."""
        x = F.pixel_unshuffle(self.colour(indices).permute(0, 3, 1, 2), 2)
        x = self.at16(self.into16(x))
        x = self.at8(self.into8(F.pixel_unshuffle(x, 2)))
        return self.out(F.silu(x))


class PaletteDecoder(nn.Module):
    """Latent `[n c h w]` to logits over the palette `[n colours 4h 4w]`."""

    def __init__(self, config: PaletteVAEConfig) -> None:
        super().__init__()
        self.into8 = nn.Conv2d(config.latent_channels, config.wide, 3, padding=1)
        self.at8 = _stack(config.wide, config.depth[0])
        self.into16 = nn.Conv2d(config.wide, 4 * config.middle, 1)
        self.at16 = _stack(config.middle, config.depth[1])
        self.into32 = nn.Conv2d(config.middle, 4 * config.narrow, 1)
        self.at32 = _stack(config.narrow, config.depth[2])
        self.out = nn.Conv2d(config.narrow, config.colours, 1)

    def maps(self, latent: Tensor) -> Tensor:
        """Latent `[n c h w]` to the last activation maps `[n u 4h 4w]`."""
        x = self.at8(self.into8(latent))
        x = self.at16(F.pixel_shuffle(self.into16(x), 2))
        return F.silu(self.at32(F.pixel_shuffle(self.into32(x), 2)))

    def forward(self, latent: Tensor) -> Tensor:
        """Latent `[n c h w]` to logits `[n colours 4h 4w]`."""
        return self.out(self.maps(latent))

    def at_pixels(self, latent: Tensor, pixels: Tensor) -> Tensor:
        """Logits at some pixels only, so that training never builds the rest.

        Args:
            latent: `[n c h w]`.
            pixels: flat positions `[n p]`.

        Returns:
            Logits `[n p colours]`.
        """
        maps = self.maps(latent).flatten(2).transpose(1, 2)
        chosen = maps.gather(1, pixels[..., None].expand(-1, -1, maps.shape[-1]))
        return F.linear(chosen, self.out.weight.flatten(1), self.out.bias)


class PaletteVAE(nn.Module):
    """Encoder, decoder and palette behind the Generator protocol.

    Args:
        config: the architecture.
        palette: RGB `[colours 3]` in [0, 1].
    """

    palette: Tensor

    def __init__(self, config: PaletteVAEConfig, palette: Tensor) -> None:
        super().__init__()
        self.config = config
        self.encoder = PaletteEncoder(config)
        self.decoder = PaletteDecoder(config)
        self.register_buffer("palette", palette.float())

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Axes `c h w` of one latent."""
        side = self.config.side // 4
        return (self.config.latent_channels, side, side)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return (self.config.side, self.config.side)

    def posterior(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Palette indices `[n h w]` to the latent's mean and log-variance, each `[n c h w]`."""
        mean, log_variance = self.encoder(indices.long()).float().chunk(2, 1)
        return mean, log_variance.clamp(-12, 4)

    def nearest_colours(self, images: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] to the nearest palette indices `[n h w]`."""
        pixels = images.permute(0, 2, 3, 1).to(self.palette)
        distance = (self.palette**2).sum(1) - 2 * pixels @ self.palette.T
        distance[..., 0] = torch.inf  # the transparent entry is no colour
        return distance.argmin(-1)

    @torch.no_grad()
    def latents(self, indices: Tensor) -> Tensor:
        """Palette indices `[n h w]` to latents `[n c h w]` that give the picture back as well as they can.

        The posterior's mean, and where its painting differs from the picture, feedback: the mean moves by what
        the encoder sees missing, z + g (E(x) - E(D(z))), and is kept if more pixels are then right. On pictures
        that are given back exactly nothing changes.
        """
        best, _ = self.posterior(indices)
        right = (self.indices(best) == indices).flatten(1).sum(1)
        rows = (right < indices[0].numel()).nonzero()[:, 0]
        wanted, first, latent = indices[rows], best[rows], best[rows]
        for _ in range(FEEDBACK_ROUNDS if len(rows) else 0):
            latent = latent + FEEDBACK * (first - self.posterior(self.indices(latent))[0])
            now = (self.indices(latent) == wanted).flatten(1).sum(1)
            better = now > right[rows]
            best[rows[better]], right[rows[better]] = latent[better], now[better]
        return best

    def encode(self, images: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] to latents `[n c h w]`, not differentiable in the picture."""
        return self.latents(self.nearest_colours(images))

    def indices(self, latent: Tensor) -> Tensor:
        """The most likely palette index of each pixel, latent `[n c h w]` to `[n h w]`."""
        return self.decoder(latent).argmax(1)

    def decode(self, latent: Tensor) -> Tensor:
        """Latent `[n c h w]` to RGB `[n 3 h w]` in [0, 1].

        The picture shows the most likely colour of each pixel; the gradient is that of the expected
        colour under the softmax (straight-through), so that a latent can be optimised.
        """
        logits = self.decoder(latent)
        hard = self.palette[logits.argmax(1)].permute(0, 3, 1, 2)
        if not (torch.is_grad_enabled() and logits.requires_grad):
            return hard
        soft = torch.einsum("nkhw,kc->nchw", logits.softmax(1), self.palette)
        return soft + (hard - soft).detach()
