"""Actions to targets in a world of values, such as the sprites: which slot should come to show which value.

Steps are played one after another on what was read, so that "bigger" and "further left" know from where.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from core.language.actions import Said
from core.language.facts.sprites import NEAREST, TABLE, pattern
from core.language.lexicon import Lexicon
from core.language.match import CHOICES, CLEAR, MAYBE, sureness
from core.language.quantities import refusals as say
from core.language.quantities.read import read_steps
from core.language.quantities.steps import Step
from core.language.refusals import listed
from core.language.resolve import Refused, Resolved, Target
from core.worlds.dsprites.factors import COUNTS, FACTORS, ROTATION, SCALE, SHAPE, SHAPES, SYMMETRY, TOLERANCE, TURN, turn_gap

ORDER = ("shape", "rotation", "scale", "x", "y")
"""Targets come in this order: what a rotation looks like depends on the shape."""
PLAIN = {"shape": "2", "scale": "3", "rotation": "0", "x": "16", "y": "16"}
"""Taken to be there where nothing was read."""

_POSES: dict[str, list[int]] = TABLE["rotations"]
"""The rotation of a square, an ellipse and a heart in each pose; an ellipse lies and a heart stands on its tip at 0. A
side of the square, an end of the ellipse and the tip of the heart point the way that is named."""


def same_turn(one: int, other: int, symmetry: float) -> bool:
    """Whether two rotations look the same, modulo a symmetry in steps."""
    return bool(turn_gap(np.array(one), np.array(other), symmetry) <= TOLERANCE)


def alike(slot: str, value: int, shape: int) -> tuple[int, ...]:
    """The values that look the same as one, itself first: rotations repeat with the symmetry of the shape."""
    if slot != "rotation":
        return (value,)
    others = [r for r in range(TURN) if r != value and same_turn(r, value, SYMMETRY[shape])]
    return (value, *others)


def resolve_values(said: Said, lexicon: Callable[[], Lexicon], reading: Mapping[str, str]) -> Resolved:
    """Decide which slot should show which value.

    Args:
        said: from core.language.actions.
        lexicon: gives the shapes, by all their names; asked only where no rule knows a phrase.
        reading: the value now seen in each slot.

    Returns:
        Targets for all steps; or, where one of them cannot be met, a refusal and nothing else.
    """
    asked, back = read_steps(said), said.undo and pattern("<takes_back>").search(said.sentence.lower()) is not None
    if said.undo and not said.actions and (back or not asked.problem or asked.problem.endswith("?")):
        return Resolved(undo=True)
    if asked.problem:
        return Resolved(refusal=say.for_problem(asked.problem, said.quote(asked.word)))
    worker = _Resolver(lexicon, {**PLAIN, **reading}, asked.keeps)
    try:
        for step in sorted(asked.steps, key=lambda s: s.slot not in ("shape", "")):  # poses depend on the shape
            worker.meet(step)
        return replace(worker.settled(), undo=back)
    except Refused as refused:
        return Resolved((), asked.keeps, refused.sentence, refused.choices, rest=worker.targets())


class _Resolver:
    def __init__(self, lexicon: Callable[[], Lexicon], reading: Mapping[str, str], keeps: tuple[str, ...]) -> None:
        self.lexicon, self.keeps = lexicon, keeps
        self.start = [int(reading[slot]) for slot in FACTORS]
        self.now = list(self.start)
        self.random: set[str] = set()
        self.noted: list[str] = []
        self.idle: list[str] = []
        self.as_near: tuple[int, ...] = ()

    def meet(self, step: Step) -> None:
        """Play one step on the state."""
        if step.how == "phrase":
            step = self._looked_up(str(step.value))
        if step.how == "mention":
            if step.value not in (SHAPES[self.now[SHAPE]], SHAPES[self.start[SHAPE]]):
                raise Refused(say.not_here(step.said, SHAPES[self.now[SHAPE]]))
        elif step.how == "random":
            self.random |= {step.slot} - {*self.keeps}
        elif step.how == "other":
            self._another_shape(str(step.value).split())
        elif step.slot == "shape":
            self._shape(step)
        elif step.slot == "rotation":
            self._rotation(step)
        elif step.slot == "scale":
            self._scale(step)
        else:
            self._place(step)

    def _looked_up(self, phrase: str) -> Step:
        """The step that a phrase stands for, by its name or else by its meaning."""
        lexicon = self.lexicon()
        named = lexicon.exact(phrase)
        near, absent = ([], 0.0) if named else lexicon.near([phrase], [()])[0]
        entry = named[0] if named else near[0].entry
        sure = sureness(near, absent, lexicon.sureness) if not named else 1.0
        if sure < CLEAR:
            offered = tuple(near[:CHOICES]) if sure >= MAYBE else ()
            raise Refused(say.unclear(phrase, offered) if offered else say.unknown(phrase, ()), offered)
        return Step(entry.slot, "to", SHAPES[int(entry.part)] if entry.slot == "shape" else int(entry.part), phrase)

    def _another_shape(self, excluded: list[str]) -> None:
        if SHAPES[self.now[SHAPE]] in excluded:
            self._set(SHAPE, next(i for i, shape in enumerate(SHAPES) if shape not in excluded))
        else:
            self.idle.append(f"it is no {listed(excluded)}")

    def _shape(self, step: Step) -> None:
        value = SHAPES.index(str(step.value))
        if step.said in NEAREST and NEAREST[step.said] != str(step.value):
            self.noted.append(say.instead(NEAREST[step.said], str(step.value)))
        self._set(SHAPE, value)

    def _scale(self, step: Step) -> None:
        value, last = self.now[SCALE], COUNTS[SCALE] - 1
        if step.how == "times":
            exact = ((0.5 + 0.1 * value) * float(step.value) - 0.5) / 0.1
            if (exact < -0.6 or exact > last + 0.6) and value != (0 if exact < 0 else last):
                self.noted.append(f"That is as {'small' if exact < 0 else 'large'} as it gets.")
            self._set(SCALE, min(last, max(0, math.floor(exact + 0.5))), 1 if float(step.value) > 1 else -1)
        elif step.how == "at_least":
            self._set(SCALE, max(int(step.value), min(last, value + 1)), 1)
        elif step.how == "at_most":
            self._set(SCALE, min(int(step.value), max(0, value - 1)), -1)
        else:
            self._step(SCALE, step)

    def _place(self, step: Step) -> None:
        place = FACTORS.index(step.slot)
        last = COUNTS[place] - 1
        if step.how == "across":
            self._set(place, last - self.now[place])
        elif step.how == "which":
            raise Refused(say.which(str(step.value), step.said))
        elif step.how == "corner":
            high = (self.now[place] > last // 2) != (step.value == "farthest")
            self._set(place, last if high else 0, 1 if high else -1)
        elif step.how == "out":
            self._outwards(place, int(step.value))
        elif step.said == "centre" and self.now[place] == last // 2:
            self.idle.append("it is in the middle already")
        else:
            self._step(place, step)

    def _outwards(self, place: int, reach: int) -> None:
        last = COUNTS[place] - 1
        if self.now[place] in (last // 2, last // 2 + 1):
            self.idle.append("it is in the middle, and each way leads out of it")
        else:
            sign = 1 if self.now[place] > last // 2 else -1
            self._set(place, min(last, max(0, self.now[place] + sign * reach)), sign)

    def _step(self, place: int, step: Step) -> None:
        last, value, now = COUNTS[place] - 1, int(step.value), self.now[place]
        if step.share < 1 and value != now:
            part = step.share * (value - now)
            value = now + (max(1, math.floor(part + 0.5)) if part > 0 else min(-1, math.ceil(part - 0.5)))
        if step.how == "to":
            if not 0 <= value <= last:
                raise Refused(say.outside(FACTORS[place], last, step.said in {"column", "size"}))
            self._set(place, value, 1 if value == last else -1 if value == 0 else 0)
        else:
            self._set(place, min(last, max(0, now + value)), 1 if value > 0 else -1)

    def _rotation(self, step: Step) -> None:
        shape = self.now[SHAPE]
        if step.how == "pose":
            self._set(ROTATION, _POSES[str(step.value)][shape])
        elif step.how == "degrees":
            degrees = float(step.value)
            if step.said and shape == 0 and degrees % 90 == 0:
                degrees /= 2  # a square shows nothing of a quarter turn
            if step.said == "any turn":
                self.noted.append(say.chosen(degrees))
            self._turn_to(self.now[ROTATION] + degrees * TURN / 360)
        elif step.how == "lean":
            self._lean(float(step.value) * TURN / 360)
        elif step.how == "angle":
            self._turn_to(float(step.value) * TURN / 360)
        else:
            if not 0 <= float(step.value) <= TURN:
                raise Refused(say.outside("rotation", TURN, False))
            self._set(ROTATION, int(step.value) % TURN)

    def _lean(self, steps: float) -> None:
        """Lean by so many steps more, the way it leans; or less, at most until it is straight."""
        symmetry = SYMMETRY[self.now[SHAPE]]
        leaning = (self.now[ROTATION] + symmetry / 2) % symmetry - symmetry / 2
        if abs(leaning) <= TOLERANCE and steps < 0:
            self.idle.append("it is straight already")
        elif abs(leaning) <= TOLERANCE:
            self._turn_to(self.now[ROTATION] - steps)
        else:
            self._turn_to(self.now[ROTATION] + math.copysign(1, leaning) * max(steps, -abs(leaning)))

    def _turn_to(self, exact: float) -> None:
        """Turn to the step nearest to an angle; where two are as near, either will do."""
        value = math.floor(exact + 0.5) % TURN
        self._set(ROTATION, value)
        self.as_near = (value, (value - 1) % TURN) if exact % 1 == 0.5 else (value,)

    def _set(self, place: int, value: int, sign: int = 0) -> None:
        """Put a value in, or note that it is there already."""
        if not self._same(place, value, self.now[place]):
            self.now[place] = value
        elif sign and value in (0, COUNTS[place] - 1) and FACTORS[place] in ("scale", "x", "y"):
            self.idle.append(say.at_the_end(FACTORS[place], sign))
        else:
            shape = SHAPES[self.now[SHAPE]]
            self.idle.append(say.already(FACTORS[place], shape, shape))

    def _same(self, place: int, one: int, other: int) -> bool:
        return same_turn(one, other, SYMMETRY[self.now[SHAPE]]) if place == ROTATION else one == other

    def targets(self) -> tuple[Target, ...]:
        """What should change, in the order in which it is done."""
        found = []
        for slot in ORDER:
            place = FACTORS.index(slot)
            value, before = self.now[place], self.start[place]
            if slot in self.random:
                others = tuple(str(v) for v in range(min(COUNTS[place], TURN)) if not self._same(place, v, before))
                found.append(Target(slot, others, "random"))
            elif not self._same(place, value, before):
                values = self.as_near if slot == "rotation" and value in self.as_near else (value,)
                found.append(Target(slot, tuple(map(str, values)), "replace"))
        return tuple(found)

    def settled(self) -> Resolved:
        """Targets, or why there are none."""
        found = self.targets()
        torn = [t.slot for t in found if t.slot in self.keeps and t.verb != "random"]
        if torn:
            raise Refused(say.torn(torn[0]))
        if not found and self.idle:
            raise Refused(say.nothing_to_do(tuple(dict.fromkeys(self.idle))))
        if not found:
            kept = " and the ".join(self.keeps)
            stays = f"Nothing to do: the {kept} stay{'' if ' and ' in kept else 's'} as before."
            raise Refused(stays if kept else say.nothing_said())
        notes = [*self.noted, *(f"{reason[0].upper()}{reason[1:]}." for reason in self.idle)]
        return Resolved(found, self.keeps, note=" ".join(dict.fromkeys(notes)))
