"""A region: where an edit may act, and the words by which a person knows it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

MOST_WORDS = 80
"""Most characters of the words of a region."""
UNNAMED = "a part of the picture"
"""The words of a region that nobody named."""


@dataclass(frozen=True)
class Region:
    """Where an edit may act: a mask, and what it is of.

    Attributes:
        words: what the mask is of, such as "the left character's head"; what cannot be printed, or is too long, is left out.
        bits: the mask, bool, as large as the picture, which is a square; its rows packed one after the other.
        keep: whether the mask is what stays as it is, rather than all that may change.
        part: the name of what the mask is of, where an edit may make more of it: that is inside as well. Else "".
    """

    words: str
    bits: bytes
    keep: bool = False
    part: str = ""

    def __post_init__(self) -> None:
        words = " ".join("".join(c if c.isprintable() else " " for c in self.words).split())
        object.__setattr__(self, "words", words[:MOST_WORDS].strip())

    @classmethod
    def of(cls, mask: np.ndarray, words: str = UNNAMED, keep: bool = False, part: str = "") -> Region:
        """A mask `[h w]` bool, a square, as a region."""
        return cls(words, np.packbits(np.asarray(mask).astype(bool)).tobytes(), keep, part)

    @property
    def side(self) -> int:
        """Pixels of the mask's side."""
        return math.isqrt(8 * len(self.bits))

    @property
    def mask(self) -> np.ndarray:
        """The mask, `[h w]` bool."""
        return np.unpackbits(np.frombuffer(self.bits, np.uint8), count=self.side**2).astype(bool).reshape(self.side, self.side)

    @property
    def allowed(self) -> np.ndarray:
        """Where an edit may act, `[h w]` bool."""
        return ~self.mask if self.keep else self.mask

    @property
    def told(self) -> str:
        """Such as "inside “the glasses”"."""
        return f"{'outside' if self.keep else 'inside'} “{self.words}”"
