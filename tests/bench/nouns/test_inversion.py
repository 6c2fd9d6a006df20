"""Guidance against none at equal time, on a tiny generator; and the sums."""

from __future__ import annotations

import numpy as np
import pytest

from core.bench.nouns.inversion import Cost, Scores, Setting, fitting, gains, measure, pictures
from core.studio.noun_shared import NounShared
from tests.studio.tiny_shared import tiny_studio


def test_pictures_are_the_same_again_and_others_are_none() -> None:
    nouns, others = pictures(2, 4)
    again = pictures(2, 4)
    assert nouns.shape == (2, 32, 32, 3) and others.shape == (4, 32, 32, 3)
    assert np.array_equal(nouns, again[0]) and np.array_equal(others, again[1])
    assert len(np.unique(others[3].reshape(-1, 3), axis=0)) <= 2


def test_steps_that_fit_pay_for_looks_and_for_guidance() -> None:
    none, guided = Cost(0.0, 0.02), Cost(0.1, 0.03)
    assert fitting(40, none, none, 1.0) == 40
    assert fitting(40, guided, none, 1.0) == 23  # 0.8 s less one look, at 0.03 s
    assert fitting(40, guided, none, 0.0) == 35 and fitting(2, guided, none, 1.0) == 1


def scores(psnr: float, lpips: float | None = None) -> Scores:
    return Scores(psnr, 0.5, 0.5, lpips, 10, 0.1)


def test_a_gain_is_of_the_same_picture_and_less_is_better_for_lpips() -> None:
    found = {"none": [scores(10, 0.3), scores(20, 0.5)], "rosetta": [scores(12, 0.1), scores(20, 0.5)]}
    assert gains(found, "rosetta")["psnr"][0] == 1 and gains(found, "rosetta")["lpips"][0] == pytest.approx(0.1)
    assert "lpips" not in gains({way: [scores(10)] for way in found}, "rosetta")


def test_every_way_is_measured_on_the_same_pictures_from_both_starts() -> None:
    shared = tiny_studio().shared
    assert isinstance(shared, NounShared)
    measured = measure(shared, Setting((2, 1), {"random": (6, 6), "guess": (3, 4)}))
    told = ("psnr_gain", "ssim_gain")
    assert set(measured.figures) == {f"nouns_{guess}{name}" for name in told for guess in ("", "guess_")} | {"ood_gain", "ood_guess_gain"}
    kinds = [f"{kind} from {start}" for kind in ("Nouns", "others") for start in ("random", "guess")]
    assert {f"{kind}, {way}" for kind in kinds for way in ("none", "rosetta")} <= set(measured.baselines)
    row = measured.baselines["Nouns from random, rosetta, psnr"]
    assert row["low"] <= row["gain"] <= row["high"] and row["gain"] == measured.figures["nouns_psnr_gain"]
    assert measured.baselines["Nouns from random, none"]["steps"] == 6 and measured.baselines["others from guess, none"]["steps"] == 4
    assert 1 <= measured.baselines["Nouns from random, rosetta"]["steps"]
