"""What the reader knows of a world beside its parts' own names: the words of slots, other names, groups, what is not there.

One table of plain JSON for each world, and of colours, spellings and small words for all. A new world is a new table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any


def _several(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("; ")))


@dataclass(frozen=True)
class Facts:
    """A world's words.

    Attributes:
        slots: for each slot what it may be called.
        soft: words of slots that may also be the very thing that is wanted: "give him a chain".
        other_names: for a name, what else people call it.
        groups: names of groups, with members in order of preference.
        wider: for a group, kind or colour, what some would count to it: never chosen for it, but ruled out with it.
        absent: what the world does not hold: the index's counterweight.
        elsewhere: what a body has and this world has no slot for.
        example: a sentence that can be done.
    """

    slots: Mapping[str, tuple[str, ...]]
    soft: frozenset[str] = frozenset()
    other_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wider: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    elsewhere: frozenset[str] = frozenset()
    example: str = ""


@lru_cache(maxsize=8)
def table(world: str) -> dict[str, Any]:
    """All of a world's table, as it is written."""
    return json.loads(Path(__file__).with_name(f"{world}.json").read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def facts_of(world: str) -> Facts:
    """The table of a world."""
    data = table(world)
    return Facts(
        {slot: tuple(words) for slot, words in data["slots"].items()},
        frozenset(data.get("soft", ())),
        {name: _several(others) for name, others in data.get("other_names", {}).items()},
        {name: _several(members) for name, members in data.get("groups", {}).items()},
        {name: _several(members) for name, members in data.get("wider", {}).items()},
        _several(data.get("absent", "")),
        frozenset(data.get("elsewhere", "").split()),
        data.get("example", ""),
    )


@lru_cache(maxsize=1)
def _english() -> dict[str, Any]:
    return json.loads(Path(__file__).with_name("english.json").read_text(encoding="utf-8"))


def english(name: str) -> frozenset[str]:
    """The small words of a kind, such as "little", which are the same for all worlds."""
    return frozenset(_english()[name].split())


@lru_cache(maxsize=16)
def wordings(name: str) -> re.Pattern[str]:
    """How a kind of phrase is worded, such as a "question", in any world."""
    return re.compile(_english()["patterns"][name])
