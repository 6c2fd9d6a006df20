"""Charts that several tabs show; their HTML is in charts.html."""

from __future__ import annotations

from collections.abc import Sequence

from app.shared.templates import macros
from core.foundations.records import Word


def bars(words: Sequence[Word], top: float = 0.0) -> str:
    """Words with bars; what speaks against something grows the other way and says so.

    Args:
        words: with their weights, of any scale.
        top: the weight of a full bar; the largest where it is larger.
    """
    top = max([top, *(abs(w.weight) for w in words)], default=0.0) or 1.0
    rows = [(w.text, w.weight < 0, f"{100 * abs(w.weight) / top:.1f}") for w in words]
    return macros("shared/charts.html").bars(rows)
