"""A sentence to typed actions.

Rules rather than a grammar: a sentence is cut into clauses, each clause is read by the first frame that fits
(take back, keep, take away, swap one for another, surprise), and what no frame takes is "some thing, somewhere".
Clauses without a verb or a colour of their own borrow it from their neighbour: "make the glasses and the shirt red".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core.foundations.errors import RequestError
from core.foundations.records import Action
from core.studio.language.clauses import Clause, own_verb, split
from core.studio.language.frames import Draft, read_clause
from core.studio.language.impossible import problem_of, unwrap_question
from core.studio.language.normal import Vocabulary, normalise, slot_of, tokens_of

LONGEST = 300
"""Characters that a sentence may have."""

_AMOUNTS = (
    (re.compile(r"\b(?:just )?(?:a (?:little )?(?:bit|touch|tad|smidge|smidgen|hint|shade|fraction|wee bit)(?: of)?|slightly|somewhat|a little(?= (?:more|less|\w+er|bit|red|blue|green|pink|warm|cool|dark|light|purple|yellow|orange)\b)|subtly|half ?way|partly|partially|gently)\b"), 0.5),
    (re.compile(r"\b(?:much(?= more| less| \w+er\b)|way(?= more| less| \w+er\b)|a lot(?= more| less| \w+er\b)|far(?= more| less| \w+er\b)|loads(?= more)|even(?= more| \w+er\b)|tons(?= more)|heaps(?= more)|extra(?= \w)|double(?= the))\b"), 1.5),
)
_PERCENT = re.compile(r"\b(\d{1,3})percent\b")
_WHOSE = r"(?:his|its|her|the|their|those|my|this)"
_PLACES = (
    (re.compile(rf"\b(?:on|above|atop|between) (?:top of )?{_WHOSE} (?:shoulders|neck)\b|\b(?:up|on) top\b(?! of)"), "as the head"),
    (re.compile(rf"\b(?:around|round|from|off|on) {_WHOSE} neck\b"), "on the chest"),
    (re.compile(rf"\b(?:over|on|in front of) {_WHOSE} (?:eyes|nose)\b"), "as the glasses"),
    (re.compile(r"\b(?:behind|in back of) (?:him|her|it|them|the noun|the character|the guy)\b"), "as the background"),
    (re.compile(rf"\b(?:on|across|over|onto) (?:{_WHOSE} )?(?:front|belly|tummy|breast|stomach|jumper|shirt|tee|tshirt|sweater|body|torso|top|clothes|outfit|chest)\b"), "on the chest"),
)
_INSTEAD = re.compile(r"^(?:\W*)instead of (.+?)\s*,\s*(.+)$")
_EXCEPT_REST = re.compile(r"\b(everything|all|anything)( else)? (?:but|except|apart from|besides|other than)\b")


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
    text, amount = _amount(normalise(sentence))
    text = _INSTEAD.sub(r"\2 instead of \1", text)
    text = _EXCEPT_REST.sub(r"\1 except", text)
    text = re.sub(r"\bas well as\b", "and", text)
    for pattern, place in _PLACES:
        text = pattern.sub(place, text)
    tokens = tokens_of(text, vocabulary)
    problem = problem_of(" ".join(tokens))
    if problem:
        return Parsed((), (), problem, sentence)
    tokens = unwrap_question(" ".join(tokens)).split()
    drafts = [d for clause in split(tokens) for d in read_clause(clause, vocabulary)]
    drafts = _share(drafts)
    actions = tuple(_action(d, amount) for d in drafts if d.verb not in {"keep", "", "problem"})
    keeps = tuple(dict.fromkeys(k for d in drafts if d.verb == "keep" for k in (d.slots or ((d.phrase,) if d.phrase else ()))))
    problem = next((d.phrase for d in drafts if d.verb == "problem"), "")
    return Parsed(actions, keeps, problem, sentence)


def check(sentence: str) -> None:
    """RequestError where a sentence is not text, is empty, or is longer than LONGEST."""
    if not isinstance(sentence, str):
        raise RequestError(f"A request is a sentence, but this is {type(sentence).__name__}. Type what should change.")
    if not any(c.isalnum() or ord(c) > 0x2190 for c in sentence):
        raise RequestError("There are no words in this request. Type what should change, such as “make the glasses red”.")
    if len(sentence) > LONGEST:
        raise RequestError(f"This request has {len(sentence)} characters; {LONGEST} is the most. Say it in one short sentence.")


def _amount(text: str) -> tuple[str, float]:
    percent = _PERCENT.search(text)
    if percent:
        return _PERCENT.sub("", text), max(0.05, min(2.0, int(percent.group(1)) / 100))
    for pattern, amount in _AMOUNTS:
        if pattern.search(text):
            return " ".join(pattern.sub(" ", text).split()), amount
    return text, 1.0


def _share(drafts: list[Draft]) -> list[Draft]:
    """Let clauses borrow: verbs from the left, colours and names from the right, places of "it" from the left."""
    found: list[Draft] = []
    for at, draft in enumerate(drafts):
        left = found[-1] if found else None
        if draft.pronoun and not draft.slots and left and left.slots:
            draft = replace(draft, slots=left.slots)
        if draft.verb == "" and left and left.verb in {"remove", "keep"} and not draft.hard:
            if left.verb == "keep" or not draft.phrase or not draft.slots:
                draft = replace(draft, verb=left.verb)
        if draft.open:
            draft = _complete(draft, drafts[at + 1 :], left)
        found.append(draft)
    return [_settle(d) for d in found if not (d.open and d.verb == "" and not d.slots)]


def _complete(draft: Draft, later: list[Draft], left: Draft | None) -> Draft:
    """Fill a clause that names a slot and not what to do there."""
    for other in later:
        if other.own or other.hard or other.verb in {"keep", "undo"}:
            break
        if other.phrase or other.verb == "random":
            return replace(draft, phrase=other.phrase, verb=other.verb or draft.verb, open=False)
    if left is not None and not draft.own and not draft.hard and left.verb in {"random", "remove"}:
        return replace(draft, verb=left.verb, open=False)
    return draft


def _settle(draft: Draft) -> Draft:
    if draft.open and draft.verb in {"", "replace", "recolour"} and draft.slots:
        return replace(draft, verb="random")
    if draft.verb == "":
        return replace(draft, verb="add")
    return draft


def _action(draft: Draft, amount: float) -> Action:
    slot = draft.slots[0] if draft.slots else ""
    return Action(verb=draft.verb, slot=slot, phrase=draft.phrase, old=draft.old, amount=amount)


__all__ = ["LONGEST", "Parsed", "check", "parse", "Clause", "own_verb", "slot_of"]
