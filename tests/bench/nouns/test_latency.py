"""What the benchmark of waiting does around its clock: the neighbour surely ends, a page that never answers is told apart."""

from __future__ import annotations

import os
import subprocess

import pytest

from core.bench.nouns import latency


def test_the_busy_neighbour_ends_whatever_happens(monkeypatch):
    """After success and after an error; and it works while it is there."""
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *given, **named: started.append(popen(*given, **named)) or started[-1])
    with latency.busy():
        assert started[0].poll() is None
    with pytest.raises(ValueError, match="on purpose"), latency.busy():
        raise ValueError("on purpose")
    assert len(started) == 2 and all(process.poll() is not None for process in started)


def test_work_on_this_thread_alone_reads_one():
    """No other thread is awaited by plain arithmetic; process and thread time are those of one clock."""
    assert latency.threads_of(lambda: sum(range(300_000)), 3) == pytest.approx(1, abs=0.5)


def test_every_verb_is_timed(monkeypatch):
    """Idle and beside the neighbour, and the reference too."""
    neighbours = []
    monkeypatch.setattr(latency, "verbs", lambda studio: {name: lambda: os.getpid() for name in ("request", latency.ARITHMETIC)})
    monkeypatch.setattr(latency, "threads_of", lambda step, times: 1.0)
    monkeypatch.setattr(latency, "median_ms", lambda step, times: 2.0 if neighbours else 1.0)
    monkeypatch.setattr(latency, "busy", lambda: Neighbour(neighbours))
    rows = latency.beside_another(None, rounds=3, times=1)
    assert rows == dict.fromkeys(rows, {"p50 ms": 1.0, "busy ms": 2.0, "busy of idle": 2.0, "all of own": 1.0})
    assert set(rows) == {"request", latency.ARITHMETIC} and not neighbours


class Neighbour:
    """Stands in for the busy process."""

    def __init__(self, there: list) -> None:
        self.there = there

    def __enter__(self) -> None:
        self.there.append(True)

    def __exit__(self, *error: object) -> None:
        self.there.clear()
