"""Playing a stack: handles act on latents one after another, and steps that are bounded to a region change nothing outside it.

    i = sum_k m_k decode(z_k),    a step within r:    m_k z_k  ->  m_k (1 - r) z_k + m_k r act(z_k)

A step in a region parts the picture: inside another latent paints it than outside, and where the region has a soft rim both do.
Whatever comes later acts on both, and each of them stays what the model knows: a picture that is put together of two would come back
from the encoder as neither of them. Where a part is, is seen once all else was done: hair that is blond stays blond as the head turns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import StudioError
from core.foundations.records import Edit, Handle
from core.foundations.region import Region
from core.studio.fulfil import Acting
from core.studio.recipes import MOST_EDITS, MOST_REGIONS, kept_strength

LITTLE = 0.05
"""Of a part, what is too little to be painted for itself."""


BLURRED = 5
"""Pixels of the window within which grain is no edge, and an edge hides another one."""


@dataclass(frozen=True)
class Step:
    """One edit, as it is played.

    Attributes:
        handle: what is turned.
        strength: how far.
        within: where it may act; everywhere where None.
    """

    handle: Handle
    strength: float
    within: Region | None = None


def fitting(region: Region | np.ndarray | None, side: int) -> Region | None:
    """A region, or a mask `[h w]` that nobody named, of a picture of some side; StudioError where it has another size."""
    if region is None:
        return None
    mask = region.mask if isinstance(region, Region) else region
    if np.shape(mask) != (side, side):
        raise StudioError(f"A region has the picture's size, {side} x {side}. Segment the picture again.")
    return region if isinstance(region, Region) else Region.of(mask)


def steps_of(
    edits: Sequence[Edit], handle: Callable[[str], Handle], side: int, bound: Callable[[Handle], Region | None] = lambda handle: None
) -> list[Step]:
    """The edits of a stack as they are played, with strengths as a recipe keeps them, without those that are muted.

    Args:
        edits: the stack.
        handle: a handle by its id.
        side: pixels of the picture's side.
        bound: what bounds a handle where an edit does not say so itself.

    Raises:
        StudioError: where there are too many edits or regions, a region does not fit, or a handle does not exist.
    """
    if len(edits) > MOST_EDITS:
        raise StudioError(f"A stack holds at most {MOST_EDITS} edits. Remove one first.")
    regions = {edit.within for edit in edits if edit.within}
    if len(regions) > MOST_REGIONS:
        raise StudioError(f"The edits of a stack are bounded to at most {MOST_REGIONS} regions. Remove one first.")
    for region in regions:
        fitting(region, side)
    steps = []
    for edit in edits:
        turned = fitted(handle(edit.handle), edit)
        steps.append((Step(turned, kept_strength(edit.strength), edit.within or bound(turned)), edit.muted))
    return [step for step, muted in steps if not muted]


def still(steps: Sequence[Step]) -> list[Step]:
    """Steps as they are shown in a hurry: a region is what was drawn of it, and everything where nothing was drawn of it yet."""

    def drawn(region: Region | None) -> Region | None:
        return None if region is None or (region.part and not region.mask.any()) else replace(region, part="")

    return [replace(step, within=drawn(step.within)) for step in steps]


def fitted(handle: Handle, edit: Edit) -> Handle:
    """A handle as an edit turns it."""
    return replace(handle, trim=edit.trim) if edit.trim else handle


@dataclass(frozen=True)
class Cells:
    """A picture that several latents paint, each its share of a pixel: one alone paints all of it where no step was bounded.

    Attributes:
        latents: `[k c h w]`.
        shares: of each of them in each pixel, `[k h w]`, adding up to 1; all or nothing but at soft rims.
        reached: the pixels on which any step acted, `[h w]` bool.
    """

    latents: Tensor
    shares: np.ndarray
    reached: np.ndarray

    @property
    def joined(self) -> Tensor:
        """All latents as one, `[k*c h w]`."""
        return self.latents.flatten(0, 1)

    def apart(self, joined: Tensor) -> Tensor:
        """Joined latents `[n k*c h w]` one by one, `[n*k c h w]`."""
        return joined.unflatten(1, (len(self.latents), -1)).flatten(0, 1)

    def shown(self, painted: np.ndarray) -> np.ndarray:
        """The pictures, uint8, that paintings `[n*k h w 3]` of all latents make up, `[n h w 3]`."""
        apart = painted.reshape(-1, len(self.latents), *painted.shape[1:])
        if len(self.latents) == 1:
            return apart[:, 0]
        return np.rint(np.einsum("nkhwc,khw->nhwc", apart, self.shares)).astype(np.uint8)

    def seam(self, painted: np.ndarray) -> float:
        """How much of an edge the mixing of paintings `[k h w 3]` adds where no painting has one, in [0, 1]; 0 where none share a pixel.

            sum max(0, |sum_k p_k ds_k| - e) / sum_k |ds_k| / 2,    d from one pixel to the next, e the strongest edge of any near there

        Paintings that differ much show no seam along the edge of a face, and others that differ little show one on a plain wall.
        """
        if (1 - np.square(self.shares).sum(0)).sum() <= len(self.reached) / 256:
            return 0.0
        pictures = torch.from_numpy(painted.astype(np.float32) / 255).permute(0, 3, 1, 2)
        pictures = F.avg_pool2d(F.pad(pictures, [BLURRED // 2] * 4, mode="replicate"), BLURRED, 1)
        shares, added, slopes = torch.from_numpy(self.shares.astype(np.float32))[:, None], 0.0, 0.0
        for axis in (2, 3):
            last = shares.shape[axis] - 1
            middle = (pictures.narrow(axis, 0, last) + pictures.narrow(axis, 1, last)) / 2
            slope = shares.diff(dim=axis)
            edges = pictures.diff(dim=axis).abs().amax(0).mean(0)[None, None]
            edges = F.max_pool2d(edges, BLURRED, 1, BLURRED // 2)[0, 0]
            added += float(((middle * slope).sum(0).abs().mean(0) - edges).clamp(min=0).sum())
            slopes += float(slope.abs().sum()) / 2
        return added / slopes

    def smaller(self, side: int) -> Cells:
        """The same on a picture of fewer pixels, each painted as the one in its middle was."""
        whole = len(self.reached)
        places = (np.arange(side) * whole + whole // 2) // side
        return replace(self, shares=self.shares[:, places][:, :, places], reached=self.reached[np.ix_(places, places)])


@dataclass(frozen=True)
class Jointly:
    """How a handle acts on joined latents: on each of them by itself."""

    cells: Cells
    actors: Acting

    def act(self, handle: Handle, latent: Tensor, strength: float) -> Tensor:
        """Turn one handle on joined latents `[n k*c h w]`."""
        return self.actors.act(handle, self.cells.apart(latent), strength).unflatten(0, (len(latent), -1)).flatten(1, 2)


Inside = Callable[[Region, Cells, Cells], np.ndarray]
"""From a region, and the cells before and after its steps, to how far these show in each pixel, `[h w]` in [0, 1]."""


def inside(region: Region, before: Cells, moved: Cells) -> np.ndarray:
    """Wholly where the region allows it, elsewhere not at all, `[h w]`."""
    return region.allowed.astype(np.float32)


def play(latent: Tensor, side: int, steps: Sequence[Step], actors: Acting, inside: Inside = inside) -> Cells:
    """What a latent `[c h w]`, which paints a picture of some side, becomes by steps; nothing is painted but what `inside` looks at."""
    cells = Cells(latent[None], np.ones((1, side, side), np.float32), np.zeros((side, side), bool))
    for region, run in groupby(_parts_last(steps), key=lambda step: step.within):
        if region is not None and not region.part and not region.allowed.any():
            continue
        latents = cells.latents
        for step in run:
            latents = actors.act(step.handle, latents, step.strength)
        moved = replace(cells, latents=latents)
        cells = (
            replace(moved, reached=np.ones_like(cells.reached))
            if region is None
            else _joined(cells, moved, inside(region, cells, moved), LITTLE if region.part else 0.0)
        )
    return cells


def _parts_last(steps: Sequence[Step]) -> list[Step]:
    """Steps that are bounded to a part after all others, those of each part together, and larger parts first.

    Whoever grew older may have a fringe where there was none: hair that is blond is looked for after that.
    """
    parts = list(dict.fromkeys(step.within for step in steps if step.within and step.within.part))
    parts.sort(key=lambda region: -int(region.mask.sum()))
    return sorted(steps, key=lambda step: 1 + parts.index(step.within) if step.within in parts else 0)


def _joined(before: Cells, moved: Cells, share: np.ndarray, little: float = 0.0) -> Cells:
    """Cells of which some are moved in a share `[h w]` of each pixel; those that are nowhere the foremost are left out.

    Args:
        little: where less than this part of a region is one cell's, that is painted as the region's largest is; and a cell of which less
            than this part stays behind is moved as a whole. Else each rim on a rim would be painted by a latent of its own.
    """
    stay, go = before.shares * (1 - share), before.shares * share
    sums = go.sum((1, 2))
    few = sums < little * sums.sum()
    go[sums.argmax()] += go[few].sum(0)
    go[few] = 0
    whole = ~few & (stay.sum((1, 2)) < little * before.shares.sum((1, 2)))
    go[whole] += stay[whole]
    stay[whole] = 0
    shares = np.concatenate([stay, go])
    left = np.unique(shares.argmax(0))
    shares, latents = shares[left], torch.cat([before.latents, moved.latents])[torch.from_numpy(left).to(moved.latents.device)]
    return Cells(latents, shares / shares.sum(0), before.reached | (share > 0))


def common(steps: Sequence[Step]) -> str:
    """What bounds all steps alike, in words; "" where nothing does."""
    regions = {step.within for step in steps}
    region = regions.pop() if len(regions) == 1 else None
    return region.told if region else ""
