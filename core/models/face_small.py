"""The faces at 128 px, or at any smaller size of maps: from the maps of that size to a picture of that size, all frozen.

As `core.models.face_tail` folds the generator's last stage, this folds all stages behind some maps, each at the maps' own size:

    y = rectified(P1 D1 (s1 x) + b1),    z = rectified(P2 D2 (s2 y) + b2),    for each stage;    colours = P3 (s3 z) + b3

The second stage takes what the first gives as if it were even over the places that it stands for, and so on. All of them cost less
than one convolution at its own size. No number is trained: against what the tail paints, brought to the same size, a picture of
128 px has 34 dB, one of 64 px 31 (three held-out faces each). It is for what has to be quick, where a small error does not matter:
the steps of an inversion, and a strength that is being dragged.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.errors import ShapeError
from core.models.face_tail import folded_kernels, spread
from core.models.mobile_stylegan import CHANNELS, SLOPE, MobileStyleGAN, Stage, haar


def stages_behind(generator: MobileStyleGAN, size: int) -> list[Stage]:
    """The stages behind the maps of a size."""
    return [stage for stage in (generator.stages[str(s)] for s in generator.sizes if s > size) if isinstance(stage, Stage)]


def factors_behind(generator: MobileStyleGAN, styles: Tensor, size: int) -> list[Tensor]:
    """The generator's own factors of the channels behind the maps of a size: two `[n u]` of each stage, and those before the colours.

    Args:
        generator: whose factors.
        styles: w+ `[n slots d]`; differentiable.
        size: of the maps, in pixels.
    """
    stages, found = stages_behind(generator, size), []
    slots = list(styles[:, -3 * len(stages) - 1 :].unbind(1))
    for place, stage in enumerate(stages):
        assert stage.up is not None and stage.c2 is not None  # only the stage at 4 px, behind which nothing is folded, lacks them
        up, first, second = slots[3 * place : 3 * place + 3]
        # Doubling keeps channels apart: what scales one behind it may as well scale its four bands before it.
        by = stage.c1.style(first)
        found += [stage.up(up) * torch.cat([by, by.repeat_interleave(3, 1)], 1), stage.c2.style(second)]
    return [*found, generator.head.style(slots[-1])]


class FoldedStage(nn.Module):
    """One stage at the size of what it takes.

    Args:
        taken: channels in.
        given: channels out.
    """

    def __init__(self, taken: int, given: int) -> None:
        super().__init__()
        self.depth1 = nn.Parameter(torch.zeros(taken, 1, 3, 3))
        self.point1 = nn.Parameter(torch.zeros(given, taken, 1, 1))
        self.bias1 = nn.Parameter(torch.zeros(given))
        self.depth2 = nn.Parameter(torch.zeros(given, 1, 3, 3))
        self.point2 = nn.Parameter(torch.zeros(given, given, 1, 1))
        self.bias2 = nn.Parameter(torch.zeros(given))

    @classmethod
    @torch.no_grad()
    def of(cls, stage: Stage, even: int) -> FoldedStage:
        """A generator's stage, folded. Its noise is left out.

        Args:
            stage: of the generator.
            even: how many of its places, both ways, one place here stands for before it is doubled; they are taken to be alike.
        """
        c1, c2 = stage.c1, stage.c2
        assert c2 is not None
        given, channels = c1.point.shape[:2]
        own = cls(4 * channels, given).to(c1.point)
        bands = c1.point.new_zeros(4, 4 * channels, 5, 5)
        bands[0, :channels, 2, 2] = 1
        for band in range(3):
            bands[1 + band, channels + band :: 3, 2, 2] = 1
        mean, *edges = folded_kernels(haar(_repeated(bands, even)), c1)
        own.depth1.copy_(torch.cat([mean, torch.stack(edges, 1).flatten(0, 1)])[:, None])
        own.point1.copy_(torch.cat([c1.point, c1.point.repeat_interleave(3, 1)], 1))
        own.depth2.copy_(folded_kernels(_repeated(bands[:1, :1].expand(1, given, 5, 5), 2 * even), c2)[0][:, None])
        for mine, real in ((own.bias1, c1.bias), (own.point2, c2.point), (own.bias2, c2.bias)):
            mine.copy_(real)
        return own

    def forward(self, maps: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """Maps `[n u h w]` and factors `[n u]`, `[n v]` to maps `[n v h w]`."""
        maps = F.leaky_relu_(F.conv2d(spread(maps, first, self.depth1), self.point1, self.bias1), SLOPE)
        return F.leaky_relu_(F.conv2d(spread(maps, second, self.depth2), self.point2, self.bias2), SLOPE)


def _repeated(maps: Tensor, times: int) -> Tensor:
    return F.interpolate(maps, scale_factor=times) if times > 1 else maps


class SmallTail(nn.Module):
    """Maps and factors to colours at the maps' size.

    Args:
        size: of the maps that it takes and of the pictures that it gives, in pixels.
        channels: of the maps, and of the stages behind them.

    Example:
        tail = SmallTail.folded(generator)
        picture = tail.paint(generator, w)   # 128 px
    """

    def __init__(self, size: int = 128, channels: tuple[int, ...] = CHANNELS[-3:]) -> None:
        super().__init__()
        self.size, self.taken = size, channels[0]
        self.stages = nn.ModuleList(FoldedStage(taken, given) for taken, given in zip(channels, channels[1:], strict=False))
        self.point3 = nn.Parameter(torch.zeros(3, channels[-1], 1, 1))
        self.bias3 = nn.Parameter(torch.zeros(3))

    @classmethod
    @torch.no_grad()
    def folded(cls, generator: MobileStyleGAN, size: int = 128) -> SmallTail:
        """The generator's own stages behind the maps of a size, folded, and frozen."""
        stages, head = stages_behind(generator, size), generator.head
        folded = [FoldedStage.of(stage, 1 << place) for place, stage in enumerate(stages)]
        tail = cls(size, (folded[0].depth1.shape[0], *(stage.depth2.shape[0] for stage in folded))).to(head.point)
        tail.stages = nn.ModuleList(folded)
        # A mean band of 2 is a picture of 1; the first three channels are the colours' mean bands.
        tail.point3.copy_(head.point[:3] / 2)
        tail.bias3.copy_(head.bias[:3] / 2)
        return tail.eval().requires_grad_(False)

    def forward(self, maps: Tensor, factors: list[Tensor]) -> Tensor:
        """Maps `[n u h w]` and factors (`factors_behind`) to RGB `[n 3 h w]`, about [0, 1]. ShapeError for other maps."""
        if maps.ndim != 4 or maps.shape[1] != self.taken:
            raise ShapeError(f"Expected maps [n {self.taken} h w], got {tuple(maps.shape)}.")
        for place, stage in enumerate(self.stages):
            maps = stage(maps, factors[2 * place], factors[2 * place + 1])
        mixed = (factors[-1][:, None] * self.point3[:, :, 0, 0]) @ maps.flatten(2)
        return (mixed.unflatten(2, maps.shape[2:]) + self.bias3[:, None, None] + 1) / 2

    def paint(self, generator: MobileStyleGAN, styles: Tensor, bounded: bool = True, delta: Tensor | None = None) -> Tensor:
        """w+ `[n slots d]` to RGB `[n 3 h w]` of its size; `bounded` and `delta` as `FaceTail.paint` has them."""
        colours = self(generator.level(styles, self.size, delta).last, factors_behind(generator, styles, self.size))
        return colours.clamp(0, 1) if bounded else colours
