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
    "expression": "M1 5.4c1.2 5.8 4 8.2 7 8.2s5.8-2.4 7-8.2c-2 2.8-4.4 4-7 4s-5-1.2-7-4z",
    "mouth": "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2zM8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 1 1 0-5.6z",
    "age": "M3 1h10v2.6L9.4 8l3.6 4.4V15H3v-2.6L6.6 8 3 3.6z",
    "hat": "M4 10V4.6C4 3 5.8 2 8 2s4 1 4 2.6V10h4v3.4H0V10z",
    "hair colour": "M8 .6c3.2 4.2 5.2 6.8 5.2 9.2A5.2 5.2 0 0 1 8 15a5.2 5.2 0 0 1-5.2-5.2C2.8 7.4 4.8 4.8 8 .6z",
    "hair length": "M1.6 1h3.2v14L1.6 12.6zM6.4 1h3.2v14H6.4zM11.2 1h3.2v11.6L11.2 15z",
    "beard": "M1.5 2.6H4v4h8v-4h2.5v6.2c0 3.8-3 6.4-6.5 6.4S1.5 12.6 1.5 8.8z",
    "lips": "M.8 8C3 5 5 3.6 6 3.6s1.4.8 2 .8 1-.8 2-.8S13 5 15.2 8c-2.2 3-4.4 4.6-7.2 4.6S3 11 .8 8z",
    "turn": "M0 8l4.5-4.5V7h7V3.5L16 8l-4.5 4.5V9h-7v3.5z",
    "nod": "M8 0l4.5 4.5H9v7h3.5L8 16l-4.5-4.5H7v-7H3.5z",
    "setting": "M1 1h6v6H1zM9 1h6v6H9zM1 9h6v6H1zM9 9h6v6H9z",
}
"""One mark per slot of every world, as a path in 16 x 16, so that colour is never the only sign. The map draws the same ones. Slots
of two worlds that are called the same have the same mark."""

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
