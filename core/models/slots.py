"""Slots: what a world's pictures are made of, as numbers that a fit can aim at.

Three kinds. `class`: values without order (a shape, a head). `ordered`: values on a line (a place, a size).
`cyclic`: values on a circle; what they look like depends on the value of another slot, `given`. A square
looks the same after a quarter turn, so its angle runs round four times while a heart's runs round once:

    angle = 2 pi value / symmetry[given]
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import SettingError

Kind = Literal["class", "ordered", "cyclic"]


@dataclass(frozen=True)
class Slot:
    """One property of a picture.

    Attributes:
        name: such as "shape".
        count: how many values it has.
        kind: how they lie to each other.
        given: cyclic only: the slot on whose value the symmetry depends, or "" where it is always the same.
        symmetry: cyclic only: after how many values a picture looks the same again, for each value of `given`.
    """

    name: str
    count: int
    kind: Kind = "class"
    given: str = ""
    symmetry: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Bounds."""
        if self.kind not in ("class", "ordered", "cyclic"):
            raise SettingError(f"A slot is class, ordered or cyclic; {self.name!r} is said to be {self.kind!r}.")
        if self.count < 1:
            raise SettingError(f"A slot has at least one value; {self.name!r} is said to have {self.count}.")
        if (self.kind == "cyclic") != bool(self.symmetry) or min(self.symmetry, default=1.0) <= 0:
            raise SettingError(f"A cyclic slot, and no other, says after how many values it repeats; {self.name!r} has {self.symmetry}.")
        if self.given and self.kind != "cyclic":
            raise SettingError(f"Only a cyclic slot depends on another; {self.name!r} is {self.kind}.")

    @property
    def frames(self) -> int:
        """In how many ways the values can look: one for each value of `given`, else one."""
        return max(1, len(self.symmetry))

    def targets(self, values: Tensor, given: Tensor) -> Tensor:
        """What a fit aims at: 1 for the value among zeros, the standardised value, or cosine and sine.

        Args:
            values: `[n]`.
            given: the values of the slot on which this one depends `[n]`; 0 where there is none.

        Returns:
            `[n m]`, m being the count, 1 or 2.
        """
        if self.kind == "class":
            return F.one_hot(values, self.count).float()
        if self.kind == "ordered":
            spread = math.sqrt(max(1.0, (self.count**2 - 1) / 12))  # of whole numbers, each as often
            return ((values - (self.count - 1) / 2) / spread)[:, None].float()
        angle = 2 * math.pi * values / values.new_tensor(self.symmetry, dtype=torch.float32)[given]
        return torch.stack([angle.cos(), angle.sin()], 1)

    def fold(self, values: Tensor, given: Tensor) -> Tensor:
        """The first value that looks the same, `[n]` and `[n]` to `[n]`; the values themselves unless cyclic."""
        if self.kind != "cyclic":
            return values
        every = torch.arange(self.count, dtype=torch.float64)
        tables = []
        for symmetry in self.symmetry:
            gap = (every[:, None] - every[None, : math.ceil(symmetry)]).abs() % symmetry
            tables.append(torch.minimum(gap, symmetry - gap).argmin(1))
        return torch.stack(tables).to(values.device)[given, values]
