"""A sentence that describes one thing and never names it: "the bulb that keeps vampires off, and dates too".

Marks cut such a sentence in pieces, and one of these may even name another thing; taken whole, it lies nearer to what other
people said of the thing that is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.language import refusals as say
from core.language.actions import Said
from core.language.facts import english
from core.language.facts.colours import says_colour
from core.language.facts.places import place_of
from core.language.lexicon import DESCRIBING, Near
from core.language.match import CHOICES, CLEAR, CLEAR_DESCRIBED, MAYBE, Matcher
from core.language.resolve import Resolved, Target

MORE = 3
"""Words, beside those that are marked and those of any wish, that make a sentence a description and not a name that is unknown."""
_PLAIN = english("verbs") | english("edges") | english("changes") | english("being")
LONG = 6
"""Words of a sentence of which a single one may be no more than an aside."""


def as_described(said: Said, answer: Resolved, matcher: Matcher, slots: tuple[str, ...], reading: Mapping[str, str]) -> Resolved:
    """The answer to a sentence; where its marks came to nothing, or to little of it, the sentence as the description of one thing.

    Args:
        answer: what came of the marks.
        slots: the places that the sentence names.
        reading: the part now seen in each slot.
    """
    words = [w for w in said.rest.split() if w.isalnum()]
    if answer.undo or len(words) <= DESCRIBING:
        return answer
    if said.cannot:  # "hops about with a joey in her pouch"
        near, _, sure = matcher.meant(said.rest, slots)
        return replace(answer, choices=tuple(near[:CHOICES])) if sure >= CLEAR and not answer.choices else answer
    if answer.targets:
        return _other(said, answer, matcher, slots) if len(words) >= LONG and len(answer.targets) == 1 else answer
    if answer.rest or not answer.refusal or not _strange(said, matcher):
        return answer
    near, _, sure = matcher.meant(said.rest, slots)
    if sure < (MAYBE if said.actions else CLEAR):
        return answer
    best = near[0].entry
    if said.actions and sure >= CLEAR_DESCRIBED and reading.get(best.slot) != best.part and best.slot not in answer.keeps:
        return Resolved((Target(best.slot, (best.part,), "replace"),), answer.keeps)
    return Resolved((), answer.keeps, say.unclear(said.sentence.strip(), near[:CHOICES]), tuple(near[:CHOICES]))


def _strange(said: Said, matcher: Matcher) -> bool:
    """Whether a sentence holds a piece that no table knows, and says more than that; or holds none at all."""
    pieces = [p for a in said.actions for p in (*a.new, a.out, a.old, *a.excluded) if p and not place_of(p, matcher.lexicon.facts)]
    known = [says_colour(p) or bool(matcher.by_words(p)) for p in pieces]
    if all(known) or any(len(p.split()) >= DESCRIBING for p in pieces):
        return not all(known) or not said.actions
    marked = {w for a in said.actions for p in (*pieces, *a.where) for w in p.split()}
    more = [w for w in said.rest.split() if len(w) > 3 and w.isalpha() and w not in marked and w not in _PLAIN]
    return len(more) >= MORE


def _other(said: Said, answer: Resolved, matcher: Matcher, slots: tuple[str, ...]) -> Resolved:
    """The answer, or a question where a word or two of a long sentence name one thing and the whole describes another."""
    target, new = answer.targets[0], [p for a in said.actions for p in a.new]
    if target.verb != "replace" or sum(len(p.split()) for p in new) > 2 or any(a.where or a.excluded or a.old for a in said.actions):
        return answer
    near, _, sure = matcher.meant(said.rest, slots)
    named = matcher.lexicon.entry(target.slot, target.parts[0])
    if sure < CLEAR or named is None or near[0].entry.part in target.parts:
        return answer
    either = (near[0], Near(named, 1.0, named.name), *near[1 : CHOICES - 1])
    return Resolved((), answer.keeps, say.unclear(said.sentence.strip(), either), either)
