"""How light and how warm colours are, for "darker", "warmer" and the like."""

from __future__ import annotations

from core.studio.language.lexicon import Entry
from core.studio.language.match import basic

_LIGHTNESS = {
    "black": 0.0,
    "charcoal": 0.15,
    "brown": 0.3,
    "purple": 0.35,
    "blue": 0.4,
    "green": 0.42,
    "red": 0.42,
    "teal": 0.48,
    "grey": 0.5,
    "orange": 0.6,
    "pink": 0.62,
    "gold": 0.6,
    "beige": 0.8,
    "yellow": 0.85,
    "white": 1.0,
}
_SHADE = {
    "dark": -0.2,
    "deep": -0.15,
    "charcoal": -0.3,
    "olive": -0.1,
    "rust": -0.1,
    "light": 0.15,
    "pale": 0.2,
    "bright": 0.1,
    "ice": 0.35,
    "sky": 0.2,
    "peach": 0.15,
    "fog": 0.15,
    "slime": 0.05,
    "indigo": -0.1,
    "smoke": 0.25,
}


def warmth(colour: str) -> str:
    """Which background a push towards a colour means: bluer is cool, pinker is warm."""
    found = basic(colour)
    return "warm" if found in {"red", "orange", "pink", "yellow", "beige", "brown"} else "cool" if found in {"blue", "teal", "grey"} else ""


def lightness(entry: Entry) -> float:
    """How light a colour is by its name, in about [0, 1]."""
    words = entry.name.split()
    return _LIGHTNESS.get(entry.colours[0], 0.5) + sum(_SHADE.get(w, 0.0) for w in words)
