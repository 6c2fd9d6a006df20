"""Words and the heads they name: what was written by hand, how evidence is weighed, and who has the last word."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.thesaurus import plain
from core.train.scenes.words import EVIDENCE, WordMaking, cross_validated, fit, reading_of, softmax
from core.train.word_lists import written_words
from core.worlds.nouns.art import BARE
from core.worlds.nouns.catalogue import parts
from core.worlds.scenes.captions import names_of

MAKING = WordMaking()


def test_every_head_has_words_and_most_words_one_head() -> None:
    """In plain form, given by one writer or by both; names that captions use for a head are not written for another."""
    heads = [part for part in parts("head") if part.id != BARE["head"]]
    written = written_words()
    assert list(written) == [head.name for head in heads] or set(written) == {head.name for head in heads}
    owners: dict[str, list[str]] = {}
    for name, words in written.items():
        assert len(words) >= 20 and set(words.values()) <= {1, 2} and all(plain(word) == word for word in words)
        for word in words:
            owners.setdefault(word, []).append(name)
    assert len(owners) > 12_000 and np.mean([len(names) > 1 for names in owners.values()]) < 0.05
    said = {plain(name): head.name for head in heads for name in names_of(head)}
    assert np.mean([said.get(word) in (None, *names) for word, names in owners.items()]) > 0.99


def test_what_is_written_stands() -> None:
    """One writer's word is quite sure, both writers' surer, more evidence surer still; where writers disagree evidence decides."""
    chance = np.array([0.2, 0.7, 0.1])
    assert reading_of(chance, [(0, 1)], MAKING) == (0, MAKING.one_writer)
    assert reading_of(chance, [(0, 2)], MAKING) == (0, MAKING.two_writers)
    assert reading_of(np.array([0.01, 0.99, 0.0]), [(1, 1)], MAKING) == (1, 0.99)
    assert reading_of(chance, [(0, 1), (1, 1)], MAKING) == (1, 0.7)
    assert reading_of(np.array([0.01, 0.99, 0.0]), [], MAKING) == (1, MAKING.unwritten)
    assert reading_of(chance, [], MAKING) == (1, 0.7)


def planted(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Evidence `[m 6 e]` of which only the first kind and the last point to the right head."""
    rng = np.random.default_rng(seed)
    right = rng.integers(6, size=count)
    found = rng.normal(0, 0.1, (count, 6, len(EVIDENCE))).astype(np.float32)
    found[np.arange(count), right, 0] += 0.25
    found[np.arange(count), right, -1] += 0.5
    return found, right


def test_weights_find_what_tells() -> None:
    """What tells is weighed, what does not hardly; other words are then named right, and by chance alone without it."""
    found, right = planted(300, 0)
    weights = fit(found, right, MAKING.decay)
    assert weights.min() >= 0 and min(weights[0], weights[-1]) > 4 * np.delete(weights, [0, len(EVIDENCE) - 1]).max()
    other, answers = planted(200, 1)
    assert (softmax(other @ weights).argmax(1) == answers).mean() > 0.9
    assert cross_validated(found, right, [0, len(EVIDENCE) - 1], MAKING) > 0.9
    assert cross_validated(found, right, [1, 2], MAKING) == pytest.approx(1 / 6, abs=0.1)
