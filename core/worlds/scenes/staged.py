"""Scenes put together on purpose: one Noun whole in front, and others beside it that wear what words name.

Everything that is not asked for is drawn by chance as in any other scene, places and ground among it, so that such a scene
differs from an ordinary one only in what was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.foundations.errors import RequestError
from core.worlds.nouns.art import SLOTS
from core.worlds.nouns.compose import sample as sample_nouns
from core.worlds.nouns.splits import is_held_out
from core.worlds.scenes.compose import MOST, Scenes, place
from core.worlds.scenes.grounds import sample_grounds
from core.worlds.scenes.things import GROUND, Thing

DRAWN = 64
"""Compositions that are drawn by chance for a Noun at once, of which the first that may be used is taken."""
ROUNDS = 12
"""How often they are drawn."""


@dataclass(frozen=True)
class Staging:
    """How a scene is put together.

    Attributes:
        beside: Nouns beside the whole one, 1 to 3.
        held_out: whether every Noun is a composition that training never sees, or none is; whichever comes where None.
    """

    beside: int = MOST - 1
    held_out: bool | None = None


def staged(
    rng: np.random.Generator,
    true: Thing,
    beside: Sequence[Thing],
    without: frozenset[tuple[str, int]] = frozenset(),
    staging: Staging | None = None,
) -> Scenes:
    """One scene: a Noun with the head `true`, whole, and others that wear `beside`.

    Heads go round the others until each has one, what is worn goes to one of them after the other, and of two grounds the last stands.
    The whole one stands in front of all others, so nothing covers it.

    Args:
        rng: its own.
        true: a head.
        beside: things in the order in which they are handed out.
        without: slots and places of parts that must nowhere be seen; chance draws none of them.

    Raises:
        RequestError: where `true` is no head, or something is asked for that must not be seen.
    """
    staging = staging or Staging()
    if true.slot != "head":
        raise RequestError(f"{true.word!r} is no head, so no Noun can be one. Choose a head.")
    if banned := [thing.word for thing in beside if (thing.slot, thing.at[0]) in without or thing.at == true.at and thing.slot == "head"]:
        raise RequestError(f"{banned[0]!r} is one of the two classes, or called like one, so it cannot be added. Leave it out.")
    wanted = _handed_out(beside, staging.beside)
    avoid = without | {("head", true.at[0])}
    nouns = np.stack(
        [_noun(rng, wish, avoid, staging.held_out) for wish in wanted] + [_noun(rng, {"head": true.at[0]}, without, staging.held_out)]
    )
    count = len(nouns)
    filled = np.zeros((1, MOST, len(SLOTS)), nouns.dtype)
    filled[0, :count] = nouns
    ground = sample_grounds(rng, 1)
    for thing in beside:
        if thing.slot == GROUND:
            ground[0, :3] = thing.at
    number = np.array([count])
    return Scenes(number, filled, place(rng, number), rng.random((1, MOST)) < 0.5, ground)


def _handed_out(beside: Sequence[Thing], count: int) -> list[dict[str, int]]:
    """Who wears what: for each of `count` Nouns slots and places. More than they can wear is left."""
    wanted: list[dict[str, int]] = [{} for _ in range(count)]
    for slot in SLOTS[1:]:
        own = [thing.at[0] for thing in beside if thing.slot == slot]
        if slot == "head" and own:
            own = [own[at % len(own)] for at in range(count)]
        for at, part in enumerate(own[:count]):
            wanted[at if slot == "head" else (count - 1 - at)][slot] = part
    return wanted


def _noun(rng: np.random.Generator, wanted: dict[str, int], without: frozenset[tuple[str, int]], held_out: bool | None) -> np.ndarray:
    """A composition `[5]` with some parts given and none of others; of the wished side of the split where there is one."""
    for _ in range(ROUNDS):
        drawn = sample_nouns(rng, DRAWN)
        for slot, part in wanted.items():
            drawn[:, SLOTS.index(slot)] = part
        fine = np.ones(len(drawn), bool)
        for slot, part in without:
            fine &= drawn[:, SLOTS.index(slot)] != part
        sided = fine if held_out is None else fine & (is_held_out(drawn) == held_out)
        if sided.any():
            return drawn[int(sided.argmax())]
    return drawn[int(fine.argmax())]
