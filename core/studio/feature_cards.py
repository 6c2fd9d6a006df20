"""Features of a model that is not the world's own, as cards: by number, by words, and as what a search among handles finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.foundations.errors import RequestError
from core.foundations.records import Curve, Found, Handle, Word
from core.methods.read.search import TextIndex
from core.studio.seers import FOREIGN


@dataclass(frozen=True)
class FeatureCard:
    """One feature.

    Attributes:
        number: its place in the dictionary.
        words: that go with it, with their correlation, best first; none where nothing goes beyond chance.
        best: numbers of the pictures in which it is strongest, best first.
        share: of the pictures in which it is active.
        most: its largest activation.
    """

    number: int
    words: tuple[Word, ...]
    best: tuple[int, ...]
    share: float
    most: float


class FeatureCards:
    """The features of a dictionary that are active in some pictures.

    Args:
        label: of the dictionary, for people.
        cards: by their numbers.
        embed: names to unit vectors `[m e]`, for the index.
    """

    def __init__(self, label: str, cards: Iterable[FeatureCard], embed: Callable[[list[str]], np.ndarray]) -> None:
        self.label, self.embed = label, embed
        self.cards = {card.number: card for card in cards}
        self._named = [card for card in self.cards.values() if card.words]
        self.index = TextIndex.build(embed([card.words[0].text for card in self._named])) if self._named else None

    @property
    def named(self) -> int:
        """How many features have a name."""
        return len(self._named)

    def card(self, number: int) -> FeatureCard:
        """A feature by its number; RequestError where it is active in no picture, or there is none."""
        if number not in self.cards:
            raise RequestError(f"The feature {number!r} is active in none of the pictures that are at hand. Choose one of the list.")
        return self.cards[number]

    def find(self, text: str, limit: int = 12) -> tuple[FeatureCard, ...]:
        """The features whose names are nearest to a text, best first; the strongest named ones where it is empty."""
        if not text.strip():
            return tuple(sorted(self._named, key=lambda card: -card.words[0].weight)[:limit])
        return tuple(card for card, _ in self._near(text, limit))

    def near(self, text: str, limit: int = 12) -> tuple[Found, ...]:
        """The same as a search among handles gives it. Such a handle turns its own model and no picture of a world."""
        return tuple(Found(self._handle(card), "more", 1.0, score, card.words[0].text) for card, score in self._near(text, limit))

    def _near(self, text: str, limit: int) -> list[tuple[FeatureCard, float]]:
        if self.index is None:
            return []
        hits = self.index.search(self.embed([text]), min(limit, len(self._named)))
        return [(self._named[int(at)], float(score)) for at, score in zip(hits.positions[0], hits.scores[0], strict=True)]

    def _handle(self, card: FeatureCard) -> Handle:
        name, texts = f"{card.words[0].text} (feature {card.number} of {self.label})", tuple(word.text for word in card.words)
        surest = min(max(card.words[0].weight, 0.0), 1.0)
        id = f"{FOREIGN}{self.label}:{card.number}"
        return Handle(id, "feature", "", "", name, texts, surest, card.most, card.share, Curve((), (), ()), card.best)


def with_foreign(found: Sequence[Found], among: Sequence[FeatureCards], text: str, limit: int) -> tuple[Found, ...]:
    """What a world's own index found, and what these dictionaries have, best first; a world's own first among equals."""
    every = [*found, *(one for cards in among for one in cards.near(text, limit))]
    return tuple(sorted(every, key=lambda one: -one.score)[:limit]) if among else tuple(found)
