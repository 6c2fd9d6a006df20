"""From what is measured of a face to readings: the state of each slot, and how far it is towards every state.

A step is what a person sees at a glance; each state's way is measured along one attribute, in steps. Beyond the ends that are given
there nothing is seen to change any more, so nothing more is counted. From the same table come the aims of an edit: what has to be
measured where a state is wished, and what has to stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.foundations.records import SlotReading
from core.worlds.faces.attributes import ATTRIBUTES, BORDERS, states
from core.worlds.faces.slots import SLOTS, along, state

Readings = tuple[SlotReading, ...]
FIRM = 0.3
"""Steps beyond a border from which on a state is shown firmly, and no network that looks again says otherwise."""
TOLD = 1.6
"""The same for an expression: of a smile that a network is only just sure of, people see none. What no face lacks needs no more."""
SURE = 1.0
"""Steps beyond a border from which on a state is shown so plainly that there is nothing to do where it is wished."""
ROOM = 0.25
"""Steps that must be left to the end of a way, for more to be asked."""
LEAST = 1.1
"""Steps that an edit goes at least: more than a person needs to see a change, as other eyes measure a little differently."""


class Way(NamedTuple):
    """Towards a state.

    Attributes:
        along: the attribute.
        sign: whether more of it is nearer, 1, or less, -1; 0 where the nearest is `middle`.
        step: of the attribute, what a person sees.
        low: below this nothing is seen to change.
        high: nor above this.
        middle: where a state between two ends lies.
        beside: what else a state is made of, as pairs of an attribute and its value.
        softly: what it looks best with, likewise, asked for no more than that all else stays.
    """

    along: str
    sign: int
    step: float
    low: float
    high: float
    middle: float = 0.0
    beside: tuple[tuple[str, float], ...] = ()
    softly: tuple[tuple[str, float], ...] = ()

    @property
    def border(self) -> float:
        """Where the state begins, of one that lies at an end; where it is likelier than not, of an expression."""
        return BORDERS.get(self.along, (0.0,))[0 if self.sign < 0 else -1]

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
    ("glasses", "sunglasses"): Way("sunglasses", 1, 12.0, 0.0, 40.0, softly=(("glasses", 0.3),)),
    ("hat", "none"): Way("hat", -1, 1.2, 0.3, 4.0),
    ("hat", "hat"): Way("hat", 1, 1.2, 0.3, 4.0),
    ("hair colour", "dark"): Way("hair lightness", -1, 11.0, 8.0, 80.0),
    ("hair colour", "brown"): Way("hair lightness", 0, 11.0, 8.0, 80.0, 33.0),
    ("hair colour", "blond"): Way("hair lightness", 1, 11.0, 8.0, 80.0, softly=(("hair colour", 18.0),)),
    ("hair colour", "grey"): Way("hair colour", -1, 6.0, 3.0, 40.0, beside=(("hair lightness", 48.0),)),
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


class Scale(NamedTuple):
    """How an attribute counts in an edit: what a person sees, and the ends beyond which nothing is counted."""

    step: float
    low: float
    high: float


SCALES: dict[str, Scale] = {
    **{way.along: Scale(way.step, way.low, way.high) for way in WAYS.values()},
    # An expression that is hardly there is still further from another than one that is not there at all.
    **{name: Scale(4.0, -12.0, 9.0) for name in SLOTS["expression"].ids},
    "female": Scale(3.0, -6.0, 6.0),
    "skin lightness": Scale(10.0, 0.0, 100.0),
}
"""Of every attribute; the last two have no states that could be wished, and always have to stay."""


def in_steps(values: Tensor) -> Tensor:
    """Attributes `[n k]` in steps of each."""
    scales = torch.tensor([SCALES[name] for name in ATTRIBUTES], device=values.device)
    return values.clamp(scales[:, 1], scales[:, 2]) / scales[:, 0]


def attributes_of(slot: str) -> set[str]:
    """What tells the states of a slot apart."""
    ways = [WAYS[slot, id] for id in SLOTS[slot].ids]
    return {name for way in ways for name in (way.along, *(other for other, _ in way.beside + way.softly))}


def kept(slot: str, state: str, keeps: Sequence[str] = ()) -> list[str]:
    """The attributes that have to stay where a state is wished, those of slots too that would move along but were said to stay."""
    free = {name for one in (slot, *along(slot, state)) if one == slot or one not in keeps for name in attributes_of(one)}
    return [name for name in ATTRIBUTES if name not in free]


def aims(slot: str, state: str, now: Tensor, steps: float | None = None) -> dict[str, float]:
    """What has to be measured where a state is wished, in steps, by attribute, the most telling one first.

    Args:
        now: what is measured, `[k]` in steps.
        steps: how far to go towards the state from there; None for so far that it is shown firmly, and at least `LEAST`.
    """
    way = WAYS[slot, state]
    scale, here = SCALES[way.along], float(now[ATTRIBUTES.index(way.along)])
    if steps is not None:
        aim = here + (way.sign or 1) * LEAST * steps
    elif way.sign:
        firm = TOLD if slot == "expression" and state != SLOTS[slot].bare else FIRM
        # What changes enough otherwise need not change along the way: dull dark hair becomes grey by being lighter.
        least = 0.0 if any(lacks(name, value, now) >= LEAST for name, value in way.beside) else LEAST
        aim = way.sign * max(way.sign * way.border / scale.step + firm, way.sign * here + least)
    else:
        aim = way.middle / scale.step
    aim = min(max(aim, scale.low / scale.step), scale.high / scale.step)
    return {way.along: aim, **{name: value / SCALES[name].step for name, value in way.beside + way.softly if steps is None}}


def lacks(name: str, value: float, now: Tensor) -> float:
    """How many steps an attribute's value lies above what is measured, `[k]` in steps."""
    return value / SCALES[name].step - float(now[ATTRIBUTES.index(name)])


def clearly(reading: SlotReading) -> bool:
    """Whether an expression is shown clearly, though not as firmly as it is aimed at; of other slots the border alone tells."""
    return reading.slot == "expression" and _ahead(reading) >= FIRM


def _ahead(reading: SlotReading) -> float:
    """Steps by which a slot is nearer to the state that it shows than to any other."""
    return reading.towards[reading.part] - max(other for part, other in reading.towards.items() if part != reading.part)


def plain(reading: SlotReading) -> bool:
    """Whether a slot shows its state so plainly that there is nothing to do where it is wished; of what is seen only just, more can be."""
    way, far = WAYS[reading.slot, reading.part], reading.towards[reading.part]
    if reading.slot == "expression":
        return _ahead(reading) >= SURE
    beyond, end = way.sign * way.border / way.step + SURE, way.towards(way.high if way.sign > 0 else way.low)
    return not way.sign or far >= min(beyond, end - ROOM)


def readings_of(values: Tensor) -> list[Readings]:
    """What attributes `[n k]` say of each picture, slot by slot in the order of SLOTS."""
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
