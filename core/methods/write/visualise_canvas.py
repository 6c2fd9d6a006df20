"""What an image is made of while it is grown: a spectrum, a palette's colours, or a generator's latent.

    Fourier    x = sigmoid( u + M irfft2( s / max(f, 1/N)^p ) / 4 )                      M: decorrelated colours to RGB
    palette    x = softmax((u + l) / T) P,     l = sum_j up_j(l_j),  T falling            P: the palette
    latent     x = G( b tanh(z / b) )                                                    G: a generator

Source: papers/vit_mlp_neurons.md, sections 2.4 and 3.4, and Olah et al. 2017, "Feature visualization" (spectrum and colours).

u is nothing, or where usual pictures begin: their mean, or how often each colour stands at each place.

What differs from lucent: M is measured on pictures that are given, not ImageNet's; pixel art is grown out of its own colours, one
number for each colour and pixel, coarse ones and fine ones together, which is what a spectrum is to smooth pictures; and what is
grown ends on hard pixels, which are what is judged. All start from one seed an image, so that none depends on its batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.errors import SettingError, ShapeError
from core.foundations.seeds import torch_rng

RARE = 1e-3
"""A colour that usual pictures do not have at a place counts as one in so many."""


class Canvas(Protocol):
    """What an image is made of."""

    def start(self, seeds: Sequence[int]) -> Tensor:
        """Free numbers to begin with, `[n ...]`, each row by its own seed."""
        ...

    def paint(self, free: Tensor, done: float) -> Tensor:
        """Free numbers `[n ...]` to RGB `[n 3 h w]` in [0, 1], differentiable; `done` is the share of steps made, 1 at the end."""
        ...


def _noise(seeds: Sequence[int], shape: Sequence[int], purpose: str) -> Tensor:
    return torch.stack([torch.randn(tuple(shape), generator=torch_rng("visualise", purpose, int(seed))) for seed in seeds])


def colour_axes(images: Tensor) -> Tensor:
    """Decorrelated colours of some pictures: what RGB varies along.

    Args:
        images: RGB `[n 3 h w]` in [0, 1], two pixels at least.

    Returns:
        `[3 3]`: columns are principal axes, as long as their deviations, scaled so that the longest has length 1.
    """
    pixels = images.permute(0, 2, 3, 1).reshape(-1, 3).double()
    off = pixels - pixels.mean(0)
    values, vectors = torch.linalg.eigh(off.T @ off / max(1, len(off)))
    axes = vectors * values.clamp(min=1e-8).sqrt()
    axes = axes * torch.where(axes.sum(0) < 0, -1.0, 1.0)  # an axis has no sign of its own; towards light
    return (axes / axes.norm(dim=0).max()).flip(1).float()


@dataclass(frozen=True)
class Fourier:
    """Pictures as spectra: smooth ones come first. A spectrum of nothing is grey, 0.5.

    Attributes:
        size: height and width in pixels.
        axes: decorrelated colours to RGB `[3 3]`; see `colour_axes`; RGB itself where None.
        spread: of the spectrum at the start.
        power: how much weaker a frequency is the higher it is.
        gain: of what comes out of the transform, before the sigmoid.
        usual: RGB `[3 h w]` in [0, 1] that a spectrum of nothing is; grey where None.
    """

    size: tuple[int, int]
    axes: Tensor | None = None
    spread: float = 0.01
    power: float = 1.0
    gain: float = 0.25
    usual: Tensor | None = None

    def start(self, seeds: Sequence[int]) -> Tensor:
        """Spectra `[n 3 h w/2+1 2]`, real and imaginary."""
        h, w = self.size
        return self.spread * _noise(seeds, (3, h, w // 2 + 1, 2), "fourier")

    def scale(self) -> Tensor:
        """What each frequency is multiplied by `[h w/2+1]`."""
        h, w = self.size
        f = (torch.fft.fftfreq(h)[:, None] ** 2 + torch.fft.rfftfreq(w)[None] ** 2).sqrt()
        return f.clamp(min=1 / max(h, w)) ** -self.power

    def paint(self, free: Tensor, done: float = 1.0) -> Tensor:
        """Spectra `[n 3 h w/2+1 2]` to RGB `[n 3 h w]` in [0, 1]."""
        spectrum = torch.view_as_complex(free.contiguous()) * self.scale().to(free)
        colours = self.gain * torch.fft.irfft2(spectrum, s=self.size, norm="ortho") * (self.size[0] * self.size[1]) ** 0.5 / max(self.size)
        if self.axes is not None:
            colours = torch.einsum("rc,nchw->nrhw", self.axes.to(free), colours)
        if self.usual is not None:
            colours = colours + torch.logit(self.usual.to(free), 0.02)
        return torch.sigmoid(colours)


@dataclass(frozen=True)
class Palette:
    """Pictures as one of a palette's colours for each pixel: soft at first, hard at the end.

    Attributes:
        colours: RGB `[k 3]` in [0, 1].
        size: height and width in pixels.
        coarse: sides of the blocks of pixels that share numbers, 1 for each pixel's own.
        spread: of the numbers at the start.
        warm: temperature of the softmax at the start.
        cold: at the end; it falls by the same factor at each step.
        hard: share of the steps from which on the picture is of hard pixels, with the soft ones' slope.
        usual: how often each colour stands at each place in usual pictures `[h w k]`, shares; all alike where None.
    """

    colours: Tensor
    size: tuple[int, int]
    coarse: tuple[int, ...] = (1, 2, 4)
    spread: float = 0.1
    warm: float = 1.0
    cold: float = 0.1
    hard: float = 0.7
    usual: Tensor | None = None

    def __post_init__(self) -> None:
        """SettingError where a block does not fit the size."""
        if any(side % block for side in self.size for block in self.coarse) or not self.coarse:
            raise SettingError(f"Blocks of {self.coarse} pixels do not fill {self.size[0]} x {self.size[1]}.")

    def start(self, seeds: Sequence[int]) -> Tensor:
        """Numbers `[n p k]`, those of all blocks one after the other."""
        h, w = self.size
        return self.spread * _noise(seeds, (sum((h // b) * (w // b) for b in self.coarse), len(self.colours)), "palette")

    def logits(self, free: Tensor) -> Tensor:
        """Numbers `[n p k]` to what speaks for each colour at each pixel `[n h w k]`."""
        (h, w), at = self.size, 0
        total: Tensor | None = None
        for block in self.coarse:
            rows, columns = h // block, w // block
            part = free[:, at : at + rows * columns].reshape(len(free), rows, 1, columns, 1, -1)
            part = part.expand(-1, -1, block, -1, block, -1).reshape(len(free), h, w, -1)
            total, at = part if total is None else total + part, at + rows * columns
        assert total is not None  # there is a block at least
        return total if self.usual is None else total + self.usual.to(free).clamp(min=RARE).log()

    def paint(self, free: Tensor, done: float = 1.0) -> Tensor:
        """Numbers `[n p k]` to RGB `[n 3 h w]` in [0, 1]."""
        logits, colours = self.logits(free), self.colours.to(free)
        crisp = colours[logits.argmax(-1)].permute(0, 3, 1, 2)
        if done >= 1:
            return crisp
        shares = (logits / (self.warm * (self.cold / self.warm) ** done)).softmax(-1)
        soft = (shares @ colours).permute(0, 3, 1, 2)
        return soft + (crisp - soft).detach() if done >= self.hard else soft


@dataclass(frozen=True)
class Latent:
    """Pictures as latents of a generator, which knows what usual pictures look like.

    Attributes:
        decode: latents `[n c h w]` to RGB `[n 3 h w]` in [0, 1], differentiable.
        shape: axes `c h w` of a latent.
        spread: of the latents at the start.
        bound: no number of a latent is larger.
    """

    decode: Callable[[Tensor], Tensor]
    shape: tuple[int, ...]
    spread: float = 0.5
    bound: float = 2.0

    def start(self, seeds: Sequence[int]) -> Tensor:
        """Numbers `[n c h w]`."""
        return self.spread * _noise(seeds, self.shape, "latent")

    def paint(self, free: Tensor, done: float = 1.0) -> Tensor:
        """Numbers `[n c h w]` to RGB `[n 3 h w]` in [0, 1]."""
        return self.decode(self.bound * torch.tanh(free / self.bound)).clamp(0, 1)


def resized(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Pictures RGB `[n 3 h w]` at the size that a network takes, smoothly; ShapeError where they are no pictures."""
    if images.ndim != 4 or images.shape[1] != 3:
        raise ShapeError(f"Expected pictures [n 3 h w], got {tuple(images.shape)}.")
    if tuple(images.shape[2:]) == tuple(size):
        return images
    return F.interpolate(images, size, mode="bilinear", align_corners=False, antialias=images.shape[2] > size[0])
