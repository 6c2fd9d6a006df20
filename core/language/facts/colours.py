"""Words for colours: which simpler colour each means, shades, how light and how warm colours are. The table is data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

_TABLE = json.loads((Path(__file__).parent / "colours.json").read_text(encoding="utf-8"))

COLOURS: dict[str, str] = _TABLE["means"]
"""Colour words, and the simpler colour that stands for each."""
BASIC = frozenset(_TABLE["basic"].split())
SHADES = frozenset(_TABLE["shades"].split())
"""Words that shade a colour."""
OPPOSITE: dict[str, str] = _TABLE["opposite"]
COMPARATIVES: dict[str, str] = _TABLE["comparatives"]
"""Comparatives, and what there should be more of."""
TEMPERATURES: dict[str, str] = _TABLE["temperatures"]
"""Words for how warm something feels."""
UNDER: dict[str, str] = _TABLE["under"]
"""Colours that are not basic, and the basic one that each comes under."""


def is_colour(word: str) -> bool:
    """Whether a word names a colour."""
    return word in COLOURS or word in BASIC


def says_colour(phrase: str) -> bool:
    """Whether a phrase says a colour and nothing else: "red", "dark green", "pink and purple"."""
    words = phrase.split()
    return any(map(is_colour, words)) and all(is_colour(w) or w in SHADES or w in {"and", "with", "colour", "coloured"} for w in words)


def basic(word: str) -> str:
    """The plain colour that a colour word comes under, or ""."""
    for _ in range(4):
        if word in BASIC:
            return word
        stands = COLOURS.get(word, "")
        found = next((w for w in reversed(stands.split()) if w in BASIC), "")
        if found or not stands or stands == word:
            return found or UNDER.get(word, "")
        word = stands.split()[-1]
    return ""


def basics(phrase: str) -> list[str]:
    """The plain colours of a phrase, in order."""
    return list(dict.fromkeys(b for b in map(basic, phrase.split()) if b))


def warmth(phrase: str) -> str:
    """Which of "warm" and "cool" a push towards a colour means: bluer is cool, pinker is warm; else ""."""
    found = set(basics(phrase))
    return "warm" if found & set(_TABLE["warm"].split()) else "cool" if found & set(_TABLE["cool"].split()) else ""


def shade(words: Iterable[str]) -> frozenset[str]:
    """The words that names hold in the shade which some words ask for: for "deep", dark, navy ...; empty where they ask for none."""
    like = next(filter(None, map(_TABLE["shade like"].get, words)), "")
    return frozenset(_TABLE["shade names"].get(like, "").split())


def lightness(name: str, colours: Iterable[str]) -> float:
    """How light a colour is by its name and by its colours in words, in about [0, 1]."""
    main = next(iter(colours), "")
    return _TABLE["lightness"].get(main, 0.5) + sum(_TABLE["shade lightness"].get(w, 0.0) for w in name.split())
