"""From what is measured of a face to readings: the state of each slot, and how far it is towards every state.

A step is what a person sees at a glance; each state's way is measured along one attribute, in steps. Beyond the ends that are given
there nothing is seen to change any more, so nothing more is counted.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from core.foundations.records import SlotReading
from core.models.face_seen import FaceSeen
from core.worlds.faces.attributes import ATTRIBUTES, attributes, states
from core.worlds.faces.slots import SLOTS, state

Readings = tuple[SlotReading, ...]


class Way(NamedTuple):
    """Towards a state.

    Attributes:
        along: the attribute.
        sign: whether more of it is nearer, 1, or less, -1; 0 where the nearest is `middle`.
        step: of the attribute, what a person sees.
        low: below this nothing is seen to change.
        high: nor above this.
        middle: where a state between two ends lies.
    """

    along: str
    sign: int
    step: float
    low: float
    high: float
    middle: float = 0.0

    def towards(self, value: float) -> float:
        """How far an attribute's value is, in steps."""
        value = min(max(value, self.low), self.high)
        return (self.sign * value if self.sign else -abs(value - self.middle)) / self.step


def _expression(name: str) -> Way:
    return Way(name, 1, 4.0, -6.0, 6.0)  # log odds


WAYS: dict[tuple[str, str], Way] = {
    **{("expression", name): _expression(name) for name in SLOTS["expression"].ids},
    ("mouth", "closed"): Way("mouth open", -1, 0.07, 0.02, 0.5),
    ("mouth", "open"): Way("mouth open", 1, 0.07, 0.02, 0.5),
    ("age", "young"): Way("age", -1, 9.0, 1.0, 80.0),
    ("age", "middle-aged"): Way("age", 0, 9.0, 1.0, 80.0, 37.0),
    ("age", "old"): Way("age", 1, 9.0, 1.0, 80.0),
    ("glasses", "none"): Way("glasses", -1, 0.15, 0.03, 0.5),
    ("glasses", "glasses"): Way("glasses", 1, 0.15, 0.03, 0.5),
    ("glasses", "sunglasses"): Way("sunglasses", 1, 12.0, 0.0, 40.0),
    ("hat", "none"): Way("hat", -1, 1.2, 0.3, 4.0),
    ("hat", "hat"): Way("hat", 1, 1.2, 0.3, 4.0),
    ("hair colour", "dark"): Way("hair lightness", -1, 11.0, 8.0, 80.0),
    ("hair colour", "brown"): Way("hair lightness", 0, 11.0, 8.0, 80.0, 33.0),
    ("hair colour", "blond"): Way("hair lightness", 1, 11.0, 8.0, 80.0),
    ("hair colour", "grey"): Way("hair colour", -1, 6.0, 3.0, 40.0),
    ("hair length", "bald"): Way("hair above", -1, 0.6, 0.3, 4.0),
    ("hair length", "short"): Way("hair below", -1, 0.55, 0.0, 2.5),
    ("hair length", "long"): Way("hair below", 1, 0.55, 0.0, 2.5),
    ("beard", "none"): Way("beard", -1, 8.0, 0.0, 35.0),
    ("beard", "beard"): Way("beard", 1, 8.0, 0.0, 35.0),
    ("lips", "plain"): Way("lipstick", -1, 8.0, 0.0, 45.0),
    ("lips", "lipstick"): Way("lipstick", 1, 8.0, 0.0, 45.0),
    ("turn", "left"): Way("turn", -1, 0.22, -0.9, 0.9),
    ("turn", "ahead"): Way("turn", 0, 0.22, -0.9, 0.9, 0.0),
    ("turn", "right"): Way("turn", 1, 0.22, -0.9, 0.9),
    ("nod", "up"): Way("nod", -1, 0.07, 0.35, 0.8),
    ("nod", "level"): Way("nod", 0, 0.07, 0.35, 0.8, 0.565),
    ("nod", "down"): Way("nod", 1, 0.07, 0.35, 0.8),
    ("background", "dark"): Way("background lightness", -1, 20.0, 3.0, 97.0),
    ("background", "middle"): Way("background lightness", 0, 20.0, 3.0, 97.0, 49.0),
    ("background", "light"): Way("background lightness", 1, 20.0, 3.0, 97.0),
    ("setting", "plain"): Way("busy", -1, 1.3, 0.5, 6.0),
    ("setting", "busy"): Way("busy", 1, 1.3, 0.5, 6.0),
}
"""The way to every state of every slot."""


def face_readings(pictures: Tensor, seen: FaceSeen) -> list[Readings]:
    """What pictures show, slot by slot in the order of SLOTS.

    Args:
        pictures: RGB `[n 3 256 256]` in [0, 1], aligned as FFHQ.
        seen: what was seen of them.
    """
    values = attributes(pictures, seen)
    return [_readings(shown, row) for shown, row in zip(states(values), values.tolist(), strict=True)]


def _readings(shown: dict[str, str], row: list[float]) -> Readings:
    of = dict(zip(ATTRIBUTES, row, strict=True))
    found = []
    for slot, kind in SLOTS.items():
        towards = {id: WAYS[slot, id].towards(of[WAYS[slot, id].along]) for id in kind.ids}
        found.append(SlotReading(slot, shown[slot], _name(slot, shown[slot], of), 1.0, towards=towards))
    return tuple(found)


def _name(slot: str, shown: str, of: dict[str, float]) -> str:
    return f"a face of about {of['age']:.0f}" if slot == "age" else state(slot, shown).name
