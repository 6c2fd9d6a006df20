"""The working size of the faces: a small network from the generator's maps before its last stage to a quarter of its picture.

The real way on from those maps doubles their size, convolves twice, and doubles once more: two thirds of a picture's cost, for
detail that the mean of 4 x 4 pixels takes away again. Here the two convolutions are done at the maps' own size:

    y = rectified(P1 D1 (s1 x) + b1),    z = rectified(P2 D2 (s2 y) + b2),    colours = P3 (s3 z) + b3

D are kernels of 3 x 3 places for each channel, P mix channels, and the factors s are the generator's own functions of the last
four slots of w+: so every slot reaches the picture, and colours follow the last ones. Numbers to start with need no training:
Haar synthesis, kernel and mean of 2 x 2 places are linear, and folded into one kernel each (`FaceTail.folded`). All that this
loses is how unlike the four places under one are when they are rectified; `core.train.faces.tail` fits the numbers to that.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.errors import ShapeError
from core.foundations.files import load_weights
from core.models.mobile_stylegan import CHANNELS, SLOPE, Convolution, MobileStyleGAN, Stage, haar

NAME = "faces_tail"
"""Of the weight file."""
BEHIND = 4
"""Slots of w+ behind the maps."""
SHRINK = 4
"""How many pixels of the generator's picture, both ways, are one here."""
MARGIN = 2
"""Places around a piece of the maps that its colours depend on."""


class Factors(NamedTuple):
    """What the last four slots of w+ multiply channels by.

    Attributes:
        taken: those of the maps, `[n u]`.
        within: those between the two convolutions, `[n v]`.
        given: those before the colours, `[n v]`.
    """

    taken: Tensor
    within: Tensor
    given: Tensor


def factors_of(generator: MobileStyleGAN, styles: Tensor) -> Factors:
    """The generator's own factors behind the maps, of w+ `[n slots d]`; differentiable."""
    scale, c1, c2 = _last_stage(generator)
    up, first, second, last = styles[:, -BEHIND:].unbind(1)
    # Doubling keeps channels apart: what scales one behind it may as well scale its four bands before it.
    by = c1.style(first)
    return Factors(scale(up) * torch.cat([by, by.repeat_interleave(3, 1)], 1), c2.style(second), generator.head.style(last))


def maps_of(generator: MobileStyleGAN, styles: Tensor, delta: Tensor | None = None) -> Tensor:
    """The maps that the tail takes, `[n u h w]`, of w+ `[n slots d]` and a delta as in `MobileStyleGAN.levels`."""
    return generator.level(styles, generator.sizes[-2], delta).last


def _last_stage(generator: MobileStyleGAN) -> tuple[nn.Linear, Convolution, Convolution]:
    """Its factors before doubling, and its two convolutions; only the stage of 4 px, which is never the last, lacks some."""
    stage = generator.stages[str(generator.sizes[-1])]
    assert isinstance(stage, Stage) and stage.up is not None and stage.c2 is not None
    return stage.up, stage.c1, stage.c2


def folded_kernels(impulses: Tensor, convolution: Convolution) -> Tensor:
    """Kernels `[n c 3 3]` for what follows a single 1 amid 5 x 5 places all at once: a kernel of each channel, and a mean.

    Args:
        impulses: what the 1 became at the convolution's size, `[n c 5k 5k]`; the mean is over k x k places.
        convolution: whose kernels of each channel work at that size.
    """
    assert convolution.depth is not None  # only the one at 4 px has none
    given = F.conv2d(impulses, convolution.depth, padding=1, groups=len(convolution.depth))
    return F.avg_pool2d(given, impulses.shape[-1] // 5)[:, :, 1:4, 1:4].flip(-1, -2)


class FaceTail(nn.Module):
    """Maps and factors to colours at the maps' size.

    Args:
        taken: channels of the maps, `u`.
        within: channels between, `v`.

    Example:
        tail = load_face_tail()
        picture = tail.paint(generator, w)   # 256 px
    """

    def __init__(self, taken: int = CHANNELS[-2], within: int = CHANNELS[-1]) -> None:
        super().__init__()
        self.depth1 = nn.Parameter(torch.zeros(taken, 1, 3, 3))
        self.point1 = nn.Parameter(torch.zeros(within, taken, 1, 1))
        self.bias1 = nn.Parameter(torch.zeros(within))
        self.depth2 = nn.Parameter(torch.zeros(within, 1, 3, 3))
        self.point2 = nn.Parameter(torch.zeros(within, within, 1, 1))
        self.bias2 = nn.Parameter(torch.zeros(within))
        self.point3 = nn.Parameter(torch.zeros(3, within, 1, 1))
        self.bias3 = nn.Parameter(torch.zeros(3))

    @classmethod
    @torch.no_grad()
    def folded(cls, generator: MobileStyleGAN) -> FaceTail:
        """The generator's own last stage, folded. Its noise, a thousandth of a bias, is left out."""
        (_, c1, c2), head = _last_stage(generator), generator.head
        within, channels = c1.point.shape[:2]
        tail = cls(4 * channels, within).to(head.point)
        bands = head.point.new_zeros(4, 4 * channels, 5, 5)
        bands[0, :channels, 2, 2] = 1
        for band in range(3):
            bands[1 + band, channels + band :: 3, 2, 2] = 1
        mean, *edges = folded_kernels(haar(bands), c1)
        tail.depth1.copy_(torch.cat([mean, torch.stack(edges, 1).flatten(0, 1)])[:, None])
        tail.point1.copy_(torch.cat([c1.point, c1.point.repeat_interleave(3, 1)], 1))
        even = F.interpolate(bands[:1, :1].expand(1, within, 5, 5), scale_factor=2)
        tail.depth2.copy_(folded_kernels(even, c2)[0][:, None])
        for own, real in ((tail.bias1, c1.bias), (tail.point2, c2.point), (tail.bias2, c2.bias)):
            own.copy_(real)
        # A mean band of 2 is a picture of 1; the first three channels are the colours' mean bands.
        tail.point3.copy_(head.point[:3] / 2)
        tail.bias3.copy_(head.bias[:3] / 2)
        return tail

    def forward(self, maps: Tensor, factors: Factors) -> Tensor:
        """Maps `[n u h w]` and factors to RGB `[n 3 h w]`, nearly all in [0, 1] and not clamped. ShapeError for other maps.

        The outer two places of a piece of the maps know less than they should; at the picture's own border it is the same for the
        generator.
        """
        if maps.ndim != 4 or maps.shape[1] != len(self.depth1):
            raise ShapeError(f"Expected maps [n {len(self.depth1)} h w], got {tuple(maps.shape)}.")
        maps = F.conv2d(spread(maps, factors.taken, self.depth1), self.point1, self.bias1)
        maps = F.leaky_relu_(maps, SLOPE)
        maps = F.conv2d(spread(maps, factors.within, self.depth2), self.point2, self.bias2)
        maps = F.leaky_relu_(maps, SLOPE)
        mixed = (factors.given[:, None] * self.point3[:, :, 0, 0]) @ maps.flatten(2)
        return (mixed.unflatten(2, maps.shape[2:]) + self.bias3[:, None, None] + 1) / 2

    def paint(self, generator: MobileStyleGAN, styles: Tensor, bounded: bool = True, delta: Tensor | None = None) -> Tensor:
        """w+ to a picture of a quarter of the generator's size, differentiable in all slots and in the delta.

        Args:
            generator: whose tail this is.
            styles: w+ `[n slots d]`.
            bounded: clamp to [0, 1]. A clamped colour has no gradient; without, a few colours lie a little outside.
            delta: as in `MobileStyleGAN.levels`, of maps no larger than the tail takes.

        Returns:
            RGB `[n 3 h w]`.
        """
        colours = self(maps_of(generator, styles, delta), factors_of(generator, styles))
        return colours.clamp(0, 1) if bounded else colours


def spread(maps: Tensor, factors: Tensor, depth: Tensor) -> Tensor:
    """Maps `[n u h w]` scaled, then convolved channel by channel; scaling the kernels instead saves half of a picture's time."""
    n, u, h, w = maps.shape
    kernels = (factors[:, :, None, None, None] * depth).flatten(0, 1)
    return F.conv2d(maps.reshape(1, n * u, h, w), kernels, padding=1, groups=n * u).reshape(n, u, h, w)


def load_face_tail() -> FaceTail:
    """The trained tail, frozen; WeightsError where it is missing or damaged."""
    tensors, card = load_weights(NAME)
    tail = FaceTail(**card["architecture"])
    tail.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return tail.eval().requires_grad_(False)
