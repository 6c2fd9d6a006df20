"""Edits of activation maps: what a picture's concepts would say if they were moved, larger, stronger or gone.

    moved(M)(x) = M(c + (x - c - t) / zoom),      T = (1 - R') fill(M, R) + R' moved(M),      R' = moved(R)

Paper: papers/inner_workings_thesis.md, section 4.4, "Rosetta neurons guided editing": zoom, shift, copy and paste, and removal, of whole
maps. There a map is padded with zeros and zoomed about its middle, and a removed one is set to its own least value.

What differs, and why: an edit may be bounded by a region that a person paints. What is in the region moves, and the region with it; the
place that it leaves is filled from around it, step by step outwards in, for nothing else is known of what lies behind. Beyond the border
the outermost values go on, since zero is no neutral value of a unit. Without a region all this is the paper's. `strengthen` is ours:
it takes a map away from its data set's mean by a factor.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.errors import SettingError, ShapeError
from core.methods.write.guide import same_size

MOST_ZOOM = 4.0
SEEN = 0.25
"""Share of a place that must lie in a region for the place to be left by it."""


@dataclass(frozen=True)
class Move:
    """What is done to concepts.

    Attributes:
        shift: right and down, in parts of the picture's side, from -1 to 1.
        zoom: how much larger, from 1/4 to 4.
        strengthen: by how much what differs from the mean is multiplied, from 0 to 5; 1 changes nothing.
        remove: whether they are set to their least value.
        copy: whether what moves also stays where it was.
    """

    shift: tuple[float, float] = (0.0, 0.0)
    zoom: float = 1.0
    strengthen: float = 1.0
    remove: bool = False
    copy: bool = False

    def __post_init__(self) -> None:
        """SettingError where something is out of bounds."""
        if max(map(abs, self.shift)) > 1 or not 1 / MOST_ZOOM <= self.zoom <= MOST_ZOOM or not 0 <= self.strengthen <= 5:
            raise SettingError(
                f"A shift goes from -1 to 1 of the picture, a zoom from {1 / MOST_ZOOM:g} to {MOST_ZOOM:g}, a strength from 0 to 5; got "
                f"{self}. Choose less."
            )

    @property
    def moves(self) -> bool:
        """Whether anything changes its place or size."""
        return self.shift != (0.0, 0.0) or self.zoom != 1.0

    @property
    def nothing(self) -> bool:
        """Whether it changes nothing at all."""
        return not self.moves and self.strengthen == 1.0 and not self.remove


def moved(maps: Tensor, move: Move, centre: tuple[float, float] = (0.5, 0.5)) -> Tensor:
    """Maps shifted and zoomed about a centre, bilinear; the border goes on outwards.

    Args:
        maps: `[n u h w]`.
        move: how.
        centre: across and down, in parts of the side; stays where it is when there is no shift.

    Returns:
        The same shape; the very same where nothing moves.
    """
    if not move.moves:
        return maps
    (right, down), zoom = move.shift, move.zoom
    # In the grid's coordinates the side goes from -1 to 1.
    x, y = 2 * centre[0] - 1, 2 * centre[1] - 1
    rows = [[1 / zoom, 0, x - (x + 2 * right) / zoom], [0, 1 / zoom, y - (y + 2 * down) / zoom]]
    grid = F.affine_grid(maps.new_tensor(rows).expand(len(maps), 2, 3), list(maps.shape), align_corners=False)
    return F.grid_sample(maps, grid, padding_mode="border", align_corners=False)


def centre_of(region: Tensor) -> tuple[float, float]:
    """The middle of a region `[1 1 h w]` in [0, 1], across and down in parts of the side; the picture's where it is empty."""
    total = float(region.sum())
    if total <= 0:
        return 0.5, 0.5
    high, wide = region.shape[2:]
    down = (torch.arange(high, device=region.device) + 0.5) / high
    across = (torch.arange(wide, device=region.device) + 0.5) / wide
    return float((region.sum((0, 1, 2)) * across).sum() / total), float((region.sum((0, 1, 3)) * down).sum() / total)


def landing(region: Tensor, move: Move) -> Tensor:
    """Where what is in a region `[1 1 h w]` comes to lie, in [0, 1]; nothing comes in from beyond the border."""
    if not move.moves:
        return region
    margin = max(region.shape[2:])
    wide = F.pad(region, (margin,) * 4)
    (right, down), (x, y) = move.shift, centre_of(region)
    inner = Move((right / 3, down / 3), move.zoom)
    far = moved(wide, inner, ((x + 1) / 3, (y + 1) / 3))
    return far[:, :, margin : margin + region.shape[2], margin : margin + region.shape[3]]


def filled(maps: Tensor, hole: Tensor) -> Tensor:
    """Maps `[n u h w]` with a hole `[1 1 h w]`, bool, filled from around it: place by place, each its neighbours' mean."""
    if not bool(hole.any()) or bool(hole.all()):
        return maps
    known = (~hole).to(maps)
    found = maps * known
    while bool((known == 0).any()):
        around = F.avg_pool2d(found, 3, 1, 1, count_include_pad=False)
        share = F.avg_pool2d(known, 3, 1, 1, count_include_pad=False)
        edge = ((known == 0) & (share > 0)).to(maps)
        found = found + edge * around / share.clamp(min=1e-6)
        known = known + edge
    return found


def rearranged(maps: Tensor, move: Move, mean: Tensor, least: Tensor | None = None, region: Tensor | None = None) -> Tensor:
    """What maps would be after an edit.

    Args:
        maps: of the concepts' units `[1 u h w]`.
        move: the edit.
        mean: over the data set, `[u]`.
        least: what a removed unit is set to `[u]`; its least value in these maps where None.
        region: what is edited `[1 1 H W]` in [0, 1], of any size; everything where None.

    Returns:
        The same shape; the very same where the edit changes nothing. ShapeError where shapes do not fit.
    """
    if maps.ndim != 4 or mean.shape != maps.shape[1:2] or (region is not None and (region.ndim != 4 or len(region) != 1)):
        raise ShapeError(f"Expected maps [1 u h w], means [u] and a region [1 1 h w], got {tuple(maps.shape)} and {tuple(mean.shape)}.")
    if move.nothing:
        return maps
    middle = mean[:, None, None]
    turned = middle + move.strengthen * (maps - middle) if move.strengthen != 1 else maps
    if region is None:
        if move.remove:
            return (maps.amin((2, 3)) if least is None else least[None])[:, :, None, None].expand_as(maps)
        return moved(turned, move)
    here = same_size(region, (maps.shape[2], maps.shape[3])).to(maps)
    around = maps if move.copy else filled(maps, here > SEEN)
    if move.remove:
        return maps * (1 - here) + around * here
    there = same_size(landing(region, move), (maps.shape[2], maps.shape[3])).to(maps)
    left = maps * (1 - here) + around * here if move.moves else maps
    return left * (1 - there) + moved(turned, move, centre_of(region)) * there
