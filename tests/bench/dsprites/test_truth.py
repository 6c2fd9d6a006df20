"""Edits of sprites: what is asked, on which side of the split, and when an outcome counts."""

import numpy as np
import pytest

from core.bench.dsprites.truth import agreement, draw_edits
from core.foundations.seeds import numpy_rng
from core.worlds.dsprites.factors import FACTORS, ROTATION, SHAPE, SYMMETRY, TOLERANCE, turn_gap
from core.worlds.dsprites.splits import is_held_out


@pytest.mark.parametrize("slot", range(5), ids=FACTORS)
def test_edits_ask_for_one_other_value_on_the_held_out_side(slot):
    edits = draw_edits(numpy_rng("test", slot), slot, 40)
    assert len(edits.sources) == len(edits.targets) == 40
    others = np.arange(5) != slot
    assert (edits.sources[:, others] == edits.targets[:, others]).all()
    assert (edits.sources[:, slot] != edits.targets[:, slot]).all()
    assert is_held_out(edits.sources).all() and is_held_out(edits.targets).all()
    if slot == ROTATION:
        symmetry = np.array(SYMMETRY)[edits.sources[:, SHAPE]]
        assert (turn_gap(edits.sources[:, ROTATION], edits.targets[:, ROTATION], symmetry) > TOLERANCE).all()


def test_training_edits_stay_on_the_training_side():
    edits = draw_edits(numpy_rng("test"), 3, 30, held_out=False)
    assert not is_held_out(np.concatenate([edits.sources, edits.targets])).any()


def test_a_square_does_not_say_which_way_a_heart_should_point():
    """By hand: a square at step 2, asked to be a heart, may point to 2, 12, 21 or 31, but not to 7; x must stay."""
    source = np.array([[0, 3, 2, 10, 20]])
    target = np.array([[2, 3, 2, 10, 20]])
    for rotation, right in ((2, True), (12, True), (21, True), (31, True), (7, False), (3, False)):
        found = np.array([[2, 3, rotation, 10, 20]])
        assert agreement(found, target, source)[0].all() == right, rotation
    assert agreement(np.array([[2, 3, 2, 11, 20]]), target, source)[0].tolist() == [True, True, True, False, True]


def test_a_heart_that_should_stay_a_heart_points_one_way():
    heart = np.array([[2, 3, 2, 10, 20]])
    assert not agreement(np.array([[2, 3, 12, 10, 20]]), heart)[0, ROTATION]
    assert agreement(np.array([[2, 3, 2, 10, 20]]), heart)[0].all()
    assert agreement(np.array([[2, 3, 39, 10, 20]]), np.array([[2, 3, 0, 10, 20]]))[0].all(), "0 and 39 are one picture"
