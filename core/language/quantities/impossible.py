"""What a white shape on black cannot do, told from the words of a sentence."""

from __future__ import annotations

import re

from core.language.quantities.words import MOODS, MOTION, OFF_TOPIC, TABLE

_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in TABLE["problems"])
_COLOUR, _HARMLESS = (frozenset(TABLE[name].split()) for name in ("colours", "harmless"))
_FIRST = r"^(?:(?:please|can you|could you|would you|will you|hey|ok|okay|now|so|i want you to|i want to|and|just|let us|go and|kindly) )*"
_POLITE_NOTHING = re.compile(r"\b(?:do not|without|never|not) (?:\w+ )?(?:mirror|flip|stretch\w*|animat\w*)\b")


def problem_of(text: str) -> tuple[str, str]:
    """Why a normalised sentence asks for what cannot be: a kind and the word that says it, or ("", "")."""
    text = _POLITE_NOTHING.sub("", text)
    for word in re.findall(r"[a-z]+", text):
        if word in _COLOUR:
            return "colour", word
    for kind, pattern in _COMPILED:
        if found := pattern.search(text):
            return kind, found.group().strip()
    first = re.match(rf"{_FIRST}([a-z]+)", text)
    word = first.group(1) if first else ""
    if word in OFF_TOPIC - _HARMLESS:
        return "topic", word
    if word in MOTION - _HARMLESS:
        return "motion", word
    mood = re.search(
        r"\b(?:make|look|looks|be|feel|is|becomes?|more) (?:it |him |her |the \w+ )?(?:look |be |more |very |really |so )*([a-z]+)$", text
    )
    if mood and mood.group(1) in MOODS - _HARMLESS:
        return "style", mood.group(1)
    return "", ""


_OPEN: tuple[tuple[str, str], ...] = tuple(map(tuple, TABLE["open"]))
"""What a sentence without a change speaks of."""


def question_about(text: str) -> tuple[str, str]:
    """What to ask about a normalised sentence in which no change was found: a kind and a word, or ("", "")."""
    for kind, pattern in _OPEN:
        if found := re.search(rf"\b(?:{pattern})\b", text):
            return kind, found.group()
    return "", ""
