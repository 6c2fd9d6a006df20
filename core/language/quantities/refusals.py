"""What is said about a sprite when nothing is done: the reason in a plain sentence, and what this world can do."""

from __future__ import annotations

from collections.abc import Sequence

from core.foundations.english import with_article
from core.language.facts.sprites import TABLE
from core.language.lexicon import Near
from core.language.refusals import listed

EXAMPLE = "Try “move it to the left and make it a heart” or “turn it by 90 degrees”."
CAN = "This world has one white square, ellipse or heart on black; its shape, size, rotation and place can change. "

_PROBLEMS, _ASKS = TABLE["says"], TABLE["asks"]
"""Questions back, each with what to say instead."""
_ENDS = {
    ("x", -1): "it is at the left edge already",
    ("x", 1): "it is at the right edge already",
    ("y", -1): "it is at the top already",
    ("y", 1): "it is at the bottom already",
    ("scale", -1): "it is as small as it gets already",
    ("scale", 1): "it is as large as it gets already",
}


def for_problem(kind: str, word: str) -> str:
    """The sentence for a problem that the parser found."""
    return _ASKS[kind].format(word=word) if kind in _ASKS else _PROBLEMS[kind].format(word=word) + CAN + EXAMPLE


def which(what: str, side: str) -> str:
    """A corner or an edge was spoken of, and it is open which one; a corner's one side may be known."""
    edges = ("left", "right", "top", "bottom")
    known = {"up": "top", "down": "bottom"}.get(side, side)
    corners = [corner for corner in ("top left", "top right", "bottom left", "bottom right") if known in corner]
    names = [f"“to the {name} {what}”" for name in (corners if what == "corner" else edges)]
    return f"Which {what} do you mean? Say {listed(names, 'or')}."


def chosen(degrees: float) -> str:
    """By how much something is turned where nobody said."""
    return f"You named no angle, so it turns by {abs(degrees):.0f} degrees clockwise. Say “by 45 degrees anticlockwise” for another."


def at_the_end(slot: str, sign: int) -> str:
    """Why a step that way does nothing."""
    return _ENDS[slot, sign]


def already(slot: str, name: str, shape: str) -> str:
    """Why a step for what is there does nothing."""
    if slot == "shape":
        return f"it is {with_article(name)} already"
    if slot == "rotation":
        return f"{with_article(shape)} turned that way looks as it does now"
    what = {"scale": "it has that size", "x": "it is in that column", "y": "it is in that row"}[slot]
    return f"{what} already"


def nothing_to_do(reasons: Sequence[str]) -> str:
    """Everything that was asked for is so already."""
    return f"Nothing to do: {listed(reasons, 'and')}."


def outside(slot: str, last: int, counted: bool) -> str:
    """A number that no value has; people count columns, rows and sizes from 1."""
    what = {"x": "Columns", "y": "Rows", "scale": "Sizes"}[slot] if counted else f"Values of {slot}"
    return f"{what} go from {int(counted)} to {last + counted}. Name one of these, or say “bigger”, “to the left” or “a quarter turn”."


def not_here(said: str, shape: str) -> str:
    """The shape that was spoken of is another."""
    return f"There is no {said} here: it is {with_article(shape)}. Say “make it {with_article(said)}” to change that."


def unknown(phrase: str, near: Sequence[Near]) -> str:
    """Nothing of this name exists."""
    close = listed([with_article(n.entry.name) for n in near[:3]])
    return f"I know no “{phrase}” here. {f'The nearest I have: {close}. ' if close else ''}{CAN}{EXAMPLE}"


def unclear(phrase: str, near: Sequence[Near]) -> str:
    """Several things might be meant."""
    return f"I am not sure what you mean by “{phrase}”. Did you mean {listed([with_article(n.entry.name) for n in near])}? {EXAMPLE}"


def nothing_said() -> str:
    """No change was found in the sentence."""
    return f"I found no change in this sentence. {EXAMPLE}"


def torn(slot: str) -> str:
    """The same thing should stay and change."""
    return f"You asked both to keep and to change the {slot}. Say which of the two you want."


def instead(said: str, nearest: str) -> str:
    """Something close was taken for what does not exist."""
    return f"There is no {said} here; the nearest is {with_article(nearest)}."
