"""What a white shape on black cannot do, told from the words of a sentence."""

from __future__ import annotations

import re

from core.language.facts.sprites import TABLE, filled, pattern

_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in TABLE["problems"])
_COLOUR, _HARMLESS = (frozenset(TABLE[name].split()) for name in ("colours", "harmless"))
_MOTION, _MOODS, _OFF_TOPIC = (frozenset(TABLE["cannot"][name].split()) for name in ("motion", "moods", "topics"))
"""What a picture cannot do, cannot feel, and what is not asked of it."""


def problem_of(text: str) -> tuple[str, str]:
    """Why a normalised sentence asks for what cannot be: a kind and the word that says it, or ("", "")."""
    text = pattern("<not_that>").sub("", text)
    for word in re.findall(r"[a-z]+", text):
        if word in _COLOUR:
            return "colour", word
    for kind, words in _COMPILED:
        if found := words.search(text):
            return kind, found.group().strip()
    first, mood = re.match(filled("<politely>([a-z]+)"), text), pattern("<mood>").search(text)
    for kind, found, several in (("topic", first, _OFF_TOPIC), ("motion", first, _MOTION), ("style", mood, _MOODS)):
        if found and found.group(1) in several - _HARMLESS:
            return kind, found.group(1)
    return "", ""


def question_about(text: str) -> tuple[str, str]:
    """What to ask about a normalised sentence in which no change was found: a kind and a word, or ("", "")."""
    for kind, words in TABLE["open"]:
        if found := pattern(words).search(text):
            return kind, found.group()
    return "", ""
