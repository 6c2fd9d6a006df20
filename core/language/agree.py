"""Several readings of a sentence to one answer, done where enough voters, each alone, come to it; else it is asked back.

One voter is enough where the others come to nothing: on lists that were read, a dozen sentences were then done right, and one wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.language import refusals as say
from core.language.actions import Said
from core.language.lexicon import Entry, Near
from core.language.match import CHOICES
from core.language.resolve import Resolved

ENOUGH, UNOPPOSED = 0.6, 0.3
"""Shares of the voters that must come to what they read together: where one would do something else, and where none would."""


def agreed(
    readings: Sequence[Said], resolve: Callable[[Said], Resolved], entry: Callable[[str, str], Entry | None] = lambda slot, part: None
) -> Resolved:
    """What to do about a sentence.

    Args:
        readings: as all voters together read it, then as each does alone; see core.language.actions.
        resolve: what comes of a reading.
        entry: the thing that a slot and part stand for, to pick from.
    """
    together, *alone = readings
    found = resolve(together)
    if not found.targets:
        return found
    others = [found if said == together else resolve(said) for said in alone]
    same = [outcome(other) == outcome(found) for other in others]
    opposed = any((other.targets or other.undo or said.cannot) and not one for said, other, one in zip(alone, others, same, strict=True))
    enough = sum(same) >= (ENOUGH if opposed else UNOPPOSED) * len(others)
    return found if enough else _ask_back([found, *others], entry)


def _ask_back(several: Sequence[Resolved], entry: Callable[[str, str], Entry | None]) -> Resolved:
    places = [(t.slot, t.parts[0]) for found in several for t in found.targets if t.verb != "random"]
    named = [e for place in dict.fromkeys(places) if (e := entry(*place)) is not None]
    near = tuple(Near(e, 1.0, e.name) for e in named[:CHOICES])
    return Resolved(refusal=say.two_ways([n.entry.title for n in near]), choices=near)


def outcome(resolved: Resolved) -> tuple[object, ...]:
    """What must be the same in two answers that do the same."""
    targets = sorted((t.slot, t.parts if t.verb == "random" else t.parts[:1], t.verb == "random", t.strength) for t in resolved.targets)
    return (tuple(targets), resolved.undo, resolved.refusal is None)
