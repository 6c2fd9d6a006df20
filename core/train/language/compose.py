"""Marked sentences to training sentences: places filled with names, sentences joined, wording roughened.

A marked sentence reads "a [new:<thing>], not a [not:<thing>]": a tag of core.language.tags before each span, a bar before
each further wish, and places in angle brackets that are filled anew each time. core/train/language/data holds them; ten and more
writers (language models) wrote them from a description of the world, without seeing any list that measures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.language.tags import TAGS
from core.language.words import Word, words_of

_MARK = re.compile(r"\[(?P<tag>[a-z]+):(?P<said>[^\]]*)\](?P<end>(?:['’]?s\b)?)|(?P<bar>\|)|(?P<rest>[^\[|]+)")
_PLACE = re.compile(r"<([a-z]+)>")

OPENINGS = ("please ", "hey, ", "ok so ", "ok ", "hi! ", "um ", "right, ", "now ", "yo ", "so ", "hello, ", "well, ", "actually ", "hmm ")
CLOSINGS = (" please", " pls", " thanks", "!", ".", "...", " thank you", " :)", " ok?", " cheers", "?", " lol", ", if you can", " mate")
JOINTS = (
    ", and ",
    " and ",
    ", ",
    ". ",
    "; ",
    " ",
    " plus ",
    ", then ",
    " & ",
    ". Also ",
    " also ",
    " + ",
    ", but ",
    " while ",
    " then ",
    "\n",
    " - ",
)
_STARTS = re.compile(r"^(?:i |he |she |it |the |that |this |we |could |can |would |let|no |not |any|undo|never|hello|hi|thanks)", re.I)


@dataclass(frozen=True)
class Marked:
    """A marked sentence as pieces: what is said, its tag, and whether a further wish begins with it."""

    pieces: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class Example:
    """A sentence to learn from.

    Attributes:
        words: of the sentence.
        tags: for each word its place in TAGS.
        further: for each word 1 where a further wish begins, 0 inside a span, -1 where it does not matter.
    """

    words: tuple[Word, ...]
    tags: tuple[int, ...]
    further: tuple[int, ...]


def read_marked(line: str) -> Marked:
    """One line; ValueError where a tag is unknown or a bracket is open."""
    pieces: list[tuple[str, str, bool]] = []
    bar = False
    for found in _MARK.finditer(line.strip()):
        if found["bar"]:
            bar = True
        elif found["rest"] is not None:
            pieces.append((found["rest"], "", False))
        else:
            if found["tag"] not in TAGS:
                raise ValueError(f"unknown tag in: {line}")
            pieces.append((found["said"] + found["end"], found["tag"], bar))  # "no [not:<thing>]s" marks "sharks", as a person types it
            bar = False
    if "".join(said for said, _, _ in pieces).count("[") or not pieces:
        raise ValueError(f"an open bracket in: {line}")
    return Marked(tuple(pieces))


class Composer:
    """Makes examples from marked sentences.

    Args:
        marked: the sentences.
        fillings: for each place, "thing" and so on, what may stand there.
    """

    def __init__(self, marked: Sequence[Marked], fillings: Mapping[str, Sequence[str]]) -> None:
        self.marked, self.fillings = list(marked), fillings

    @cached_property
    def joinable(self) -> list[Marked]:
        """The sentences that may stand beside another: a step back and plain chat may not change what a neighbour says."""
        return [m for m in self.marked if any(tag for _, tag, _ in m.pieces)]

    def example(self, rng: np.random.Generator) -> Example:
        """One sentence; sometimes two or three in one."""
        pieces = list(self._filled(self.marked[rng.integers(len(self.marked))], rng))
        while rng.random() < 0.22 and len(pieces) < 24 and any(tag for _, tag, _ in pieces):
            pieces = self._with_another(pieces, rng)
        if rng.random() < 0.15 and not _STARTS.match(pieces[0][0]):
            pieces = [(str(rng.choice(OPENINGS)), "", False), *pieces]
        if rng.random() < 0.2:
            pieces.append((str(rng.choice(CLOSINGS)), "", False))
        return _labelled(_roughened(pieces, rng))

    def _with_another(self, pieces: list[tuple[str, str, bool]], rng: np.random.Generator) -> list[tuple[str, str, bool]]:
        other = list(self._filled(self.joinable[rng.integers(len(self.joinable))], rng))
        first = next(i for i, (_, tag, _) in enumerate(other) if tag)
        other[first] = (*other[first][:2], True)
        said, tag, further = pieces[-1]
        pieces = [*pieces[:-1], (said.rstrip(" .!?") if not tag else said, tag, further)]
        return [*pieces, (str(rng.choice(JOINTS)), "", False), *other]

    def _filled(self, marked: Marked, rng: np.random.Generator) -> list[tuple[str, str, bool]]:
        return [(_PLACE.sub(lambda m: self._filling(m[1], rng), said), tag, bar) for said, tag, bar in marked.pieces]

    def _filling(self, place: str, rng: np.random.Generator) -> str:
        options = self.fillings[place]
        return options[int(rng.integers(len(options)))]


def _roughened(pieces: list[tuple[str, str, bool]], rng: np.random.Generator) -> list[tuple[str, str, bool]]:
    """Without capitals, commas or apostrophes now and then, and with slips of the finger."""
    lower, bare, flat = rng.random() < 0.5, rng.random() < 0.35, rng.random() < 0.3
    made = []
    for said, tag, bar in pieces:
        said = said.lower() if lower else said
        said = re.sub(r"[,.;:!?]", " " if not tag else "", said) if bare else said
        said = said.replace("'", "").replace("’", "") if flat and not tag else said
        if rng.random() < 0.03 and len(said) > 6:
            at = int(rng.integers(1, len(said) - 2))
            said = said[:at] + said[at + 1] + said[at] + said[at + 2 :] if said[at : at + 2].isalpha() else said
        made.append((said, tag, bar))
    return made


def _labelled(pieces: list[tuple[str, str, bool]]) -> Example:
    words: list[Word] = []
    tags: list[int] = []
    further: list[int] = []
    for said, tag, bar in pieces:
        for number, word in enumerate(words_of(said)):
            words.append(word)
            marks = tag and word.plain[:1].isalnum()
            tags.append(TAGS.index(tag) if marks else 0)
            further.append(int(bar and number == 0) if marks else -1)
    return Example(tuple(words), tuple(tags), tuple(further))
