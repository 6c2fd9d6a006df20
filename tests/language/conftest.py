"""The real lexicon and reader, and a small world by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from core.language.facts import Facts, facts_of
from core.language.lexicon import Entry, Lexicon
from core.language.tags import TAGS, Span
from core.language.words import words_of
from core.studio.library import Library


@pytest.fixture(scope="session")
def library() -> Library:
    """The Nouns' library: the reader and the index that are shipped."""
    return Library("nouns")


@pytest.fixture
def reading() -> dict[str, str]:
    """What a picture shows."""
    return {"background": "cool", "body": "bluegrey", "accessory": "eye", "head": "gnome", "glasses": "square-magenta"}


def hashed(texts: list[str]) -> np.ndarray:
    """A vector for each text that is near no other's, float32 `[m 16]`."""
    seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") for text in texts]
    rows = np.stack([np.random.default_rng(seed).normal(size=16) for seed in seeds]) if texts else np.zeros((0, 16))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32) if texts else rows.astype(np.float32)


class Plain:
    """An index that compares with every row."""

    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows

    def search(self, queries: np.ndarray, limit: int) -> SimpleNamespace:
        scores = queries @ self.rows.T
        order = np.argsort(-scores, axis=1)[:, :limit]
        return SimpleNamespace(scores=np.take_along_axis(scores, order, 1), positions=order)


SMALL = (
    Entry("head", "shark", "shark", ("great white",), "animal", ("blue",)),
    Entry("head", "cat", "cat", ("kitty",), "animal", ("red",)),
    Entry("head", "bare", "no head", (), "nothing"),
    Entry("glasses", "red", "red", (), "colour", ("red",)),
    Entry("glasses", "green", "green", (), "colour", ("green",)),
    Entry("glasses", "blue", "blue", (), "colour", ("blue",)),
    Entry("glasses", "bare", "no glasses", (), "nothing"),
    Entry("body", "red", "red", (), "colour", ("red",)),
    Entry("body", "green", "green", (), "colour", ("green",)),
    Entry("body", "black", "black", (), "colour", ("black",)),
    Entry("accessory", "cat", "cat", (), "animal", ("red",)),
    Entry("accessory", "scarf", "yellow scarf", ("scarf",), "clothing", ("yellow",)),
    Entry("accessory", "none", "no accessory", (), "nothing"),
)
SHOWN = {"head": "shark", "glasses": "green", "body": "green", "accessory": "scarf"}


@pytest.fixture(scope="session")
def small() -> Lexicon:
    """A world of ten things."""
    facts = facts_of("nouns")
    slots = {slot: facts.slots[slot] for slot in ("head", "glasses", "body", "accessory")}
    return Lexicon(SMALL, Facts(slots, absent=("giraffe", "lion"), elsewhere=frozenset({"shoes"}), example="red glasses"), hashed, Plain)


@pytest.fixture
def marked() -> Callable[[str], SimpleNamespace]:
    """A reader that returns what a marked sentence says, such as "a [new:shark], not a [not:cat]"."""
    from core.train.language.compose import read_marked

    def reader(text: str) -> SimpleNamespace:
        def readings(words: object, hints: object) -> list[tuple[Span, ...]]:
            found, at = [], 0
            for said, tag, bar in read_marked(text).pieces:
                several = words_of(said)
                if tag:
                    assert tag in TAGS
                    found.append(Span(tag, several, 1.0, bar, at))  # type: ignore[arg-type]
                at += len(several)
            return [tuple(found)]

        return SimpleNamespace(readings=readings)

    return reader
