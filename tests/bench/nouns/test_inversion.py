"""Guidance against none at equal time, on a tiny generator; and the sums."""

from __future__ import annotations

import numpy as np
import pytest

from core.bench.nouns.inversion import Setting, interval, measure, pictures
from core.studio.noun_shared import NounShared
from tests.studio.tiny_shared import tiny_studio


def test_pictures_are_the_same_again_and_others_are_none() -> None:
    nouns, others = pictures(2, 4)
    again = pictures(2, 4)
    assert nouns.shape == (2, 32, 32, 3) and others.shape == (4, 32, 32, 3)
    assert np.array_equal(nouns, again[0]) and np.array_equal(others, again[1])
    assert len(np.unique(others[3].reshape(-1, 3), axis=0)) <= 2


def test_an_interval_holds_the_mean() -> None:
    mean, low, high = interval([1.0, 2.0, 3.0, 2.0, 2.0])
    assert mean == 2 and 1 <= low < 2 < high <= 3
    assert interval([0.5, 0.5]) == (0.5, 0.5, 0.5)


def test_every_way_is_measured_on_the_same_pictures() -> None:
    shared = tiny_studio().shared
    assert isinstance(shared, NounShared)
    measured = measure(shared, Setting((2, 1), 0.05, 2, ("none", "rosetta")))
    assert set(measured.figures) == {"nouns_psnr_gain", "nouns_ssim_gain", "ood_gain"}
    assert set(measured.baselines) == {f"{kind}, {way}" for kind in ("Nouns", "others") for way in ("none", "rosetta")}
    row = measured.baselines["Nouns, rosetta"]
    assert row["psnr low"] <= row["psnr gain"] <= row["psnr high"] and row["steps"] >= 5
    assert measured.figures["nouns_psnr_gain"] == pytest.approx(row["psnr gain"])
