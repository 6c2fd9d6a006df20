"""All phrases by which parts can be asked for: an exact look-up by words, and an index of meanings for the rest.

The index holds names, kinds, and what people say of things whose name they forgot: what they are for, who uses them, how
they look. What the world does not hold stands there too: "lion" lies near "tiger", but nearer to "lion", so it is refused.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from core.foundations.errors import ShapeError
from core.language.facts import Facts, english
from core.language.facts.colours import COLOURS
from core.language.facts.described import Tell
from core.language.words import forms_of, key, lemma, nearest_word, words_of
from core.models.overlap import Overlap, bag
from core.models.text import known_words

Embed = Callable[[list[str]], np.ndarray]
"""m sentences to `[m d]` float32 of unit norm."""

KIND_WEIGHT = 0.9
"""How much a phrase for a part's kind counts, against its names."""
DESCRIBED_WEIGHT = 0.97
"""How much a description counts, against names."""
NAMED_WEIGHT = 0.85
"""The same for a phrase that is too short for a description: a dragon is more like a snake than like the taco of a story."""
DESCRIBING = 3
"""Words that a description has at the least."""
SHARED_WEIGHT = 0.02
"""How much shared words count beside the cosine."""
SURENESS = {"score": 25.0, "ahead": 4.0, "absent": 12.0, "shared": 0.0, "bias": -14.5}
"""How sure an answer is where nothing was measured; see core.language.match.FEATURES."""
_VERBS = english("verbs")
"""What a slip may have been meant for, besides the words of slots, colours and names."""


class Searchable(Protocol):
    """An index over rows of unit vectors."""

    def search(self, queries: np.ndarray, limit: int) -> Any:
        """The nearest rows of queries `[q d]`, with `scores` and `positions`, both `[q k]`, best first."""


@dataclass(frozen=True)
class Entry:
    """One thing that can be asked for.

    Attributes:
        slot: where it goes.
        part: its id.
        name: what it is called.
        synonyms: what else it may be called.
        kind: animal, food, colour, nothing ...
        colours: its colours in words, the main one first.
    """

    slot: str
    part: str
    name: str
    synonyms: tuple[str, ...] = ()
    kind: str = ""
    colours: tuple[str, ...] = ()

    @classmethod
    def of(cls, part: Any) -> Entry:
        """The entry of a part of a catalogue, which has the same attributes and `id` for the part."""
        return cls(part.slot, part.id, part.name, part.synonyms, part.kind, part.colours)

    @property
    def names(self) -> tuple[str, ...]:
        """Its name and synonyms."""
        return (self.name, *self.synonyms)

    @property
    def bare(self) -> bool:
        """Whether it means that nothing is there."""
        return self.kind == "nothing"

    @property
    def title(self) -> str:
        """Its name with the slot where the name alone is a colour: "red glasses", "shark"."""
        return f"{self.name} {self.slot}" if self.kind == "colour" and self.slot not in self.name else self.name


@dataclass(frozen=True)
class Near:
    """An entry that lies near a phrase.

    Attributes:
        entry: which.
        score: weighted cosine of its best text, in [-1, 1].
        text: that text.
        shared: how much the phrase's words are those that are said of it; see core.models.overlap.
    """

    entry: Entry
    score: float
    text: str
    shared: float = 0.0

    @property
    def worth(self) -> float:
        """What entries are ordered by."""
        return self.score + SHARED_WEIGHT * self.shared


@dataclass(frozen=True)
class Text:
    """A row of the index: a phrase, what it stands for (None for what is not there), and how much it counts."""

    text: str
    entry: Entry | None
    weight: float = 1.0


class Lexicon:
    """Entries, found by their exact words or by meaning.

    Args:
        entries: what can be asked for.
        facts: the world's words.
        embed: sentences to unit vectors.
        index: makes an index over rows `[m d]`.
        vectors: rows of texts that were embedded before; all others are embedded now.
        described: for a slot and part, what people say of it.
        others: further words, each with the name that it means; names and groups go before them.
        sureness: how sure its answers are, see core.language.match.
        bags: for a slot and part, how often each word is said of it; the words of its names where None.
        tell: what a description stands for, where nothing else reads it.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        facts: Facts,
        embed: Embed,
        index: Callable[[np.ndarray], Searchable],
        vectors: Mapping[str, np.ndarray] | None = None,
        described: Mapping[tuple[str, str], Sequence[str]] | None = None,
        others: Mapping[str, str] | None = None,
        sureness: Mapping[str, float] | None = None,
        bags: Mapping[tuple[str, str], Mapping[str, int]] | None = None,
        tell: Tell | None = None,
    ) -> None:
        self.entries, self.facts, self.embed, self.sureness, self.tell = tuple(entries), facts, embed, sureness or SURENESS, tell
        if not self.entries:
            raise ShapeError("A lexicon needs at least one entry.")
        self._by_id = {(e.slot, e.part): e for e in self.entries}
        self._exact = _exact(self.entries)
        self._groups = {key(g): [e for m in members for e in self._exact.get(key(m), ())] for g, members in facts.groups.items()}
        self._others = self._further(others or {})
        self._texts = texts_of(self.entries, facts, described or {})
        self._index = index(_rows(self._texts, vectors or {}, embed))
        self._overlap = Overlap(bags or {(e.slot, e.part): bag(e.names, forms_of) for e in self.entries}, forms_of)
        own = {w.plain for e in self.entries for n in e.names for w in words_of(n)}
        spoken = {w for words in facts.slots.values() for phrase in words for w in phrase.split()} | set(COLOURS) | _VERBS
        self._names, self._spoken = sorted(w for w in own if len(w) > 3), sorted(w for w in spoken if len(w) > 3)
        self._known = (
            known_words() | {w.plain for t in self._texts for w in words_of(t.text)} | {w for o in others or {} for w in o.split()}
        )

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots of the entries, in order of first appearance."""
        return tuple(dict.fromkeys(e.slot for e in self.entries))

    def entry(self, slot: str, part: str) -> Entry | None:
        """The entry of a part, or None."""
        return self._by_id.get((slot, part))

    def of_slot(self, slot: str) -> list[Entry]:
        """The entries of a slot, bare ones last."""
        return sorted((e for e in self.entries if e.slot == slot), key=lambda e: e.bare)

    def bare(self, slot: str) -> Entry | None:
        """The entry that empties a slot, or None where it cannot be empty."""
        return next((e for e in self.entries if e.slot == slot and e.bare), None)

    def exact(self, phrase: str, slots: Sequence[str] = ()) -> list[Entry]:
        """Entries that bear this very name, those whose first name it is first; slips and other spellings mended."""
        wanted = key(phrase)
        if wanted not in self._exact:
            wanted = key(self.mended(phrase))
        return [e for e in self._exact.get(wanted, ()) if not slots or e.slot in slots]

    def other(self, phrase: str, slots: Sequence[str] = ()) -> list[Entry]:
        """Entries that a further word means, one that is neither a name nor a group."""
        return [e for e in self._exact.get(self._others.get(key(phrase), ""), ()) if not e.bare and (not slots or e.slot in slots)]

    def group(self, phrase: str, slots: Sequence[str] = ()) -> list[Entry]:
        """Entries that belong to what a phrase names: a group ("fruit"), a kind ("animal"), a common last word ("tie")."""
        wanted = key(phrase)
        ending = (e for e in self.entries if any(_ends_with(n, wanted) for n in e.names))
        found = [*self._groups.get(wanted, ()), *sorted(ending, key=lambda e: not _ends_with(e.name, wanted))]
        found += [e for e in self.entries if wanted and key(e.kind) == wanted and not e.bare]
        return [e for e in dict.fromkeys(found) if not slots or e.slot in slots]

    def members(self, phrase: str, slots: Sequence[str] = ()) -> list[Entry]:
        """Of a group that a table lists what it lists, a cotton ball being no ball; else as `group`."""
        told = [e for e in self._groups.get(key(phrase), ()) if not slots or e.slot in slots]
        return told if len(told) > 1 else self.group(phrase, slots)

    def is_absent(self, phrase: str) -> bool:
        """Whether a phrase names what the world is known not to hold."""
        return key(phrase) in self._absent

    def mended(self, phrase: str) -> str:
        """A phrase with its slips of the finger mended towards the names of entries; what is a word stays."""
        return " ".join(map(self._mended, phrase.split()))

    def _mended(self, word: str) -> str:
        if word in self._known or lemma(word) in self._known or not word.isalpha():
            return word
        return nearest_word(word, self._spoken) or nearest_word(word, self._names) or word

    def near(self, phrases: Sequence[str], slots: Sequence[Sequence[str]], limit: int = 8) -> list[tuple[list[Near], float]]:
        """Entries near phrases in meaning.

        Args:
            phrases: q noun phrases, embedded in one call.
            slots: for each phrase the slots it may go to, all where empty.
            limit: how many entries for each.

        Returns:
            For each phrase its entries, best first, and the score of the nearest thing that does not exist.
        """
        if not phrases:
            return []
        hits = self._index.search(self.embed(list(phrases)), len(self._texts))
        rows = zip(phrases, hits.scores, hits.positions, slots, strict=True)
        return [self._gather(phrase, scores, positions, tuple(wanted), limit) for phrase, scores, positions, wanted in rows]

    def _gather(
        self, phrase: str, scores: np.ndarray, positions: np.ndarray, slots: tuple[str, ...], limit: int
    ) -> tuple[list[Near], float]:
        best: dict[Entry, Near] = {}
        absent, named = -1.0, len(phrase.split()) < DESCRIBING
        for score, position in zip(scores.tolist(), positions.tolist(), strict=True):
            text = self._texts[position]
            if text.entry is None:
                absent = max(absent, score)
            elif (not slots or text.entry.slot in slots) and not text.entry.bare:
                weighed = score * (NAMED_WEIGHT if named and text.weight == DESCRIBED_WEIGHT else text.weight)
                if text.entry not in best or weighed > best[text.entry].score:
                    best[text.entry] = Near(text.entry, weighed, text.text)
        shared = {} if named else self._overlap.scores(phrase)
        found = [replace(n, shared=shared.get((n.entry.slot, n.entry.part), 0.0)) for n in best.values()]
        return sorted(found, key=lambda n: -n.worth)[:limit], absent

    def _further(self, others: Mapping[str, str]) -> dict[str, str]:
        """Further words by their keys, to the keys of names: those of the facts before those that were handed in."""
        self._absent = {key(word) for word in self.facts.absent} - set(self._exact)
        known = {key(o): key(name) for name, several in self.facts.other_names.items() for o in several}
        names = {name: key(name) for name in set(others.values())}  # few names, many words
        found = {key(word): names[name] for word, name in others.items()} | known
        return {word: name for word, name in found.items() if word not in self._absent and word not in self._exact and name in self._exact}


def texts_of(entries: Iterable[Entry], facts: Facts, described: Mapping[tuple[str, str], Sequence[str]]) -> tuple[Text, ...]:
    """The rows of the index: names, kinds and descriptions of what is there, and names of what is not."""
    found, entries = list[Text](), tuple(entries)
    for e in entries:
        found += [Text(text, e) for text in dict.fromkeys(e.names)]
        if e.kind not in {"", "colour", "nothing", "pattern", "text"}:
            found.append(Text(f"{e.name}, {e.kind}", e, KIND_WEIGHT))
        if e.kind == "colour":
            found.append(Text(f"{e.name} {e.slot}", e))
        found += [Text(text, e, DESCRIBED_WEIGHT) for text in described.get((e.slot, e.part), ())]
    held = {key(name) for e in entries for name in e.names}
    return (*found, *(Text(word, None) for word in facts.absent if key(word) not in held))


def _rows(texts: Sequence[Text], vectors: Mapping[str, np.ndarray], embed: Embed) -> np.ndarray:
    missing = [t.text for t in texts if t.text not in vectors]
    fresh = dict(zip(missing, embed(missing) if missing else (), strict=True))
    rows = np.stack([vectors[t.text] if t.text in vectors else fresh[t.text] for t in texts])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _ends_with(name: str, wanted: str) -> bool:
    words = re.split(" (?:with|on|in) ", name)[0].split()
    return len(words) > 1 and any(key(" ".join(words[-n:])) == wanted for n in (1, 2) if n < len(words))


def _exact(entries: tuple[Entry, ...]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = defaultdict(list)
    for several in (lambda e: e.names[:1], lambda e: e.names[1:]):
        for e in entries:
            for name in several(e):
                if e not in found[key(name)]:
                    found[key(name)].append(e)
    return dict(found)
