"""A sentence as plain tokens: one spelling, no contractions, slips of the finger mended, names kept together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from core.studio.language.colours import BASIC, COLOURS, COMPARATIVES, SHADES, TEMPERATURES
from core.studio.language.words import (
    ADD,
    CHANGE,
    ELSEWHERE,
    EXTRA_WORDS,
    FILLERS,
    GEOMETRY,
    KEEP,
    MOODS,
    MOTION,
    OFF_TOPIC,
    ONES,
    RANDOM_WORDS,
    REMOVE,
    REMOVE_SPLIT,
    SECOND,
    SLOT_WORDS,
    SUBJECTS,
)

_CONTRACTIONS = (
    ("won't", "will not"),
    ("can't", "can not"),
    ("n't", " not"),
    ("let's", "let us"),
    ("'d", " would"),
    ("'ll", " will"),
    ("'re", " are"),
    ("'ve", " have"),
    ("'m", " am"),
    ("it's", "it is"),
    ("he's", "he is"),
    ("she's", "she is"),
    ("that's", "that is"),
    ("what's", "what is"),
    ("who's", "who is"),
    ("there's", "there is"),
    ("where's", "where is"),
    ("'s", ""),
    ("'", ""),
    ("dont ", "do not "),
    ("doesnt ", "does not "),
    ("gimme", "give me"),
    ("lemme", "let me"),
    ("wanna", "want to"),
    ("gonna", "going to"),
    ("gotta", "got to"),
    ("neck tie", "necktie"),
)
_SPELLINGS = {
    "gray": "grey",
    "color": "colour",
    "colors": "colours",
    "colored": "coloured",
    "colorful": "colourful",
    "recolor": "recolour",
    "multicolored": "multicolour",
    "multicolor": "multicolour",
    "multicoloured": "multicolour",
    "jewelry": "jewellery",
    "donut": "doughnut",
    "teh": "the",
    "hte": "the",
    "adn": "and",
    "nad": "and",
    "wiht": "with",
    "rde": "red",
    "u": "you",
    "ur": "your",
    "thx": "thanks",
    "w": "with",
    "n": "and",
    "plz": "please",
    "pls": "please",
    "recolouring": "recolour",
    "center": "centre",
    "changing": "change",
    "swapping": "swap",
    "replacing": "replace",
    "making": "make",
    "turning": "turn",
    "removing": "remove",
    "losing": "lose",
    "dropping": "drop",
    "deleting": "delete",
    "putting": "put",
    "taking": "take",
    "painting": "paint",
    "colouring": "colour",
    "switching": "switch",
    "loose": "lose",
    "wears": "wear",
    "wearing": "wear",
    "giving": "give",
    "teeshirt": "tshirt",
    "removed": "gone",
    "deleted": "gone",
    "swapped": "swap",
    "replaced": "replace",
    "changed": "change",
    "turned": "turn",
    "removal": "remove",
    "hes": "he",
    "shes": "she",
    "colour's": "colour",
    "specticles": "spectacles",
    "glases": "glasses",
    "doggo": "dog",
    "grn": "green",
    "blu": "blue",
    "yello": "yellow",
    "backround": "background",
    "em": "them",
    "neckless": "necklace",
    "accesory": "accessory",
    "accessorie": "accessory",
    "sharky": "shark",
    "shrak": "shark",
}
_PICTOGRAPHS = ((0x1F300, 0x1F3FA), (0x1F400, 0x1F4FF), (0x1F680, 0x1F6FF), (0x1F950, 0x1F9FF))


def normalise(sentence: str) -> str:
    """Lower case, one spelling, no contractions or possessives; arrows become "becomes", pictographs their names."""
    text = unicodedata.normalize("NFKC", sentence).replace("’", "'").replace("‘", "'").replace("`", "'").lower()
    text = "".join(_pictograph(c) for c in text)
    text = re.sub(r"\s*(->|=>|→|➡|>+|=)\s*", " becomes ", text)
    for short, long in _CONTRACTIONS:
        text = text.replace(short, long)
    text = re.sub(r"\b(\d+)\s?%", r"\1percent", re.sub(r"[!?]*\?[!?]*", "?", re.sub(r"!{2,}", "!", text)))
    text = re.sub(r"([a-z])\1{2,}", r"\1", re.sub(r"\bw/\s*", "with ", text))
    text = re.sub(r"\.{2,}|…", " . ", text)
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text.replace("t-shirt", "tshirt").replace("–", ",").replace("—", ","))
    text = re.sub(r" - ", " , ", text)
    text = re.sub(r"[^a-z0-9+/&,.;:!?\s-]", " ", text)
    text = re.sub(r"\s*([,.;:!?&])(?=\s|$|[a-z])\s*", r" \1 ", text)
    return " ".join(_SPELLINGS.get(word, word) for word in text.split())


def _pictograph(c: str) -> str:
    if c.isascii() or not any(low <= ord(c) <= high for low, high in _PICTOGRAPHS):
        return c
    words = [w for w in unicodedata.name(c, "").lower().split() if w not in {"face", "of", "sign", "symbol", "slice"}]
    return f" {' '.join(words)} "


@lru_cache(maxsize=20_000)
def lemma(word: str) -> str:
    """A word without its plural ending, by spelling alone; the same rule reads the index and the sentence."""
    if len(word) < 4 or word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses", "zzes", "oes")):
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=20_000)
def key(text: str) -> str:
    """What a phrase is looked up by: no articles, plurals, hyphens or spaces, so "hot dogs" meets "hotdog"."""
    words = [w for w in normalise(text.replace("_", " ")).replace("-", " ").split() if w not in {"a", "an", "the", ",", ".", "!"}]
    return "".join(lemma(w) for w in words)


def distance(one: str, other: str, most: int) -> int:
    """Edits between two words (insert, delete, replace, exchange neighbours), or most + 1 where there are more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def nearest_word(word: str, targets: Iterable[str]) -> str | None:
    """The word that was meant, if exactly one kind of slip explains it: one edit from 4 letters on, two from 8 on."""
    if len(word) < 4 or not word.isalpha():
        return None
    most = 1 if len(word) < 7 else 2
    found: list[tuple[int, bool, bool, str]] = []
    for target in targets:
        if len(target) >= 3 and abs(len(target) - len(word)) <= most:
            edits = distance(word, target, most)
            if edits <= most and (edits < 2 or target[0] == word[0] or sorted(target) == sorted(word)):
                found.append((edits, sorted(target) != sorted(word), target[0] != word[0], target))
    return min(found)[-1] if found else None


def _all_words() -> frozenset[str]:
    groups: tuple[Iterable[str], ...] = (
        ADD,
        BASIC,
        CHANGE,
        COLOURS,
        COMPARATIVES,
        ELSEWHERE,
        EXTRA_WORDS,
        FILLERS,
        GEOMETRY,
        KEEP,
        MOODS,
        MOTION,
        OFF_TOPIC,
        ONES,
        RANDOM_WORDS,
        REMOVE,
        REMOVE_SPLIT,
        SECOND,
        SHADES,
        SUBJECTS,
        TEMPERATURES,
    )
    slot_words = (word for phrases in SLOT_WORDS.values() for phrase in phrases for word in phrase.split())
    return frozenset(word for group in groups for word in group) | frozenset(slot_words)


OWN_WORDS = _all_words()
"""Every word that the tables of this package hold."""

_TARGETS = tuple(
    sorted(
        {w for phrases in SLOT_WORDS.values() for p in phrases for w in p.split() if len(w) > 3}
        | {w for group in (CHANGE, REMOVE, BASIC, KEEP) for w in group if len(w) > 2}
        | set(COMPARATIVES)
        | {"give", "wear", "random", "undo", "surprise", "turquoise", "please", "without", "instead", "different"}
    )
)
"""The words that a slip is mended towards, before the parts' own words."""


@dataclass(frozen=True)
class Vocabulary:
    """What a lexicon teaches the parser.

    Attributes:
        words: single words of all names, and known English words, none of which is a slip.
        names: words that names are made of, towards which slips are mended.
        phrases: names of several words, as lemmas by their first lemma, longest first.
        slots: for a phrase's key the slots in which it names a part.
        whole: phrases that end in a slot's word and yet are names, such as "giant glasses".
    """

    words: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    phrases: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    slots: dict[str, frozenset[str]] = field(default_factory=dict)
    whole: frozenset[tuple[str, ...]] = frozenset()

    def mend(self, word: str) -> str:
        """A word as it was meant."""
        if word in OWN_WORDS or word in self.words or lemma(word) in self.words or not word.isalpha():
            return word
        return nearest_word(word, _TARGETS) or nearest_word(word, self.names) or word


_SLOT_PHRASES: dict[tuple[str, ...], str] = {tuple(phrase.split()): slot for slot, phrases in SLOT_WORDS.items() for phrase in phrases}
_LONGEST = max(map(len, _SLOT_PHRASES))
_HARD_ENDINGS = frozenset(w for s in ("glasses", "body", "head", "background") for w in SLOT_WORDS[s]) - {
    "mask",
    "wall",
    "sky",
    "face",
    "frame",
    "bean",
    "skin",
    "suit",
    "uniform",
    "belly",
    "trunk",
}


def slot_of(token: str) -> str:
    """The slot that a token names, else ""; tokens that name a slot read "word~slot"."""
    return token.partition("~")[2]


def word_of(token: str) -> str:
    """A token's words for people."""
    return token.partition("~")[0].replace("_", " ")


def tokens_of(text: str, vocabulary: Vocabulary) -> list[str]:
    """Normalised text to tokens: names of several words joined by "_", slot words marked as in "specs~glasses"."""
    words = [vocabulary.mend(word) for word in text.split()]
    lemmas = [lemma(word) for word in words]
    found: list[str] = []
    at = 0
    while at < len(words):
        length, slot = _slot_phrase(words, at)
        name = _name(words, lemmas, at, vocabulary)
        if name > max(length, 1) and not (slot and length > 1):
            found.append("_".join(words[at : at + name]))
            at += name
        elif length:
            found.append("_".join(words[at : at + length]) + "~" + slot)
            at += length
        else:
            found.append(words[at])
            at += 1
    return found


def _slot_phrase(words: list[str], at: int) -> tuple[int, str]:
    for length in range(min(_LONGEST, len(words) - at), 0, -1):
        slot = _SLOT_PHRASES.get(tuple(words[at : at + length]))
        if slot:
            return length, slot
    return 0, ""


def _name(words: list[str], lemmas: list[str], at: int, vocabulary: Vocabulary) -> int:
    for phrase in vocabulary.phrases.get(lemmas[at], ()):
        end = at + len(phrase)
        if tuple(lemmas[at:end]) == phrase and (words[end - 1] not in _HARD_ENDINGS or phrase in vocabulary.whole):
            return len(phrase)
    return 0
