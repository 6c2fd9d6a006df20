"""Words for colours: which simpler colour each means, shades, how light and how warm colours are. The table is data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, TypeVar

_TABLE = json.loads((Path(__file__).parent / "facts" / "colours.json").read_text(encoding="utf-8"))

COLOURS: dict[str, str] = _TABLE["means"]
"""Colour words, and the simpler colour that stands for each."""
BASIC = frozenset(_TABLE["basic"].split())
SHADES = frozenset(_TABLE["shades"].split())
"""Words that shade a colour."""
COMPARATIVES: dict[str, str] = _TABLE["comparatives"]
"""Comparatives, and what there should be more of."""
TEMPERATURES: dict[str, str] = _TABLE["temperatures"]
"""Words for how warm something feels."""
UNDER: dict[str, str] = _TABLE["under"]
"""Colours that are not basic, and the basic one that each comes under."""


class Shaded(Protocol):
    """What has a name and colours in words, such as an entry of the lexicon."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def colours(self) -> tuple[str, ...]:
        """Its colours in words, the main one first."""


T = TypeVar("T", bound=Shaded)


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


def shades(entries: Iterable[T], now: T, sign: int) -> list[T]:
    """Entries lighter (sign 1) or darker (-1) than one, those of its own colour alone where there are any, the nearest first."""
    own = lightness(now.name, now.colours)
    further = [e for e in entries if sign * (lightness(e.name, e.colours) - own) > 0.02]
    family = [e for e in further if set(e.colours[:1]) & set(now.colours)] or further
    return sorted(family, key=lambda e: (e.colours[0] != now.colours[0], abs(lightness(e.name, e.colours) - own)))


def lightness(name: str, colours: Iterable[str]) -> float:
    """How light a colour is by its name and by its colours in words, in about [0, 1]."""
    main = next(iter(colours), "")
    return _TABLE["lightness"].get(main, 0.5) + sum(_TABLE["shade lightness"].get(w, 0.0) for w in name.split())
