"""The page's pieces as HTML. Every word that comes from outside is escaped here, and only here."""

from __future__ import annotations

from html import escape

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


def pixels(uri: str, alt: str = "", classes: str = "") -> str:
    """A small picture with hard pixels; nothing where there is none."""
    if not uri:
        return ""
    return f'<img class="rs-px {classes}" src="{escape(uri)}" alt="{escape(alt)}" width="32" height="32" draggable="false">'


def button(op: str, inside: str, classes: str = "", id: str = "", more: str = "") -> str:
    """A button that asks the server for something; `inside` and `more` are HTML."""
    named = f' class="{classes}"' if classes else ""
    which = f' data-id="{escape(id)}"' if id else ""
    return f'<button type="button"{named} data-op="{op}"{which}{more}>{inside}</button>'


def panel(label: str, inside: str, classes: str = "") -> str:
    """A card that tells of its changes; `inside` is HTML."""
    return f'<section class="rs-panel {classes}" aria-live="polite" aria-label="{escape(label)}">{inside}</section>'


def notice(text: str) -> str:
    """A calm sentence that asks for attention."""
    return f'<div class="rs-notice" role="alert"><span class="rs-sign" aria-hidden="true">!</span><p>{escape(text)}</p></div>'


def quiet(text: str) -> str:
    """A remark."""
    return f'<p class="rs-quiet">{escape(text)}</p>'
