"""What the reader knows of a world beside its parts' own names: the words of slots, other names, groups, what is not there.

One table of plain JSON for each world, and of colours, spellings and small words for all. A new world is a new table.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
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


@lru_cache(maxsize=4)
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


@dataclass(frozen=True)
class StateWords:
    """How a world of states, such as faces, is spoken of.

    Attributes:
        names: for each slot and state what it may be called.
        states: for each such name the slots and states that it may mean.
        slots: for each word the slots that it may name.
        pieces: finds all these, and the flags.
        rewrites: ways to say something, each with a plainer one.
        problems: kinds of what cannot be, each with how that is worded.
        back: how it is worded that a step is taken back.
        own: words that a slip of the finger may have been meant for.
        asides: words that ask for nothing by themselves.
    """

    names: Mapping[str, Mapping[str, tuple[str, ...]]]
    states: Mapping[str, tuple[tuple[str, str], ...]]
    slots: Mapping[str, tuple[str, ...]]
    pieces: re.Pattern[str]
    rewrites: tuple[tuple[re.Pattern[str], str], ...]
    problems: tuple[tuple[str, re.Pattern[str]], ...]
    back: re.Pattern[str]
    own: frozenset[str]
    asides: frozenset[str]


FLAGS = ("no", "less", "more", "other", "keep")
"""Words for how, to which the rewrites of a world of states come down; they stand before what they are about."""


@lru_cache(maxsize=4)
def state_words(world: str) -> StateWords:
    """Those of a world."""
    data, states = table(world), defaultdict(list)
    names = {slot: {state: _several(text) for state, text in several.items()} for slot, several in data["names"].items()}
    for slot, several in names.items():
        for state, phrases in several.items():
            for phrase in phrases:
                states[phrase].append((slot, state))
    slots = {
        word: tuple(s for s, several in data["slots"].items() if word in several) for words in data["slots"].values() for word in words
    }
    pieces = sorted({*states, *slots, *FLAGS}, key=lambda phrase: -len(phrase))
    said = " ".join((*states, *slots, *(pattern.replace(r"\b", " ") for pattern, _ in data["rewrites"])))
    return StateWords(
        names,
        {phrase: tuple(meant) for phrase, meant in states.items()},
        slots,
        re.compile(rf"\b(?:{'|'.join(map(re.escape, pieces))})\b"),
        tuple((re.compile(pattern), plainer) for pattern, plainer in data["rewrites"]),
        tuple((kind, re.compile(pattern)) for kind, pattern in data["problems"]),
        re.compile(data["back"]),
        frozenset(re.findall("[a-z]{3,}", said)),
        frozenset(data["asides"].split()) | english("edges") | english("little") | english("a lot"),
    )
