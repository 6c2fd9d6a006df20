"""Which heads a choice among texts hangs on: every head by itself switched off, then every role, and who turns the choice.

Switching off is the mean-ablation of `core.methods.read.ablate`; it adds up over heads, so one look at the picture answers for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.foundations.records import MIXED, HeadCard

if TYPE_CHECKING:
    from torch import Tensor

Place = tuple[int, int]
"""Layer and head, first is 0."""


@dataclass(frozen=True)
class Decision:
    """The heads that a choice hangs on.

    Attributes:
        heads: one, or all of one role; where nothing turns the choice, the one that says most for it.
        about: their role, or "mixed".
        before: how the choice spreads over the texts with all heads, adds up to 1.
        after: the same without these.
        turns: whether another text is chosen without them.
        alone: how many heads turn the choice, each by itself.
    """

    heads: tuple[Place, ...]
    about: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    turns: bool
    alone: int


def parts_of(role: str) -> tuple[str, ...]:
    """What a role speaks of: "grounds and places" of both."""
    return tuple(role.split(" and "))


def heads_about(heads: Sequence[HeadCard], about: str) -> tuple[Place, ...]:
    """All heads that see a thing, whether or not they see another beside it."""
    return tuple((head.layer, head.head) for head in heads if about in parts_of(head.role))


def sets_of(heads: Sequence[HeadCard]) -> list[tuple[str, tuple[Place, ...]]]:
    """Every head by itself, then all heads of each role that more than one has, each with its role."""
    single = [(head.role, ((head.layer, head.head),)) for head in heads]
    known = sorted({part for head in heads for part in parts_of(head.role)} - {MIXED})
    return single + [(about, found) for about in known if len(found := heads_about(heads, about)) > 1]


def decide(before: Tensor, after: Tensor, sets: Sequence[tuple[str, tuple[Place, ...]]]) -> Decision:
    """Who turns a choice most clearly: one head where one does, one that says something rather than one of many things; else a role.

    Args:
        before: shares of the texts `[m]`.
        after: shares without each of the sets `[g m]`.
        sets: roles and heads, as `sets_of` gives them.
    """
    first = int(before.argmax())
    won = after.clone()
    won[:, first] = -1.0
    lead = (won.amax(1) - after[:, first]).tolist() if len(before) > 1 else [-1.0] * len(sets)
    singles = [i for i, (_, heads) in enumerate(sets) if len(heads) == 1]
    turning = [i for i in range(len(sets)) if lead[i] > 0]
    alone = [i for i in singles if i in turning]
    named = [i for i in alone if sets[i][0] != MIXED]
    best = max(named or alone or turning or singles, key=lambda i: (lead[i], -len(sets[i][1])))
    about, heads = sets[best]
    return Decision(heads, about, tuple(before.tolist()), tuple(after[best].tolist()), best in turning, len(alone))


def best_of_each(says: Tensor, tags: Sequence[str], limit: int) -> list[int]:
    """The place of the best text about each thing, best things first.

    Args:
        says: how much each text is said `[m]`.
        tags: what each is about.
        limit: how many things, at most.
    """
    best: dict[str, int] = {}
    for place in says.argsort(descending=True, stable=True).tolist():
        best.setdefault(tags[place], place)
        if len(best) == limit:
            break
    return list(best.values())
