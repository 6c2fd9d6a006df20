"""What comes of bringing a picture into a generator, and of moving what its concepts say: step by step, and at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from core.foundations.errors import StudioError
from core.foundations.records import Picture, Report

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Inverted:
    """A person's picture, brought closer by some steps.

    Attributes:
        picture: the best so far; whoever stops here keeps it.
        step: steps so far.
        steps: in all.
        psnr: how near its colours are to the original's, in dB.
        lpips: how unlike it looks, 0 for the same; None where LPIPS was not fetched.
        ssim: how alike their structure is, 1 for the same.
        exact: share of the pixels that are exactly the original's; None in a world of photographs.
        similarity: of the units that guide, with what they see of the original, see core.methods.write.guide; None without guidance.
        done: whether this is the last.
    """

    picture: Picture
    step: int
    steps: int
    psnr: float
    lpips: float | None
    ssim: float | None = None
    exact: float | None = None
    similarity: float | None = None
    done: bool = False

    @property
    def latent(self) -> Tensor | None:
        """The picture's, `[c h w]`."""
        return self.picture.latent

    @property
    def scores(self) -> Mapping[str, float]:
        """What was measured, by name."""
        known = {name: getattr(self, name) for name in ("psnr", "ssim", "lpips", "exact", "similarity")}
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True)
class Moved:
    """A picture whose concepts were moved, after some steps.

    Attributes:
        picture: the best so far; whoever stops here keeps it.
        step: steps so far.
        steps: in all, at most.
        loss: what goes down; -1 where the concepts say exactly what was asked, and all else is as it was.
        done: whether this is the last; only then is what follows known.
        report: what changed and stayed, read from the pictures.
        before: for each chosen concept, or the strongest where all were moved, where the generator's best unit of it was active, `[h w]` in
            [0, 1].
        wanted: what was asked of it.
        after: what came of it.
    """

    picture: Picture
    step: int
    steps: int
    loss: float
    done: bool = False
    report: Report | None = None
    before: Mapping[str, np.ndarray] = field(default_factory=dict)
    wanted: Mapping[str, np.ndarray] = field(default_factory=dict)
    after: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def latent(self) -> Tensor | None:
        """The picture's, `[c h w]`."""
        return self.picture.latent


Step = TypeVar("Step")


class Steps(Generic[Step]):
    """Steps as they are made: ask for one after the other, or at once for how it ends. To cancel, ask for no more.

    Example:
        for step in studio.invert(image): show(step.picture)
        found = studio.invert(image).last
    """

    def __init__(self, steps: Iterator[Step]) -> None:
        self._steps = steps
        self._last: Step | None = None

    def __iter__(self) -> Iterator[Step]:
        for step in self._steps:
            self._last = step
            yield step

    def __next__(self) -> Step:
        self._last = next(self._steps)
        return self._last

    @property
    def last(self) -> Step:
        """How it ends; makes the steps that were not made yet."""
        for _ in self:
            pass
        if self._last is None:
            raise StudioError("No step was made. Ask again.")
        return self._last

    @property
    def picture(self) -> Picture:
        """The result's."""
        last: Any = self.last
        return last.picture

    @property
    def latent(self) -> Tensor | None:
        """The result's, `[c h w]`."""
        return self.picture.latent

    @property
    def scores(self) -> Mapping[str, float]:
        """The result's, of an inversion."""
        return getattr(self.last, "scores", {})
