"""A generator of faces and one of its tails as one thing that an inversion paints on: w+ and a delta to a picture, and maps."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from core.models.face_small import SmallTail
from core.models.face_tail import FaceTail
from core.models.mobile_stylegan import MobileStyleGAN


@dataclass(frozen=True)
class Easel:
    """What `core.methods.write.invert` paints with.

    Attributes:
        generator: of faces.
        tail: that makes its maps a picture; both give one of 256 px.
    """

    generator: MobileStyleGAN
    tail: FaceTail | SmallTail

    def paint(self, styles: Tensor, delta: Tensor | None) -> Tensor:
        """w+ `[n slots d]` and a delta (`MobileStyleGAN.levels`) to RGB `[n 3 h w]`, about [0, 1], differentiable in both."""
        return self.tail.paint(self.generator, styles, bounded=False, delta=delta)

    def maps(self, styles: Tensor, size: int) -> Tensor:
        """The last maps of one size `[n u h w]`, of w+ alone."""
        return self.generator.level(styles, size).last
