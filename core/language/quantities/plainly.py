"""Sentences about a sprite said plainly: one spelling, numbers as digits, slips mended, roundabout ways made short."""

from __future__ import annotations

import re

from core.language.quantities import words
from core.language.words import nearest_word, words_of
from core.models.text import known_words

_PLAIN = (("°", " degrees "), ("½", " half "))
_NUMBERS = tuple((re.compile(rf"\b(?:{pattern})\b"), digits) for pattern, digits in words.TABLE["numbers"])
_REWRITES = tuple((re.compile(pattern), better) for pattern, better in words.TABLE["rewrites"])


def plain(sentence: str) -> str:
    """A sentence in one spelling, numbers as digits, roundabout turns of phrase said plainly."""
    for sign, word in _PLAIN:
        sentence = sentence.replace(sign, word)
    text = _mended(_normal(sentence))
    for pattern, better in (*_NUMBERS, *_REWRITES):
        text = pattern.sub(better, text)
    return " ".join(text.split())


_CONTRACTIONS = (
    ("won't", "will not"), ("can't", "can not"), ("n't", " not"), ("let's", "let us"), ("'d", " would"), ("'ll", " will"),
    ("'re", " are"), ("'ve", " have"), ("'m", " am"), ("it's", "it is"), ("that's", "that is"), ("what's", "what is"), ("'s", ""),
    ("wanna", "want to"), ("gonna", "going to"), ("lemme", "let me"), ("%", "percent"),
)  # fmt: skip


def _normal(text: str) -> str:
    """Plain words with marks between them, contractions written out."""
    text = " ".join(w.plain for w in words_of(text.replace("=", " becomes ")))
    for short, long in _CONTRACTIONS:
        text = text.replace(short, long)
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text)
    return re.sub(r"[^a-z0-9+/&,.;:!?\s-]", " ", text)


def _mended(text: str) -> str:
    """Slips of the finger mended towards the words of sprites; words that are English stay."""
    return " ".join(_mend(word) for word in text.split())


def _mend(word: str) -> str:
    if len(word) < 4 or not word.isalpha() or word in _OWN or word in known_words():
        return word
    return nearest_word(word, _TARGETS) or word


_TARGETS = tuple(
    "square ellipse oval heart circle left right bottom centre middle corner bigger smaller larger larger rotate rotated clockwise "
    "anticlockwise "
    "degrees column size upside position rotation random surprise slightly further possible large small higher lower quarter turn "
    "move keep "
    "shape edge upwards downwards little biggest smallest upright enlarge shrink towards please".split()
)
_WAYS = " ".join(
    (words.LEFT, words.RIGHT, words.UP, words.DOWN, words.TOP, words.BOTTOM, words.CENTRE, words.BIGGER, words.SMALLER, words.LARGEST)
    + (words.SMALLEST, words.MEDIUM, words.A_BIT, words.A_LOT, words.FAR, *words.BY_RULE, *words.ABSENT)
)
_RARE = "anticlockwise counterclockwise widdershins leftmost rightmost topmost rhombus straighten furthest farthest nearest closest"
_OWN = frozenset(re.findall("[a-z]+", _WAYS)) | words.ASIDES | frozenset(_TARGETS) | frozenset(_RARE.split())
