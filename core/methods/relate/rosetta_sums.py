"""What is kept of the units of one model while they are compared with another's, and how their maps are brought to one size.

See core.methods.relate.rosetta for the equations. Sums are added up after Chan, Golub and LeVeque (1983), place by place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from core.foundations.concepts import Unit
from core.foundations.errors import SettingError, ShapeError
from core.foundations.maps import Size

Maps = Mapping[str, Tensor]
"""Layer to `[n u h w]`."""


@dataclass(frozen=True)
class RosettaSettings:
    """How units are compared.

    Attributes:
        most: height and width in places beyond which maps are first brought down to it; from 2.
        block: images that are taken at once and shuffled among themselves for the null; from 2.
        shuffles: how many times the images are shuffled; from 0, fewer than `block`. All matches by chance of all shuffles are what a
            p-value counts, so few units need many.
        seed: of the shuffles.
    """

    most: int = 32
    block: int = 16
    shuffles: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        """SettingError where a setting is out of bounds."""
        if self.most < 2 or self.block < 2 or not 0 <= self.shuffles < self.block:
            raise SettingError(f"Expected most and block of 2 or more and fewer shuffles than block, got {self}.")


class Group(NamedTuple):
    """Layers of one model whose maps are compared at one size: rows `start` to `stop` of its tables."""

    size: Size
    start: int
    stop: int
    layers: tuple[str, ...]


class Layout:
    """The order of a model's units in the tables: from the smallest maps to the largest, so that equal sizes stand together.

    Args:
        model: its name.
        shapes: layer to (units, height, width).
        most: as in the settings.
    """

    def __init__(self, model: str, shapes: Mapping[str, tuple[int, int, int]], most: int) -> None:
        self.model, self.shapes = model, dict(shapes)
        sizes = {layer: (min(h, most), min(w, most)) for layer, (_, h, w) in shapes.items()}
        self.groups: list[Group] = []
        start = 0
        for size in sorted(set(sizes.values()), key=lambda size: (size[0] * size[1], size)):
            layers = tuple(layer for layer in shapes if sizes[layer] == size)
            stop = start + sum(shapes[layer][0] for layer in layers)
            self.groups.append(Group(size, start, stop, layers))
            start = stop
        self.count = start
        order = [layer for group in self.groups for layer in group.layers]
        self.units = tuple(Unit(model, layer, channel) for layer in order for channel in range(shapes[layer][0]))

    def check(self, maps: Maps) -> None:
        """ShapeError where maps are of other layers or sizes than before."""
        shapes = shapes_of(maps)
        if shapes != self.shapes:
            raise ShapeError(
                f"The maps of {self.model!r} changed from {self.shapes} to {shapes}. Give the same layers and sizes each time."
            )


def shapes_of(maps: Maps) -> dict[str, tuple[int, int, int]]:
    """Layer to (units, height, width); ShapeError where something is no maps."""
    for layer, one in maps.items():
        if one.ndim != 4:
            raise ShapeError(f"Expected maps [n u h w] of {layer!r}, got {tuple(one.shape)}. Tokens become maps by core.foundations.trace.")
    return {layer: (one.shape[1], one.shape[2], one.shape[3]) for layer, one in maps.items()}


class Places:
    """What is kept of one group of units at one size: the mean map, and the sums of squares around it.

    Attributes:
        mean: `[u p]`, over images.
        residual: `[u]`, sum of squares around the mean map.
        within: `[u]`, sum of squares around each block's mean map.
    """

    def __init__(self, units: int, places: int) -> None:
        self.mean = torch.zeros(units, places, dtype=torch.float64)
        self.residual = torch.zeros(units, dtype=torch.float64)
        self.within = torch.zeros(units, dtype=torch.float64)

    def take(self, maps: Tensor, before: int) -> Tensor:
        """Take in a block's maps `[n u h w]`, after `before` images.

        Returns:
            `[u n+1 p]`: the maps around the block's mean map, and one row that stands for how the mean map moved; the products of such
            rows of two units add up to the sum of their residuals' products.
        """
        n = len(maps)
        x = maps.flatten(2).transpose(0, 1)
        mean = x.mean(1, dtype=torch.float64).to(self.mean)
        rows = x.new_empty(x.shape[0], n + 1, x.shape[2], dtype=torch.float32)
        torch.sub(x, mean.to(x)[:, None], out=rows[:, :n])
        rows[:, n] = (mean - self.mean) * (before * n / (before + n)) ** 0.5
        squares = rows.square().sum(2, dtype=torch.float64).to(self.residual)
        self.within += squares[:, :n].sum(1)
        self.residual += squares.sum(1)
        self.mean += (mean - self.mean) * (n / (before + n))
        return rows

    def merge(self, other: Places, mine: int, others: int) -> Tensor:
        """Take in what another saw of `others` images. Returns how the mean map moved, `[u p]`, weighed as in `take`."""
        moved = (other.mean - self.mean) * (mine * others / max(1, mine + others)) ** 0.5
        self.within += other.within
        self.residual += other.residual + moved.square().sum(1)
        self.mean += (other.mean - self.mean) * (others / max(1, mine + others))
        return moved

    def template(self) -> Tensor:
        """The mean map around its own mean, `[u p]`."""
        return self.mean - self.mean.mean(1, keepdim=True)


class Plain:
    """Mean and spread of the units of one layer over images and places, at the maps' own size."""

    def __init__(self, units: int) -> None:
        self.mean = torch.zeros(units, dtype=torch.float64)
        self.squares = torch.zeros(units, dtype=torch.float64)

    def take(self, maps: Tensor, before: int) -> None:
        """Take in a block's maps `[n u h w]`, after `before` images."""
        flat = maps.transpose(0, 1).flatten(1)
        mean = flat.mean(1, dtype=torch.float64)
        squares = (flat - mean.to(flat)[:, None]).square().sum(1, dtype=torch.float64)
        self._add(mean.to(self.mean), squares.to(self.mean), before, len(maps), maps[0, 0].numel())

    def _add(self, mean: Tensor, squares: Tensor, mine: int, others: int, places: int) -> None:
        moved, share = mean - self.mean, others / max(1, mine + others)
        self.squares += squares + moved.square() * (mine * share * places)
        self.mean += moved * share

    def merge(self, other: Plain, mine: int, others: int, places: int) -> None:
        """Take in what another saw of `others` images."""
        self._add(other.mean, other.squares, mine, others, places)


def inverse_root(squares: Tensor, places: Places) -> Tensor:
    """1 / sqrt of sums of squares `[u]`; 0 where they are no more than rounding of the numbers themselves."""
    noise = 1e-10 * places.mean.square().sum(1)
    return torch.where(squares > noise.clamp(min=1e-30), squares.clamp(min=1e-30).rsqrt(), torch.zeros_like(squares))
