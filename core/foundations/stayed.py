"""What an edit kept, as a person is told of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stayed:
    """Something that an edit kept, as a sentence with what was measured of it.

    Attributes:
        about: what it is about, such as "hair".
        sentence: such as "Still brown and short hair."
        measure: before and after, or how far it moved, in words.
        first: whether it is among what a person asks of first.
    """

    about: str
    sentence: str
    measure: str
    first: bool = True
