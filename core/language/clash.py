"""Two wishes for one place: the more exact one, either, both in one, or a question; the last does not win in silence."""

from __future__ import annotations

from dataclasses import replace

from core.language import refusals as say
from core.language.actions import Said
from core.language.lexicon import Near
from core.language.match import Matcher
from core.language.resolve import Refused, Target


def meet(target: Target, targets: dict[str, Target], said: Said, matcher: Matcher) -> None:
    """Add a target to those of a sentence; what goes or is left open gives way to what comes.

    Raises:
        Refused: where two things are wished for one place.
    """
    before = targets.get(target.slot)
    if before is None or not {before.verb, target.verb} <= {"replace", "recolour"} or {*before.parts} & {*target.parts}:
        targets[target.slot] = target
        return
    one, other = (matcher.lexicon.entry(t.slot, t.parts[0]) for t in (before, target))
    if one is None or other is None or " or " in said.rest:  # the first, since either will do
        return
    both = matcher.colour(f"{one.name} {other.name}", target.slot) if target.verb == "recolour" else ()
    words = [set(e.name.split()) for e in (one, other)]
    if both:  # "one green and one blue rim"
        targets[target.slot] = replace(target, parts=tuple(e.part for e in both))
    elif words[0] < words[1] or words[1] < words[0]:  # "black frames with red eyes"
        targets[target.slot] = target if words[0] < words[1] else before
    else:
        del targets[target.slot]
        raise Refused(say.which(f"{one.name} and {other.name}"), [Near(e, 1.0, e.name) for e in (one, other)])
