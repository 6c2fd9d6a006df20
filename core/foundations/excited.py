"""What comes of growing images that excite something, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from core.foundations.records import Word


@dataclass(frozen=True)
class Excited:
    """Images after some steps; whoever stops here keeps them.

    Attributes:
        images: PIL, RGB, one for each seed.
        scores: how far each excites what was asked for, in its own measure: log-odds, or keys before their activation.
        says: what their own model calls each, with its share of the vote in [0, 1].
        others: what another model calls each; "" where there is none.
        step: steps so far.
        steps: in all.
        done: whether these are the last.
    """

    images: tuple[Image.Image, ...]
    scores: tuple[float, ...]
    says: tuple[Word, ...]
    others: tuple[str, ...]
    step: int
    steps: int
    done: bool = False
