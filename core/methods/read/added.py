"""What adding a thing to a picture does to what a model makes of it: by regression over pictures put together by chance.

    y(I) - E[y] = sum_j (x_j(I) - E[x_j]) b_j,      b = argmin |y - x b|^2 + ridge |b - a t|^2

with x_j(I) how often thing j is in picture I and y any outputs: the embedding, or the neurons' coefficients along their
directions; t is what is believed before, a how much of it the pictures bear out. As chance puts the things together, b_j is
what adding j causes on the average, beside whatever else there is; one picture of seventeen things tells of all seventeen.
The thesis asks texts instead (papers/inner_workings_thesis.md, section 3.4); here they are at most the belief.

Sums are mergeable, as core/foundations/statistics.py keeps them. Axes beyond the glossary: j things; o outputs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from core.foundations.errors import SettingError, ShapeError


@dataclass
class AddedSums:
    """Sums over pictures, in float64.

    Attributes:
        things: how many there are, j.
        outputs: how many numbers a picture has, o.
        count: pictures seen.
    """

    things: int
    outputs: int
    count: int = 0
    there: Tensor = field(init=False)
    said: Tensor = field(init=False)
    gram: Tensor = field(init=False)
    cross: Tensor = field(init=False)

    def __post_init__(self) -> None:
        """Start from nothing."""
        self.there, self.said = torch.zeros(self.things).double(), torch.zeros(self.outputs).double()
        self.gram, self.cross = torch.zeros(self.things, self.things).double(), torch.zeros(self.things, self.outputs).double()

    def add(self, there: Tensor, said: Tensor) -> AddedSums:
        """Take in how often things are in pictures `[n j]`, and the pictures' outputs `[n o]`; ShapeError where they do not fit."""
        if there.shape != (len(said), self.things) or said.shape[1:] != (self.outputs,):
            raise ShapeError(f"Expected [n {self.things}] and [n {self.outputs}], got {tuple(there.shape)} and {tuple(said.shape)}.")
        x, y = there.double().cpu(), said.double().cpu()
        self.count += len(x)
        self.there, self.said = self.there + x.sum(0), self.said + y.sum(0)
        self.gram, self.cross = self.gram + x.T @ x, self.cross + x.T @ y
        return self

    def merge(self, other: AddedSums) -> AddedSums:
        """Take in what another accumulator saw; ShapeError where that was of other things."""
        if (self.things, self.outputs) != (other.things, other.outputs):
            raise ShapeError("These sums are of other things or outputs. Use one accumulator for each.")
        for name in ("count", "there", "said", "gram", "cross"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    def effects(self, ridge: float = 10.0, prior: Tensor | None = None) -> Tensor:
        """What adding each thing does `[j o]`, float32.

        Args:
            ridge: how many pictures' worth of doubt each thing begins with, above 0.
            prior: what is believed of things before any picture is seen `[j o]`, up to a factor that the pictures decide, such as the
                texts that name them; nothing where None. A thing that was in no picture keeps it.

        Raises:
            SettingError: where there were no pictures, or the ridge is not above 0.
        """
        if self.count < 2 or not ridge > 0:
            raise SettingError(f"Effects need two pictures and a ridge above 0; there are {self.count} and {ridge}.")
        gram = self.gram - torch.outer(self.there, self.there) / self.count
        cross = self.cross - torch.outer(self.there, self.said) / self.count
        doubtful = gram + ridge * torch.eye(self.things).double()
        found = torch.linalg.solve(doubtful, cross)
        if prior is None:
            return found.float()
        believed = (prior - prior.mean(0)).double()
        believed = believed * float((found * believed).sum() / believed.square().sum().clamp_min(1e-12))
        return (believed + torch.linalg.solve(doubtful, cross - gram @ believed)).float()


def squeezed(table: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """A table `[j o]` as the product of `[j rank]` and `[rank o]`, the nearest there is; both are as large as each other."""
    left, sizes, right = torch.linalg.svd(table.double(), full_matrices=False)
    root = sizes[:rank].sqrt()
    return (left[:, :rank] * root).float(), (root[:, None] * right[:rank]).float()
