"""What a sentence steps of a sprite, piece by piece, and the scanner that takes pieces out of a clause."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from core.language.facts.sprites import pattern

How = Literal[
    "to", "by", "times", "degrees", "angle", "pose", "lean", "across", "out",
    "corner", "which", "at_least", "at_most", "random", "other", "mention", "phrase",
]  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One thing that should become of one slot.

    Attributes:
        slot: shape, scale, rotation, x or y; "" for a phrase whose meaning is to be looked up.
        how: "to" a value; "by" steps; "times" the size; "degrees" more, anticlockwise; to an "angle" in degrees; a
            "pose" in words; degrees more of a "lean", or less of it; to the place "across"; steps "out" from the middle;
            the nearest or the farthest "corner"; "which" corner or edge, where that is open; "at_least" or "at_most" a
            value; "random"; any "other" than values; "mention" of a shape that should be here now;
            "phrase", a noun phrase that no rule knows.
        value: of that kind.
        said: the word that was used, where it matters.
        share: how much of the way "to" a value it goes, from where it is.
    """

    slot: str
    how: How
    value: float | str = 0
    said: str = ""
    share: float = 1.0


class Scan:
    """A clause from which pieces are taken; a bar marks where each was, so that its neighbours do not meet.

    Attributes:
        text: what is left.
        far: whether all the way is meant.
        amount: 0.4 for a bit, 1 where nothing is said, 1.75 for a lot.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.far = False
        self.amount = 1.0

    def take(self, words: str) -> re.Match[str] | None:
        """Find a pattern of words, see core.language.facts.sprites, and take it out."""
        found = pattern(words).search(self.text)
        if found:
            self.text = " ".join(f"{self.text[: found.start()]} | {self.text[found.end() :]}".split())
        return found

    def has(self, words: str) -> bool:
        """Whether a pattern of words is there."""
        return pattern(words).search(self.text) is not None

    def measure(self) -> None:
        """Take out how much and how far."""
        near = re.sub(r"\bfar (?=left|right|top|bottom|corner|edge|upper|lower)", "", self.text)
        self.far, self.text = near != self.text, near
        while self.take("<far>"):
            self.far = True
        while self.take("<a_bit>"):
            self.amount = 0.4
        while self.take("<a_lot>"):
            self.amount = 1.75 if self.amount == 1.0 else self.amount
