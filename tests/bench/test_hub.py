"""Public checkpoints by name, from a hub on loopback: what a visitor in a program of its own gets."""

from __future__ import annotations

from core.bench.hub.hub import FAMILIES, SENTENCES, run, told


def test_every_family_loads_and_every_fault_is_told() -> None:
    """The whole benchmark: there is nothing to leave out of it."""
    measured = run(quick=True)
    assert measured.figures["families_loaded"] == len(FAMILIES) and measured.figures["resumed"] == 1, measured.table()
    assert measured.figures["faults_told"] == len(SENTENCES) and measured.figures["by_own_name"] == 1, measured.table()


def test_a_judge_that_can_say_no() -> None:
    assert told({"told": "... its digest differs ..."}, "digest")
    assert not told({"told": "... cannot be reached ..."}, "digest") and not told({"crashed": "its digest differs"}, "digest")
