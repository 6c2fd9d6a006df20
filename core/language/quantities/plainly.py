"""Sentences about a sprite said plainly: one spelling, numbers as digits, slips mended, roundabout ways made short."""

from __future__ import annotations

import re

from core.language.quantities import words
from core.language.words import nearest_word, words_of
from core.models.text import known_words

_NUMBERS = tuple((re.compile(rf"\b(?:{pattern})\b"), digits) for pattern, digits in words.TABLE["numbers"])
_REWRITES = tuple((re.compile(pattern), better) for pattern, better in words.TABLE["rewrites"])


def plain(sentence: str) -> str:
    """A sentence in one spelling, numbers as digits, roundabout turns of phrase said plainly."""
    text = _normal(sentence.replace("°", " degrees ").replace("½", " half "))
    text = " ".join(map(_mended, text.split()))
    for pattern, better in (*_NUMBERS, *_REWRITES):
        text = pattern.sub(better, text)
    return " ".join(text.split())


def _normal(text: str) -> str:
    """Plain words with marks between them, contractions written out."""
    text = " ".join(w.plain for w in words_of(text.replace("=", " becomes ")))
    for short, long in words.TABLE["written_out"].items():
        text = text.replace(short, long)
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text)
    return re.sub(r"[^a-z0-9+/&,.;:!?\s-]", " ", text)


def _mended(word: str) -> str:
    """A slip of the finger mended towards the words of sprites; words that are English stay."""
    if len(word) < 4 or not word.isalpha() or word in _OWN or word in known_words():
        return word
    return nearest_word(word, _TARGETS) or word


_TARGETS = tuple(words.TABLE["mended"].split())
_WAYS = " ".join((*words.TABLE["ways"].values(), *words.BY_RULE, *words.ABSENT, words.TABLE["rare"]))
_OWN = frozenset(re.findall("[a-z]+", _WAYS)) | words.ASIDES | frozenset(_TARGETS)
