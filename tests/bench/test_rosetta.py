"""The benchmark of shared units: a planted one is found by one estimator and not by the other, and both ways of mining agree."""

from __future__ import annotations

import pytest
import torch

from core.bench import rosetta_mining
from core.bench.faces.rosetta import pairs_of, residuals
from core.bench.rosetta_mining import drawn, exact_table, mining_cost, plain_table
from core.bench.rosetta_planted import BATCH, authors, planted, run_planted, stands_out
from core.foundations.concepts import Concept, Member, Unit

SMALL_HUB, SMALL_EYE = {"a": (3, 8), "b": (2, 4)}, {"c": (4, 7), "d": (2, 8)}


def test_the_planted_pair_stands_out_for_one_alone() -> None:
    """All plantings for the exact correlation, none for the authors', to whom half of all strangers look alike."""
    found = run_planted(True)
    assert found.ours == 1 and found.authors == 0 and found.strangers > 0.5
    x, y = planted(100, 0)
    assert not stands_out(authors(x, y, BATCH)) and authors(x, y, 100)[0, 0] > 0.9, "in one batch it would be found"


def test_the_plain_way_gives_the_same_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """To 1e-5, and the cost says by how much they differ."""
    hub, eye = drawn(SMALL_HUB, 20, "a"), drawn(SMALL_EYE, 20, "b")
    rosetta = exact_table(hub, eye)
    wanted = plain_table(hub, eye, (("b", "a"), ("c", "d")))
    assert (rosetta.correlations("eye", raw=True) - wanted).abs().max() < 1e-5
    monkeypatch.setattr(rosetta_mining, "HUB", {**SMALL_HUB, "8.conv1": (2, 8)})
    monkeypatch.setattr(rosetta_mining, "EYE", SMALL_EYE)
    told = mining_cost(True)
    assert told["mining_speedup"] > 0 and told["mining largest difference"] < 1e-5


def test_links_are_followed_on_new_faces() -> None:
    """The pairs of the best tuple alone; a map with itself has 1, with noise nearly nothing."""
    hub, other = Unit("hub", "a", 0), Unit("hub", "a", 1)
    members = [Member(Unit("eye", "b", n), at, 1, 1, 0, 0, 1) for n, at in ((0, hub), (1, other))]
    own = [Member(at, at, 1, 1, 0, 0, 1) for at in (hub, other)]
    concept = Concept("rosetta:a:0", "", (own[0], members[0], own[1], members[1]), 0.01)
    assert pairs_of([concept]) == [(own[0], members[0])]
    maps = torch.randn(30, 2, 64, generator=torch.Generator().manual_seed(0))
    assert residuals(maps, maps).tolist() == pytest.approx([1, 1]) and residuals(maps, maps.flip(1)).abs().max() < 0.1
