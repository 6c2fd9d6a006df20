"""How a sentence bounds what it asks for to a part of a face: "blond hair, but only the hair", "lipstick on the lips only".

How people say that nothing else may change stands in face_places.json. In its forms <some> is one part or more, each with an article,
since "only glasses" asks for glasses; <on> is a word such as "on".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from core.language.facts import table
from core.worlds.faces.parts import NAMED


@dataclass(frozen=True)
class Bounded:
    """A sentence with what bounds it.

    Attributes:
        parts: the names of the parts (core.worlds.faces.parts); none where nothing bounds it.
        sentences: the same without the words that bound it, and as one that names the parts still: the likelier way to read it first.
    """

    parts: tuple[str, ...]
    sentences: tuple[str, ...]


_ENDS = re.compile(r"(?:[,.:;!?]|\b(?:but|and|yet|please))$", re.IGNORECASE)
_BEGINS = re.compile(r"$|[,.:;!?]|(?:but|and|yet|please)\b", re.IGNORECASE)
"""How what stands before a clause ends, and what stands behind it begins."""


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    """Each word for a part, with the part's name."""
    return {word: named.name for named in NAMED for word in (named.name, *named.words)}


@lru_cache(maxsize=1)
def _forms() -> tuple[re.Pattern[str], ...]:
    data = table("face_places")
    word = "|".join(sorted(map(re.escape, _words()), key=len, reverse=True))
    one = rf"{data['article']} {data['whole']}(?:{word})\b"
    some = rf"(?P<some>{one}(?:(?:,| and| or|, and) (?:{data['article']} )?{data['whole']}(?:{word})\b)*)"
    texts = [form.replace("<some>", some).replace("<on>", data["on"]) for form in data["forms"]]
    return tuple(re.compile(rf"(?<![\w'])(?:{text})(?!\w)", re.IGNORECASE) for text in texts)


def bounded(sentence: str) -> Bounded:
    """What a sentence bounds itself to; the first way of saying so counts."""
    text = " ".join(sentence.split())
    found = next((hit for form in _forms() if (hit := form.search(text))), None)
    if not found:
        return Bounded((), (sentence,))
    words = sorted(_words(), key=len, reverse=True)
    named = re.findall(rf"\b(?:{'|'.join(map(re.escape, words))})\b", found["some"].lower())
    aside = re.search(r"\(\s*$", text[: found.start()]) is not None
    before, after = text[: found.start()].strip(" ("), text[found.end() :].strip(" )")
    place = " ".join(filter(None, (found.groupdict().get("at"), found["some"])))
    apart = not before or aside or _ENDS.search(before) is not None
    sentences = (_tidy(before, "", after), _tidy(before, place, after))
    return Bounded(tuple(dict.fromkeys(_words()[word] for word in named)), sentences if apart and _BEGINS.match(after) else sentences[::-1])


def _tidy(before: str, between: str, after: str) -> str:
    """Three pieces of a sentence as one, without what would dangle at its ends."""
    joined = re.sub(r"\s+(?=[,.:;!?])", "", " ".join(filter(None, (before, between, after))))
    joined = re.sub(r"(?:[,:;]|\b(?:but|and|yet|please)\b|\s)+(?=[,.:;!?]|$)", "", joined, flags=re.IGNORECASE)
    return re.sub(r"^(?:[,.:;!?]|\b(?:but|and|yet)\b|\s)+", "", joined, flags=re.IGNORECASE)
