"""A sentence as words: each as it was typed, and in the plain form by which it is looked up.

Accents and pictographs are folded by anyascii, plurals and other forms by simplemma, slips of the finger found by rapidfuzz.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from anyascii import anyascii
from rapidfuzz import process
from rapidfuzz.distance import OSA
from simplemma import lemmatize

from core.foundations.errors import RequestError
from core.language.facts import english
from core.models.text import known_words

LONGEST = 300
"""Characters that a sentence may have."""
MOST_WORDS = 100

_PIECES = re.compile(r"(?:[^\W_]|\u0300)+(?:['’\-./&+](?:[^\W_])+)*%?|[^\w\s]|_")
_ARROWS = re.compile(r"\s*(?:-+>|=+>|→|➡️?|>>+)\s*")
_EMPTY, _IDLE = english("beside pictographs"), english("idle")
_SPELLINGS: dict[str, str] = json.loads((Path(__file__).parent / "facts" / "spellings.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Word:
    """One word or mark of a sentence.

    Attributes:
        said: as it was typed.
        plain: lower case, without accents, in one spelling; of a pictograph its name.
    """

    said: str
    plain: str


def check(sentence: object, example: str) -> str:
    """The sentence; RequestError where it is not text, is empty, or is longer than LONGEST. It gives an example of a better one."""
    if not isinstance(sentence, str):
        raise RequestError(f"A request is a sentence, but this is {type(sentence).__name__}. Type what should change.")
    if not any(c.isalnum() or ord(c) > 0x2190 for c in sentence):
        raise RequestError(f"There are no words in this request. Type what should change, such as “{example}”.")
    if len(sentence) > LONGEST:
        raise RequestError(f"This request has {len(sentence)} characters; {LONGEST} is the most. Say it in one short sentence.")
    return sentence


def words_of(sentence: str) -> tuple[Word, ...]:
    """A sentence to its words and marks, in order; at most MOST_WORDS of them."""
    text = unicodedata.normalize("NFC", sentence).replace("’", "'").replace("‘", "'").replace("`", "'")
    text = re.sub(r"!=|≠", " not ", re.sub(r"\bw/o\b", "without", text, flags=re.I))
    text = re.sub(r"\bw/\s*", "with ", _ARROWS.sub(" becomes ", text))
    found = (Word(piece, plain(piece)) for piece in _PIECES.findall("".join(_apart(c) for c in text)))
    return tuple(word for word in found if word.plain)[:MOST_WORDS]


def _apart(c: str) -> str:
    """A pictograph with room around it; what only joins or colours pictographs is dropped."""
    if c in "\u200d\ufe0f" or 0x1F3FB <= ord(c) <= 0x1F3FF:
        return ""
    return f" {c} " if unicodedata.category(c) == "So" else c


@lru_cache(maxsize=20_000)
def plain(said: str) -> str:
    """A word in its plain form: "Piñata" is "pinata", "color" is "colour", the pictograph of a shark is "shark"."""
    if len(said) == 1 and unicodedata.category(said) == "So" and said not in _SPELLINGS:
        names = unicodedata.name(said, "").lower().split()
        return " ".join(w for w in names if w not in _EMPTY)
    folded = anyascii(said).lower().strip()
    double, single = (re.sub(r"([a-z])\1{2,}", letters, folded) for letters in (r"\1\1", r"\1"))  # "keeep", "sooo"
    return _SPELLINGS.get(said) or _SPELLINGS.get(folded, single if single in known_words() or double not in known_words() else double)


@lru_cache(maxsize=20_000)
def lemma(word: str) -> str:
    """A word in its first form: "cherries" is "cherry"; words that the language lacks lose a plural ending."""
    bare = word.removesuffix("'s").removesuffix("'")
    if not bare.isalpha() or len(bare) < 4 or bare == "bare":  # no form of "bear" where a head is meant
        return bare
    found = lemmatize(bare, lang="en")
    return found if found != bare or not bare.endswith("s") or bare.endswith(("ss", "us", "is")) else bare[:-1]


def forms_of(text: str) -> list[str]:
    """The words of a text in their first forms; what says nothing by itself is left out."""
    return [form for form in (lemma(w.plain) for w in words_of(text)) if form.isalpha() and form not in _IDLE]


@lru_cache(maxsize=50_000)
def key(text: str) -> str:
    """What a phrase is looked up by: no articles, forms, hyphens or spaces, so that "hot dogs" meets "hotdog"."""
    words = [part for word in words_of(text.replace("_", " ")) for part in re.split(r"[\s\-]+", word.plain)]
    return "".join(lemma(w) for w in words if w not in {"a", "an", "the"} and w[:1].isalnum())


def nearest_word(word: str, targets: Iterable[str]) -> str | None:
    """The word that was meant, if one slip of the finger explains it: one edit from 4 letters on, two from 7 on."""
    if len(word) < 4 or not word.isalpha():
        return None
    most = 1 if len(word) < 7 else 2
    near = process.extract(word, [t for t in targets if len(t) >= 3], scorer=OSA.distance, score_cutoff=most, limit=8)
    fitting = [
        (edits, sorted(t) != sorted(word), t[0] != word[0], _single(t) != _single(word), t)
        for t, edits, _ in near
        if edits < 2 or t[0] == word[0]
    ]
    return min(fitting)[-1] if fitting else None


def _single(word: str) -> str:
    """A word without doubled letters, which slip most easily."""
    return re.sub(r"(.)\1", r"\1", word)


def respelt(text: str, own: frozenset[str], targets: Iterable[str]) -> str:
    """A text with its slips of the finger mended towards targets; what a world has of its own, or is English, stays."""
    return " ".join(w if w in own or w in known_words() else nearest_word(w, targets) or w for w in text.split())
