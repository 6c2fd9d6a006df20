"""Which words of a sentence a world's tables know: names, places, colours, comparatives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from core.language.facts import Facts, english
from core.language.facts.colours import BASIC, COLOURS, COMPARATIVES
from core.language.words import Word, lemma, words_of

HINTS = ("where", "colour", "name", "compared")
"""Kinds of words that a world's tables know."""


class Hints:
    """Which words of a sentence a world's tables know, by the longest phrase that fits.

    Args:
        phrases: for each kind of HINTS the phrases that are of it.
    """

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        self._kinds: dict[tuple[str, ...], set[int]] = {}
        for kind, several in phrases.items():
            for phrase in several:
                self._kinds.setdefault(_forms(words_of(phrase)), set()).add(HINTS.index(kind))
        self._kinds.pop((), None)
        self._longest = max(map(len, self._kinds), default=0)

    def __call__(self, words: Sequence[Word]) -> np.ndarray:
        """Hints of every word `[t k]`, float32 of 0 and 1."""
        found, forms, at = np.zeros((len(words), len(HINTS)), np.float32), _forms(words), 0
        while at < len(words):
            lengths = range(min(self._longest, len(words) - at), 0, -1)
            length = next((n for n in lengths if forms[at : at + n] in self._kinds), 0)
            found[at : at + length, list(self._kinds.get(forms[at : at + length], ()))] = 1
            at += max(1, length)
        return found


def hints_of(facts: Facts, names: Iterable[str]) -> Hints:
    """The hints of a world: its slots' words, colours, the names of its things, and comparatives."""
    where = [word for words in facts.slots.values() for word in words]
    others = [other for several in facts.other_names.values() for other in several]
    return Hints({"where": where, "colour": [*COLOURS, *BASIC], "name": [*names, *others, *facts.groups], "compared": COMPARATIVES})


def foreign(sentence: str) -> bool:
    """Whether a sentence is in another language than English, by its small words."""
    words = {part for word in words_of(sentence) for part in word.plain.split("-")}
    return len(words & english("other languages")) >= 2 and not words & english("this language")


def _forms(words: Sequence[Word]) -> tuple[str, ...]:
    return tuple(lemma(w.plain) for w in words)
