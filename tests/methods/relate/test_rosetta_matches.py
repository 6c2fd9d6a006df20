"""Buddies, tuples, clusters and chance: by hand, by their laws, and on data where what is shared is known."""

from __future__ import annotations

import pytest
import torch

from core.foundations.concepts import Concept, from_json, to_json
from core.foundations.errors import SettingError
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_matches import MatchSettings, best_buddies, chance, components, false_discovery, mine, self_links
from core.methods.relate.rosetta_sums import RosettaSettings
from tests.methods.relate.shared_units import SETTINGS, mined, two_models

LOOSE = MatchSettings(buddies=2, cluster_buddies=2)


def pairs_of(table: torch.Tensor, k: int) -> set[tuple[int, int]]:
    """Best buddies as a set."""
    return {(a, b) for a, b in best_buddies(table, k).tolist()}


def test_buddies_by_hand() -> None:
    """Row 0 wants column 1, which wants row 1; row 1 and column 1 are mutual, and so are row 2 and column 0."""
    table = torch.tensor([[0.1, 0.8, 0.0], [0.2, 0.9, 0.3], [0.7, 0.1, 0.2]])
    assert pairs_of(table, 1) == {(1, 1), (2, 0)}
    assert (0, 1) in pairs_of(table, 2)


def test_buddies_are_mutual_and_more_with_more_neighbours() -> None:
    """The same both ways round, and BB(K) is within BB(K + 1)."""
    table = torch.randn(40, 30, generator=torch.Generator().manual_seed(0))
    for k in range(1, 8):
        assert pairs_of(table, k) == {(b, a) for a, b in pairs_of(table.T, k)}
        assert pairs_of(table, k) <= pairs_of(table, k + 1)


def test_clusters_are_the_connected_components() -> None:
    """Of the links, whatever their order: 0-3-1 and 2-5, 4 alone; and a unit is no buddy of itself."""
    assert components(torch.tensor([[3, 1], [0, 3], [5, 2]]), 6) == [0, 0, 2, 0, 4, 2]
    table = torch.eye(4)
    table[0, 1] = table[1, 0] = 0.8
    assert self_links(table, MatchSettings(cluster_buddies=1)).tolist() == [[0, 1], [1, 0]]


def test_p_values_and_false_discovery_by_hand() -> None:
    """Ties with chance count against a score; the rates of Benjamini and Hochberg for .01, .04, .03 and .5."""
    assert chance(torch.tensor([0.9, 0.5, 0.1]), torch.tensor([0.2, 0.5, 0.6])).tolist() == [0.25, 0.75, 1.0]
    rates = false_discovery(torch.tensor([0.01, 0.04, 0.03, 0.5]))
    assert torch.allclose(rates, torch.tensor([0.04, 0.16 / 3, 0.16 / 3, 0.5], dtype=torch.float64))
    assert false_discovery(torch.zeros(0)).tolist() == []


def test_planted_units_are_found_and_nothing_else() -> None:
    """Four shared units, some at two sizes of the hub: four concepts, each with the right unit, and none by chance."""
    found = mine(mined(two_models(96)), LOOSE)
    best = {c.hub.unit[1:]: c.best["other"].unit[1:] for c in found.concepts}
    assert best == {("large", channel): ("wide", channel) for channel in range(4)}
    assert found.concepts_by_chance == 0 and all(c.q_value <= 0.05 and c.best["other"].residual > 0.9 for c in found.concepts)
    assert all(len(c.pairs) == 2 for c in found.concepts), "the hub's blurred copies are in the same concepts"


def test_a_unit_that_fires_on_one_image_in_fifty_is_found() -> None:
    """Planted: 2 of 100 images."""
    found = mine(mined(two_models(100, shared=1, share=0.02)), LOOSE)
    assert [c.hub.unit[1:] for c in found.concepts] == [("large", 0)] and found.concepts[0].best["other"].unit[1:] == ("wide", 0)


def test_nothing_is_found_in_shuffled_data() -> None:
    """The other model sees the images in another order: templates stay alike, and still there is no concept at 5 %, ten times over."""
    for seed in range(10):
        maps = two_models(64, seed)
        order = torch.randperm(64, generator=torch.Generator().manual_seed(seed))
        maps["other"] = {layer: one[order] for layer, one in maps["other"].items()}
        assert not mine(mined(maps), LOOSE).concepts


def three_models() -> Rosetta:
    """A hub and two others; the second has only the first two of what is shared."""
    maps = two_models(96)
    third = {"wide": maps["other"]["wide"].clone()}
    third["wide"][:, 2:4] = torch.randn(96, 2, 16, 16, generator=torch.Generator().manual_seed(5))
    return Rosetta("hub", SETTINGS).add({**maps, "third": third}).finish()


def test_tuples_may_lack_a_model_if_that_is_asked_for() -> None:
    """All: two concepts with a unit of each; one of two: four, of which two have no unit of the third."""
    rosetta = three_models()
    assert [c.models for c in mine(rosetta, LOOSE).concepts] == [("hub", "other", "third")] * 2
    loose = mine(rosetta, MatchSettings(buddies=2, cluster_buddies=2, at_least=1))
    assert sorted(len(c.models) for c in loose.concepts) == [2, 2, 3, 3]


def test_a_record_survives_json() -> None:
    """To the five digits that are kept; and it says what guidance needs."""
    concept = mine(three_models(), LOOSE).concepts[0].named("left eye", "left eye", 0.5)
    again = from_json(to_json([concept]))[0]
    assert isinstance(again, Concept) and again.name == "left eye" and again.models == concept.models
    assert [m.unit for m in again.members] == [m.unit for m in concept.members]
    hub, other = again.pairs[0]
    assert (
        hub.unit == again.hub.unit
        and other.hub == hub.unit
        and other.std > 0
        and other.mean == pytest.approx(concept.pairs[0][1].mean, rel=1e-4)
    )


def test_without_shuffles_there_is_no_chance() -> None:
    """Refused with a sentence."""
    with pytest.raises(SettingError, match="shuffled"):
        mine(mined(two_models(16), settings=RosettaSettings(shuffles=0)))
    with pytest.raises(SettingError, match="rate"):
        MatchSettings(rate=0)
