"""How a world of states, such as faces, is spoken of: its table's phrases, and a sentence as the pieces that they make of it.

A phrase stands in the table in a short hand: "head|chin up?" is "head", "chin", "head up" and "chin up"; low lines join the words of
one choice, "get_rid_of|lose"; a word in capitals stands for the choices under "words". A "~" before a phrase says that it counts
only where its slot is spoken of: an open mouth is one, an open door is none. "#" is any number. Articles and the like are left out
of phrases as of sentences.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import dropwhile, product, takewhile
from typing import NamedTuple

from simplemma import is_known

from core.language.facts import english, table
from core.language.words import lemma, respelt, words_of

Tokens = tuple[str, ...]
_SHORT = re.compile(r"^(i|you|he|she|it|they|we|that|there)'(?:s|m|re)$")
LONGEST = 6
"""Words of a phrase, at most."""
GROWN, AGED, STEP = 30, 55, 20
"""Years from which a face is no longer young, and old; and those that make it older all the way."""
LEAST, MOST = 5, 110
"""Years that "make her 70" may say; "make two" says none."""
_PRONOUNS = frozenset(("he", "him", "his", "himself", "she", "her", "hers", "herself", "they", "it"))
_JOINING = frozenset(("and", "or", "nor"))
_FORMS = (("er", "more"), ("est", "more"), ("en", "more"), ("ly", ""), ("ish", ""))
"""Endings, and what a word with one says beside the word without."""


class Meaning(NamedTuple):
    """A state that a phrase may mean.

    Attributes:
        slot, state: which.
        weak: whether it means that only where the slot is spoken of.
    """

    slot: str
    state: str
    weak: bool


class Piece(NamedTuple):
    """A phrase of a sentence.

    Attributes:
        kind: "known" for states and slots, "flag", "aside", "years", "problem", "back", "told" for what is described, or "strange".
        phrase: its words.
        value: which flag, which way of telling years, or which kind of problem; else "".
        number: in it, 0 where there is none.
    """

    kind: str
    phrase: str
    value: str = ""
    number: int = 0


@dataclass
class Wish:
    """A phrase, how it is wished for, which states it may mean, and how much."""

    flag: str
    phrase: str
    options: Sequence[Meaning] = ()
    amount: float = 1.0

    @property
    def slots(self) -> set[str]:
        """Those of its states."""
        return {option.slot for option in self.options}


def age_told(piece: Piece) -> tuple[list[Meaning], float]:
    """The state that a piece with years leads to, or one that is told, and how far: all the way, or in parts of so many years."""
    if piece.kind == "told":
        slot, _, state = piece.value.partition("/")
        return [Meaning(slot, state, False)], 1.0
    if piece.value == "aged":
        state, amount = "young" if piece.number < GROWN else "middle-aged" if piece.number < AGED else "old", 1.0
    else:
        state, amount = "old" if piece.value == "older" else "young", min(1.5, max(0.25, piece.number / STEP)) if piece.number else 1.0
    return [Meaning("age", state, False)], amount


@dataclass(frozen=True)
class Clause:
    """What stands between two breaks of a sentence.

    Attributes:
        link: the word or mark before it; "" for the first.
        tokens: its words.
        pieces: what they say.
    """

    link: str
    tokens: tuple[str, ...]
    pieces: tuple[Piece, ...]

    @property
    def joins(self) -> bool:
        """Whether it may go on with what the one before did: "take off the hat and the glasses", and not "and some glasses"."""
        return self.tokens[0] not in english("some") and bool(self.pieces) and self.pieces[0].kind == "known"

    def with_verbs(self) -> Clause:
        """With unknown verbs beside what is known left aside: "flood the background with light"; an unknown thing stays strange."""
        around = dict(zip(self.tokens, zip(("", *self.tokens), (*self.tokens[1:], ""), strict=False), strict=False))
        verbs = {word for word, (before, behind) in around.items() if before in english("verbal") or behind in english("left out")}
        aside = [p.kind == "strange" and bool(self.known) and (p.phrase in verbs or p.phrase.endswith("ly")) for p in self.pieces]
        return replace(self, pieces=tuple(p._replace(kind="aside") if a else p for p, a in zip(self.pieces, aside, strict=True)))

    @property
    def told(self) -> bool:
        """Whether it says how someone looks, in words for no state: "she looks bored"."""
        return len(self.tokens) > 2 and self.tokens[0] in _PRONOUNS and self.tokens[1] in english("looks") and not self.known

    def places(self, phrase: str, slots: Mapping[str, Sequence[str]]) -> list[list[str]]:
        """The slots named nearest to a phrase: before it where the clause begins with one, "hair black, skin pale", else behind it."""
        at = self.known.index(phrase)
        sides = [_nearest(self.known[:at][::-1], slots), _nearest(self.known[at + 1 :], slots)[:1]]
        return [[slot for word in side for slot in slots[word]] for side in (sides if self.known[0] in slots else sides[::-1])]

    def described(self, phrase: str, words: StateWords) -> bool:
        """Whether a phrase only says where another one is: the hair of "not brown hair"."""
        slots, others = words.slots.get(phrase, ()), [word for word in self.known if word not in words.slots]
        return any(meaning.slot in slots for word in others for meaning in words.states.get(word, ()))

    def adorns(self, phrase: str, slots: Mapping[str, Sequence[str]]) -> bool:
        """Whether a phrase stands directly before the word for a slot: "an old hat"."""
        behind = self.known[self.known.index(phrase) + 1 :][:1]
        said = " ".join(word for word in self.tokens if word not in _left_out())
        return any(word in slots and f" {phrase} {word} " in f" {said} " for word in behind)

    def only(self, slots: Mapping[str, object]) -> bool:
        """Whether it names things and says nothing of them."""
        return bool(self.known) and all(piece.kind == "aside" or piece.phrase in slots for piece in self.pieces)

    @property
    def known(self) -> tuple[str, ...]:
        """The phrases for states and slots."""
        return tuple(piece.phrase for piece in self.pieces if piece.kind == "known")


@dataclass(frozen=True)
class StateWords:
    """How a world of states is spoken of.

    Attributes:
        names: for each slot and state what it may be called.
        states: for each such phrase what it may mean.
        slots: for each word the slots that it may name.
        pieces: for each phrase what it is.
        plainly: ways to say something, each with a plainer one.
        skins: those that of a person would speak of the skin.
        turned: what a flag and another behind it come to.
        persons: nouns and pronouns for people, each with "he", "she" or "".
        own: words that a slip of the finger may have been meant for.
        said: turns of speech, each with a plainer one.
    """

    names: Mapping[str, Mapping[str, tuple[str, ...]]]
    states: Mapping[str, tuple[Meaning, ...]]
    slots: Mapping[str, tuple[str, ...]]
    pieces: Mapping[Tokens, Piece]
    plainly: Mapping[Tokens, Tokens]
    skins: frozenset[str]
    turned: Mapping[tuple[str, str], str]
    persons: Mapping[str, str]
    own: frozenset[str]
    said: tuple[tuple[re.Pattern[str], str], ...]

    def tokens(self, sentence: str) -> list[str]:
        """The words and marks of a sentence, slips of the finger mended; what is a word, or a form of a known one, is none."""
        for turn, plainer in self.said:
            sentence = turn.sub(plainer, sentence)
        words = re.sub(r"\b([2-9])0 ([1-9])\b", r"\1\2", " ".join(_words(sentence))).split()  # "sixty-five"
        right = frozenset(word for word in words if word.isalpha() and (is_known(word, lang="en") or self._derived(word)))
        return respelt(" ".join(words), self.own | right, self.own).split()

    def clauses(self, tokens: Sequence[str]) -> list[Clause]:
        """Words and marks between their breaks; people that are spoken of and not wished for are left out, and so are reasons.

        A clause that only tells how someone looks, in words for no state, goes before one that asks for something.
        """
        tokens = _without_people(tokens, self.persons)
        breaks = [at for at, word in enumerate(tokens) if self._breaks(at, tokens)]
        found = list[Clause]()
        for at, end in zip((-1, *breaks), (*breaks, len(tokens)), strict=True):
            link, said = tokens[at] if at >= 0 else "", tuple(tokens[at + 1 : end])
            if not said or link == "because":
                continue
            clause = Clause(link, said, tuple(self.read(said))).with_verbs()
            things = found and found[-1].only(self.slots) and clause.joins and clause.known[0] in self.slots
            if things and link in _JOINING and tokens[at - 1] != ",":  # "the hair and the background lighter"
                clause = Clause(found[-1].link, found[-1].tokens + said, found.pop().pieces + clause.pieces)
            if link == "but" and said[0] == "not" and not {*clause.known} & {*self.states}:  # "..., but not the hair"
                clause = replace(clause, pieces=(clause.pieces[0]._replace(value="keep"), *clause.pieces[1:]))
            found.append(clause)
        return [clause for at, clause in enumerate(found) if not (clause.told and any(other.known for other in found[at + 1 :]))]

    def _breaks(self, at: int, tokens: Sequence[str]) -> bool:
        word, around = tokens[at], tuple(tokens[max(0, at - 1) : at + 2])
        if around in self.pieces or (word in ("with", "but") and around[0] in english("parting")):  # "black and white", "off with the hat"
            return False
        return word in english("breaks") or not word[0].isalnum()

    def other_sex(self, tokens: Sequence[str], something: bool) -> str:
        """The man or woman that someone is to become: "her" with "a man"; or any where nothing else is wished for; else ""."""
        sexes = {self.persons[word] for word in tokens if self.persons.get(word)}
        for at, word in enumerate(tokens):
            if self.persons.get(word) and word not in _PRONOUNS and {*tokens[max(0, at - 3) : at]} & english("becoming"):
                if len(sexes) > 1 or not something:
                    return word
        return ""

    def read(self, tokens: Sequence[str]) -> list[Piece]:
        """The pieces of some words, longest phrases first; a word in none is looked up in its plainer form, else it is strange."""
        tokens = tokens[:-1] if tokens[-1] == "too" else tokens  # "the background too"
        words, found, at = self._plainer(["<", *(word for word in tokens if word not in _left_out())]), list[Piece](), 0
        while at < len(words):
            length, piece = self._longest(words, at)
            if piece is None and (derived := self._derived(words[at])):
                words[at : at + 1] = derived
                continue
            found.append(piece or Piece("aside" if words[at].endswith("%") else "strange", words[at]))
            at += length
        return found

    def _longest(self, words: Sequence[str], at: int) -> tuple[int, Piece | None]:
        for length in range(min(LONGEST, len(words) - at), 0, -1):
            said = words[at : at + length]
            if piece := self.pieces.get(tuple("#" if word.isdigit() else word for word in said)):
                number = next((int(w) for w in said if w.isdigit()), 0)
                if piece.value == "aged" and not LEAST <= number <= MOST:
                    continue
                return length, piece if piece.kind == "known" else piece._replace(phrase=" ".join(said), number=number)
        return 1, None

    def _plainer(self, words: Sequence[str]) -> list[str]:
        found, at = list[str](), 0
        while at < len(words):
            length = next((n for n in range(LONGEST, 0, -1) if tuple(words[at : at + n]) in self.plainly), 0)
            found += self.plainly[tuple(words[at : at + length])] if length else [words[at]]
            at += length or 1
        return [word for word in found if word != "<"]

    def _derived(self, word: str) -> Tokens:
        """The plainer words for a form of a known one: "older" is "more old", "happily" is "happy", "darkens" is "more dark"."""
        for ending, flag in _FORMS if len(word) > 4 else ():
            stem = word.removesuffix(ending)
            bases = (stem, stem + "e", stem[:-1] + "y" if stem.endswith("i") else "", stem[:-1] if stem[-1:] == stem[-2:-1] else "")
            if stem != word and (base := next((b for b in bases if len(b) > 2 and self._compared(b)), "")):
                return (flag, base) if flag else (base,)
        first = lemma(word)
        return (first,) if first != word and len(first) > 2 and (first,) in self.pieces else ()

    def _compared(self, word: str) -> bool:
        """Whether there is more or less of what a word says; a singer is no more sing."""
        return any(meaning.slot not in ("mouth", "turn", "nod") for meaning in self.states.get(word, ()))


def _words(text: str) -> Iterator[str]:
    """Plain words and marks, numbers in digits, contractions and what a hyphen joins taken apart."""
    for word in words_of(text):
        said = re.sub(_SHORT, r"\1 is", word.plain.replace("can't", "can not").replace("won't", "will not").replace("n't", " not"))
        said = re.sub(r"'(?:s|re|ll|m|ve)?(?= |$)", "", said.replace("'d", " would"))
        said = re.sub(r"(?<=\d)(?=[a-z])|[-/.+](?=\w)|(?<=\w)'(?=\w)", " ", said) if said.strip("-/.+'") else said
        for part in said.replace("&", " and ").split():
            yield from _numbers().get(part, part).split("_")


@lru_cache(maxsize=1)
def _numbers() -> Mapping[str, str]:
    return {word: number for pair in english("counts") for number, word in [pair.split(":")]}


@lru_cache(maxsize=1)
def _left_out() -> frozenset[str]:
    return english("left out")


def _nearest(phrases: Sequence[str], slots: Mapping[str, Sequence[str]]) -> list[str]:
    """The words for slots nearest to the first end of some phrases, adjectives between left out."""
    return list(takewhile(lambda phrase: phrase in slots, dropwhile(lambda phrase: phrase not in slots, phrases)))


def _without_people(tokens: Sequence[str], persons: Mapping[str, str]) -> list[str]:
    """Without "the old man" and "my grandma", who are in the picture; "an old man" is wished for. Their left is the picture's right."""
    found, at = list[str](), 0
    while at < len(tokens):
        last = next((n for n in range(at + 1, min(at + 5, len(tokens))) if tokens[n] in persons and tokens[n] not in _PRONOUNS), 0)
        between = tokens[at + 1 : last]
        apart = {*between} & (english("idle") | english("edges")) or not all(map(str.isalpha, between))
        if tokens[at] in english("definite") and last and not apart:
            at = last + 1
            continue
        word = tokens[at]
        if at and tokens[at - 1] in ("his", "her", "their", "your") and word in ("left", "right"):
            word = "right" if word == "left" else "left"
        found.append(word)
        at += 1
    return found


def _phrases(text: str, words: Mapping[str, str]) -> Iterator[tuple[Tokens, bool]]:
    """The phrases of a row of the table, each with whether it counts only where its slot is spoken of."""
    for row in filter(None, text.split("; ")):
        choices = []
        for word in row.removeprefix("~").split():
            several = words.get(word.rstrip("?"), word.rstrip("?")).split("|")
            choices.append([one.replace("_", " ") for one in several] + [""] * word.endswith("?"))
        for chosen in product(*choices):
            kept = (part for word in chosen for part in ([word] if word in ("<", "#") else _words(word)) if part not in _left_out())
            yield tuple("#" if word.isdigit() else word for word in kept), row.startswith("~")


@lru_cache(maxsize=4)
def state_words(world: str) -> StateWords:
    """Those of a world."""
    data, states, pieces = table(world), defaultdict[str, list[Meaning]](list), dict[Tokens, Piece]()

    def phrases(text: str) -> Iterator[tuple[Tokens, bool]]:
        return _phrases(text, data["words"])

    for phrase, _ in phrases(data["asides"]):
        pieces[phrase] = Piece("aside", " ".join(phrase))
    for slot, several in data["names"].items():
        for state, text in several.items():
            for phrase, weak in phrases(text):
                states[" ".join(phrase)].append(Meaning(slot, state, weak))
    slots = defaultdict[str, list[str]](list)
    for slot, words in data["slots"].items():
        for phrase, _ in phrases("; ".join(words)):
            slots[" ".join(phrase)].append(slot)
    pieces |= {tuple(phrase.split()): Piece("known", phrase) for phrase in (*states, *slots)}
    for kind in ("problem", "flag", "years", "back"):
        for value, text in data[kind].items():
            pieces |= {phrase: Piece(kind, " ".join(phrase), value) for phrase, _ in phrases(text)}
    plainly = {phrase: tuple(plainer.split()) for text, plainer in data["plainly"].items() for phrase, _ in phrases(text)}
    return StateWords(
        {slot: {state: _names(text, data["words"]) for state, text in several.items()} for slot, several in data["names"].items()},
        {phrase: tuple(dict.fromkeys(meant)) for phrase, meant in states.items()},
        {phrase: tuple(named) for phrase, named in slots.items()},
        {phrase: piece for phrase, piece in pieces.items() if phrase},
        plainly,
        frozenset(data["skins"].split()),
        {(one, other): flag for one, several in data["turned"].items() for other, flag in several.items()},
        {word: sex for sex, text in data["persons"].items() for word in text.split()},
        frozenset(word for phrase in (*pieces, *plainly, tuple(data["forms"].split())) for word in phrase if len(word) > 2),
        tuple((re.compile(turn, re.IGNORECASE), plainer) for turn, plainer in data["said"].items()),
    )


def _names(text: str, words: Mapping[str, str]) -> tuple[str, ...]:
    """The phrases of one state that name it by themselves."""
    return tuple(dict.fromkeys(" ".join(phrase) for phrase, weak in _phrases(text, words) if not weak and "#" not in phrase))
