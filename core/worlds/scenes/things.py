"""Things that words name in a scene: every head, pair of glasses, print, shirt and ground of the world, by what captions call it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.foundations.english import with_article
from core.foundations.errors import RequestError
from core.worlds.nouns.art import BARE, SLOTS
from core.worlds.nouns.catalogue import Part, parts, shown
from core.worlds.scenes.captions import ground_phrases
from core.worlds.scenes.grounds import COLOURS, HABITATS, KINDS

GROUND = "ground"
"""The slot of what stands behind all Nouns of a scene."""


@dataclass(frozen=True)
class Thing:
    """Something that can be put into a scene.

    Attributes:
        word: what captions call it.
        slot: a Noun's slot from the body on, or GROUND.
        at: its place among the slot's parts; of a ground its kind and both colours, see `core.worlds.scenes.grounds`.
    """

    word: str
    slot: str
    at: tuple[int, ...]

    @property
    def phrase(self) -> str:
        """With its article, as a sentence has it."""
        return with_article(self.word)

    @property
    def part(self) -> Part | None:
        """The part; None of a ground."""
        return None if self.slot == GROUND else parts(self.slot)[self.at[0]]

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is called."""
        return (self.word,) if self.part is None else (self.word, self.part.name, *self.part.synonyms)


@lru_cache(maxsize=1)
def things() -> tuple[Thing, ...]:
    """All of them, heads first; each word once, since two parts that are called the same are the same to a word."""
    found = [
        Thing(shown(part), slot, (at,))
        for slot in ("head", "glasses", "accessory", "body")
        for at, part in enumerate(parts(slot))
        if part.id != BARE.get(slot)
    ]
    for kind, name in enumerate(KINDS):
        for one in range(1) if name in HABITATS else range(len(COLOURS)):
            other = (one + 5) % len(COLOURS)
            found.append(Thing(ground_phrases(np.array([kind, one, other, 0]))[0], GROUND, (kind, one, other)))
    return tuple({thing.word: thing for thing in reversed(found)}.values())[::-1]


@lru_cache(maxsize=1)
def _by_word() -> dict[str, Thing]:
    return {thing.word: thing for thing in things()}


def named(word: str) -> Thing | None:
    """The thing that a word names; None where it names none, such as a place or a number."""
    return _by_word().get(word)


def things_of(words: Iterable[str]) -> tuple[Thing, ...]:
    """The things that words name.

    Raises:
        RequestError: where a word names none.
    """
    found = []
    for word in words:
        thing = named(word)
        if thing is None:
            raise RequestError(f"There is no {str(word)[:60]!r} that could be put into a scene. Choose one of the things that are listed.")
        found.append(thing)
    return tuple(found)


def classes() -> tuple[Thing, ...]:
    """What a Noun may be: the heads, in the artwork's order."""
    return tuple(thing for thing in things() if thing.slot == "head")


@lru_cache(maxsize=1024)
def named_alike(thing: Thing) -> frozenset[tuple[str, int]]:
    """Slot and place of all parts that share a name with a thing, itself among them: an aardvark head and an aardvark print."""
    own = {name.lower() for name in thing.names}
    return frozenset(
        (slot, at)
        for slot in SLOTS[1:]
        for at, part in enumerate(parts(slot))
        if own & {part.name.lower(), shown(part), *(name.lower() for name in part.synonyms)} and part.id != BARE.get(slot)
    )
