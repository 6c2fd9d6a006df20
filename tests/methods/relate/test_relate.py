"""Directions, bundles and labels: planted structure is found, and nothing in shuffled data."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from core.foundations.statistics import NormalEquations
from core.methods.relate.co_activation import CoActivation, bundle_patterns
from core.methods.relate.labels import Effect, Label, name_effect, name_shared
from core.methods.relate.learn_directions import directions_from, indicators

COUNTS = {"hat": 4, "coat": 3}


def additive(count: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Parts `[n 2]` and latents `[n 16]` that are the sum of one vector per slot."""
    rng = torch.Generator().manual_seed(seed)
    hats, coats = (torch.randn(n, 16, generator=torch.Generator().manual_seed(n)) for n in COUNTS.values())
    parts = torch.stack([torch.randint(n, (count,), generator=rng) for n in COUNTS.values()], 1)
    return parts, hats[parts[:, 0]] + coats[parts[:, 1]] + 5


def test_indicators_by_hand() -> None:
    """A one, then one block a slot; a hidden part leaves its block empty."""
    found = indicators(torch.tensor([[2, 0]]), COUNTS, torch.tensor([[1, 0]]))
    assert found.tolist() == [[1, 0, 0, 1, 0, 0, 0, 0]]


def test_planted_sum_is_found_and_explained() -> None:
    """Differences of vectors are the planted ones, and a new latent is taken apart rightly."""
    parts, latents = additive(600)
    sums = NormalEquations(8, 16).add(indicators(parts, COUNTS), latents)
    directions = directions_from(sums, COUNTS, ridge=1e-6)
    hats = torch.randn(4, 16, generator=torch.Generator().manual_seed(4))
    found = directions.vectors("hat")
    assert torch.allclose(found[1] - found[0], hats[1] - hats[0], atol=1e-3)
    new, z = additive(50, seed=1)
    explained = directions.explain(z)
    assert torch.equal(explained["hat"], new[:, 0]) and torch.equal(explained["coat"], new[:, 1])


def test_shuffled_parts_give_no_directions() -> None:
    """Vectors fitted to shuffled parts are short."""
    parts, latents = additive(600)
    right, wrong = (
        directions_from(NormalEquations(8, 16).add(indicators(p, COUNTS), latents), COUNTS) for p in (parts, parts[torch.randperm(600)])
    )
    spread = [found.vectors("hat").sub(found.vectors("hat").mean(0)).norm() for found in (right, wrong)]
    assert spread[1] < 0.3 * spread[0]


def codes(count: int, together: bool) -> torch.Tensor:
    """Features 0 and 1 fire on the same tenth of the pictures (or not), 2 to 5 at random."""
    rng = torch.Generator().manual_seed(0)
    fires = (torch.rand(count, 6, generator=rng) < 0.1).float()
    if together:
        fires[:, 1] = fires[:, 0]
    return fires * torch.tensor([1.0, 3.0, 1, 1, 1, 1])


def test_features_that_fire_together_form_a_bundle() -> None:
    """With each other's typical codes, and nobody else."""
    sums = CoActivation(6)
    data = codes(4000, True)
    sums.add(data[:1000], data[:1000] > 0)
    sums.merge(CoActivation(6).add(data[1000:], data[1000:] > 0))
    patterns = bundle_patterns(sums, torch.ones(6))
    assert torch.allclose(patterns[0], torch.tensor([1.0, 3, 0, 0, 0, 0])) and torch.equal(patterns[0], patterns[1])
    assert torch.equal(patterns[3] > 0, F.one_hot(torch.tensor(3), 6) > 0)


def test_no_bundle_where_features_fire_by_chance() -> None:
    """Each anchor stays alone."""
    data = codes(4000, False)
    assert ((bundle_patterns(CoActivation(6).add(data, data > 0), torch.ones(6)) > 0) == torch.eye(6, dtype=torch.bool)).all()


def test_bundles_hold_at_most_so_many() -> None:
    """The strongest stay."""
    data = codes(1000, True)
    patterns = bundle_patterns(CoActivation(6).add(data, data > 0), torch.ones(6), most=1)
    assert ((patterns > 0).sum(1) <= 1).all() and patterns[0, 1] > 0


def test_names_come_from_what_changes() -> None:
    """The part that most pictures come to show; a colour where only that is common; nothing where nothing is."""
    colours = [["red", "red", "blue", "green"], ["", "", ""]]
    before = np.array([[2, 0], [3, 1], [2, 2], [3, 0]])
    same = before.copy()
    shark, reds, mixed = same.copy(), same.copy(), same.copy()
    shark[:3, 0] = 1
    reds[:, 0] = [0, 1, 0, 1]
    mixed[:, 1] = [1, 2, 0, 2]
    found = name_effect(Effect(before, shark), colours)
    assert (found.place, found.part, found.confidence) == (0, 1, 0.75) and found.weight == pytest.approx(0.75 * math.log(4))
    assert name_effect(Effect(before, same), colours) == Label()
    found = name_effect(Effect(before, reds), colours, least=0.6)
    assert (found.place, found.part, found.colour, found.confidence) == (0, -1, "red", 1.0)
    assert name_effect(Effect(before, mixed), colours, least=0.9) == Label()


def test_a_rare_part_says_more_than_a_common_one() -> None:
    """A feature that brings about one of 255 heads in half of the pictures and flips one of two grounds in all is a head's."""
    colours = [["a", "b"], [""] * 255]
    before = np.array([[0, i] for i in range(8)])
    after = np.array([[1, 200 if i < 4 else i] for i in range(8)])
    found = name_effect(Effect(before, after), colours)
    assert (found.place, found.part, found.confidence) == (1, 200, 0.5)


def test_a_name_is_what_the_pictures_of_a_feature_share() -> None:
    """The part that most of them show; a colour where only that is common; nothing where they are like all others."""
    rng = np.random.default_rng(0)
    colours = [["red"] * 5 + ["blue"] * 5 + ["green"] * 10, [""] * 2]
    parts = np.stack([rng.integers(0, 20, 600), rng.integers(0, 2, 600)], 1)
    sharks = parts[:, 0] == 7
    found = name_shared(parts, sharks, colours)
    assert (found.place, found.part, found.confidence) == (0, 7, 1.0)
    found = name_shared(parts, parts[:, 0] < 5, colours)
    assert (found.place, found.part, found.colour, found.confidence) == (0, -1, "red", 1.0)
    assert name_shared(parts, np.arange(600) % 7 == 0, colours).place == -1
    assert name_shared(parts, np.arange(600) < 3, colours) == Label()


def test_a_hidden_part_names_nothing() -> None:
    """Where a part cannot be seen, it cannot be what the pictures share."""
    parts = np.stack([np.r_[np.full(50, -1), np.arange(50)], np.zeros(100, int)], 1)
    assert name_shared(parts, np.arange(100) < 50, [["red"] * 50, [""]]) == Label()
