"""What a world of parts is made of: a name for each part, as people say it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One part of a world.

    Attributes:
        slot: where it goes.
        id: its id, unique in its slot.
        name: what it is called.
        synonyms: what else it may be called.
        kind: animal, food, colour, pattern, nothing ...
        colours: its colours in words, the main one first.
    """

    slot: str
    id: str
    name: str
    synonyms: tuple[str, ...] = ()
    kind: str = ""
    colours: tuple[str, ...] = ()
