"""What several tabs show and say: marks, strengths in words, remarks and notices; how these look is in widgets.html."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from app.shared.templates import macros

SHAPES = {
    "background": "M2 2h12v12H2z",
    "body": "M8 1.6a6.4 6.4 0 1 1 0 12.8 6.4 6.4 0 1 1 0-12.8z",
    "accessory": "M8 .8 15.2 8 8 15.2.8 8z",
    "head": "M8 1.2 15.4 14.4H.6z",
    "glasses": "M0 4h7v3h2V4h7v8H9V9H7v3H0z",
    "": "M6 1h4v5h5v4h-5v5H6v-5H1V6h5z",
}
"""One mark per slot, as a path in 16 x 16, so that colour is never the only sign. The map draws the same ones."""

WORDS = (
    (-0.01, "turned against"),
    (0.02, "off"),
    (0.3, "a hint"),
    (0.7, "half"),
    (1.2, "fully"),
    (1.7, "strongly"),
    (9.0, "as far as it goes"),
)
"""Strengths in words: the first bound that is not passed names the strength."""


def strength_word(value: float) -> str:
    """A strength in words."""
    return next(word for bound, word in WORDS if value <= bound)


def _html() -> Any:
    return macros("shared/widgets.html")


def lead(text: str) -> str:
    """What a tab is about."""
    return _html().lead(text)


def quiet(text: str) -> Markup:
    """A remark."""
    return _html().quiet(text)


def notice(text: str) -> Markup:
    """A calm sentence that asks for attention."""
    return _html().notice(text)


def panel(label: str, inside: Markup) -> str:
    """A card that tells of its changes."""
    return _html().panel(label, inside)
