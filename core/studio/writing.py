"""Sentences by a language model on this machine, held to the grammar's rules; what it does not bring the grammar writes, and that is told.

papers/inner_workings_thesis.md, section 3.5 and Table B.2: there a model of instructions writes all of them, and what breaks a rule is
sorted out by hand. Here a sentence has to name the true class and something else that can be shown, must name neither the wrong class nor
what means alike to it, and may say nothing that no picture here can show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from core.studio.prompts import PLAIN, Prompt, Rules, Writer, asked

A_FEW = 5
"""Sentences that a language model is asked for at once, so that it soon tells how far it is and can be cancelled."""
ROUNDS = 4
"""How often it is asked for each so many, before the grammar takes over."""


class Held(NamedTuple):
    """Sentences that keep to the rules.

    Attributes:
        prompts: them.
        told: how far the writer is, or what became of all that it wrote.
    """

    prompts: tuple[Prompt, ...]
    told: str


def held_to(rules: Rules, pool: Sequence[str]) -> Rules:
    """The rules of a language model: nothing of the pool that may not be used, and no words besides that name what cannot be shown."""
    banned = tuple(word for word in pool if word not in rules.phrases and word not in rules.true and word not in rules.wrong)
    return replace(rules, banned=banned, plain=PLAIN)


def sentences(writer: Writer, rules: Rules, count: int, spare: Sequence[Prompt]) -> Iterator[Held]:
    """So many sentences, the writer's first, and what became of what it wrote: a few at a time, the last step is all of it.

    Args:
        writer: is asked ROUNDS times at the most for each A_FEW sentences.
        rules: what each sentence keeps to.
        count: how many are wanted.
        spare: the grammar's, for those that are still lacking.
    """
    own, rejected = dict[str, Prompt](), list[tuple[str, str]]()
    for _ in range(ROUNDS * -(-count // A_FEW)):
        taken = asked(writer, rules, min(A_FEW, count - len(own)), 1)
        own |= {prompt.text: prompt for prompt in taken.prompts}
        rejected += taken.rejected
        if len(own) == count:
            break
        yield Held(tuple(spare), f"The language model has written {len(own)} of {count} sentences; {len(rejected)} were refused.")
    refused = f" {len(rejected)} were refused: of the first, {rejected[0][1]}." if rejected else ""
    rest = f" The grammar wrote the other {count - len(own)}." if len(own) < count else ""
    found = own | {prompt.text: prompt for prompt in spare if prompt.text not in own}
    yield Held(tuple(found.values())[:count], f"The language model wrote {len(own)} of {count} sentences.{refused}{rest}")
