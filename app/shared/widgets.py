"""What several tabs show and say: marks, strengths in words, remarks and notices; how these look is in widgets.html."""

from __future__ import annotations

from markupsafe import Markup

from app.shared.templates import macros

SHAPES = {
    "background": '<rect x="2" y="2" width="12" height="12"/>',
    "body": '<circle cx="8" cy="8" r="6.4"/>',
    "accessory": '<path d="M8 .8 15.2 8 8 15.2.8 8z"/>',
    "head": '<path d="M8 1.2 15.4 14.4H.6z"/>',
    "glasses": '<path d="M0 4h7v3h2V4h7v8H9V9H7v3H0z"/>',
    "": '<path d="M6 1h4v5h5v4h-5v5H6v-5H1V6h5z"/>',
}
"""One mark per slot, so that colour is never the only sign. The map draws the same ones."""

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


def panel(label: str, inside: Markup) -> Markup:
    """A card that tells of its changes."""
    return macros("shared/widgets.html").panel(label, inside)


def notice(text: str) -> Markup:
    """A calm sentence that asks for attention."""
    return macros("shared/widgets.html").notice(text)


def quiet(text: str) -> Markup:
    """A remark."""
    return macros("shared/widgets.html").quiet(text)
