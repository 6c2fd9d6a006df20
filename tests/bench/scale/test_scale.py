"""The benchmark of work that splits: a process that is killed ends with the sums of one, and judges that can say no."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from core.bench.scale import hosts, indexing
from core.bench.scale.hosts import NoHosts, TwoHosts
from core.bench.scale.indexing import Truth, build, drawn, recall, search, settings_for
from core.bench.scale.spreading import WIRE_SPEED, Ran, difference, on_paper, ran, shards
from core.foundations.picture_folder import PictureFolder


def test_a_killed_process_ends_with_the_sums_of_one(tmp_path: Path) -> None:
    """Under torchrun, which starts it again; what was kept is not looked at again."""
    shards(tmp_path / "images", 128, 2)
    assert PictureFolder.open(tmp_path / "images").tars
    one, killed = ran(tmp_path / "images", tmp_path / "one", 1), ran(tmp_path / "images", tmp_path / "killed", 2, kill=32)
    assert one.told.shape == (1, 3) and one.looked == 128 and int(one.sums["count"]) == 128
    # Not all of its 64; none where torchrun had to start them once more, since they failed to meet.
    assert killed.told.shape == (2, 3) and killed.told[1, 2] < 64, killed.told
    assert difference(one, killed) <= 1e-6


def told(seconds: float = 2.0, **sums: list[float]) -> Ran:
    return Ran({name: torch.tensor(numbers, dtype=torch.float64) for name, numbers in sums.items()}, torch.tensor([[99.0, seconds, 10.0]]))


def test_a_difference_is_seen() -> None:
    """As a share of the largest in its own table; another table is another run."""
    one = told(a=[1000.0, 1.0], b=[0.0])
    assert difference(one, told(a=[1000.0, 1.0], b=[0.0])) == 0
    assert difference(one, told(a=[1000.0, 2.0], b=[0.0])) == pytest.approx(1e-3)
    assert difference(one, told(a=[1000.0, 1.0], b=[1e-9])) > 1 and difference(one, told(a=[1000.0, 1.0])) == math.inf


def test_the_table_on_paper_by_hand() -> None:
    """0.2 s a picture, 80 bytes of sums: a million pictures by eight, whose tables meet in three rounds."""
    row = on_paper(told(a=[0.0] * 10), 10, 8)
    assert row["seconds"] == pytest.approx(25_000 + 3 * 80 / WIRE_SPEED) and row["wire_bytes"] == pytest.approx(7 * 80 / 1e6)
    assert row["speedup"] == pytest.approx(8)


def test_what_is_nearest_of_all() -> None:
    """Piece by piece as at once."""
    rows, queries = drawn("rows", 0, 3000, 3000), drawn("queries", 0, 7, 3000)
    truth = Truth(queries)
    for piece in np.split(rows, [3, 2000]):
        truth.add(piece)
    assert np.array_equal(truth.positions, np.argsort(-(queries @ rows.T), 1, kind="stable")[:, :10])
    assert recall(truth.positions, truth.positions) == 1 and recall(truth.positions[::-1], truth.positions) < 0.5


def test_an_index_is_built_and_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "PIECE", 3000)
    monkeypatch.setattr(indexing, "QUERIES", 20)
    built, found = build(tmp_path, 8000), search(tmp_path)
    assert built["vectors"] == 8000 and len(list((tmp_path / "index").glob("*.faiss"))) == found["shards"] == 10
    assert found["recall"] > 0.8 and found["wide_recall"] >= found["recall"] - 0.05
    assert built["disk_mb"] > 8000 * 64 / 1e6 and settings_for(10_000_000).cells == 4096 and settings_for(10_000_000).shard == 1_000_000


def test_an_index_on_paper_by_hand() -> None:
    """Ten times the shards: what does not depend on them stays, what does grows tenfold."""
    built = {"vectors": 10.0, "disk_mb": 3.0, "build_s": 4.0, "peak_mb": 5.0}
    row = indexing.on_paper(built, {"ms": 1.2, "half_ms": 0.7, "shards": 10}, 100)
    assert row == pytest.approx({"ms": 0.2 + 10.0, "disk_mb": 30.0, "build_s": 40.0, "peak_mb": 5.0})


def test_hosts_that_are_refused_leave_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the wire cannot be laid, both are removed again, and that is told."""
    asked: list[tuple[str, ...]] = []

    def refusing(*words: str) -> str:
        asked.append(words)
        if words[0] == "link":
            raise NoHosts("not permitted")
        return ""

    monkeypatch.setattr(hosts, "_ip", refusing)
    with pytest.raises(NoHosts, match="not permitted"), TwoHosts():
        pass
    names = [words[2] for words in asked if words[:2] == ("netns", "add")]
    assert len(names) == 2 and [words[2] for words in asked if words[:2] == ("netns", "del")] == names


def test_what_a_wire_carried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways, as `ip` says it."""
    monkeypatch.setattr(hosts, "_ip", lambda *words: '[{"stats64": {"tx": {"bytes": 30}, "rx": {"bytes": 12}}}]' if "-j" in words else "")
    with TwoHosts() as two:
        assert two.carried() == 42 and two.on(1, ["ls"]) == ["ip", "netns", "exec", two.names[1], "ls"]
