"""A sentence to typed actions.

Rules rather than a grammar: a sentence is cut into clauses, each clause is read by the first frame that fits
(take back, keep, take away, swap one for another, surprise), and what no frame takes is "some thing, somewhere".
Clauses without a verb or a colour of their own borrow it from their neighbour: "make the glasses and the shirt red".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from core.foundations.errors import RequestError
from core.foundations.records import Action, Verb
from core.studio.language.clauses import says_colour, split
from core.studio.language.frames import Draft, read_clause
from core.studio.language.impossible import problem_of, unwrap_question
from core.studio.language.normal import Vocabulary, normalise, tokens_of
from core.studio.language.rewrites import amount_of, rewrite

LONGEST = 300
"""Characters that a sentence may have."""


@dataclass(frozen=True)
class Parsed:
    """What a sentence asks for.

    Attributes:
        actions: what to do, in the order said.
        keeps: slots, or phrases for things, that must stay as they are.
        problem: why it cannot be done here, as "kind:word"; else "".
        sentence: what was said.
    """

    actions: tuple[Action, ...]
    keeps: tuple[str, ...] = ()
    problem: str = ""
    sentence: str = ""


def parse(sentence: str, vocabulary: Vocabulary | None = None) -> Parsed:
    """Read a sentence.

    Args:
        sentence: what a person typed, at most 300 characters.
        vocabulary: the parts' words, from a Lexicon; without it names of several words are read word by word.

    Raises:
        RequestError: not text, empty, or too long.
    """
    check(sentence)
    vocabulary = vocabulary or Vocabulary()
    text, amount = amount_of(normalise(sentence))
    text = rewrite(text)
    tokens = tokens_of(text, vocabulary)
    problem = problem_of(" ".join(tokens))
    if problem:
        return Parsed((), (), problem, sentence)
    tokens = unwrap_question(" ".join(tokens)).split()
    drafts = [d for clause in split(tokens) for d in read_clause(clause, vocabulary)]
    drafts = _share(drafts)
    actions = tuple(_action(d, amount) for d in drafts if d.verb not in {"keep", "", "problem", "mention"})
    keeps = tuple(dict.fromkeys(k for d in drafts if d.verb == "keep" for k in (d.slots or ((d.phrase,) if d.phrase else ()))))
    problem = next((d.phrase for d in drafts if d.verb == "problem"), "")
    return Parsed(actions, keeps, problem, sentence)


def check(sentence: str, example: str = "make the glasses red") -> None:
    """RequestError where a sentence is not text, is empty, or is longer than LONGEST; it gives an example of a better one."""
    if not isinstance(sentence, str):
        raise RequestError(f"A request is a sentence, but this is {type(sentence).__name__}. Type what should change.")
    if not any(c.isalnum() or ord(c) > 0x2190 for c in sentence):
        raise RequestError(f"There are no words in this request. Type what should change, such as “{example}”.")
    if len(sentence) > LONGEST:
        raise RequestError(f"This request has {len(sentence)} characters; {LONGEST} is the most. Say it in one short sentence.")


def _share(drafts: list[Draft]) -> list[Draft]:
    """Let clauses borrow: verbs from the left, colours and names from the right, places of "it" from the left."""
    found: list[Draft] = []
    for at, draft in enumerate(drafts):
        left = found[-1] if found else None
        if left and left.slots and not draft.slots and (draft.pronoun or _colour_only(draft)):
            draft = replace(draft, slots=left.slots, verb="recolour" if _colour_only(draft) else draft.verb)
        if draft.verb == "" and left and left.verb in {"remove", "keep"} and not draft.hard and not draft.own:
            if left.verb == "keep" or not draft.phrase or not draft.slots:
                draft = replace(draft, verb=left.verb)
        if draft.open:
            draft = _complete(draft, drafts[at + 1 :], left)
        found.append(draft)
    return [_settle(d) for d in found if not (d.open and d.verb == "" and not d.slots)]


def _colour_only(draft: Draft) -> bool:
    return bool(draft.phrase) and not draft.own and not draft.hard and not draft.old and says_colour(draft.phrase)


def _complete(draft: Draft, later: list[Draft], left: Draft | None) -> Draft:
    """Fill a clause that names a slot and not what to do there."""
    for other in later:
        if other.own or other.hard or other.verb in {"keep", "undo"}:
            break
        if other.phrase or other.verb == "random":
            return replace(draft, phrase=other.phrase, verb=other.verb or draft.verb, open=False)
    if left is not None and not draft.own and not draft.hard and (left.verb in {"random", "remove"} or left.open):
        return replace(draft, verb=left.verb, open=left.open)
    return draft


def _settle(draft: Draft) -> Draft:
    if draft.open and draft.verb in {"replace", "recolour"} and draft.slots:
        return replace(draft, verb="random")
    if draft.open and draft.verb == "" and draft.slots:
        return replace(draft, verb="replace")
    if draft.verb == "":
        return replace(draft, verb="add")
    return draft


def _action(draft: Draft, amount: float) -> Action:
    slot = draft.slots[0] if draft.slots else ""
    return Action(verb=cast(Verb, draft.verb), slot=slot, phrase=draft.phrase, old=draft.old, amount=amount)
