"""A noun phrase to the entries that it may mean: by its words, then by its meaning.

Words settle most phrases. What they leave open, "what a judge knocks with", goes to the index of names and descriptions; how
sure its answer is was measured on descriptions of another writer than the index holds (core.train.language.described).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.language.facts import english
from core.language.facts.colours import BASIC, COLOURS, TEMPERATURES, basic, basics, lightness, says_colour, shade
from core.language.facts.places import without_place
from core.language.lexicon import DESCRIBING, Entry, Lexicon, Near
from core.language.words import key, lemma

CLEAR = 0.8
"""From this probability on a phrase is taken to mean its nearest entry."""
CLEAR_DESCRIBED = 0.6
"""The same for a description: people's are plainer than the riddles that the probability is fitted on."""
MAYBE = 0.02
"""From this probability on the nearest entries are offered."""
CHOICES = 5
TAIL = 0.6
"""From this score on words before a known name only adorn it: "cold beer" is a beer."""

FEATURES = ("score", "ahead", "absent", "shared")
"""What tells how sure an answer of the index is: its score, how far it is ahead of the next entry and of what does not exist,
and how many rare words it shares."""

_ADORNED = re.compile(r"^(?:colour of (?:the |a |an )?)?(.+?)(?:[- ](?:shaped|tinted|coloured|themed|like|style|looking|y thing))?$")
_BESIDE, _SAYING, _WORN = map(english, ("beside colours", "lettering", "kinds of prints"))


@dataclass(frozen=True)
class Match:
    """What a phrase may mean.

    Attributes:
        entries: acceptable entries, the preferred one first; empty where the phrase is unclear or unknown.
        near: the nearest entries, for a person to choose from.
        clash: a colour that was asked for and that the thing does not have, or "".
        sure: probability that the first of `near` is meant; 1 where words settle it.
    """

    entries: tuple[Entry, ...] = ()
    near: tuple[Near, ...] = ()
    clash: str = ""
    sure: float = 1.0


class Matcher:
    """Matches phrases against a lexicon; meanings are looked up for all phrases at once."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._near: dict[tuple[str, tuple[str, ...]], tuple[list[Near], float]] = {}

    def prefetch(self, wanted: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        """Embed texts in one call, each with the slots that its entries may go to."""
        open_ = [pair for pair in dict.fromkeys(wanted) if pair[0] and pair not in self._near]
        found = self.lexicon.near([p for p, _ in open_], [s for _, s in open_])
        self._near.update(zip(open_, found, strict=True))

    def by_words(self, phrase: str, slots: Sequence[str] = ()) -> tuple[Entry, ...]:
        """Entries that the words of a phrase name, slips mended; empty where they name none."""
        if " or " in phrase:
            return tuple(dict.fromkeys(e for one in phrase.split(" or ") for e in self.by_words(one, slots)))
        for text in _tries(phrase, slots):
            if found := [e for e in self.lexicon.exact(text, slots) if not e.bare]:
                return tuple(found)
        return tuple(self.lexicon.members(phrase, slots) or self.lexicon.other(phrase, slots))

    def match(self, phrase: str, slots: Sequence[str] = (), around: str = "") -> Match:
        """What a phrase means among the entries of some slots (all where empty), by itself or with the words around it."""
        slots = tuple(slots)
        if named := self.by_words(phrase, slots):
            return Match(named)
        short = len(phrase.split()) < DESCRIBING
        near, absent, sure = max((self.meant(text, slots) for text in asked(phrase, around)), key=lambda found: found[-1])
        offered = tuple(near[:CHOICES]) if sure >= MAYBE else ()
        tail, before = self._tail(phrase, slots)
        if tail:
            return self._with_tail(tail, before, offered)
        told = not short or any(near[0].text.startswith(name) for name in near[0].entry.names)
        if not near or not told or sure < (CLEAR if short else CLEAR_DESCRIBED) or self.lexicon.is_absent(phrase):
            return Match((), offered, sure=sure)
        return Match((near[0].entry,), offered, sure=sure)

    def meant(self, text: str, slots: tuple[str, ...]) -> tuple[list[Near], float, float]:
        """The entries near a text, the score of the nearest thing that does not exist, and how sure the first is."""
        self.prefetch([(text, slots)])
        near, absent = self._near[text, slots]
        return near, absent, sureness(near, absent, self.lexicon.sureness)

    def _tail(self, phrase: str, slots: Sequence[str]) -> tuple[tuple[Entry, ...], list[str]]:
        """Entries named by the last words of a short phrase, and the words before them: "yellow" of "yellow scarf"."""
        words = phrase.split()
        for start in range(1, len(words) if len(words) <= 3 else 0):
            end = " ".join(words[start:])
            several = self.lexicon.group(end, slots) if all(map(basic, words[:start])) else []
            found = [e for e in self.lexicon.exact(end, slots) or several if not e.bare]
            if found:
                return tuple(found), words[:start]
        return (), []

    def _with_tail(self, tail: tuple[Entry, ...], before: list[str], offered: tuple[Near, ...]) -> Match:
        colours = set(filter(None, map(basic, before)))
        if colours:
            fitting = tuple(e for e in tail if colours <= set(e.colours))
            return Match(fitting, offered, "" if fitting else " ".join(sorted(colours)))
        if offered and offered[0].entry in tail and offered[0].score >= TAIL and not self.lexicon.is_absent(" ".join(before)):
            return Match(tuple(e for e in tail if e.slot == offered[0].entry.slot), offered)
        return Match((), offered or tuple(Near(e, 0.5, e.name) for e in tail), sure=0.5)

    def colour(self, phrase: str, slot: str) -> tuple[Entry, ...]:
        """Entries of a slot in a colour, the best first; empty where the slot has none such.

        The slot's own name for the colour wins; then what the word stands for ("navy": indigo); then entries whose
        main colour it is, lighter or darker ones first where asked; then entries that have it at all.
        """
        words = [w for w in _ADORNED.sub(r"\1", phrase).split() if w not in _BESIDE]
        simple = [w for w in words if w not in {"plain", "solid", "full", "fully", "bright", "very"}] or words
        here = [e for e in self.lexicon.of_slot(slot) if not e.bare]
        stands = [COLOURS[w] for w in simple if w in COLOURS]
        first: list[Entry] = []
        meant = [s for s in stands if s not in BASIC] + (stands if len(stands) == len(simple) == 1 else [])
        for text in (phrase, " ".join(words), " ".join(simple), *meant):
            first = first or [e for e in self.lexicon.exact(text, (slot,)) if not e.bare]
        found = basics(" ".join(simple))
        if len(found) > 1:
            return tuple(dict.fromkeys([*first, *(e for e in here if set(found) <= set(e.colours))]))
        if first or not found:
            return tuple(first)
        main = [e for e in here if e.colours and e.colours[0] == found[-1]] or [e for e in here if found[-1] in e.colours]
        exact_first = [e for e in self.lexicon.exact(found[-1], (slot,)) if e in main]
        if wanted := shade(words):
            return tuple(sorted(main, key=lambda e: (not wanted & {*" ".join(e.names).split()}, e not in exact_first)))
        return tuple(dict.fromkeys([*exact_first, *main]))

    def of_colour(self, phrase: str, slot: str) -> tuple[Entry, ...]:
        """All entries of a slot that a person would say have this colour: what "not green" rules out."""
        wanted = set(basics(phrase))
        main = [e for e in self.lexicon.of_slot(slot) if wanted & {*e.colours, *basics(e.name.replace("-", " "))}]
        return tuple(dict.fromkeys([*self.colour(phrase, slot), *main]))

    def ruled_out(self, phrases: Sequence[str], slot: str) -> set[str]:
        """The parts of a slot that phrases rule out: what they name, and what some would count to it."""
        found: set[str] = set()
        for phrase in (one for said in phrases for one in ([said] if self.lexicon.exact(said) else re.split(" (?:n?or|and) ", said))):
            bare = without_place(phrase, self.lexicon.facts) or phrase
            bare = TEMPERATURES.get(bare, bare) if slot == "background" else bare
            found |= {e.part for name in self.lexicon.facts.wider.get(lemma(bare), ()) for e in self.lexicon.exact(name, (slot,))}
            if says_colour(bare):
                found |= {e.part for e in self.of_colour(bare, slot)}
            else:
                known = (*self.by_words(bare, (slot,)), *self.lexicon.group(bare, (slot,)))
                beside = [e for e in self.lexicon.of_slot(slot) if set(bare.split()) <= {w for n in e.names for w in n.split()}]
                found |= {e.part for e in known or beside or self.match(bare, (slot,)).entries}
        return found

    def variants(self, current: Entry, colour: str) -> tuple[Entry, ...]:
        """Other entries of the same make in another colour: "red tie" for "purple tie", "red diamond" for "blue diamond"."""
        wanted = set(basics(colour))
        stem, noun = current.part.split("-")[0], current.name.split(" on ")[0].split()[-1]
        others = [e for e in self.lexicon.of_slot(current.slot) if e != current and wanted <= set(e.colours)]
        found = [e for e in others if e.part.split("-")[0] == stem or any(key(n.split()[-1]) == key(noun) for n in e.names)]
        return tuple(sorted(found, key=lambda e: (e.colours[:1] != tuple(wanted)[:1], key(e.name.split()[-1]) != key(noun))))


def asked(phrase: str, around: str) -> tuple[str, ...]:
    """What is looked up for a phrase: a name alone, a description also with the words around it."""
    return (phrase, around) if around and len(phrase.split()) >= DESCRIBING else (phrase,)


def features(near: Sequence[Near], absent: float) -> tuple[float, ...]:
    """The numbers of FEATURES for an answer of the index."""
    second = near[1].worth if len(near) > 1 else 0.0
    return near[0].score, near[0].worth - second, min(0.2, near[0].score - absent), near[0].shared / 10


def sureness(near: Sequence[Near], absent: float, weights: Mapping[str, float]) -> float:
    """Probability that the first of some entries is meant, by a logistic regression over FEATURES."""
    if not near:
        return 0.0
    logit = weights["bias"] + sum(weights[name] * value for name, value in zip(FEATURES, features(near, absent), strict=True))
    return float(1 / (1 + np.exp(-logit)))


def _tries(phrase: str, slots: Sequence[str]) -> list[str]:
    """A phrase, and what it may be said as: its colour in front, without words for print and lettering."""
    phrase = _ADORNED.sub(r"\1", phrase)
    words = phrase.split()
    tries = [phrase]
    if len(words) > 1 and words[-1] in COLOURS and words[0] not in COLOURS:
        tries.append(" ".join([words[-1], *words[:-1]]))
    said = [w for w in words if w not in _SAYING]
    if said and len(said) < len(words):
        tries += [" ".join(said) + " text", " ".join(said)]
    worn = [w for w in words if w not in _WORN]
    if worn and len(worn) < len(words):
        tries.append(" ".join(worn))
    return tries


def shades(entries: Iterable[Entry], now: Entry, sign: int) -> list[Entry]:
    """Entries lighter (sign 1) or darker (-1) than one, those of its own colour alone where there are any, the nearest first."""
    beyond = {e: sign * (lightness(e.name, e.colours) - lightness(now.name, now.colours)) for e in entries}
    further = [e for e in beyond if beyond[e] > 0.02]
    family = [e for e in further if set(e.colours[:1]) & set(now.colours)] or further
    return sorted(family, key=lambda e: (e.colours[0] != now.colours[0], beyond[e]))
