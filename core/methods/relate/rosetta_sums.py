"""What is kept of the units of one model while they are compared with another's, and how their maps are brought to one size.

See core.methods.relate.rosetta for the equations. Sums are added up after Chan, Golub and LeVeque (1983), place by place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.foundations.concepts import Unit
from core.foundations.errors import SettingError, ShapeError
from core.foundations.maps import Size, resized

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


@lru_cache(maxsize=256)
def stretch(places: int, more: int) -> Tensor:
    """The matrix `[more places]` that brings one axis of a map to more places, as `core.foundations.maps.resized` does."""
    return resized(torch.eye(places, dtype=torch.float64)[None, :, :, None], (more, 1))[0, :, :, 0].T.contiguous()


def both_ways(maps: Tensor, down: Tensor, across: Tensor) -> Tensor:
    """Maps `[... h w]` with a matrix `[k h]` for each column and one `[l w]` for each row: `[... k l]`."""
    turned = maps.transpose(-1, -2) @ down.to(maps).T
    return turned.transpose(-1, -2) @ across.to(maps).T


def onto(maps: Tensor, other: Size) -> Tensor:
    """Maps of one size brought to another's places so that products come out as if both had been made larger.

    With A and B what brings x and y to the larger of the two sizes, (A x) . (B y) = (B^T A x) . y, which has y's few places to sum over.

    Args:
        maps: x, `[... h w]`.
        other: y's height and width.

    Returns:
        B^T A x, `[... h w]` of the other size.
    """
    own = maps.shape[-2], maps.shape[-1]
    if own == other:
        return maps
    steps = []
    for mine, theirs in zip(own, other, strict=True):
        top = max(mine, theirs)
        steps.append(stretch(theirs, top).T @ stretch(mine, top))
    return both_ways(maps, steps[0], steps[1])


def squares_at(maps: Tensor, size: Size) -> Tensor:
    """The sum of squares of maps `[... h w]` made larger to a size, without making them larger: x . (A^T A x), `[...]` in float64."""
    if (maps.shape[-2], maps.shape[-1]) == size:
        return torch.linalg.vector_norm(maps.flatten(-2), dim=-1).double().square()
    down, across = (stretch(own, more) for own, more in zip(maps.shape[-2:], size, strict=True))
    return (maps * both_ways(maps, down.T @ down, across.T @ across)).sum((-1, -2)).double()


class Places:
    """What is kept of one group of units: the mean map, and the sums of squares around it at each size at which they are compared.

    Attributes:
        mean: `[u h w]`, over images.
        residual: `[sizes u]`, sums of squares around the mean map.
        within: `[sizes u]`, sums of squares around each block's mean map.

    Args:
        units: how many.
        size: of their maps.
        sizes: at which they are compared, none smaller.
    """

    def __init__(self, units: int, size: Size, sizes: tuple[Size, ...]) -> None:
        self.sizes = sizes
        self.mean = torch.zeros(units, *size, dtype=torch.float64)
        self.residual = torch.zeros(len(sizes), units, dtype=torch.float64)
        self.within = torch.zeros(len(sizes), units, dtype=torch.float64)

    def take(self, maps: Tensor, before: int) -> Tensor:
        """Take in a block's maps `[n u h w]`, after `before` images.

        Returns:
            `[u n+1 h w]`: the maps around the block's mean map, and one row that stands for how the mean map moved; the products of
            such rows of two units add up to the sum of their residuals' products.
        """
        n = len(maps)
        x = maps.transpose(0, 1)
        rows = x.new_empty(x.shape[0], n + 1, *x.shape[2:], dtype=torch.float32)
        near = x.mean(1)  # in float32, and what it is off by in a second pass: as exact as float64, without a copy in it
        torch.sub(x, near[:, None], out=rows[:, :n])
        mean = near.to(self.mean) + rows[:, :n].mean(1).to(self.mean)
        rows[:, n] = (mean - self.mean) * (before * n / (before + n)) ** 0.5
        for place, size in enumerate(self.sizes):
            squares = squares_at(rows, size).to(self.mean)
            self.within[place] += squares[:, :n].sum(1)
            self.residual[place] += squares.sum(1)
        self.mean += (mean - self.mean) * (n / (before + n))
        return rows

    def merge(self, other: Places, mine: int, others: int) -> Tensor:
        """Take in what another saw of `others` images. Returns how the mean map moved, `[u h w]`, weighed as in `take`."""
        moved = (other.mean - self.mean) * (mine * others / max(1, mine + others)) ** 0.5
        self.within += other.within
        self.residual += other.residual + torch.stack([squares_at(moved, size) for size in self.sizes])
        self.mean += (other.mean - self.mean) * (others / max(1, mine + others))
        return moved

    def template(self, size: Size) -> Tensor:
        """The mean map at a size around its own mean, `[u p]`."""
        down, across = (stretch(own, more) for own, more in zip(self.mean.shape[-2:], size, strict=True))
        flat = both_ways(self.mean, down, across).flatten(1)
        return flat - flat.mean(1, keepdim=True)

    def scale(self, squares: Tensor) -> Tensor:
        """1 / sqrt of sums of squares `[u]`; 0 where they are no more than rounding of the numbers themselves."""
        noise = 1e-10 * self.mean.square().sum((1, 2))
        return torch.where(squares > noise.clamp(min=1e-30), squares.clamp(min=1e-30).rsqrt(), torch.zeros_like(squares))


class Plain:
    """Mean and spread of the units of one layer over images and places, at the maps' own size."""

    def __init__(self, units: int) -> None:
        self.mean = torch.zeros(units, dtype=torch.float64)
        self.squares = torch.zeros(units, dtype=torch.float64)

    def take(self, maps: Tensor, before: int) -> None:
        """Take in a block's maps `[n u h w]`, after `before` images."""
        near = maps.mean((0, 2, 3))
        rows = (maps - near[:, None, None]).flatten(2)
        mean = near.to(self.mean) + rows.mean(2).to(self.mean).mean(0)
        squares = torch.linalg.vector_norm(rows, dim=2).to(self.squares).square().sum(0)
        self._add(mean.to(self.mean), squares.to(self.mean), before, len(maps), maps[0, 0].numel())

    def _add(self, mean: Tensor, squares: Tensor, mine: int, others: int, places: int) -> None:
        moved, share = mean - self.mean, others / max(1, mine + others)
        self.squares += squares + moved.square() * (mine * share * places)
        self.mean += moved * share

    def merge(self, other: Plain, mine: int, others: int, places: int) -> None:
        """Take in what another saw of `others` images."""
        self._add(other.mean, other.squares, mine, others, places)
