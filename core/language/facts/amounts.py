"""How much some words say."""

from __future__ import annotations

from collections.abc import Sequence

from core.language.facts import english


def amount_of(phrases: Sequence[str]) -> float:
    """How much phrases say: 0.5 for "a bit", 1.5 for "much", 0.3 for "30%", else 1."""
    said = {w for phrase in phrases for w in phrase.split()}
    percent = next((int(w[:-1]) for w in said if w.endswith("%") and w[:-1].isdigit()), None)
    if percent is not None:
        return max(0.05, min(2.0, percent / 100))
    return 0.5 if said & english("little") else 1.5 if said & english("a lot") else 1.0
