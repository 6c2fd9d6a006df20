"""MIG and DCI on latents whose structure is known."""

import numpy as np
import pytest

from core.bench.dsprites.disentangle import dci, disentangled, gaps, mutual_information


@pytest.fixture
def factors():
    rng = np.random.default_rng(0)
    return np.stack([rng.integers(4, size=4000), rng.integers(5, size=4000)], 1)


def test_information_of_a_copy_is_the_entropy_and_of_noise_nothing(factors):
    noise = np.random.default_rng(1).normal(size=4000)
    found = mutual_information(np.stack([factors[:, 0], noise], 1).astype(float), factors[:, 0])
    assert found[0] == pytest.approx(np.log(4), abs=0.01)
    assert found[1] < 0.02


def test_one_number_for_each_factor_scores_one(factors):
    scores = disentangled(factors.astype(float), factors)
    assert min(scores.gaps) > 0.98 and min(scores.complete) > 0.95 and min(scores.informative) > 0.99
    found = scores.means()
    assert found["mig"] == pytest.approx(np.mean(scores.gaps)) and found["dci d"] > 0.95 and len(scores.gaps) == 2


def test_turned_axes_score_low_though_nothing_is_lost(factors):
    mixed = (factors - factors.mean(0)) @ np.array([[1.0, 1.0], [1.0, -1.0]])
    assert max(gaps(mixed, factors)) < 0.3
    d, complete, informative = dci(mixed, factors)
    assert d < 0.4 and max(complete) < 0.4 and min(informative) > 0.95


def test_shuffled_factors_are_not_found(factors):
    shuffled = np.random.default_rng(2).permutation(factors)
    assert max(gaps(factors.astype(float), shuffled)) < 0.02
