"""Words that a phrase shares with what is said of things, weighed by how rare they are (BM25, Robertson and Zaragoza 2009).

A sentence encoder knows that "judge" and "court" are akin; it does not see that a rare word is the same. The two find
different things, so that their sum finds more than either: measured by `python -m core.train described`.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

Forms = Callable[[str], list[str]]
"""The words of a text, each in its first form; what says nothing left out."""

SATURATED = 1.2
"""How soon a word that is said again and again counts no more; BM25's k1."""


def bag(texts: Iterable[str], forms: Forms) -> Counter[str]:
    """How many of some texts hold each word."""
    return Counter(word for text in texts for word in set(forms(text)))


class Overlap:
    """Scores things by the words that a phrase shares with them.

    Args:
        bags: for each thing how often each word is said of it.
        forms: the words of a phrase.
    """

    def __init__(self, bags: Mapping[tuple[str, str], Mapping[str, int]], forms: Forms) -> None:
        self._forms = forms
        found = Counter(word for words in bags.values() for word in words)
        count = len(bags)
        self._weights: dict[str, list[tuple[tuple[str, str], float]]] = defaultdict(list)
        for thing, words in bags.items():
            for word, times in words.items():
                rare = math.log(1 + (count - found[word] + 0.5) / (found[word] + 0.5))
                self._weights[word].append((thing, rare * times * (SATURATED + 1) / (times + SATURATED)))

    def scores(self, phrase: str) -> dict[tuple[str, str], float]:
        """The things that share a word with a phrase, each with its score, above 0."""
        found: dict[tuple[str, str], float] = defaultdict(float)
        for word in set(self._forms(phrase)):
            for thing, weight in self._weights.get(word, ()):
                found[thing] += weight
        return dict(found)
