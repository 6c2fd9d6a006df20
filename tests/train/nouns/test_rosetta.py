"""Mining planted units of Nouns: what is shared is found, named by what was read, and told from chance; a run goes on where it stopped."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
import torch

from core.bench.nouns.rosetta import best_rows, judged, names_right, rows_for
from core.bench.nouns.shared_units import rows_of, traits_of_units
from core.foundations.concepts import Concept, Unit
from core.foundations.errors import SettingError
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_matches import MatchSettings, mine
from core.methods.relate.rosetta_sums import RosettaSettings
from core.train.nouns import rosetta
from core.train.nouns.rosetta import NounMining, agreement, by_chance, counts, followed_by_all, joined, matched, named, summed, together
from core.train.nouns.rosetta_choice import BUDDIES, LEAST, tried
from tests.bench.nouns.planted_units import FOLLOWED, as_latents, compositions, planted

SUMS = RosettaSettings(most=8, shuffles=3)
MATCHES = MatchSettings(buddies=2, at_least=3)
COLOURS_FOLLOWED = ("red", "yellow", "blue", "green")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Rosetta:
    hub, eyes = planted()
    folder = tmp_path_factory.mktemp("rosetta")
    return joined([summed([hub], eye, as_latents(compositions(256)), SUMS, folder)[0] for eye in eyes])


@pytest.fixture(scope="module")
def found(table: Rosetta) -> tuple[list[Concept], dict[Unit, torch.Tensor]]:
    """Named concepts, and what their units follow in other pictures."""
    hub, eyes = planted()
    agreed = agreement(table, *together([hub], eyes, matched(table, MATCHES, 0.1), as_latents(compositions(64, seed=2))), 0.1)
    before, mined, more = mine(table, MATCHES), mine(table, MATCHES, None, agreed), compositions(96, seed=1)
    read = traits_of_units([hub], eyes, [unit for row in rows_of(mined.concepts) for unit in row], as_latents(more), more)
    concepts = named(mined.concepts, read)
    told = counts(table, before, mined, concepts)
    assert told["concepts"] == len(concepts) == told["of_all_models"] + told["of_all_but_one"] and mined.concepts_by_chance < 1
    assert told["tuples"] <= told["tuples_before"] == before.tuples
    return concepts, read


def test_shared_colours_are_found_and_named(found: tuple[list[Concept], dict[Unit, torch.Tensor]]) -> None:
    concepts, read = found
    names = {concept.hub.unit.channel: concept.name for concept in concepts}
    for name in COLOURS_FOLLOWED:
        assert names[FOLLOWED.index(name)] == name
    assert names_right(concepts, read) == 1.0
    coloured = [
        row for row in best_rows(concepts) if FOLLOWED[row[0].channel : row[0].channel + 1] and FOLLOWED[row[0].channel] in COLOURS_FOLLOWED
    ]
    assert judged(coloured, read) == {"right": 1.0, "number": 4.0, "traits": 4.0}
    rows = rows_for("planted", concepts, read, {"quality": {"concepts_by_chance": 0.0, "units": 19}})
    assert rows["planted, tuples"]["right"] > rows["planted, units exchanged"]["right"]


def test_units_that_follow_different_things_have_no_name() -> None:
    one, other = Unit("hub", "maps", 0), Unit("a", "maps", 0)
    table = torch.eye(2)
    concept = rosetta.Concept("c", "", tuple(rosetta.Member(unit, one, 1.0, 1.0, 0.0, 0.0, 1.0) for unit in (one, other)), 0.0)
    assert followed_by_all(concept, {one: table[0], other: table[1]}) is None
    assert [found.name for found in rosetta.named([concept, concept], {one: table[0], other: table[0]})] == ["background", "background 2"]


def test_a_name_is_what_all_units_clearly_follow(found: tuple[list[Concept], dict[Unit, torch.Tensor]]) -> None:
    """The more clearly it has to be, the fewer have one; what has one has it of units that do."""
    concepts, read = [one.named("") for one in found[0]], found[1]
    names = {least: {one.id for one in named(concepts, read, least) if one.name} for least in (0.05, 0.6, 1.1)}
    assert names[0.05] >= names[0.6] > names[1.1] == set()
    for one in (one for one in concepts if one.id in names[0.6]):
        assert torch.stack([read[member.unit] for member in one.best.values()]).amin(0).max() >= 0.6


def test_every_two_units_of_a_tuple_agree(table: Rosetta, found: tuple[list[Concept], dict[Unit, torch.Tensor]]) -> None:
    """As two models alone would find it, of the eyes too; and units that were matched too weakly are not even looked at."""
    hub, eyes = planted()
    latents = as_latents(compositions(64, seed=2))
    units, scores = together([hub], eyes, matched(table, MATCHES, 0.1), latents)
    place = {unit: at for at, unit in enumerate(units)}
    for row in rows_of(found[0]):
        at = [place[unit] for unit in row]
        assert scores[np.ix_(at, at)].min() >= 0.1
    pair = Rosetta("a", RosettaSettings(most=16, shuffles=0))
    pictures = hub.see(latents).output
    pair.add({eye.name: eye.see(pictures).maps for eye in eyes[:2]}).finish()
    wanted, other = next(unit for unit in units if unit.model == "a"), next(unit for unit in units if unit.model == "aa")
    alone = pair.correlations("aa")[pair.units("a").index(wanted), pair.units("aa").index(other)]
    assert scores[place[wanted], place[other]] == pytest.approx(float(alone), abs=1e-5)
    assert matched(table, MATCHES, 1.1) == []


def test_the_more_units_must_agree_the_fewer_tuples_there_are(table: Rosetta) -> None:
    """For each K, whoever looks; without agreement most of all, and with it what is left is a part of what there was at a lower one."""
    hub, eyes = planted()
    units, scores = together([hub], eyes, matched(table, MATCHES, 0.08), as_latents(compositions(64, seed=2)))
    found = tried(table, table.models[:3], units, scores, replace(NounMining(), matches=MATCHES))
    assert set(found) == set(product(BUDDIES, LEAST))
    for buddies in BUDDIES:
        hubs = [{row[0] for row in rows_of(found[buddies, least])} for least in LEAST]
        assert all(more >= fewer for more, fewer in pairwise(hubs)) and hubs[-1]
        assert all(len(concept.models) <= 4 for least in LEAST for concept in found[buddies, least])


def test_matches_by_chance_are_tuples_of_real_units(table: Rosetta) -> None:
    several = by_chance(table, MatchSettings(buddies=5, at_least=2), 4)
    assert 0 < len(several) <= 4
    for row in rows_of(several):
        assert row[0].model == "hub" and len({unit.model for unit in row}) == len(row) >= 3
    weakest = [min(member.residual for member in one.members) for one in several]
    assert weakest == sorted(weakest, reverse=True)


def test_a_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rosetta, "EVERY", 16)
    hub, eyes = planted()
    latents = as_latents(compositions(48))
    (whole,) = summed([hub], eyes[0], latents, SUMS, tmp_path / "whole")
    summed([hub], eyes[0], latents[:32], SUMS, tmp_path / "parts")
    (parts,) = summed([hub], eyes[0], latents, SUMS, tmp_path / "parts")
    assert parts.count == whole.count == 48
    torch.testing.assert_close(parts.correlations("a"), whole.correlations("a"))


def test_models_that_join_later_give_the_same_table(tmp_path: Path) -> None:
    hub, eyes = planted()
    latents = as_latents(compositions(32))
    apart = joined([summed([hub], eye, latents, SUMS, tmp_path)[0] for eye in eyes[:2]])
    maps = {hub.name: hub.see(latents).maps} | {eye.name: eye.see(hub.see(latents).output).maps for eye in eyes[:2]}
    at_once = Rosetta(hub.name, SUMS).add(maps).finish()
    for eye in eyes[:2]:
        torch.testing.assert_close(apart.correlations(eye.name), at_once.correlations(eye.name))
        torch.testing.assert_close(apart.null(eye.name), at_once.null(eye.name))
    assert np.array_equal([unit.channel for unit in apart.units("aa")], [unit.channel for unit in at_once.units("aa")])
    with pytest.raises(SettingError):
        joined([apart, summed([hub], eyes[2], latents[:16], SUMS, tmp_path / "fewer")[0]])
