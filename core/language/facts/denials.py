"""What the words around a phrase deny, by the wordings of the table: "a ball, basketball excluded", "not a crab"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.language.facts import wordings


def denied(phrase: str, text: str) -> bool:
    """Whether a phrase is denied right where it stands: "that isn't headgear", "pandas don't count"."""
    told, before, behind = re.escape(phrase), wordings("denies").pattern, wordings("denied behind").pattern
    return bool(re.search(rf"\b(?:that|which|who) {before} (?:an? |the |in )?{told}\b|\b{told} {behind}", text))


def negated(phrase: str, text: str, excluded: Iterable[str]) -> bool:
    """Whether a "not" shortly before is about a phrase; in "not a crab - a scorpion" it has said what it is about."""
    before = wordings("negated").search(text.partition(phrase)[0])
    return before is not None and not wordings("rhetorical").search(text) and not any(out in before[0] for out in excluded)


def split_denied(phrase: str) -> tuple[str, str]:
    """What a phrase wishes, and what it denies: "a diamond that isn't blue" wishes "a diamond" and denies "blue"."""
    found = re.search(rf"(?:\b(?:that|which|who) )?\b{wordings('denies').pattern} ", phrase)
    return (phrase[: found.start()].strip(), phrase[found.end() :].removeprefix("a ").removeprefix("an ")) if found else (phrase, "")
