"""Public checkpoints by name, from a hub on loopback: what a visitor in a program of its own gets."""

from __future__ import annotations

from core.bench.hub.hub import FAMILIES, SENTENCES, run, same, told


def test_every_family_loads_and_every_fault_is_told() -> None:
    """The whole benchmark: there is nothing to leave out of it."""
    measured = run(quick=True)
    assert measured.figures["families_loaded"] == len(FAMILIES) and measured.figures["resumed"] == 1, measured.table()
    assert measured.figures["faults_told"] == len(SENTENCES) and measured.figures["by_own_name"] == 1, measured.table()


def test_a_judge_that_can_say_no() -> None:
    assert told({"told": "... its digest differs ..."}, "digest")
    assert not told({"told": "... cannot be reached ..."}, "digest") and not told({"crashed": "its digest differs"}, "digest")


def test_an_answer_is_the_same_but_for_rounding() -> None:
    numbers = [0.5, -2.0, 1e-7]
    assert same([number * (1 + 1e-6) for number in numbers], numbers)
    assert not same([0.51, -2.0, 1e-7], numbers) and not same(numbers[:2], numbers) and not same([], numbers)
