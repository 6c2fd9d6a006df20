"""The names of the sprites' values, for people: what each is called, and the texts under which an index knows it.

Columns are counted from the left and rows from the top, from 1 on. A turn is against the clock, as the pictures are
drawn: at 0 a heart stands on its tip and an ellipse lies on its side.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from core.foundations.errors import RecipeError
from core.worlds.dsprites.factors import COUNTS, FACTORS, SHAPES, TURN

_SHAPE_TEXTS = {
    "square": ("square", "box", "square shape", "shape with four corners"),
    "ellipse": ("ellipse", "oval", "oval shape", "egg"),
    "heart": ("heart", "love heart", "heart shape"),
}
_SIZES = (
    ("tiny", "the smallest size", "very small", "half the full size"),
    ("small", "a small size", "little", "60 percent of the full size"),
    ("fairly small", "a bit small", "smaller than medium", "70 percent of the full size"),
    ("medium-sized", "a medium size", "neither big nor small", "80 percent of the full size"),
    ("large", "a large size", "big", "90 percent of the full size"),
    ("largest", "the largest size", "very large", "the full size", "as big as possible"),
)
_ACROSS = ("far left", "left", "middle", "right", "far right")
_DOWN = ("very top", "top", "middle", "bottom", "very bottom")
_BANDS = (4, 13, 19, 28)
"""Where one word for a place gives way to the next; the same from either side."""


@dataclass(frozen=True)
class Value:
    """One value of one factor.

    Attributes:
        slot: the factor.
        id: the value as text, "0" and up.
        name: what it is called.
        texts: the name and what else it may be called.
    """

    slot: str
    id: str
    name: str
    texts: tuple[str, ...]


def degrees(rotation: int) -> int:
    """A rotation in whole degrees against the clock, 0 to 360."""
    return round(360 * rotation / TURN)


def _rotation(value: int) -> tuple[str, ...]:
    turn = degrees(value)
    if not value:
        return ("not turned", "upright", "turned by 0 degrees", "straight")
    if value == TURN:
        return ("turned once round", "turned by 360 degrees", "a full turn")
    clock = 360 - turn
    return (f"turned by {turn} degrees", f"rotated by {turn} degrees", f"{turn} degrees anticlockwise", f"{clock} degrees clockwise")


def _place(value: int, words: tuple[str, ...], line: str) -> tuple[str, ...]:
    word = words[sum(value >= start for start in _BANDS)]
    count = f"{line} {value + 1} of {COUNTS[FACTORS.index('x')]}"
    return (f"{word} ({count})", count, f"{line} {value + 1}", f"in the {word}" if word == "middle" else f"at the {word}")


def _texts(slot: str, value: int) -> tuple[str, ...]:
    """What a value is called, the name first."""
    if slot == "shape":
        return _SHAPE_TEXTS[SHAPES[value]]
    if slot == "scale":
        return (*_SIZES[value], f"size {value + 1} of {len(_SIZES)}")
    if slot == "rotation":
        return _rotation(value)
    return _place(value, _ACROSS, "column") if slot == "x" else _place(value, _DOWN, "row")


@cache
def values(slot: str) -> tuple[Value, ...]:
    """All values of a factor, in order; RecipeError where there is no such factor."""
    if slot not in FACTORS:
        raise RecipeError(f"A sprite has no {slot!r}. It has {', '.join(FACTORS)}.")
    count = COUNTS[FACTORS.index(slot)]
    return tuple(Value(slot, str(i), _texts(slot, i)[0], _texts(slot, i)) for i in range(count))


def value(slot: str, id: str) -> Value:
    """One value; RecipeError where the factor or the value does not exist."""
    for one in values(slot):
        if one.id == id:
            return one
    raise RecipeError(f"There is no {slot} {id!r}. Its values are the numbers from 0 to {len(values(slot)) - 1}.")
