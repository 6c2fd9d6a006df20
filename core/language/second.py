"""The second opinion: what the network marked, checked against what the world's tables know.

The network goes by the sentence, the tables by the words. Where a mark contradicts a word that a table is sure of, the table
wins: "no accessory" takes the accessory away, "cool" is a background and not what a picture cannot do, "change the head"
leaves open to what.
"""

from __future__ import annotations

import re
from dataclasses import replace

from core.language.actions import Action, Said
from core.language.facts import Facts, english, wordings
from core.language.facts.colours import COMPARATIVES, TEMPERATURES, is_colour
from core.language.facts.denials import denied, negated, split_denied
from core.language.facts.places import EVERYTHING, place_of, without_place
from core.language.lexicon import Lexicon

_QUESTION = wordings("question")
"""Questions about the world, none of which is a wish in disguise."""
_OTHER_THAN, _PART_OF = wordings("other than"), wordings("part of")
DOUBTED = 0.7
"""Below this probability of the network, what cannot be done is taken for an aside where the rest can; it is told beside it."""
_CHANGES, _PRINTS = english("changes"), english("prints")


def checked(said: Said, facts: Facts) -> Said:
    """A sentence with those marks mended that the tables know better; a mere question asks for nothing."""
    plain = said.sentence.lower().replace("’", "'").strip()
    question = plain.endswith("?") and _QUESTION.match(plain)
    if question or any(action.removes and action.more for action in said.actions):  # "move the glasses up"
        return replace(said, actions=(), cannot=said.sentence.strip())
    actions = tuple(_mended(action, facts) for action in said.actions)
    if any(action.new for action in actions):  # "a bear (pandas don't count)": what is denied leaves nothing open beside a wish
        actions = tuple(replace(new, any=old.any) if new.excluded else new for new, old in zip(actions, said.actions, strict=True))
    actions = tuple(a for at, a in enumerate(actions) if not (at and a.removes and actions[at - 1].removes and _PART_OF.match(a.text)))
    keeps = () if any(place_of(k, facts) == EVERYTHING for k in said.keeps) else said.keeps
    return replace(said, actions=actions, keeps=keeps)


def beside(action: Action, known: Lexicon) -> bool:
    """Whether an action is likely no wish but an aside, "a taco, the carol singers will love it": doubted, and no word of it known."""
    said = {w for phrase in (*action.new, action.old, action.out, *action.where) for w in phrase.split()}
    doubted = action.sure < DOUBTED and not (action.more or action.less)
    return doubted and not any(is_colour(w) or place_of(w, known.facts) or known.exact(w) for w in said)


def _ruled_out(action: Action) -> Action:
    """What the words beside a thing deny: "a diamond that isn't blue", "a ball, basketball excluded"."""
    new: list[str] = []
    excluded = list(action.excluded)
    for phrase in action.new:
        wished, rest = split_denied(phrase)
        if rest:
            new += [wished] if wished else []
            excluded.append(rest)
        elif denied(phrase, action.text) or negated(phrase, action.text, action.excluded):
            excluded.append(phrase)
        else:
            new.append(phrase)
    placed = [w for w in action.where if denied(w, action.text)]  # "anything that isn't headgear"
    where, opened = tuple(w for w in action.where if w not in placed), bool(action.new) and not new
    return replace(action, new=tuple(new), excluded=(*excluded, *placed), where=where, any=action.any or opened)


def _only_place(phrase: str, facts: Facts) -> bool:
    """Whether a phrase is a slot's word and nothing more."""
    return place_of(phrase, facts) not in {"", EVERYTHING} and not without_place(phrase, facts) and phrase not in facts.groups


def _mended(action: Action, facts: Facts) -> Action:
    words = set(action.text.split())
    worn = {"round", "around"} & words or any(place_of(n, facts) == "accessory" for n in action.new)  # "a chain on his neck"
    where = tuple(("chest" if worn else "head") if w == "neck" else w for w in action.where)
    where = where or ("print",) * bool(action.new and _PRINTS & words)  # "a bear print"
    where = tuple("head" if w == "top" and re.search(r"\b(?:on|up|for) top\b", action.text) else w for w in where)
    other = _OTHER_THAN.search(action.text) if action.any and not (action.new or where) else None
    if other and _only_place(other[1], facts):  # "anything but these glasses"
        action, where = replace(action, excluded=()), (other[1],)
    action = _ruled_out(replace(action, where=where))
    bare = not (action.new or action.any or action.removes)
    if action.excluded and bare and all(_only_place(phrase, facts) for phrase in action.excluded):
        return replace(action, excluded=(), removes=True, out=action.excluded[0])
    if action.removes and place_of(action.out, facts) in {"", EVERYTHING} and place_of(action.text, facts):
        slot = place_of(action.text, facts)
        return replace(action, where=action.where or (facts.slots[slot][0],)) if slot in facts.slots else action
    if action.new and not action.where and all(_only_place(phrase, facts) for phrase in action.new):
        action = replace(action, new=(), where=(*action.new, *action.where))
    return _opened(action, facts) if action.open and action.where else action


def _opened(action: Action, facts: Facts) -> Action:
    """A place alone: a colour or a temperature in its words is what should come there, a verb of change leaves it open."""
    words = without_place(action.text, facts).split()
    found = [w for w in words if w in TEMPERATURES or w in COMPARATIVES or is_colour(w)]
    if found:
        compared = found[0] in COMPARATIVES
        return replace(action, more=found[0] if compared else "", new=() if compared else (" ".join(found),))
    return replace(action, any=bool(_CHANGES & set(action.text.split())))
