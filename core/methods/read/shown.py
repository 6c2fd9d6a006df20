"""Pictures prepared for questions: as a tower sees them through each window, and the edges that heats are brought to.

What they are asked is that of papers/inner_workings_thesis.md, section 2.5. None of it depends on the text. Where pictures are
kept, all of it is made on first use and held for the next text; where they are not, each window is let go after it was asked, so
that large batches need the memory of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from torch import Tensor
from torch.nn import functional as F

from core.methods.read.segment_refine import Guide
from core.methods.read.segment_view import View
from core.methods.read.windows import shift, shifts
from core.models.anatomy import Anatomy
from core.models.clip import Clip


class Shown:
    """Pictures `[n 3 h w]` in [0, 1], of any size, before one CLIP; ModelError where its tower cannot be taken apart.

    Args:
        clip: any whose tower can be taken apart.
        images: they are squashed to the tower's size.
        keep: whether what was seen is held for the next question.
    """

    def __init__(self, clip: Clip, images: Tensor, keep: bool = False) -> None:
        self.clip, self.keep = clip, keep
        self.anatomy: Anatomy = clip.anatomy
        self.images = images.to(self.anatomy.projection.dtype)  # never half
        self._views: dict[tuple[int, int], View] = {}
        self._guides: dict[tuple[int, float], Guide] = {}

    @cached_property
    def squashed(self) -> Tensor:
        """The pictures at the tower's size, whatever their proportions."""
        if tuple(self.images.shape[-2:]) == self.clip.image_size:
            return self.images
        return F.interpolate(self.images, self.clip.image_size, mode="bilinear", align_corners=False, antialias=True)

    @property
    def view(self) -> View:
        """The pictures as they are, not shifted."""
        return self._view(0, 0)

    def windows(self, count: int) -> Iterator[tuple[int, int, View]]:
        """Every window of `count` along each axis: how far it moves the picture down and right, and what is seen through it."""
        (height, width), grid = self.clip.image_size, self.anatomy.grid
        for down, right in shifts(count, (height // grid[0], width // grid[1])):
            yield down, right, self._view(down, right)

    def guide(self, patches: float, eps: float) -> Guide:
        """The guided filter of these pictures.

        Args:
            patches: radius of its window, in patches.
            eps: as in `core.methods.read.segment_refine.guided`.
        """
        rows, columns = self.anatomy.grid
        height, width = self.images.shape[-2:]
        radius = max(1, round(patches * (height / rows + width / columns) / 2))
        if (radius, eps) not in self._guides:
            self._guides[radius, eps] = Guide(self.images, radius, eps)
        return self._guides[radius, eps]

    def _view(self, down: int, right: int) -> View:
        if (down, right) in self._views:
            return self._views[down, right]
        view = View(self.clip, shift(self.squashed, down, right) if down or right else self.squashed)
        if self.keep:
            self._views[down, right] = view
        return view
