"""Neurons in words over a large folder, by several processes: second-order effects summed, then the strongest of each neuron kept.

Two passes, since effects are centred on the mean of all pictures (core.methods.read.second_order). In both a process takes in its own
shards and goes on where it was stopped; the first pass's sums reach every process before the second begins. The pictures on cards are of
those that are shipped: the folder's own are not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from core.foundations.images import to_tensor
from core.foundations.picture_folder import PictureFolder, Pictures
from core.methods.read.second_order import (
    Directions,
    DirectionSettings,
    EffectMoments,
    Flow,
    StrongestEffects,
    coefficients,
    flow,
    project,
)
from core.models.clip import Clip
from core.studio.lens_making import BEST
from core.studio.looks import Canvas
from core.train.spread import Crowd, Kept, Share, added_up, joined, taken_in

SETTINGS = DirectionSettings(sign="energy")
"""As lenses are made elsewhere (core.studio.lens_making)."""


class MomentTable(EffectMoments):
    """Effect moments that can be written down."""

    def tensors(self) -> dict[str, Tensor]:
        """All that was taken in, by name."""
        return {"count": torch.tensor(self.count), "mean": self.mean, "energy": self.energy}

    def merge(self, other: EffectMoments) -> MomentTable:
        """Take in what another table saw."""
        super().merge(other)
        return self

    @classmethod
    def of(cls, ways: Flow) -> Callable[[dict[str, Tensor]], MomentTable]:
        """What makes a table of what `tensors` gave."""

        def made(tensors: dict[str, Tensor]) -> MomentTable:
            table = cls(ways)
            table.count = int(tensors["count"])
            table.mean, table.energy = tensors["mean"].to(table.mean), tensors["energy"].to(table.energy)
            return table

        return made


class StrongTable(StrongestEffects):
    """The strongest effects, which can be written down."""

    def tensors(self) -> dict[str, Tensor]:
        """All that was taken in, by name."""
        parts = {name: getattr(self, name) for name in ("kept", "norms", "pictures", "above")}
        return {"seen": torch.tensor(self.seen), **parts}

    def merge(self, other: StrongestEffects) -> StrongTable:
        """Take in what another table saw."""
        super().merge(other)
        return self

    @classmethod
    def of(cls, moments: EffectMoments) -> Callable[[dict[str, Tensor]], StrongTable]:
        """What makes a table of what `tensors` gave."""

        def made(tensors: dict[str, Tensor]) -> StrongTable:
            table = cls(moments, SETTINGS)
            table.seen = int(tensors["seen"])
            for name in ("kept", "norms", "pictures", "above"):
                setattr(table, name, tensors[name].to(getattr(table, name)))
            return table

        return made


def directions_over(
    clip: Clip, layer: int, folder: PictureFolder, share: Share, kept: Callable[[str], Kept], canvas: Canvas
) -> Directions | None:
    """Each neuron's direction over a folder, on the first process, None on the others.

    Args:
        clip: any whose tower can be taken apart.
        layer: whose neurons.
        folder: the pictures.
        share: which process this is.
        kept: the name of a pass to where what it took in is written.
        canvas: a picture and height and width to RGB uint8 `[h w 3]` and where on it the picture lies.
    """
    ways = flow(clip.anatomy, layer)

    def seen(pictures: Pictures) -> Tensor:
        canvases = np.stack([canvas(image, clip.image_size)[0] for image in pictures.images])
        return coefficients(clip.see(to_tensor(canvases).to(clip.mean.device), [layer]), clip.anatomy, layer, unit=True)

    def add(table: MomentTable | StrongTable, pictures: Pictures) -> None:
        if pictures.images:
            table.add(seen(pictures))

    with torch.no_grad(), joined(share):
        sums = taken_in(MomentTable(ways), MomentTable.of(ways), folder.shards(), add, share, kept("effects"))
        moments = told_to_all(added_up(sums, MomentTable.of(ways), share), ways, share)
        first = StrongTable(moments, SETTINGS)
        strong = taken_in(first, StrongTable.of(moments), folder.shards(), add, share, kept("strongest"))
        whole = added_up(strong, StrongTable.of(moments), share)
        return None if whole is None else whole.directions()


def told_to_all(mine: MomentTable | None, ways: Flow, share: Share) -> MomentTable:
    """The first process's sums on every process."""
    table, crowd = mine or MomentTable(ways), Crowd(share)
    told = {name: crowd.total(tensor if mine else torch.zeros_like(tensor)) for name, tensor in table.tensors().items()}
    return MomentTable.of(ways)(told)


@torch.no_grad()
def shown_by(clip: Clip, found: Directions, pictures: Iterable[Tensor]) -> Directions:
    """The same directions, with the pictures `[n 3 h w]` of some in which each neuron writes most, by their numbers."""
    rows = [project(coefficients(clip.see(images, [found.layer]), clip.anatomy, found.layer, unit=True), found) for images in pictures]
    best = torch.cat(rows).abs().topk(min(BEST, sum(map(len, rows))), 0)
    return replace(found, pictures=best.indices.T, norms=best.values.T)
