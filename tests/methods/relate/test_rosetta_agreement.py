"""Which matches make a tuple: by hand, against trying all of them, and on a unit that is matched with two different things."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import torch

from core.methods.relate.rosetta_agreement import Agreement, Link, best_of_each
from core.methods.relate.rosetta_matches import MatchSettings, tuples_of

MODELS = ("a", "b", "c")


def rows_of(units: int) -> dict[str, dict[int, int]]:
    """A hub of one unit and models of some, all of whose units are known, one after the other."""
    rows = {"hub": {0: 0}}
    return rows | {model: {unit: 1 + at * units + unit for unit in range(units)} for at, model in enumerate(MODELS)}


def test_a_tuple_is_of_units_that_agree_by_hand() -> None:
    """The best match of b is about something else than that of a; its second best is taken, and where that is gone none."""
    table = np.eye(5)
    for one, other, score in ((0, 1, 0.5), (0, 2, 0.4), (0, 3, 0.6), (0, 4, 0.3), (1, 4, 0.35), (2, 3, 0.9)):
        table[one, other] = table[other, one] = score
    agreement = Agreement("hub", {"hub": {7: 0}, "a": {0: 1}, "b": {0: 3, 1: 4}}, table, 0.2)
    first, second = Link(7, 0, 0.6, 0.01), Link(7, 1, 0.3, 0.01)
    links = {"a": [Link(7, 0, 0.5, 0.01)], "b": [first, second]}
    assert agreement.largest(7, links) == {"a": links["a"][0], "b": second} != best_of_each(links)
    assert agreement.largest(7, {**links, "b": [first]}) == {"b": first}, "of equally large ones the stronger"
    assert agreement.largest(7, {**links, "b": [first, Link(7, 1, 0.1, 0.01)]}) == {"b": first}, "nor is it where it was matched weakly"
    assert agreement.largest(6, links) == {} and agreement.largest(7, {"a": [Link(7, 3, 0.9, 0.01)]}) == {}, "what is not known agrees not"


def test_no_other_tuple_is_larger_or_agrees_more() -> None:
    """Against all of them, for random tables."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        noise = rng.random((13, 13))
        table, least = (noise + noise.T) / 2, 0.4
        links = {model: [Link(0, unit, float(rng.uniform(0.3, 1)), 0.01) for unit in range(4)] for model in MODELS}
        agreement = Agreement("hub", rows_of(4), table, least)
        sizes = []
        for count in range(1, 4):
            for models in combinations(MODELS, count):
                for several in product(*(links[model] for model in models)):
                    places = [0, *(agreement.rows[model][link.unit] for model, link in zip(models, several, strict=True))]
                    pairs = [table[one, other] for one, other in combinations(places, 2)]
                    weakest = min(*pairs, *(link.residual for link in several))
                    if weakest >= least:
                        sizes.append((count, weakest, dict(zip(models, several, strict=True))))
        best = max(sizes, key=lambda found: found[:2], default=(0, 0.0, {}))
        assert agreement.largest(0, links) == best[2]


def test_tuples_are_made_of_what_agrees() -> None:
    """Two models have the same two units as the hub's one mixes; without agreement the tuple mixes them too, with it it does not."""
    tables = {"a": torch.tensor([[0.6, 0.5]]).double(), "b": torch.tensor([[0.5, 0.6]]).double()}
    nulls = {model: torch.full((99,), 0.1).double() for model in tables}
    settings = MatchSettings(buddies=2)
    table = np.array([[1, 0.6, 0.5, 0.5, 0.6], [0.6, 1, 0, 0.9, 0], [0.5, 0, 1, 0, 0.9], [0.5, 0.9, 0, 1, 0], [0.6, 0, 0.9, 0, 1]])
    agreement = Agreement("hub", {"hub": {0: 0}, "a": {0: 1, 1: 2}, "b": {0: 3, 1: 4}}, table, 0.3)
    (mixed,), (one,) = tuples_of(tables, nulls, settings), tuples_of(tables, nulls, settings, agreement)
    assert [mixed.links[model].unit for model in tables] == [0, 1]
    assert [one.links[model].unit for model in tables] in ([0, 0], [1, 1]) and one.p_value == mixed.p_value == 0.01
    assert not tuples_of(tables, nulls, settings, Agreement("hub", agreement.rows, table, 0.55))
