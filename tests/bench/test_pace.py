"""The judge of what small steps cost, on a clock made by hand."""

from __future__ import annotations

import pytest

from core.bench import pace


def test_the_ratio_is_taken_within_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that becomes ten times slower moves both sides alike: 3 to 1 in every round."""
    now = {"clock": 0.0, "slow": 1.0}

    def step(cost: float) -> None:
        now["clock"] += cost * now["slow"]

    def reference() -> None:
        step(0.001)
        now["slow"] *= 10

    monkeypatch.setattr(pace.time, "process_time", lambda: now["clock"])
    found, ours, theirs = pace.ratio(lambda: step(0.003), reference, rounds=3)
    assert found == pytest.approx(3.0) and ours == pytest.approx(3 * theirs)


def test_the_hostile_question_is_as_long_as_it_says() -> None:
    assert len(pace.hostile(100)) == len("who sees ") + 101
