"""The index against a plain product of matrices."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.foundations.errors import SettingError, ShapeError, WeightsError
from core.methods.read.search import SearchSettings, ShardedIndex, ShardSettings, TextIndex


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


def recall(found: np.ndarray, rows: np.ndarray, queries: np.ndarray) -> float:
    truth = np.argsort(-(queries @ rows.T), 1)[:, : found.shape[1]]
    return float(np.mean([len(set(a) & set(b)) / len(a) for a, b in zip(found, truth, strict=True)]))


def pieces(rows: np.ndarray):
    """Of uneven sizes, one of them empty."""
    return np.split(rows, [700, 700, 2500, 2600])


SHARDS = ShardSettings(cells=64, probes=16, shard=1500)


@pytest.mark.parametrize(("code", "least"), [(0, 0.9), (16, 0.6)])
def test_an_index_on_disk_finds_nearly_the_same(tmp_path: Path, code: int, least: float):
    """Over several files, by the numbers of all vectors; opened again it answers the same."""
    rows = clustered(np.random.default_rng(4), 4000, 32)
    settings = ShardSettings(cells=64, probes=16, shard=1500, code=code)
    index = ShardedIndex.build(rows[::2], pieces(rows), tmp_path, settings)
    assert len(index) == 4000 and sorted(path.name for path in tmp_path.glob("*.faiss")) == [f"shard-000{n}.faiss" for n in range(3)]
    hits = index.search(rows[::80], 10)
    assert recall(hits.positions, rows, rows[::80]) > least
    assert (np.diff(hits.scores, axis=1) <= 0).all()
    if not code:
        assert (hits.positions[:, 0] == np.arange(0, 4000, 80)).mean() > 0.95
        assert np.allclose(hits.scores[:, 0], 1, atol=0.02)
    again = ShardedIndex.open(tmp_path).search(rows[::80], 10)
    assert np.array_equal(again.positions, hits.positions) and np.array_equal(again.scores, hits.scores)


def test_shards_find_what_one_file_finds(tmp_path: Path):
    """Cells and codes are the same, so the answers are."""
    rows = clustered(np.random.default_rng(5), 3000, 16)
    one = ShardedIndex.build(rows, [rows], tmp_path / "one", ShardSettings(cells=32, probes=4, shard=10_000))
    many = ShardedIndex.build(rows, pieces(rows), tmp_path / "many", ShardSettings(cells=32, probes=4, shard=256))
    assert len(list((tmp_path / "many").glob("*.faiss"))) == 12
    assert np.array_equal(one.search(rows[:40], 5).scores, many.search(rows[:40], 5).scores)


def test_an_index_on_disk_with_fewer_than_k(tmp_path: Path):
    """What is in no cell that was looked into is -1, behind all else."""
    rows = unit(np.random.default_rng(6), (64, 8))
    hits = ShardedIndex.build(rows, [rows], tmp_path, ShardSettings(cells=32, probes=2, shard=16)).search(rows[:6], 100)
    assert hits.positions.shape == (6, 64) and (hits.positions[:, 0] == np.arange(6)).all() and (hits.positions[:, -1] == -1).all()
    for row in hits.positions:
        there = row[row >= 0]
        assert len(set(there)) == len(there) and (row[: len(there)] >= 0).all()


def test_damage_on_disk_is_told(tmp_path: Path):
    rows = clustered(np.random.default_rng(7), 3000, 16)
    ShardedIndex.build(rows, [rows], tmp_path, SHARDS)
    shard = tmp_path / "shard-0001.faiss"
    whole = shard.read_bytes()
    for data in (whole[:-100], whole[:200] + bytes([whole[200] ^ 1]) + whole[201:]):
        shard.write_bytes(data)
        with pytest.raises(WeightsError, match="Build it again"):
            ShardedIndex.open(tmp_path)
    shard.write_bytes(whole)
    told = json.loads((tmp_path / "index.json").read_text())
    for broken in ("{", json.dumps(told | {"settings": {"cells": "many"}}), json.dumps({"files": []})):
        (tmp_path / "index.json").write_text(broken)
        with pytest.raises(WeightsError, match="Build it again"):
            ShardedIndex.open(tmp_path)


def test_what_an_index_on_disk_refuses(tmp_path: Path):
    rows = unit(np.random.default_rng(8), (100, 8))
    with pytest.raises(SettingError, match="64 cells"):
        ShardedIndex.build(rows[:10], [rows], tmp_path / "a", SHARDS)
    with pytest.raises(ShapeError, match="at least one vector"):
        ShardedIndex.build(rows, [rows[:0]], tmp_path / "b", SHARDS)
    with pytest.raises(ShapeError, match=r"pieces \[m 8\]"):
        ShardedIndex.build(rows, [rows[:, :4]], tmp_path / "c", SHARDS)
    with pytest.raises(SettingError, match="does not divide"):
        ShardedIndex.build(rows, [rows], tmp_path / "d", ShardSettings(cells=64, code=3))
    index = ShardedIndex.build(rows, [rows], tmp_path / "e", SHARDS)
    with pytest.raises(SettingError, match="not empty"):
        ShardedIndex.build(rows, [rows], tmp_path / "e", SHARDS)
    with pytest.raises(ShapeError, match=r"\[q 8\]"):
        index.search(rows[:, :4], 1)
    for wrong in ({"probes": 0}, {"cells": 4, "probes": 8}, {"code": -1}):
        with pytest.raises(SettingError):
            ShardSettings(**wrong)
