"""The index against a plain product of matrices."""

import numpy as np
import pytest

from core.foundations.errors import SettingError, ShapeError
from core.methods.read.search import SearchSettings, TextIndex


def unit(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    x = rng.standard_normal(shape).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def clustered(rng: np.random.Generator, count: int, width: int) -> np.ndarray:
    centres = unit(rng, (60, width))
    x = centres[rng.integers(60, size=count)] + 0.5 * unit(rng, (count, width))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_small_index_is_exact():
    rng = np.random.default_rng(0)
    rows, queries = unit(rng, (200, 16)), unit(rng, (5, 16))
    hits = TextIndex.build(rows, [f"text {i}" for i in range(200)]).search(queries, 7)
    scores = queries @ rows.T
    assert np.array_equal(hits.positions, np.argsort(-scores, 1)[:, :7])
    assert np.allclose(hits.scores, -np.sort(-scores, 1)[:, :7], atol=1e-6)


def test_large_index_finds_nearly_the_same():
    rng = np.random.default_rng(1)
    rows = clustered(rng, 6000, 32)
    queries = rows[:50]
    index = TextIndex.build(rows, settings=SearchSettings(exact=1000, cells=64, probes=16))
    assert not index.exact and len(index) == 6000
    truth = np.argsort(-(queries @ rows.T), 1)[:, :10]
    found = index.search(queries, 10).positions
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, truth, strict=True)])
    assert recall > 0.9
    assert (found[:, 0] == np.arange(50)).mean() > 0.95


def test_more_than_there_is_gives_all():
    rows = unit(np.random.default_rng(2), (3, 8))
    assert TextIndex.build(rows).search(rows[:1], 10).positions.shape == (1, 3)


@pytest.mark.parametrize("rows", [np.zeros((0, 4), np.float32), np.zeros(4, np.float32)])
def test_wrong_vectors_are_refused(rows):
    with pytest.raises(ShapeError, match="vectors"):
        TextIndex.build(rows)


def test_wrong_keys_queries_and_settings_are_refused():
    rows = unit(np.random.default_rng(3), (4, 8))
    with pytest.raises(ShapeError, match="keys"):
        TextIndex.build(rows, ["only one"])
    with pytest.raises(ShapeError, match="k of at least 1"):
        TextIndex.build(rows).search(rows, 0)
    with pytest.raises(ShapeError, match=r"\[q 8\]"):
        TextIndex.build(rows).search(rows[:, :4], 1)
    with pytest.raises(SettingError, match="probes"):
        SearchSettings(cells=4, probes=5)
