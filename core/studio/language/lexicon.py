"""All phrases by which parts can be asked for: an exact look-up, and an index of sentence embeddings for the rest."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from core.foundations.errors import ShapeError, WeightsError
from core.foundations.files import in_eight_bits, save_weights
from core.methods.read.search import TextIndex
from core.models.text import known_words
from core.studio.language.colours import COLOURS
from core.studio.language.knowledge import ABSENT, ALIASES, CATEGORIES
from core.studio.language.normal import Vocabulary, key, lemma, nearest_word, normalise

Embed = Callable[[list[str]], np.ndarray]
"""m sentences to `[m d]` float32 of unit norm."""

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
"""The encoder that saved vectors must come from."""

KIND_WEIGHT = 0.9
"""How much a phrase for a part's kind counts, against its names."""


class Named(Protocol):
    """What an entry can be made from, such as a part of a catalogue."""

    @property
    def slot(self) -> str:
        """Where it goes."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def synonyms(self) -> tuple[str, ...]:
        """What else it may be called."""

    @property
    def kind(self) -> str:
        """Animal, food, colour, nothing ..."""

    @property
    def colours(self) -> tuple[str, ...]:
        """Its colours in words, the main one first."""


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
    def of(cls, part: Named) -> Entry:
        """The entry of a part of a catalogue."""
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
    """

    entry: Entry
    score: float
    text: str


class Lexicon:
    """Entries, found by their exact words or by meaning. Build it with `Lexicon.build`."""

    def __init__(
        self,
        entries: tuple[Entry, ...],
        index: TextIndex,
        texts: tuple[_Text, ...],
        embed: Embed,
        english: frozenset[str],
        others: Mapping[str, str],
    ) -> None:
        self.entries = entries
        self.embed = embed
        self._index, self._texts = index, texts
        self._by_id = {(e.slot, e.part): e for e in entries}
        self._exact = _exact(entries)
        self._groups = {key(g): [e for m in members for e in self._exact.get(key(m), ())] for g, members in CATEGORIES.items()}
        self._aliases = {key(a): key(b) for a, b in ALIASES.items() if key(a) not in self._exact and key(b) in self._exact}
        absent = {key(t.text) for t in texts if t.entry is None}
        keys = {name: key(name) for name in set(others.values())}  # few names, many words
        self._others = {key(word): keys[name] for word, name in others.items() if key(word) not in absent}
        self.vocabulary = _vocabulary(entries, english.union(*map(str.split, others)), {**self._groups, **self._exact})

    @classmethod
    def build(
        cls,
        entries: Iterable[Entry],
        embed: Embed,
        vectors: tuple[dict[str, Tensor], dict[str, Any]] | None = None,
        english: frozenset[str] | None = None,
        absent: Sequence[str] = ABSENT,
        others: Mapping[str, str] | None = None,
    ) -> Lexicon:
        """Make a lexicon.

        Args:
            entries: what can be asked for.
            embed: sentences to unit vectors.
            vectors: tensors and card that `save_vectors` wrote, or None to embed all texts now (about 10 seconds).
                Texts that the file does not hold are embedded now, so the order and number of entries may differ.
            english: words that are not slips of the finger; the encoder's own words where None.
            absent: names of what does not exist in this world.
            others: further words, each with the name that it means; names and groups go before them.

        Raises:
            WeightsError: the vectors were not made by this model, or are damaged.
            ShapeError: there are no entries.
        """
        entries = tuple(entries)
        if not entries:
            raise ShapeError("A lexicon needs at least one entry.")
        texts = _texts(entries, absent)
        if vectors is None:
            rows = embed([t.text for t in texts])
        else:
            tensors, card = vectors
            rows = _fitting(tensors, card, texts, embed)
        english = known_words() if english is None else english
        return cls(entries, TextIndex.build(rows, texts), texts, embed, english, others or {})

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
        """Entries that bear this very name, those whose first name it is first; slips and other spellings mended.

        Args:
            phrase: a noun phrase.
            slots: only these, or all where empty.
        """
        found = self._exact.get(self._known(phrase), [])
        return [e for e in found if not slots or e.slot in slots]

    def group(self, phrase: str, slots: Sequence[str] = ()) -> list[Entry]:
        """Entries that belong to what a phrase names: a group ("fruit"), a kind ("animal"), a common last word ("tie")."""
        wanted = key(phrase)
        last = [e for e in self.entries if any(self._ends_with(n, wanted) for n in e.names)]
        found = sorted(last, key=lambda e: not self._ends_with(e.name, wanted))
        found += self._groups.get(wanted, ())
        found += [e for e in self.entries if wanted and key(e.kind) == wanted and not e.bare]
        return [e for e in dict.fromkeys(found) if not slots or e.slot in slots]

    def other(self, phrase: str, slots: Sequence[str] = ()) -> list[Entry]:
        """Entries that a further word means, one that is neither a name nor a group."""
        return [e for e in self._exact.get(self._others.get(key(phrase), ""), ()) if not e.bare and (not slots or e.slot in slots)]

    @staticmethod
    def _ends_with(name: str, wanted: str) -> bool:
        words = name.split(" with ")[0].split(" on ")[0].split()
        return len(words) > 1 and any(key(" ".join(words[-n:])) == wanted for n in (1, 2) if n < len(words))

    def _known(self, phrase: str) -> str:
        wanted = key(phrase)
        if wanted in self._exact:
            return wanted
        if wanted in self._aliases:
            return self._aliases[wanted]
        mended = key(" ".join(self.vocabulary.mend(w) for w in normalise(phrase).split()))
        if mended in self._exact:
            return mended
        return self._aliases.get(mended, wanted)

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
        return [self._gather(s, p, tuple(wanted), limit) for s, p, wanted in zip(hits.scores, hits.positions, slots, strict=True)]

    def _gather(self, scores: np.ndarray, positions: np.ndarray, slots: tuple[str, ...], limit: int) -> tuple[list[Near], float]:
        best: dict[Entry, Near] = {}
        absent = -1.0
        for score, position in zip(scores.tolist(), positions.tolist(), strict=True):
            text = self._texts[position]
            if text.entry is None:
                absent = max(absent, score)
            elif (not slots or text.entry.slot in slots) and not text.entry.bare:
                near = Near(text.entry, score * text.weight, text.text)
                if near.score > best.get(text.entry, near).score or text.entry not in best:
                    best[text.entry] = near
        return sorted(best.values(), key=lambda n: -n.score)[:limit], absent


@dataclass(frozen=True)
class _Text:
    text: str
    entry: Entry | None
    weight: float = 1.0


def _texts(entries: tuple[Entry, ...], absent: Sequence[str] = ABSENT) -> tuple[_Text, ...]:
    found = []
    for e in entries:
        found += [_Text(text, e) for text in dict.fromkeys(e.names)]
        if e.kind not in {"", "colour", "nothing", "pattern", "text"}:
            found.append(_Text(f"{e.name}, {e.kind}", e, KIND_WEIGHT))
        if e.kind == "colour":
            found.append(_Text(f"{e.name} {e.slot}", e))
    held = {key(name) for e in entries for name in e.names}
    return (*found, *(_Text(word, None) for word in absent if key(word) not in held))


def _exact(entries: tuple[Entry, ...]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = defaultdict(list)
    for place in (0, 1):
        for e in entries:
            for name in (e.names[:1], e.names[1:])[place]:
                if e not in found[key(name)]:
                    found[key(name)].append(e)
    return dict(found)


def _vocabulary(entries: tuple[Entry, ...], english: frozenset[str], exact: dict[str, list[Entry]]) -> Vocabulary:
    words: set[str] = set()
    phrases: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for e in entries:
        if e.bare:
            continue
        for name in e.names:
            parts = normalise(name).split()
            words.update(w for w in parts if w.isalpha())
            if len(parts) > 1:
                phrase = tuple(map(lemma, parts))
                phrases[phrase[0]].add(phrase)
    known = words | english | {w for text in (*ABSENT, *ALIASES, *CATEGORIES) for w in text.split()}
    names = tuple(sorted(w for w in words if len(w) > 3))
    ordered = {first: tuple(sorted(found, key=lambda p: (-len(p), p))) for first, found in phrases.items()}
    slots = {k: frozenset(e.slot for e in found) for k, found in exact.items()}
    whole = frozenset(tuple(map(lemma, normalise(e.name).split())) for e in entries if not e.bare and e.name.split()[0] not in COLOURS)
    return Vocabulary(frozenset(known), names, ordered, slots, whole)


def _keys(texts: Iterable[str]) -> list[int]:
    return [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True) for text in texts]


def _fitting(tensors: dict[str, Tensor], card: dict[str, Any], texts: tuple[_Text, ...], embed: Embed) -> np.ndarray:
    if card.get("model") != MODEL or {"vectors", "keys"} - set(tensors) or len(tensors["vectors"]) != len(tensors["keys"]):
        raise WeightsError("The texts' vectors were not made by this model. Make them again with save_vectors.")
    held = dict(zip(tensors["keys"].tolist(), tensors["vectors"].float().numpy(), strict=True))
    keys = _keys(t.text for t in texts)
    missing = [t.text for t, k in zip(texts, keys, strict=True) if k not in held]
    held.update(zip(_keys(missing), embed(missing) if missing else (), strict=True))
    rows = np.stack([held[k] for k in keys])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def save_vectors(entries: Iterable[Entry], embed: Embed, name: str = "nouns_texts") -> None:
    """Embed all texts and write them as `assets/<name>.safetensors`, with a card.

    The file holds `vectors` `[m d]` in eight bits and `keys` `[m]` int64, the first 8 bytes of each text's sha256.

    Args:
        entries: what can be asked for.
        embed: sentences to unit vectors.
        name: of the file.
    """
    texts = sorted({t.text for t in _texts(tuple(entries))})
    vectors = torch.from_numpy(np.asarray(embed(texts), np.float32))
    card = {
        "what": "Sentence embeddings of all names of parts, and of things that do not exist; the index of requests.",
        "model": MODEL,
        "count": len(texts),
        "texts": hashlib.sha256("\x1f".join(texts).encode()).hexdigest(),
        "licence": "MIT",
    }
    save_weights(name, in_eight_bits({"vectors": vectors, "keys": torch.tensor(_keys(texts))}, "vectors"), card)


__all__ = ["Embed", "Entry", "Lexicon", "Near", "nearest_word", "save_vectors"]
