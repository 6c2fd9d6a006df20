"""What each word of a sentence says, by a small network that was taught on marked sentences (core.train.language).

It goes by what the words mean where they stand: "anything but a shark" and "I can't stand sharks" are read alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from core.language.facts.hints import Hints
from core.language.words import Word
from core.models.tagger import Tagger

Tag = Literal["", "new", "old", "out", "not", "keep", "where", "any", "more", "less", "much", "undo", "cannot"]

TAGS: tuple[Tag, ...] = ("", "new", "old", "out", "not", "keep", "where", "any", "more", "less", "much", "undo", "cannot")
"""What a word may say: nothing; what is wished for; what gives way to it or is recoloured; what goes; what is excluded; what
stays; where; that anything will do; what there should be more or less of; how much; that a step is taken back; what cannot be."""

EmbedWords = Callable[[list[list[str]]], list[np.ndarray]]
"""Sentences of words to their vectors, each `[t d]`."""


@dataclass(frozen=True)
class Span:
    """Words that belong together.

    Attributes:
        tag: what they say.
        words: which.
        sure: the least probability of the tag among them, in [0, 1].
        further: whether a further wish begins here.
        start: the place of the first word in the sentence.
    """

    tag: Tag
    words: tuple[Word, ...]
    sure: float
    further: bool
    start: int

    @property
    def plain(self) -> str:
        """The words as they are looked up."""
        return " ".join(w.plain for w in self.words)

    @property
    def said(self) -> str:
        """The words as they were typed."""
        return " ".join(w.said for w in self.words)


class Reader:
    """Marks sentences.

    Args:
        network: see core.models.tagger.
        embed_words: gives words their vectors.
    """

    def __init__(self, network: Tagger, embed_words: EmbedWords) -> None:
        self.network, self.embed_words = network.eval(), embed_words

    def readings(self, words: Sequence[Word], hints: Hints) -> list[tuple[Span, ...]]:
        """The spans of a sentence, in order, what says nothing left out: as all voters together read it, then as each does alone."""
        if not words:
            return [()]
        vectors = torch.from_numpy(self.embed_words([[w.plain for w in words]])[0])[None]
        with torch.inference_mode():
            tags, further = self.network.votes(vectors, torch.from_numpy(hints(words))[None], torch.tensor([len(words)]))
        several = zip((tags.mean(0), *tags), (further.mean(0), *further), strict=True)
        return [_spans(words, tag[0], (begins[0] > 0.5).tolist()) for tag, begins in several]


def _spans(words: Sequence[Word], chances: torch.Tensor, further: Sequence[bool]) -> tuple[Span, ...]:
    """Neighbours with one tag, by the tags' probabilities `[t c]`, as one span; a mark at its edge is left out.

    A further wish begins a span of its own.
    """
    sure, tags = (best.tolist() for best in chances.max(-1))
    found: list[Span] = []
    start = 0
    for at in range(1, len(words) + 1):
        if at < len(words) and tags[at] == tags[start] and not (tags[at] and further[at]):
            continue
        first, last = start, at
        while first < last and not words[first].plain[:1].isalnum():
            first += 1
        while first < last and not words[last - 1].plain[:1].isalnum():
            last -= 1
        if tags[start] and first < last:
            tag = TAGS[tags[start]]
            found.append(Span(tag, tuple(words[first:last]), min(sure[first:last]), further[first], first))
        start = at
    return tuple(found)
