"""Which slot a phrase names: "the picture on his chest" is the accessory, "all of it" is everything."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from core.language.facts import Facts, english
from core.language.words import words_of

EVERYTHING = "*"
_ALL = english("everything")
_IDLE = english("beside places")


@lru_cache(maxsize=8)
def _phrases(slots: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[tuple[str, ...], str]:
    return {form: slot for slot, several in slots for phrase in several for form in _spelt(phrase)}


def _spelt(phrase: str) -> tuple[tuple[str, ...], ...]:
    """A phrase as words; its last word also in the plural. Shades are glasses, a shade is none."""
    words = _forms(phrase)
    return words, (*words[:-1], f"{words[-1]}s")


@lru_cache(maxsize=4096)
def _forms(phrase: str) -> tuple[str, ...]:
    return tuple(part for w in words_of(phrase) for part in w.plain.removesuffix("'s").replace("-", " ").split())


def _found(phrase: str, facts: Facts) -> tuple[str, int, int]:
    """The slot whose word stands last in a phrase, and where; the longest of those that end there."""
    known = _phrases(tuple((slot, tuple(words)) for slot, words in facts.slots.items()))
    forms = _forms(phrase)
    for end in range(len(forms), 0, -1):
        for start in range(end):
            if forms[start:end] in known:
                return known[forms[start:end]], start, end
    return "", 0, 0


def place_of(phrase: str, facts: Facts) -> str:
    """The slot that a phrase names, EVERYTHING, or ""."""
    slot, _, _ = _found(phrase, facts)
    return slot or (EVERYTHING if _ALL & set(phrase.split()) else "")


def with_print(slots: Sequence[str]) -> tuple[str, ...]:
    """Slots, and with the body the accessory, which is printed on it."""
    return tuple(dict.fromkeys((*slots, "accessory"))) if "body" in slots else tuple(slots)


def without_place(phrase: str, facts: Facts) -> str:
    """What a phrase says beside the slot that it names: "red" of "red glasses", "" of "the thing on his chest"."""
    slot, start, end = _found(phrase, facts)
    words = [w.plain for w in words_of(phrase)]
    kept = [*words[:start], *words[end:]] if slot else words
    return " ".join(w for w in kept if w not in _IDLE)
