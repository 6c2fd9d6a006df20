"""The generator of the world `faces`: MobileStyleGAN for FFHQ at 1024 px, rebuilt in PyTorch from its graph.

Paper: Belousov, "MobileStyleGAN: a lightweight convolutional neural network for high-fidelity image synthesis", 2021,
arXiv:2104.04767; it was distilled from StyleGAN2 (Karras et al., 2020, arXiv:1912.04958). For research and evaluation only.

A latent z is mapped to a style w. One constant of 4 x 4 places is then convolved and doubled in size, stage by stage, and
what each convolution takes is first scaled, channel by channel, by an affine function of w: y = K (A w + b) x + noise + bias.
Convolutions are depthwise and pointwise; doubling reads the channels as four bands of a Haar wavelet; so does the picture,
which the last stage's channels are mapped to. Each affine function may have a w of its own: w+ has one slot for each.

What differs from the paper's networks: no demodulation (its constant was folded into the kernels before the graph was
written), fixed noise, and only the last of the heads, so that there is no picture below the full size. Against OpenVINO the
style differs by 5e-6 at most and the picture, of 0 to 1, by 2e-5 (four faces).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.errors import ShapeError
from core.foundations.seeds import numpy_rng

CHANNELS = (512, 512, 512, 512, 512, 256, 128, 64)
"""Of the stages from 4 px to 512 px."""
SMALLEST = 4
SLOPE = 0.2
"""Of the leaky rectifiers."""
AVERAGED = 4096
"""Styles that the mean style is taken over."""


class Level(NamedTuple):
    """The maps of one stage.

    Attributes:
        size: their height and width, in pixels.
        c1: after the first convolution, `[n u h w]`.
        c2: after the second, `[n u h w]`; None at 4 px, which has only one.
    """

    size: int
    c1: Tensor
    c2: Tensor | None

    @property
    def last(self) -> Tensor:
        """What the next stage takes, `[n u h w]`."""
        return self.c1 if self.c2 is None else self.c2

    def plus(self, delta: Tensor) -> Level:
        """With something `[n u h w]` added to what the next stage takes."""
        return self._replace(c1=self.c1 + delta) if self.c2 is None else self._replace(c2=self.c2 + delta)


def haar(bands: Tensor) -> Tensor:
    """Pictures of twice the size out of the bands of their Haar wavelet.

    Args:
        bands: `[n 4c h w]`: `c` channels of means, then of each channel its differences down, across, and both.

    Returns:
        `[n c 2h 2w]`.
    """
    n, channels, h, w = bands.shape
    mean = bands[:, : channels // 4]
    down, across, both = bands[:, channels // 4 :].reshape(n, channels // 4, 3, h, w).unbind(2)
    top, bottom, top_edge, bottom_edge = mean + down, mean - down, across + both, across - both
    corners = (top + top_edge, top - top_edge, bottom + bottom_edge, bottom - bottom_edge)
    return F.pixel_shuffle((torch.stack(corners, 2) / 2).reshape(n, channels, h, w), 2)


class Convolution(nn.Module):
    """A convolution whose input is scaled by a style. Its output is one of the maps that can be asked for and traced.

    Args:
        width: numbers of a style.
        taken: channels in.
        given: channels out.
        size: height and width, in pixels.
        whole: one kernel over places and channels, as at 4 px; else depthwise, then pointwise.
    """

    def __init__(self, width: int, taken: int, given: int, size: int, whole: bool = False) -> None:
        super().__init__()
        self.style = nn.Linear(width, taken)
        self.depth = None if whole else nn.Parameter(torch.zeros(taken, 1, 3, 3))
        self.point = nn.Parameter(torch.zeros(given, taken, *((3, 3) if whole else (1, 1))))
        self.bias = nn.Parameter(torch.zeros(given))
        self.noise = nn.Parameter(torch.zeros(1, 1, size, size))

    def forward(self, maps: Tensor, w: Tensor) -> Tensor:
        """Maps `[n u h w]` and styles `[n d]` to maps `[n v h w]`."""
        maps = self.style(w)[:, :, None, None] * maps
        if self.depth is not None:
            maps = F.conv2d(maps, self.depth, padding=1, groups=maps.shape[1])
        maps = F.conv2d(maps, self.point, self.bias, padding=1 if self.depth is None else 0)
        return F.leaky_relu_(maps.add_(self.noise), SLOPE)


class Stage(nn.Module):
    """Doubles the size, then convolves twice; at 4 px it only convolves, once."""

    def __init__(self, width: int, taken: int, given: int, size: int) -> None:
        super().__init__()
        first = size == SMALLEST
        self.up = None if first else nn.Linear(width, taken)
        self.c1 = Convolution(width, taken if first else taken // 4, given, size, whole=first)
        self.c2 = None if first else Convolution(width, given, given, size)

    def forward(self, maps: Tensor, styles: Tensor) -> tuple[Tensor, Tensor | None]:
        """Maps `[n u h w]` and styles `[n slots d]` to the maps after the first and the second convolution."""
        if self.up is None or self.c2 is None:
            return self.c1(maps, styles[:, 0]), None
        c1 = self.c1(haar(self.up(styles[:, 0])[:, :, None, None] * maps), styles[:, 1])
        return c1, self.c2(c1, styles[:, 2])


class Head(nn.Module):
    """The last stage's maps to a picture of twice their size."""

    def __init__(self, width: int, taken: int) -> None:
        super().__init__()
        self.style = nn.Linear(width, taken)
        self.point = nn.Parameter(torch.zeros(12, taken, 1, 1))
        self.bias = nn.Parameter(torch.zeros(12))

    def forward(self, maps: Tensor, w: Tensor) -> Tensor:
        """Maps `[n u h w]` and styles `[n d]` to RGB `[n 3 2h 2w]`, about [-1, 1]."""
        return haar(F.conv2d(self.style(w)[:, :, None, None] * maps, self.point, self.bias))


class MobileStyleGAN(nn.Module):
    """z to w, and w+ to feature maps and pictures; differentiable in all slots of w+. It is not trained: weights are frozen.

    Args:
        width: numbers of a latent and of a style, `d`.
        channels: of the stages, from 4 px up, each of twice the size; of all but the last a multiple of 4.
        depth: layers of the mapping.

    Example:
        model = load_face_generator()
        w = model.broadcast(model.truncated(model.style(model.latents([7])), 0.6))
        picture, maps = model.paint(w), model.level(w, 128).c2
    """

    def __init__(self, width: int = 512, channels: tuple[int, ...] = CHANNELS, depth: int = 8) -> None:
        super().__init__()
        self.width, self.channels = width, channels
        self.sizes = tuple(SMALLEST << place for place in range(len(channels)))
        self.mapping = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.start = nn.Parameter(torch.zeros(1, channels[0], SMALLEST, SMALLEST))
        taken = (channels[0], *channels[:-1])
        stages = zip(self.sizes, taken, channels, strict=True)
        self.stages = nn.ModuleDict({str(size): Stage(width, before, after, size) for size, before, after in stages})
        self.head = Head(width, channels[-1])
        self.slots = 3 * len(channels) - 1
        self.eval().requires_grad_(False)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of a picture, in pixels."""
        return 2 * self.sizes[-1], 2 * self.sizes[-1]

    # Styles ---------------------------------------------------------------------------------------------------------

    def latents(self, seeds: list[int]) -> Tensor:
        """Latents z `[n d]`, normally distributed, one for each seed."""
        numbers = [numpy_rng("faces", seed).standard_normal(self.width, dtype=np.float32) for seed in seeds]
        return torch.from_numpy(np.stack(numbers)).to(self.start.device)

    def style(self, z: Tensor) -> Tensor:
        """Latents z `[n d]` to styles w `[n d]`; the length of z does not matter."""
        if z.ndim != 2 or z.shape[1] != self.width:
            raise ShapeError(f"Expected latents [n {self.width}], got {tuple(z.shape)}.")
        w = z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for layer in self.mapping:
            w = F.leaky_relu(layer(w), SLOPE) * 2**0.5
        return w

    @cached_property
    def mean_style(self) -> Tensor:
        """The mean of many w `[d]`."""
        z = numpy_rng("faces", "mean").standard_normal((AVERAGED, self.width), dtype=np.float32)
        with torch.no_grad():
            return self.style(torch.from_numpy(z).to(self.start.device)).mean(0)

    def truncated(self, w: Tensor, share: float) -> Tensor:
        """Styles `[... d]` brought nearer to the mean style: at 0 all of them the mean, at 1 as they are. Nearer is more usual."""
        mean = self.mean_style.to(w)
        return mean + share * (w - mean)

    def broadcast(self, w: Tensor) -> Tensor:
        """One style `[n d]` for all slots: w+ `[n slots d]`."""
        return w[:, None].expand(-1, self.slots, -1)

    # Pictures -------------------------------------------------------------------------------------------------------

    def levels(self, styles: Tensor, delta: Tensor | None = None) -> Iterator[Level]:
        """The maps of stage after stage, from 4 px up. A stage is computed when it is asked for: to stop early, ask for no more.

        Args:
            styles: w+ `[n slots d]`.
            delta: added to the last maps of the stage of its own size, `[n u h w]`, or of one picture for all; differentiable.

        Raises:
            ShapeError: where they have other axes, or there are no such maps.
        """
        if styles.ndim != 3 or styles.shape[1:] != (self.slots, self.width):
            raise ShapeError(f"Expected w+ [n {self.slots} {self.width}], got {tuple(styles.shape)}.")
        if delta is not None:
            self._check_delta(delta, len(styles))
        maps, slot = self.start.expand(len(styles), -1, -1, -1), 0
        for size in self.sizes:
            taken = 1 if size == SMALLEST else 3
            level = Level(size, *self.stages[str(size)](maps, styles[:, slot : slot + taken]))
            if delta is not None and delta.shape[-1] == size:
                level = level.plus(delta)
            yield level
            maps, slot = level.last, slot + taken

    def _check_delta(self, delta: Tensor, count: int) -> None:
        """ShapeError where it cannot be added to any maps."""
        fitting = dict(zip(self.sizes, self.channels, strict=True))
        size = delta.shape[-1] if delta.ndim == 4 else 0
        if size not in fitting or delta.shape[1:] != (fitting[size], size, size) or len(delta) not in (1, count):
            known = ", ".join(f"[n {channels} {size} {size}]" for size, channels in fitting.items())
            raise ShapeError(f"Expected a delta for maps of one size, {known}, got {tuple(delta.shape)}.")

    def level(self, styles: Tensor, size: int, delta: Tensor | None = None) -> Level:
        """The maps of one size, of w+ `[n slots d]` and a delta; no stage above it is computed. ShapeError where there is no such size."""
        if size not in self.sizes:
            raise ShapeError(f"There are no maps of {size} px. There are some of {', '.join(map(str, self.sizes))} px.")
        return next(level for level in self.levels(styles, delta) if level.size == size)

    def picture(self, level: Level, styles: Tensor, bounded: bool = True) -> Tensor:
        """The last stage's maps to RGB.

        Args:
            level: the last of `levels`.
            styles: the w+ `[n slots d]` that it came from.
            bounded: clamp to [0, 1]. A clamped colour has no gradient; without, a few colours lie a little outside.

        Returns:
            `[n 3 h w]` in [0, 1].
        """
        if level.size != self.sizes[-1]:
            raise ShapeError(f"Only maps of {self.sizes[-1]} px become a picture, got {level.size} px.")
        colours = self.head(level.last, styles[:, -1]).add_(1).div_(2)
        return colours.clamp(0, 1) if bounded else colours

    def paint(self, styles: Tensor, bounded: bool = True, delta: Tensor | None = None) -> Tensor:
        """w+ `[n slots d]` to RGB `[n 3 h w]` in [0, 1], differentiable in all slots; `bounded` as in `picture`, `delta` as in `levels`."""
        return self.picture(self.level(styles, self.sizes[-1], delta), styles, bounded)

    def forward(self, styles: Tensor) -> Tensor:
        """As `paint`."""
        return self.paint(styles)
