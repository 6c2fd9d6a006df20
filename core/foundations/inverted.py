"""What comes of bringing a person's picture closer, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from core.foundations.records import Picture


@dataclass(frozen=True)
class Inverted:
    """A person's picture, brought closer by some steps.

    Attributes:
        picture: the best so far; whoever stops here keeps it.
        step: steps so far.
        steps: in all.
        psnr: how near its colours are to the original's, in dB.
        lpips: how unlike it looks, 0 for the same.
    """

    picture: Picture
    step: int
    steps: int
    psnr: float
    lpips: float
