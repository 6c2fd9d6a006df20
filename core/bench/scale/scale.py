"""Work that splits over processes and hosts, and an index that does not fit into memory.

The sums that lenses need of a random tower over tar files of random pictures (seed 0) are made by one process of one thread, by two, by
two of which one kills itself half way and is started again by torchrun, and by one on each of two hosts: network namespaces, with gloo
between them over a wire that counts its bytes. `equal_to_one` is the largest difference of any of them from one process, as a share of
the largest number in its table; `speedup_two` is the median over rounds of one process's seconds by two's in the same round, `by
processor` the same by processor seconds, which neighbours on the machine slow less. Rows "on paper" say what 8 and 64 workers would
take, and an index of 100 million vectors, by the formulas of `on_paper` in core/bench/scale.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

from core.bench.record import Measured
from core.bench.scale import indexing, spreading
from core.bench.scale.spreading import Ran, difference, ran, ran_on_two_hosts, shards

EQUAL = 1e-6


def spread(folder: Path, pictures: int, rounds: int) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Figures and rows of the work that splits."""
    images = folder / "images"
    shards(images, pictures)
    pairs = [(ran(images, folder / f"one-{turn}", 1), ran(images, folder / f"two-{turn}", 2)) for turn in range(rounds)]
    one, kill = pairs[0][0], pictures // 4
    killed = ran(images, folder / "killed", 2, kill)
    hosts = ran_on_two_hosts(images, folder / "hosts")
    others = [two for _, two in pairs] + [killed] + ([hosts] if hosts else [])
    wall, processor = (float(np.median([getattr(a, what) / getattr(b, what) for a, b in pairs])) for what in ("seconds", "spent"))
    moved = hosts.carried if hosts and hosts.carried is not None else one.table_bytes
    figures = {
        "equal_to_one": max(difference(one, other) for other in others),
        "speedup_two": wall,
        "speedup_two_processor": processor,
        "resumed": float(difference(one, killed) <= EQUAL and killed.looked < pictures),
        "two_hosts": float(hosts is not None and difference(one, hosts) <= EQUAL),
        "wire_bytes": moved / pictures,
    }
    return figures, _rows(pairs, killed, hosts, pictures)


def _rows(pairs: list[tuple[Ran, Ran]], killed: Ran, hosts: Ran | None, pictures: int) -> dict[str, dict[str, float]]:
    one = pairs[0][0]
    ways = {"one process": one, "two processes": pairs[0][1], "one of two was killed": killed} | ({"two hosts": hosts} if hosts else {})
    rows = {
        name: {
            "seconds": way.seconds,
            "processor_s": way.spent,
            "looked": float(way.looked),
            "difference": difference(one, way),
            **({"wire_bytes": way.carried / pictures} if way.carried is not None else {}),
        }
        for name, way in ways.items()
    }
    rows["every head's terms sent"] = {"wire_bytes": float(spreading.TERMS_BYTES)}
    return rows | {f"{workers} workers, on paper": spreading.on_paper(one, pictures, workers) for workers in (8, 64)}


def index(folder: Path, vectors: int) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Figures and rows of the index."""
    built, found = indexing.measured(folder, vectors)
    rows = {
        "the index": {"recall": found["recall"], "ms": found["ms"]}
        | {name: built[name] for name in ("build_s", "disk_mb", "peak_mb")}
        | {"search_own_mb": found["own_mb"], "search_mapped_mb": found["mapped_mb"]},
        f"{found['wide_probes']} cells probed": {"recall": found["wide_recall"], "ms": found["wide_ms"]},
        "every vector compared": {"recall": 1.0, "ms": built["exact_ms"], "disk_mb": 4e-6 * indexing.WIDTH * vectors},
        "100 million, on paper": indexing.on_paper(built, found, 100_000_000),
    }
    figures = {
        "index_recall": found["recall"],
        "index_ms": found["ms"],
        "index_vectors": float(vectors),
        "index_build_mb": built["peak_mb"],
    }
    return figures, rows


def run(quick: bool) -> Measured:
    """Quick: 96 pictures once, and 100,000 vectors in the place of 10 million."""
    pictures, rounds, vectors = (96, 1, 100_000) if quick else (1024, 3, 10_000_000)
    began = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures, rows = spread(folder, pictures, rounds)
        more, further = index(folder / "vectors", vectors)
    settings = {
        "pictures": pictures,
        "rounds": rounds,
        "vectors": vectors,
        "dimensions": indexing.WIDTH,
        "cells": indexing.settings_for(vectors).cells,
        "paper": spreading.LARGE,
        "seed": 0,
        "load_before": round(began, 1),
        "load_after": round(os.getloadavg()[0], 1),
    }
    return Measured("scale", figures | more, rows | further, settings)
