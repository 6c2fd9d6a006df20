"""What counts: an asked change that the judges see, and everything else within its band.

One table of steps serves both sides. A step of a measure is the least that is told as a change: an asked change is seen where its
measure moves by a step or more towards the state, or the state is reached by half a step; all else is kept where every other
measure moves by less than its own step, and the judge of identity still sees the same person (distance below 0.6). So an edit may
not do to another attribute what would pass for a change of it.

Steps were set above what the judges say of the same face looked at again: 22 held-out faces mirrored, shifted by 2 %, enlarged
by 3 %, turned by 2 degrees, dimmed by 7 % and with noise of 0.02 moved each measure by at most AGAIN in 95 of 100 looks. Each step
is at least twice that, and about half to one standard deviation over faces; the grain of the background, which noise changes more
than anything else, is the one exception.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.bench.faces.judges.judges import Judged
from core.bench.faces.judges.recognition import SAME_PERSON
from core.worlds.faces.slots import along

STEPS = {
    "happy": 0.3,
    "neutral": 0.3,
    "surprised": 0.2,
    "sad": 0.15,
    "angry": 0.15,
    "mouth_gap": 0.025,
    "age": 8.0,
    "female": 0.5,
    "bridge_edges": 5.0,
    "sunglasses": 1.8,
    "hat": 2.5,
    "hair_lightness": 10.0,
    "hair_warmth": 6.0,
    "bare_crown": 12.0,
    "hair_beside": 0.25,
    "beard": 6.0,
    "lip_red": 6.0,
    "yaw": 8.0,
    "pitch": 6.0,
    "ground_lightness": 12.0,
    "ground_grain": 0.7,
    "skin_lightness": 12.0,
}
"""The least of each measure that is told as a change, in its own units."""

AGAIN = {
    "happy": 0.061,
    "neutral": 0.09,
    "surprised": 0.026,
    "sad": 0.049,
    "angry": 0.035,
    "mouth_gap": 0.010,
    "age": 2.41,
    "female": 0.005,
    "bridge_edges": 1.21,
    "sunglasses": 0.88,
    "hat": 0.59,
    "hair_lightness": 3.0,
    "hair_warmth": 1.08,
    "bare_crown": 2.91,
    "hair_beside": 0.065,
    "beard": 2.28,
    "lip_red": 1.25,
    "yaw": 1.06,
    "pitch": 2.02,
    "ground_lightness": 4.27,
    "ground_grain": 1.88,
    "skin_lightness": 4.68,
}
"""How far each measure of the same face moves when it is looked at again, in 95 of 100 looks."""

KEPT = {
    "expression": "happy",
    "mouth": "mouth_gap",
    "age": "age",
    "sex": "female",
    "glasses": "bridge_edges",
    "hat": "hat",
    "hair colour": "hair_lightness",
    "hair length": "hair_beside",
    "beard": "beard",
    "lips": "lip_red",
    "turn": "yaw",
    "nod": "pitch",
    "background": "ground_lightness",
    "setting": "ground_grain",
    "skin": "skin_lightness",
}
"""What has to stay unless it was asked for, and the measure that tells."""


@dataclass(frozen=True)
class Towards:
    """A condition on one measure.

    Attributes:
        measure: of the judges.
        sign: 1 where it has to rise, -1 where it has to fall, 0 where it has to come nearer to `reached`.
        reached: the value from which on the state is reached.
    """

    measure: str
    sign: int
    reached: float

    def short(self, value: np.ndarray) -> np.ndarray:
        """How much is missing to the state; none or below where it is reached."""
        return np.abs(value - self.reached) - STEPS[self.measure] / 2 if self.sign == 0 else self.sign * (self.reached - value)

    def seen(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Whether it came: a step nearer, or there by half a step at least."""
        nearer = np.abs(before - self.reached) - np.abs(after - self.reached) if self.sign == 0 else self.sign * (after - before)
        step = STEPS[self.measure]
        return (nearer >= step) | ((self.short(after) <= 0) & (nearer >= step / 2))


@dataclass(frozen=True)
class Change:
    """What the judges want to see of a state, all of it, and what may move with it.

    Attributes:
        towards: conditions that all have to hold.
        beyond: measures with a sign and a value: where the picture has to lie afterwards, by whatever way.
    """

    towards: tuple[Towards, ...]
    beyond: tuple[tuple[str, int, float], ...] = ()

    def there(self, said: Judged) -> np.ndarray:
        """Where the state is shown already `[n]`."""
        return np.all([one.short(said.measures[one.measure]) <= 0 for one in self.towards] + self._beyond(said), axis=0)

    def seen(self, before: Judged, after: Judged) -> np.ndarray:
        """Where the asked change is seen `[n]`."""
        moved = [one.seen(before.measures[one.measure], after.measures[one.measure]) for one in self.towards]
        return np.all(moved + self._beyond(after), axis=0)

    def _beyond(self, said: Judged) -> list[np.ndarray]:
        return [sign * said.measures[name] >= sign * value for name, sign, value in self.beyond]


def _one(measure: str, sign: int, reached: float, beyond: tuple[tuple[str, int, float], ...] = ()) -> Change:
    return Change((Towards(measure, sign, reached),), beyond)


CHANGES: dict[tuple[str, str], Change] = {
    ("expression", "neutral"): _one("neutral", 1, 0.5),
    ("expression", "smiling"): _one("happy", 1, 0.6),
    ("expression", "surprised"): _one("surprised", 1, 0.4),
    ("expression", "sad"): _one("sad", 1, 0.35),
    ("expression", "angry"): _one("angry", 1, 0.35),
    ("mouth", "closed"): _one("mouth_gap", -1, 0.02),
    ("mouth", "open"): _one("mouth_gap", 1, 0.07),
    ("age", "young"): _one("age", -1, 24),
    ("age", "middle-aged"): _one("age", 0, 38),
    ("age", "old"): _one("age", 1, 50),
    ("glasses", "none"): _one("bridge_edges", -1, 7),
    ("glasses", "glasses"): _one("bridge_edges", 1, 10),
    ("glasses", "sunglasses"): Change((Towards("bridge_edges", 1, 10), Towards("sunglasses", 1, -3))),
    ("hat", "none"): _one("hat", -1, -5),
    ("hat", "hat"): _one("hat", 1, -2, beyond=(("hat", 1, -4),)),
    ("hair colour", "dark"): _one("hair_lightness", -1, 18),
    ("hair colour", "brown"): _one("hair_lightness", 0, 33, beyond=(("hair_warmth", 1, 5),)),
    ("hair colour", "blond"): _one("hair_lightness", 1, 45, beyond=(("hair_warmth", 1, 8),)),
    ("hair colour", "grey"): _one("hair_warmth", -1, 5, beyond=(("hair_lightness", 1, 25),)),
    ("hair length", "bald"): _one("bare_crown", 1, -14),
    ("hair length", "short"): _one("hair_beside", -1, 0.35),
    ("hair length", "long"): _one("hair_beside", 1, 0.85),
    ("beard", "none"): _one("beard", -1, 9),
    ("beard", "beard"): _one("beard", 1, 24),
    ("lips", "plain"): _one("lip_red", -1, 6),
    ("lips", "lipstick"): _one("lip_red", 1, 20),
    ("turn", "left"): _one("yaw", -1, -14),
    ("turn", "ahead"): _one("yaw", 0, 0),
    ("turn", "right"): _one("yaw", 1, 14),
    ("nod", "up"): _one("pitch", 1, 2),
    ("nod", "level"): _one("pitch", 0, -8),
    ("nod", "down"): _one("pitch", -1, -17),
    ("background", "dark"): _one("ground_lightness", -1, 28),
    ("background", "middle"): _one("ground_lightness", 0, 52),
    ("background", "light"): _one("ground_lightness", 1, 72),
    ("setting", "plain"): _one("ground_grain", -1, 0.0),
    ("setting", "busy"): _one("ground_grain", 1, 1.6),
}
"""Every slot and state of core.worlds.faces.slots, as the judges see it."""


def free(slot: str, state: str) -> tuple[str, ...]:
    """Of KEPT, what belongs to a change itself, or may move with it: what core.worlds.faces.slots says."""
    return (slot, *along(slot, state))


def same_person(before: Judged, after: Judged) -> np.ndarray:
    """Where the judge of identity sees the same person `[n]`."""
    return np.linalg.norm(before.identity - after.identity, axis=-1) < SAME_PERSON


def drifts(before: Judged, after: Judged) -> dict[str, np.ndarray]:
    """How many steps each thing of KEPT moved `[n]`, none where it cannot be measured before and after."""
    found = {}
    for name, measure in KEPT.items():
        moved = np.abs(after.measures[measure] - before.measures[measure]) / STEPS[measure]
        found[name] = np.nan_to_num(moved)
    return found


def kept(before: Judged, after: Judged, slot: str, state: str) -> np.ndarray:
    """Where everything that was not asked for is within its band `[n]`; identity apart."""
    apart = free(slot, state)
    return np.all([moved < 1 for name, moved in drifts(before, after).items() if name not in apart], axis=0)
