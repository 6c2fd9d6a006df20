"""What an edit of a face kept, as one plain sentence for each thing that a person asks of, with what was measured of it.

Measures are those of the readings (core.worlds.faces.reading), turned back from steps into what they were measured in: years, shares,
lightness in 0 to 100. Where that would say little to a person, how far it moved, in steps that a person sees.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from core.foundations.records import SlotReading
from core.foundations.stayed import Stayed
from core.worlds.faces.reading import WAYS
from core.worlds.faces.world import IDENTITY

LINES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (IDENTITY, (IDENTITY,)),
    ("expression", ("expression",)),
    ("age", ("age",)),
    ("glasses", ("glasses",)),
    ("hair", ("hair colour", "hair length")),
    ("background", ("background", "setting")),
    ("pose", ("turn", "nod")),
    ("mouth", ("mouth",)),
    ("hat", ("hat",)),
    ("beard", ("beard",)),
    ("lips", ("lips",)),
)
"""What each line is about, and the slots that it tells of."""
FIRST = 7
"""Lines that a person asks of first."""
WORDS = {"middle": "of middling light", "bald": "none"}
"""States whose ids are no words for people."""
Pair = tuple[SlotReading, SlotReading]


def stayed(pairs: Mapping[str, Pair], stranger: float) -> tuple[Stayed, ...]:
    """What stayed.

    Args:
        pairs: the readings before and after, of the slots that stayed.
        stranger: one less the cosine of two identities from which it is someone else, which counts as a step.
    """
    found = []
    for at, (about, slots) in enumerate(LINES):
        here = [pairs[slot] for slot in slots if slot in pairs]
        if here:
            measure = _alike(*here[0], stranger) if about == IDENTITY else _measure(here)
            found.append(Stayed(about, _sentence(about, here), measure, at < FIRST))
    return tuple(found)


def _sentence(about: str, pairs: Sequence[Pair]) -> str:
    if about in ("hair", "background"):
        return f"{about.capitalize()} still {' and '.join(WORDS.get(after.part, after.part) for _, after in pairs)}"
    return f"Still {' and '.join(after.name for _, after in pairs)}"


def _alike(before: SlotReading, after: SlotReading, stranger: float) -> str:
    alike = 1 - stranger * (before.towards["same"] - after.towards["same"])
    return f"{round(100 * alike)} % alike; a stranger: under {round(100 * (1 - stranger))} %"


def _value(reading: SlotReading, state: str) -> float:
    """What was measured on the way to a state of which more is nearer."""
    return reading.towards[state] * WAYS[reading.slot, state].step


def _sure(reading: SlotReading) -> float:
    return 100 / (1 + math.exp(-_value(reading, reading.part)))


UNITS: dict[str, tuple[Callable[[SlotReading], float], str]] = {
    "expression": (_sure, "{} → {} % sure"),
    "age": (lambda r: _value(r, "old"), "{} → {} years"),
    "mouth": (lambda r: 100 * _value(r, "open"), "gap {} → {} % of the eyes’ distance"),
    "hair colour": (lambda r: _value(r, "blond"), "lightness {} → {}"),
    "background": (lambda r: _value(r, "light"), "lightness {} → {}"),
    "turn": (lambda r: 100 * abs(_value(r, "right")), "nose {} → {} % off the middle"),
}
"""For a slot what is told of it, before and after."""


def _measure(pairs: Sequence[Pair]) -> str:
    """Of the first that is told in what it was measured in; else the furthest that any moved."""
    for before, after in pairs:
        if before.slot in UNITS:
            value, told = UNITS[before.slot]
            return told.format(round(value(before)), round(value(after)))
    gap = max(before.gap(after) for before, after in pairs)
    return f"{gap:.1f} of a visible step" if gap >= 0.05 else "not moved"
