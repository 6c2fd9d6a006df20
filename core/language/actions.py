"""Spans to actions: what belongs together, what is borrowed from a neighbour, what stays, what cannot be.

A sentence is marked by core.language.tags; here the marks are joined: "make the glasses and the shirt red" is one action at two
places, "red glasses, shirt too" is two with one colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from core.language.facts import english
from core.language.facts.amounts import amount_of
from core.language.facts.colours import TEMPERATURES, says_colour
from core.language.facts.hints import Hints
from core.language.facts.places import EVERYTHING, place_of
from core.language.lexicon import Lexicon
from core.language.tags import TAGS, Reader, Span
from core.language.words import Word, check, key, words_of

_OPEN, _EDGES, _CHANCE, _BREAKS = map(english, ("open", "edges", "chance", "breaks"))
_SILENT = frozenset(("keep", "undo", "not"))
SHORT = 4
"""Words of a phrase whose end may be trimmed; a longer one is a description, "what a judge knocks with"."""
GUESSED = 0.7
"""Below this probability of the network, what is said to give way is a guess."""
SURE = 0.9
"""From this probability on a name is taken for impossible where the network says so."""


@dataclass(frozen=True)
class Action:
    """One thing that a sentence asks for.

    Attributes:
        new: what should come about, as phrases; "" for none.
        old: what gives way to it, or is to get the new colour.
        guessed: whether `old` is a guess, which the picture may refute.
        out: what should go; "" with `where` alone says that whatever is there goes.
        removes: whether something should go.
        excluded: what must not come about.
        where: the words for places.
        any: whether anything will do.
        kind: of which kind, as "vehicle" in "any vehicle"; else "".
        more: what there should be more of.
        less: what there should be less of.
        amount: 1 for all the way, 0.5 for "a bit", 1.5 for "much".
        text: all words of the action as they stood, plain.
        sure: the least probability of what was marked, in [0, 1].
    """

    new: tuple[str, ...] = ()
    old: str = ""
    guessed: bool = False
    out: str = ""
    removes: bool = False
    excluded: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    any: bool = False
    kind: str = ""
    more: str = ""
    less: str = ""
    amount: float = 1.0
    text: str = ""
    sure: float = 1.0

    @property
    def open(self) -> bool:
        """Whether it names a place and not what should come there."""
        return not (self.new or self.old or self.removes or self.excluded or self.any or self.more or self.less)

    @property
    def bare(self) -> bool:
        """Whether it says neither what should come, nor where, nor that anything goes."""
        return not (self.new or self.removes or self.any or self.more or self.less or self.where)

    @property
    def alone(self) -> bool:
        """Whether it says only what should give way or must not come about, which the next action may answer."""
        return bool(self.old or self.excluded) and self.bare


@dataclass(frozen=True)
class Said:
    """What a sentence says.

    Attributes:
        actions: in the order said.
        keeps: what must stay, as phrases.
        undo: whether a step is taken back first.
        cannot: what no picture of this world can do, as typed; else "".
        rest: the plain words that ask for something: all but what stays, is taken back, or ruled out.
        chance: the words that leave something open, such as "somewhere else".
        quotes: plain phrases to what was typed for them.
        sentence: as it was typed.
    """

    actions: tuple[Action, ...] = ()
    keeps: tuple[str, ...] = ()
    undo: bool = False
    cannot: str = ""
    rest: str = ""
    chance: tuple[str, ...] = ()
    quotes: dict[str, str] = field(default_factory=dict)
    sentence: str = ""

    def quote(self, phrase: str) -> str:
        """A phrase as it was typed."""
        return self.quotes.get(phrase, phrase)


def readings(sentence: str, reader: Reader, hints: Hints, known: Lexicon) -> tuple[Said, ...]:
    """Read a sentence: as all voters of the reader together, then as each of them alone.

    Args:
        sentence: what a person typed.
        reader: marks it.
        hints: which words the world's tables know.
        known: the world's names; a slip is mended towards them, and what they name is no impossibility.

    Raises:
        RequestError: not text, empty, or too long.
    """
    words = tuple(replace(w, plain=known.mended(w.plain)) for w in words_of(check(sentence, known.facts.example)))
    several = reader.readings(words, hints)
    return tuple(_said(sentence, words, [_possible(s, known) for s in spans], known) for spans in several)


def _said(sentence: str, words: Sequence[Word], spans: Sequence[Span], known: Lexicon) -> Said:
    spans = [s for s in spans if s.tag not in {"new", "cannot"} or not set(s.plain.split()) <= _EDGES]
    spans = [s for s in spans if s.plain != "all" or [w.plain for w in words[s.start + 1 : s.start + 3]] != ["the", "way"]]
    quotes = {trimmed(s.words): trimmed(s.words, typed=True) for s in spans}
    groups = [g for g in _groups([s for s in spans if s.tag not in {"keep", "undo", "cannot"}], known) if g]
    ends = [_end(words, *pair) for pair in pairwise(groups)]  # the last action has all words that are left
    actions = [_action(group, words, *place) for group, place in zip(groups, pairwise((0, *ends, len(words))), strict=False)]
    keeps = tuple(trimmed(s.words) for s in spans if s.tag == "keep")
    cannot = next((s.said for s in spans if s.tag == "cannot"), "")
    silent = {place for s in spans if s.tag in _SILENT for place in range(s.start, s.start + len(s.words))}
    rest = " ".join(w.plain for place, w in enumerate(words) if place not in silent)
    chance = tuple(s.plain for s in spans if s.tag == "any")
    return Said(tuple(_shared(actions)), keeps, any(s.tag == "undo" for s in spans), cannot, rest, chance, quotes, sentence)


def _end(words: Sequence[Word], group: Sequence[Span], following: Sequence[Span]) -> int:
    """Where the words of a group end: at a break before the following one, "chicken up top, ...", else with its last span."""
    last = group[-1].start + len(group[-1].words)
    broken = (at for at in range(last, following[0].start) if words[at].plain in _BREAKS or not words[at].plain[:1].isalnum())
    return next(broken, last)


def _possible(span: Span, known: Lexicon) -> Span:
    """A span that was marked as impossible, as a wish where a table knows what it names."""
    if span.tag != "cannot":
        return span
    phrase = trimmed(span.words)
    if key(phrase) in {key(word) for word in known.facts.elsewhere}:
        return span
    if place_of(phrase, known.facts) not in {"", EVERYTHING}:
        return replace(span, tag="new" if known.exact(phrase) else "where")
    named = known.exact(phrase)
    told = any(e.bare for e in named) or (named and span.sure < SURE) or says_colour(phrase) or phrase in TEMPERATURES
    return replace(span, tag="new") if told else span


def trimmed(words: Sequence[Word], typed: bool = False) -> str:
    """Words without articles and the like at their edges, plain or as typed."""
    first, last = 0, len(words)
    while first < last and words[first].plain in _EDGES:
        first += 1
    while last > first and words[last - 1].plain in _EDGES and last - first <= SHORT:
        last -= 1
    kept = words[first:last] if first < last else words
    return " ".join(w.said if typed else w.plain.removesuffix("'s") for w in kept)


def _groups(spans: Sequence[Span], known: Lexicon) -> list[list[Span]]:
    """Spans of one action together; a second thing, or a second step away, begins another where the network saw no bar."""
    groups: list[list[Span]] = []
    for span in spans:
        current = groups[-1] if groups else []
        if not groups or span.further or _begins(span, current, known):
            groups.append([span])
        else:
            current.append(span)
    return groups


def _begins(span: Span, group: list[Span], known: Lexicon) -> bool:
    tags = [s.tag for s in group]
    if span.tag == "out":
        return bool(set(tags) & {"new", "any", "more", "less", "out"})
    opened = span.tag == "any" and {"new", "where"} <= set(tags)
    second = span.tag == "new" and any(s.tag == "new" and _thing(s, known) for s in group) and _thing(span, known)
    return opened or second or (span.tag in {"new", "any"} and "out" in tags)


def _thing(span: Span, known: Lexicon) -> bool:
    """Whether a span is the name of a thing: two of them are two wishes."""
    phrase = trimmed(span.words)
    return not says_colour(phrase) and bool(known.exact(phrase))


def _action(group: list[Span], words: Sequence[Word], begin: int, end: int) -> Action:
    said = {tag: tuple(trimmed(s.words) for s in group if s.tag == tag) for tag in TAGS}
    return Action(
        new=said["new"],
        old="".join(said["old"][:1]),
        guessed=any(s.tag == "old" and s.sure < GUESSED for s in group),
        out="".join(said["out"][:1]),
        removes=bool(said["out"]),
        excluded=said["not"],
        where=said["where"],
        any=bool(said["any"]),
        kind=" ".join(w for phrase in said["any"] for w in phrase.split() if w not in _OPEN | _CHANCE),
        more="".join(said["more"][:1]),
        less="".join(said["less"][:1]),
        amount=amount_of(said["much"]),
        text=" ".join(w.plain for w in words[begin:end]),
        sure=min(s.sure for s in group),
    )


def _shared(actions: list[Action]) -> list[Action]:
    """Let actions borrow: what to do from the next or the last, where "it" is from the last."""
    found: list[Action] = []
    for at, action in enumerate(actions):
        left = found[-1] if found else None
        if left is not None and left.alone and (action.any or action.new):
            found.pop()
            action = replace(action, old=action.old or left.old, excluded=(*left.excluded, *action.excluded))
            left = found[-1] if found else None
        if left is not None and left.new and action.excluded and action.bare and all(map(says_colour, action.excluded)):
            found[-1] = replace(left, excluded=(*left.excluded, *action.excluded))  # "orange glasses without any yellow in them"
            continue
        if left is not None and len(left.new) == 1 and action.any and action.excluded and not (action.new or action.where or action.kind):
            found[-1] = replace(left, any=True, excluded=(*left.excluded, *action.excluded))  # "a ball, any except the basketball"
            continue
        if action.open and action.where:
            giver = next((w for w in actions[at + 1 :] if not w.open), None) or left
            if giver is not None:
                action = replace(giver, where=action.where, text=action.text)
        if not action.where and left is not None and left.where and not action.old and action.new and all(map(says_colour, action.new)):
            action = replace(action, where=left.where)
        found.append(action)
    return found
