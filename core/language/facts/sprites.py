"""The words of places, sizes and turns, from the table of the world of sprites (core/language/facts/dsprites.json)."""

from __future__ import annotations

import re
from functools import lru_cache

from core.language.facts import table

TABLE = table("dsprites")
"""All of the table."""

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
SHARES: dict[str, float] = TABLE["shares"]
"""Parts of a way."""

_SHAPES = "|".join(sorted(BY_RULE, key=lambda word: -len(word)))
_NAMED: dict[str, str] = {**TABLE["ways"], **TABLE["patterns"], "number": "|".join((*SHARES, r"\d+percent")), "shape": _SHAPES}


@lru_cache(maxsize=1024)
def filled(pattern: str) -> str:
    """A pattern in which a name of the table between angles, such as <left>, stands for the words of that name."""
    return re.sub(r"(?<!\?P)<([a-z_]+)>", lambda name: f"(?:{filled(_NAMED[name[1]])})", pattern)


@lru_cache(maxsize=1024)
def pattern(text: str) -> re.Pattern[str]:
    """A pattern, filled, that begins and ends where words do."""
    return re.compile(rf"(?<![\w.])(?:{filled(text)})(?![\w])")


def count(said: str | None) -> int:
    """A number in digits or as a word; one where nothing is said."""
    return int(said) if said and said.isdigit() else COUNTS.get(said or "", 1)
