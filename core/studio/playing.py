"""Playing a stack: handles act on latents one after another, and steps that are bounded to a region change nothing outside it.

    i = sum_k m_k decode(z_k),    a step within r:    m_k z_k  ->  (m_k - r) z_k + (m_k & r) act(z_k)

A step in a region parts the picture: inside another latent paints it than outside. Whatever comes later acts on both, and each of
them stays what the model knows: a picture that is put together of two would come back from the encoder as neither of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from core.foundations.errors import StudioError
from core.foundations.records import Edit, Handle
from core.foundations.region import Region
from core.studio.fulfil import Acting
from core.studio.recipes import MOST_EDITS, MOST_REGIONS, kept_strength


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


def steps_of(edits: Sequence[Edit], handle: Callable[[str], Handle], side: int) -> list[Step]:
    """The edits of a stack as they are played, with strengths as a recipe keeps them, without those that are muted.

    Args:
        edits: the stack.
        handle: a handle by its id.
        side: pixels of the picture's side.

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
    steps = [(Step(handle(edit.handle), kept_strength(edit.strength), edit.within), edit.muted) for edit in edits]
    return [step for step, muted in steps if not muted]


@dataclass(frozen=True)
class Cells:
    """A picture of which each pixel is painted by one of several latents: by one alone where no step was bounded.

    Attributes:
        latents: `[k c h w]`.
        owner: which of them paints a pixel, `[h w]` int.
    """

    latents: Tensor
    owner: np.ndarray

    @property
    def joined(self) -> Tensor:
        """All latents as one, `[k*c h w]`."""
        return self.latents.flatten(0, 1)

    def apart(self, joined: Tensor) -> Tensor:
        """Joined latents `[n k*c h w]` one by one, `[n*k c h w]`."""
        return joined.unflatten(1, (len(self.latents), -1)).flatten(0, 1)

    def shown(self, painted: np.ndarray) -> np.ndarray:
        """The pictures that paintings `[n*k h w 3]` of all latents make up, `[n h w 3]`."""
        rows, columns = np.indices(self.owner.shape)
        return painted.reshape(-1, len(self.latents), *painted.shape[1:])[:, self.owner, rows, columns]

    def smaller(self, side: int) -> Cells:
        """The same on a picture of fewer pixels, each painted as the one in its middle was."""
        places = (np.arange(side) * len(self.owner) + len(self.owner) // 2) // side
        return replace(self, owner=self.owner[np.ix_(places, places)])


@dataclass(frozen=True)
class Jointly:
    """How a handle acts on joined latents: on each of them by itself."""

    cells: Cells
    actors: Acting

    def act(self, handle: Handle, latent: Tensor, strength: float) -> Tensor:
        """Turn one handle on joined latents `[n k*c h w]`."""
        return self.actors.act(handle, self.cells.apart(latent), strength).unflatten(0, (len(latent), -1)).flatten(1, 2)


def play(latent: Tensor, side: int, steps: Sequence[Step], actors: Acting) -> Cells:
    """What a latent `[c h w]`, which paints a picture of some side, becomes by steps; nothing is painted yet."""
    latents, owner = latent[None], np.zeros((side, side), int)
    for region, run in groupby(steps, key=lambda step: step.within):
        inside = np.full_like(owner, True, bool) if region is None else region.allowed
        if not inside.any():
            continue
        touched = np.unique(owner[inside])
        moved = latents[torch.from_numpy(touched).to(latents.device)]
        for step in run:
            moved = actors.act(step.handle, moved, step.strength)
        owner = np.where(inside, len(latents) + np.searchsorted(touched, owner), owner)
        left, owner = np.unique(owner, return_inverse=True)
        latents, owner = torch.cat([latents, moved])[torch.from_numpy(left).to(latents.device)], owner.reshape(side, side)
    return Cells(latents, owner)


def reached(steps: Sequence[Step], side: int) -> np.ndarray:
    """The pixels on which any of some steps acts, `[h w]` bool."""
    return np.any([np.ones((side, side), bool) if step.within is None else step.within.allowed for step in steps], axis=0)


def common(steps: Sequence[Step]) -> str:
    """What bounds all steps alike, in words; "" where nothing does."""
    regions = {step.within for step in steps}
    region = regions.pop() if len(regions) == 1 else None
    return region.told if region else ""
