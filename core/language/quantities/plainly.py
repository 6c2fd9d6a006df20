"""Sentences about a sprite said plainly: one spelling, numbers as digits, slips mended, roundabout ways made short."""

from __future__ import annotations

import re

from core.language.facts import sprites as words
from core.language.words import respelt, words_of

_NUMBERS = tuple((re.compile(rf"\b(?:{pattern})\b"), digits) for pattern, digits in words.TABLE["numbers"])
_REWRITES = tuple((re.compile(pattern), better) for pattern, better in words.TABLE["rewrites"])


def plain(sentence: str) -> str:
    """A sentence in one spelling, numbers as digits, roundabout turns of phrase said plainly."""
    text = _normal(sentence.replace("°", " degrees ").replace("½", " half "))
    text = respelt(text, _OWN, _TARGETS)
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


_TARGETS = tuple(words.TABLE["mended"].split())
_WAYS = " ".join((*words.TABLE["ways"].values(), *words.BY_RULE, *words.ABSENT, words.TABLE["rare"]))
_OWN = frozenset(re.findall("[a-z]+", _WAYS)) | words.ASIDES | frozenset(_TARGETS)
