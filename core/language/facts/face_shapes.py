"""How a sentence asks for more or less of a part of a face that is no slot: "thicker eyebrows", "make his nose a bit narrower".

Every word of the sentence has to be accounted for: one part, one way, and words that say nothing or how much; else nothing is heard.
Words for parts and ways stand in face_shapes.json, a way's in two lists: for more of it and for less.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from core.language.facts import table
from core.language.facts.amounts import amount_of
from core.worlds.faces.shapes import SHAPES


class Shaped(NamedTuple):
    """What a sentence asks for.

    Attributes:
        shape: one of `core.worlds.faces.shapes.SHAPES`.
        amount: how much, as a strength; below 0 for less of it.
    """

    shape: str
    amount: float


_WORD = re.compile(r"[a-z']+|\d+ ?%")


@lru_cache(maxsize=1)
def _ways() -> dict[str, tuple[tuple[str, int, tuple[str, ...]], ...]]:
    """For each part its ways: shape, 1 or -1, and the words, the longest first."""
    found: dict[str, list[tuple[str, int, tuple[str, ...]]]] = {}
    for shape, both in table("face_shapes")["ways"].items():
        for sign, phrases in zip((1, -1), both, strict=True):
            found.setdefault(SHAPES[shape].part, []).extend((shape, sign, tuple(one.split())) for one in phrases.split("; "))
    return {part: tuple(sorted(ways, key=lambda way: -len(way[2]))) for part, ways in found.items()}


@lru_cache(maxsize=1)
def _parts() -> dict[str, str]:
    return {word: part for part, words in table("face_shapes")["parts"].items() for word in words.split()}


def shaped(sentence: str, known: Collection[str]) -> Shaped | None:
    """What a sentence asks of one of the known shapes; None where it asks for anything else, or for anything besides."""
    words = _WORD.findall(sentence.lower().replace("’", "'"))
    parts = {_parts()[word] for word in words if word in _parts()}
    if len(parts) != 1:
        return None
    rest = [word for word in words if word not in _parts()]
    for shape, sign, phrase in _ways()[parts.pop()]:
        at = next((at for at in range(len(rest)) if tuple(rest[at : at + len(phrase)]) == phrase), None)
        if shape in known and at is not None:
            besides = [*rest[:at], *rest[at + len(phrase) :]]
            if all(word in table("face_shapes")["fill"].split() or word.endswith("%") for word in besides):
                return Shaped(shape, sign * amount_of([word.replace(" ", "") for word in besides]))
    return None
