"""What comes of a sentence: which slot should come to show which part, or why nothing should.

The records that all worlds share, and how the outcomes of several actions are settled into one answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.foundations.records import Verb
from core.language import refusals as say
from core.language.actions import Said
from core.language.lexicon import Near


@dataclass(frozen=True)
class Target:
    """One slot, and what it should come to show.

    Attributes:
        slot: where.
        parts: acceptable part ids in order of preference; any will do for "random".
        verb: what the person asked for.
        strength: how much, 1 for all the way.
    """

    slot: str
    parts: tuple[str, ...]
    verb: Verb
    strength: float = 1.0


@dataclass(frozen=True)
class Resolved:
    """What to do about a sentence: targets, after a step was taken back where `undo` says so; or a refusal.

    Attributes:
        targets: at most one per slot; all are to be met.
        keeps: slots that the person wants untouched.
        refusal: None, or why nothing is done and what to do next.
        choices: with a refusal, the nearest entries to pick from.
        undo: whether the last step should be taken back first.
        rest: with a refusal, the targets that could be met without the rest of the sentence.
        note: what a person should know about what is done, as sentences; else "".
    """

    targets: tuple[Target, ...] = ()
    keeps: tuple[str, ...] = ()
    refusal: str | None = None
    choices: tuple[Near, ...] = ()
    undo: bool = False
    rest: tuple[Target, ...] = ()
    note: str = ""


class Refused(Exception):
    """Why an action cannot be done; caught within core.language."""

    def __init__(self, sentence: str, choices: Sequence[Near] = (), nothing_to_do: bool = False) -> None:
        super().__init__(sentence)
        self.sentence, self.choices, self.nothing_to_do = sentence, tuple(choices), nothing_to_do


def settled(said: Said, targets: Mapping[str, Target], keeps: tuple[str, ...], failed: Sequence[Refused], names: Sequence[str]) -> Resolved:
    """One answer for a whole sentence: everything is done, or nothing, and then it says what was understood.

    Args:
        names: what each target would bring about, in words.
    """
    done = tuple(targets.values())
    torn = [t.slot for t in done if t.slot in keeps and t.verb != "random"]
    if torn:
        return Resolved((), keeps, say.torn(torn[0]))
    serious = [f for f in failed if not f.nothing_to_do]
    if serious or (failed and not done):
        first = (serious or list(failed))[0]
        return Resolved((), keeps, say.half(first.sentence, names) if serious else first.sentence, first.choices, rest=done)
    if not done and said.undo:
        return Resolved(undo=True)
    if not done:
        kept = f"Nothing to do: the {' and the '.join(keeps)} stay as they are." if keeps else say.nothing_said(said.sentence)
        return Resolved((), keeps, kept)
    return Resolved(done, keeps, undo=said.undo, note=" ".join(dict.fromkeys(f.sentence for f in failed)))
