"""Sentences by a language model on this machine, held to the grammar's rules; what it does not bring the grammar writes, and that is told.

papers/inner_workings_thesis.md, section 3.5 and Table B.2: there a model of instructions writes all of them, and what breaks a rule is
sorted out by hand. Here a sentence has to name the true class and something else that can be shown, must name neither the wrong class nor
what means alike to it, and may say nothing that no picture here can show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.studio.prompts import PLAIN, Prompt, Rules, Writer, asked

ROUNDS = 4
"""How often a language model is asked before the grammar takes over."""


def held_to(rules: Rules, pool: Sequence[str]) -> Rules:
    """The rules of a language model: nothing of the pool that may not be used, and no words besides that name what cannot be shown."""
    banned = tuple(word for word in pool if word not in rules.phrases and word not in rules.true and word not in rules.wrong)
    return replace(rules, banned=banned, plain=PLAIN)


def sentences(writer: Writer, rules: Rules, count: int, spare: Sequence[Prompt]) -> tuple[tuple[Prompt, ...], str]:
    """So many sentences, the writer's first, and what became of what it wrote.

    Args:
        writer: is asked ROUNDS times at the most.
        rules: what each sentence keeps to.
        count: how many are wanted.
        spare: the grammar's, for those that are still lacking.
    """
    taken = asked(writer, rules, count, ROUNDS)
    found = {prompt.text: prompt for prompt in (*taken.prompts, *spare)}
    refused = f" {len(taken.rejected)} were refused: of the first, {taken.rejected[0][1]}." if taken.rejected else ""
    lacking = count - len(taken.prompts)
    rest = f" The grammar wrote the other {lacking}." if lacking else ""
    return tuple(found.values())[:count], f"The language model wrote {len(taken.prompts)} of {count} sentences.{refused}{rest}"
