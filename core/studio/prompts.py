"""Sentences for pictures that should fool a model: they name the true class and other things, and never the wrong class.

A small grammar writes them, offline. Any other writer, such as a language model on this machine, is held to the same rules by
the same checker: what breaks one is thrown away and asked for again (papers/inner_workings_thesis.md, section 3.5 and Table B.2,
whose authors hand the rules to the model and sort out by hand what breaks them).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from core.foundations.errors import RequestError

LONGEST = 300
"""Characters of a prompt."""
THINGS = 3
"""Things that the grammar names in one sentence beside the true class; what stands behind all of them is counted apart."""
TRIES = 12
"""How often a writer is asked before it is given up."""

_OPENINGS = (
    "{true} beside {things}{ground}",
    "{true} with {things}{ground}",
    "{true} in front of {things}{ground}",
    "{true} among {things}{ground}",
    "{true}, and next to it {things}{ground}",
)
_GROUNDS = (", on {ground}", ", before {ground}")

PLAIN = frozenset(
    "a an the and or of in on at to by with near beside before behind between among under over above below next front it its is are "
    "stands standing sits sitting lies lying there this picture photo photograph image scene drawing shows showing while another "
    "one two some both left right middle top bottom background against close together small large big".split()
)
"""Words that may stand between names in a sentence of a language model."""

Writer = Callable[[int], Sequence[str]]
"""Anything that writes so many sentences, or as many as it can."""


@dataclass(frozen=True)
class Prompt:
    """A sentence, and the words of the pool that it uses, in its order."""

    text: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """What a prompt has to keep to.

    Attributes:
        true: names of the true class, of which one has to be there.
        wrong: names of the wrong class, none of which may be, nor its plural.
        phrases: what may be named besides: word to its noun phrase, such as "shark" to "a shark".
        grounds: which of these words stand behind all else.
        called: other names of a word than itself, where a writer may use them.
        banned: names of what must not be there either, such as what means alike to the wrong class.
        plain: words that may stand between names; any where None.
    """

    true: tuple[str, ...]
    wrong: tuple[str, ...]
    phrases: Mapping[str, str]
    grounds: frozenset[str] = frozenset()
    called: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    banned: tuple[str, ...] = ()
    plain: frozenset[str] | None = None

    def words_in(self, text: str) -> tuple[str, ...]:
        """The words of the pool that a sentence names, in its order; where one name lies within another the longer one counts."""
        low = text.lower()
        names = [(name, word) for word in self.phrases for name in (word, *self.called.get(word, ())) if _may_be(name, low)]
        taken, found = [False] * len(text), []
        for name, word in sorted(names, key=lambda pair: -len(pair[0])):
            for match in _of(name).finditer(low):
                if not any(taken[match.start() : match.end()]):
                    taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                    found.append((match.start(), word))
        return tuple(dict.fromkeys(word for _, word in sorted(found)))

    def problem(self, text: str) -> str | None:
        """What is wrong with a sentence; None where nothing is."""
        if not isinstance(text, str) or not text.strip():
            return "it is empty"
        if len(text) > LONGEST:
            return f"it has {len(text)} characters, and {LONGEST} is the most"
        low = text.lower()
        if not any(_of(name).search(low) for name in self.true):
            return f"it does not name the true class, {self.true[0]!r}"
        if named := next((name for name in self.wrong if _may_be(name, low) and _of(name).search(low)), None):
            return f"it names the wrong class: {named!r}"
        words = self.words_in(text)
        if not words:
            return "it names nothing besides that could be shown"
        rest = low
        for name in sorted([*self.true, *words, *(name for word in words for name in self.called.get(word, ()))], key=len, reverse=True):
            rest = _of(name).sub(" ", rest)
        if named := next((name for name in self.banned if _may_be(name, rest) and _of(name).search(rest)), None):
            return f"it names what means alike to the wrong class: {named!r}"
        strange = [] if self.plain is None else [word for word in re.findall(r"[^\W_]+(?:['-][^\W_]+)*", rest) if word not in self.plain]
        return f"it says {strange[0]!r}, which no picture here can show" if strange else None


def _may_be(name: str, low: str) -> bool:
    """Whether a name's stem stands in a sentence in small letters at all, so that most names need no pattern: there are hundreds."""
    return name.lower().strip()[:-1] in low


@lru_cache(maxsize=4096)
def _of(name: str) -> re.Pattern[str]:
    """A name as a whole word, in the singular or a plural."""
    plain = re.escape(name.lower().strip())
    plurals = f"|{re.escape(name.lower()[:-1])}ies" if name.lower().endswith("y") else ""
    return re.compile(rf"(?<!\w)(?:{plain}(?:s|es)?{plurals})(?!\w)")


def listed(phrases: Sequence[str]) -> str:
    """Noun phrases as a list in a sentence: "a, b and c"."""
    *most, last = phrases
    return f"{', '.join(most)} and {last}" if most else last


def written(
    rules: Rules, true: str, words: Sequence[str], count: int, rng: np.random.Generator, things: int = THINGS
) -> tuple[Prompt, ...]:
    """Prompts by the grammar, no two alike as long as there are others.

    Args:
        rules: what they keep to.
        true: the noun phrase of the true class, such as "a cat".
        words: to choose from, those that matter most first; each prompt takes some of them by chance.
        count: how many.
        rng: where chance comes from.
        things: how many things a prompt names, at most, besides a ground.

    Raises:
        RequestError: where there are no words, or none of them may be named.
    """
    usable = [
        word for word in dict.fromkeys(words) if word in rules.phrases and rules.problem(f"{true} beside {rules.phrases[word]}") is None
    ]
    if not usable:
        raise RequestError("None of these words can be put into a sentence with the true class. Choose other words.")
    found: dict[str, Prompt] = {}
    for _ in range(TRIES * count):
        if len(found) == count:
            break
        prompt = _sentence(rules, true, usable, rng, things)
        if rules.problem(prompt.text) is None:
            found.setdefault(prompt.text, prompt)
    several = tuple(found.values())
    return tuple(several[at % len(several)] for at in range(count))


def _sentence(rules: Rules, true: str, usable: Sequence[str], rng: np.random.Generator, things: int) -> Prompt:
    beside = [word for word in usable if word not in rules.grounds]
    behind = [word for word in usable if word in rules.grounds]
    # The number of things and whether there is a ground come from how many of the words are such.
    chosen = [beside[at] for at in rng.permutation(len(beside))[:things]]
    ground = [behind[int(rng.integers(len(behind)))]] if behind and (not chosen or rng.random() < 0.5) else []
    opening = _OPENINGS[int(rng.integers(len(_OPENINGS)))]
    told = _GROUNDS[int(rng.integers(len(_GROUNDS)))].format(ground=rules.phrases[ground[0]]) if ground and chosen else ""
    if not chosen:
        return Prompt(f"{true} before {rules.phrases[ground[0]]}", (ground[0],))
    text = opening.format(true=true, things=listed([rules.phrases[word] for word in chosen]), ground=told)
    return Prompt(text, (*chosen, *(ground if told else ())))


@dataclass(frozen=True)
class Taken:
    """What became of a writer's sentences.

    Attributes:
        prompts: those that keep to the rules.
        rejected: the others, each with what is wrong.
    """

    prompts: tuple[Prompt, ...]
    rejected: tuple[tuple[str, str], ...]


def asked(writer: Writer, rules: Rules, count: int, tries: int = TRIES) -> Taken:
    """Prompts of any writer, each checked; what breaks a rule is thrown away and asked for again.

    Args:
        writer: is asked for as many as are still lacking.
        rules: what they keep to.
        count: how many are wanted; fewer come where the writer gives no more in `tries` rounds.
        tries: rounds.
    """
    found: dict[str, Prompt] = {}
    rejected: list[tuple[str, str]] = []
    for _ in range(tries):
        if len(found) >= count:
            break
        for text in writer(count - len(found)):
            problem = rules.problem(text)
            if problem is None:
                found.setdefault(text.strip(), Prompt(text.strip(), rules.words_in(text)))
            else:
                rejected.append((str(text)[:LONGEST], problem))
    return Taken(tuple(found.values())[:count], tuple(rejected))
