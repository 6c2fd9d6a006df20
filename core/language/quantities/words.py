"""The words of places, sizes and turns, from the table of the world of sprites (core/language/facts/dsprites.json)."""

from __future__ import annotations

import json
from pathlib import Path

TABLE = json.loads((Path(__file__).parents[1] / "facts" / "dsprites.json").read_text(encoding="utf-8"))
"""All of the table."""
_WAYS = TABLE["ways"]

COUNTS = {name: number for number, name in enumerate("one two three four five six seven eight nine ten".split(), 1)}
SHAPE_NAMES: dict[str, tuple[str, ...]] = {shape: tuple(names.split("; ")) for shape, names in TABLE["names"].items()}
"""What each shape may be called; all of it goes into the index."""
BY_RULE: dict[str, str] = TABLE["by_rule"]
"""Words that name a shape beyond doubt."""
NEAREST: dict[str, str] = TABLE["nearest"]
"""Words for what is not here, though something close is."""
ABSENT: tuple[str, ...] = tuple(TABLE["absent"].split("; "))
"""Things that do not exist here: the index's counterweight."""
ASIDES = frozenset(TABLE["asides"].split())
"""Words that ask for nothing by themselves."""

MOTION, MOODS, OFF_TOPIC = (frozenset(TABLE["cannot"][name].split()) for name in ("motion", "moods", "topics"))
"""What a picture cannot do, cannot feel, and what is not asked of it."""

LEFT, RIGHT, UP, DOWN, TOP, BOTTOM, CENTRE = (_WAYS[n] for n in ("left", "right", "up", "down", "top", "bottom", "centre"))
BIGGER, SMALLER, LARGEST, SMALLEST, BIG, SMALL = (_WAYS[n] for n in ("bigger", "smaller", "largest", "smallest", "big", "small"))
MEDIUM, A_BIT, A_LOT, FAR = (_WAYS[n] for n in ("medium", "a_bit", "a_lot", "far"))


def either(words: str) -> str:
    """Alternatives of a pattern, the longest first, from words set apart by "|"."""
    return "|".join(sorted(words.split("|"), key=lambda word: -len(word)))


def count(said: str | None) -> int:
    """A number in digits or as a word; one where nothing is said."""
    return int(said) if said and said.isdigit() else COUNTS.get(said or "", 1)
