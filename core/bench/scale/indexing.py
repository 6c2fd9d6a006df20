"""An index on disk over many vectors: built piece by piece and searched, each in a program of its own, so that its memory can be told.

    python -m core.bench.scale.indexing build FOLDER --vectors 10000000
    python -m core.bench.scale.indexing search FOLDER

Vectors of 64 dimensions lie around centres, 500 around each, at 0.6 times the centres' own length; queries are new ones around them.
What is nearest among all is found while the index is built, by comparing every vector.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.foundations.files import ROOT
from core.foundations.seeds import numpy_rng
from core.methods.read.search import ShardedIndex, ShardSettings

WIDTH, NOISE, PIECE = 64, 0.6, 250_000
AROUND = 500
"""Vectors around one centre."""
QUERIES, NEAREST = 100, 10
SAMPLE = 40
"""Vectors for each cell from which cells are learned."""


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def drawn(name: str, number: int, count: int, vectors: int) -> np.ndarray:
    """Some of so many vectors `[count 64]`, of length 1, always the same for a name and a number."""
    centres = _unit(numpy_rng("scale", "centres").standard_normal((max(1, vectors // AROUND), WIDTH), np.float32))
    rng = numpy_rng("scale", name, number)
    noise = _unit(rng.standard_normal((count, WIDTH), np.float32))
    return _unit(centres[rng.integers(len(centres), size=count)] + NOISE * noise)


class Truth:
    """The nearest of all vectors that were seen, to every query; and how long comparing took."""

    def __init__(self, queries: np.ndarray) -> None:
        self.queries, self.seconds, self.seen = queries, 0.0, 0
        self.scores = np.full((len(queries), NEAREST), -2.0, np.float32)
        self.positions = np.full((len(queries), NEAREST), -1, np.int64)

    def add(self, rows: np.ndarray) -> None:
        """Compare the next vectors `[m d]`."""
        began = time.perf_counter()
        scores = self.queries @ rows.T
        for query, better in enumerate(scores > self.scores[:, -1:]):
            new = np.flatnonzero(better)
            among = np.concatenate([self.scores[query], scores[query, new]])
            order = np.argsort(-among, kind="stable")[:NEAREST]
            self.scores[query], self.positions[query] = among[order], np.concatenate([self.positions[query], new + self.seen])[order]
        self.seen += len(rows)
        self.seconds += time.perf_counter() - began


def recall(found: np.ndarray, truth: np.ndarray) -> float:
    """The share of the nearest `[q k]` that is among those found `[q k]`."""
    return float(np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found.tolist(), truth.tolist(), strict=True)]))


def settings_for(vectors: int) -> ShardSettings:
    """Cells grow with the vectors until there are 4096; ten shards."""
    cells = max(64, min(4096, 2 ** int(np.log2(max(2, vectors / SAMPLE)))))
    return ShardSettings(cells=cells, probes=min(32, cells // 4), shard=-(-vectors // 10))


def build(folder: Path, vectors: int) -> dict[str, float]:
    """Write the index and what is truly nearest; what it cost."""
    settings, truth = settings_for(vectors), Truth(drawn("queries", 0, QUERIES, vectors))

    def pieces() -> Iterator[np.ndarray]:
        for number, start in enumerate(range(0, vectors, PIECE)):
            rows = drawn("rows", number, min(PIECE, vectors - start), vectors)
            truth.add(rows)
            yield rows

    began, spent = time.perf_counter(), time.process_time()
    index = ShardedIndex.build(drawn("sample", 0, SAMPLE * settings.cells, vectors), pieces(), folder / "index", settings)
    seconds, processor = time.perf_counter() - began - truth.seconds, time.process_time() - spent
    np.savez(folder / "truth.npz", positions=truth.positions)
    disk = sum(path.stat().st_size for path in (folder / "index").iterdir())
    return {
        "vectors": len(index),
        "cells": settings.cells,
        "probes": settings.probes,
        "build_s": seconds,
        "processor_s": processor,
        "disk_mb": disk / 1e6,
        "peak_mb": megabytes("VmHWM"),
        "exact_ms": 1000 * truth.seconds / QUERIES,
    }


def search(folder: Path) -> dict[str, float]:
    """How well and how fast it finds, one query at a time; and by half of the shards, for what a shard costs."""
    index = ShardedIndex.open(folder / "index")
    queries = drawn("queries", 0, QUERIES, len(index))
    with np.load(folder / "truth.npz") as kept:
        truth = kept["positions"]
    half = ShardedIndex(index.shards[: len(index.shards) // 2], index.settings)
    figures = {
        "recall": recall(index.search(queries, NEAREST).positions, truth),
        "ms": _each(index, queries),
        "half_ms": _each(half, queries),
        "shards": len(index.shards),
        "own_mb": megabytes("RssAnon"),
        "mapped_mb": megabytes("RssFile"),
    }
    more = ShardedIndex(index.shards, replace(index.settings, probes=min(4 * index.settings.probes, index.settings.cells)))
    wide = recall(more.search(queries, NEAREST).positions, truth)
    return {**figures, "wide_recall": wide, "wide_ms": _each(more, queries), "wide_probes": more.settings.probes}


def megabytes(what: str) -> float:
    """This program's memory as Linux tells it: VmHWM the most so far, RssAnon its own, RssFile what is mapped from files."""
    told = Path("/proc/self/status").read_text()
    return int(told.split(f"{what}:")[1].split()[0]) / 1e3


def _each(index: ShardedIndex, queries: np.ndarray) -> float:
    """Milliseconds of one query, the median."""
    times = []
    for query in queries:
        began = time.perf_counter()
        index.search(query[None], NEAREST)
        times.append(time.perf_counter() - began)
    return 1000 * float(np.median(times))


def on_paper(built: dict[str, float], found: dict[str, float], vectors: int) -> dict[str, float]:
    """An index of so many vectors with the same cells, in shards of the same size.

    ms = a + b shards, where a and b come from all shards and half of them; disk and seconds grow with the vectors, memory does not.
    """
    times = vectors / built["vectors"]
    b = (found["ms"] - found["half_ms"]) / (found["shards"] - found["shards"] // 2)
    a = found["ms"] - b * found["shards"]
    return {
        "ms": max(0.0, a) + b * found["shards"] * times,
        "disk_mb": built["disk_mb"] * times,
        "build_s": built["build_s"] * times,
        "peak_mb": built["peak_mb"],
    }


def measured(folder: Path, vectors: int) -> tuple[dict[str, float], dict[str, float]]:
    """What building and searching said, each in a program of its own on one thread."""
    told: list[dict[str, float]] = []
    for what in (["build", str(folder), "--vectors", str(vectors)], ["search", str(folder)]):
        command = [sys.executable, "-m", "core.bench.scale.indexing", *what]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        done: Any = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment)
        told.append(json.loads(done.stdout.splitlines()[-1]))
    return told[0], told[1]


def main() -> None:
    """Build or search."""
    parser = argparse.ArgumentParser(prog="python -m core.bench.scale.indexing", description=main.__doc__)
    parser.add_argument("what", choices=["build", "search"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vectors", type=int, default=10_000_000)
    asked = parser.parse_args()
    print(json.dumps(build(asked.folder, asked.vectors) if asked.what == "build" else search(asked.folder)))


if __name__ == "__main__":
    main()
