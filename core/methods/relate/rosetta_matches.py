"""Best buddies, the tuples that several models share, their clusters, and what of all that comes about by chance.

    BB(G, D; K) = {(j, k): k is among the K nearest of j in D, and j among the K nearest of k in G}              (equation 4.3)
    R(G, D_1 .. D_m) = {(j, k_1 .. k_m): (j, k_i) in BB(G, D_i) for all i}                                       (equation 4.4)

Paper: papers/inner_workings_thesis.md, section 4.3. Two tuples belong to one concept where their hub's units are linked by BB(G, G; K).

What differs from the authors' code, and why (reference.md, section 3):
* K counts both ways, as in the equation; theirs takes 1 one way and 5 the other. Of several matches of one unit in one model the best is
  kept, or, where it is known how units agree with each other, that which agrees with the others' (core.methods.relate.rosetta_agreement).
* Matches are by the residual correlation, so that a layout which all images share is no match.
* A tuple may lack a model, `at_least` says how many others it needs; the links it has are its best.
* Each match has a p-value: the share of mutual matches of the shuffled images, of the same two models, that are at least as good,
  (1 + number) / (1 + all). A tuple's is the largest of its links', so that all of them are meant, not one. Tuples are kept up to the false
  discovery rate of Benjamini and Hochberg (1995), and the same search in the shuffled images says how many come about by chance.
* Clusters by BB(G, G; K) are in the paper and not in the code. A unit is no buddy of itself here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from core.foundations.concepts import Concept, Member, Unit
from core.foundations.errors import SettingError, ShapeError
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_agreement import Agreement, Link, best_of_each


@dataclass(frozen=True)
class MatchSettings:
    """What counts as shared.

    Attributes:
        buddies: K of the matches, from 1.
        cluster_buddies: K of the links between the hub's own units, from 1.
        cluster_least: residual correlation that a link between the hub's own units must have, in [-1, 1].
        at_least: of how many other models a tuple must have a unit; all of them where 0.
        rate: false discovery rate up to which tuples are kept, in (0, 1).
    """

    buddies: int = 5
    cluster_buddies: int = 5
    cluster_least: float = 0.5
    at_least: int = 0
    rate: float = 0.05

    def __post_init__(self) -> None:
        """SettingError where a setting is out of bounds."""
        if self.buddies < 1 or self.cluster_buddies < 1 or self.at_least < 0 or not 0 < self.rate < 1:
            raise SettingError(f"Expected buddies of 1 or more, at_least of 0 or more and a rate between 0 and 1, got {self}.")


@dataclass(frozen=True)
class Tuple:
    """One unit of the hub with at most one of each other model, and the p-value and false discovery rate of the whole."""

    hub: int
    links: Mapping[str, Link]
    p_value: float
    q_value: float = 1.0


@dataclass(frozen=True)
class Mined:
    """What was found.

    Attributes:
        concepts: the most certain first, then those whose weakest link is strongest.
        matches: how many mutual matches each model has with the hub.
        matches_by_chance: how many there are in shuffled images, on average.
        tuples: kept.
        concepts_by_chance: how many concepts the same search, up to the same p-value, finds in shuffled images, on average.
    """

    concepts: tuple[Concept, ...]
    matches: Mapping[str, int]
    matches_by_chance: Mapping[str, float]
    tuples: int
    concepts_by_chance: float


def best_buddies(table: Tensor, k: int) -> Tensor:
    """Pairs that are among each other's k nearest.

    Args:
        table: correlations `[u v]`.
        k: neighbours, from 1.

    Returns:
        Rows and columns of the pairs `[pairs 2]`, row by row.
    """
    if table.ndim != 2 or k < 1:
        raise ShapeError(f"Expected a table [u v] and at least one neighbour, got {tuple(table.shape)} and {k}.")
    near = torch.zeros_like(table, dtype=torch.bool).scatter_(1, table.topk(min(k, table.shape[1]), 1).indices, True)
    back = torch.zeros_like(near).scatter_(0, table.topk(min(k, table.shape[0]), 0).indices, True)
    return (near & back).nonzero()


def chance(scores: Tensor, by_chance: Tensor) -> Tensor:
    """P-values of scores `[a]` against scores by chance `[b]`: (1 + how many are at least as good) / (1 + b)."""
    ordered = by_chance.sort().values
    at_least = len(ordered) - torch.searchsorted(ordered, scores.contiguous(), right=False)
    return (1 + at_least).double() / (1 + len(ordered))


def false_discovery(p_values: Tensor) -> Tensor:
    """The false discovery rate at which each of some p-values `[a]` is just kept (Benjamini and Hochberg, 1995)."""
    order = p_values.argsort(descending=True)
    ranks = torch.arange(len(p_values), 0, -1, dtype=torch.float64)
    rates = (p_values[order].double() * len(p_values) / ranks).cummin(0).values if len(p_values) else p_values.double()
    return torch.empty_like(rates).index_put_((order,), rates).clamp(max=1)


def components(pairs: Tensor, count: int) -> list[int]:
    """Which connected component each of `count` things is in, numbered by its first thing; links are pairs `[a 2]`."""
    root = list(range(count))

    def find(one: int) -> int:
        while root[one] != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    for one, other in pairs.tolist():
        first, second = sorted((find(one), find(other)))
        root[second] = first
    return [find(one) for one in range(count)]


def self_links(table: Tensor, settings: MatchSettings) -> Tensor:
    """Pairs of the hub's own units that stand for the same, `[pairs 2]`, out of its own table `[u u]`."""
    apart = table.clone().fill_diagonal_(-2)
    pairs = best_buddies(apart, settings.cluster_buddies)
    return pairs[apart[pairs[:, 0], pairs[:, 1]] >= max(settings.cluster_least, -1)]


def tuples_of(
    tables: Mapping[str, Tensor], nulls: Mapping[str, Tensor], settings: MatchSettings, agreement: Agreement | None = None
) -> list[Tuple]:
    """Every unit of the hub that has matches in enough other models.

    Args:
        tables: for each other model residual correlations `[u_hub u]`.
        nulls: for each the residuals of mutual matches by chance `[b]`.
        settings: what counts.
        agreement: how units agree with each other; where it is not known, the hub's best match in each model is taken.

    Returns:
        The tuples, by the hub's unit, with p-values; the false discovery rate is among these tuples.
    """
    links: dict[int, dict[str, list[Link]]] = {}
    for model, table in tables.items():
        pairs = best_buddies(table, settings.buddies)
        scores = table[pairs[:, 0], pairs[:, 1]]
        p_values = chance(scores, nulls[model])
        for (hub, unit), score, p in zip(pairs.tolist(), scores.tolist(), p_values.tolist(), strict=True):
            links.setdefault(hub, {}).setdefault(model, []).append(Link(hub, unit, score, p))
    enough = settings.at_least or len(tables)
    chosen = {hub: agreement.largest(hub, mine) if agreement else best_of_each(mine) for hub, mine in sorted(links.items())}
    found = [_tuple(hub, mine, enough) for hub, mine in chosen.items() if len(mine) >= enough]
    rates = false_discovery(torch.tensor([one.p_value for one in found], dtype=torch.float64)).tolist()
    return [Tuple(one.hub, one.links, one.p_value, rate) for one, rate in zip(found, rates, strict=True)]


def _tuple(hub: int, links: Mapping[str, Link], enough: int) -> Tuple:
    """With the p-value of the worst of the links that are needed."""
    return Tuple(hub, links, sorted(link.p_value for link in links.values())[enough - 1])


def chance_matches(null: Tensor, k: int) -> Tensor:
    """Residuals of the mutual matches of shuffled tables `[shuffles u v]`, all in one `[b]`."""
    found = []
    for table in null:
        pairs = best_buddies(table, k)
        found.append(table[pairs[:, 0], pairs[:, 1]])
    return torch.cat(found) if found else null.new_zeros(0)


def mine(
    rosetta: Rosetta, settings: MatchSettings | None = None, models: Sequence[str] | None = None, agreement: Agreement | None = None
) -> Mined:
    """The concepts that the hub shares with other models.

    Args:
        rosetta: has seen all images, shuffled at least once.
        settings: what counts as shared.
        models: which others; all of them where None.
        agreement: how units agree with each other; None where it is not known.

    Raises:
        SettingError: where nothing was shuffled, so that there is no chance to compare with.
    """
    settings, models = settings or MatchSettings(), tuple(models or rosetta.models)
    if not rosetta.settings.shuffles:
        raise SettingError("Without shuffled images no match has a p-value. Give RosettaSettings(shuffles=1) or more.")
    tables = {model: rosetta.correlations(model) for model in models}
    shuffled = {model: rosetta.null(model) for model in models}
    nulls = {model: chance_matches(null, settings.buddies) for model, null in shuffled.items()}
    links = self_links(rosetta.correlations(rosetta.hub), settings)
    kept, cut = _kept(tuples_of(tables, nulls, settings, agreement), settings.rate)
    by_chance = [
        len(_clusters(_up_to(tuples_of({m: null[turn] for m, null in shuffled.items()}, nulls, settings, agreement), cut), links))
        for turn in range(rosetta.settings.shuffles)
    ]
    shelf = _Shelf(rosetta, models)
    concepts = sorted((_concept(shelf, group) for group in _clusters(kept, links)), key=lambda c: (c.p_value, -weakest(c)))
    return Mined(
        concepts=tuple(concepts),
        matches={model: len(best_buddies(table, settings.buddies)) for model, table in tables.items()},
        matches_by_chance={model: len(null) / rosetta.settings.shuffles for model, null in nulls.items()},
        tuples=len(kept),
        concepts_by_chance=sum(by_chance) / len(by_chance),
    )


def weakest(concept: Concept) -> float:
    """The residual correlation of the weakest link of a concept's best tuple."""
    return min(member.residual for member in concept.best.values())


def _kept(tuples: Sequence[Tuple], rate: float) -> tuple[list[Tuple], float]:
    """The tuples up to a false discovery rate, and the largest p-value among them."""
    cut = max((one.p_value for one in tuples if one.q_value <= rate), default=0.0)
    return _up_to(tuples, cut), cut


def _up_to(tuples: Sequence[Tuple], cut: float) -> list[Tuple]:
    """The tuples up to a p-value, each with the links that are up to it."""
    return [replace(one, links={m: link for m, link in one.links.items() if link.p_value <= cut}) for one in tuples if one.p_value <= cut]


def _clusters(tuples: Sequence[Tuple], links: Tensor) -> list[list[Tuple]]:
    """Tuples by the connected components of their hub's units; links through units that are in no tuple do not count."""
    rows = {one.hub: place for place, one in enumerate(tuples)}
    inside = [(rows[a], rows[b]) for a, b in links.tolist() if a in rows and b in rows]
    groups: dict[int, list[Tuple]] = {}
    for one, root in zip(tuples, components(torch.tensor(inside).reshape(-1, 2), len(tuples)), strict=True):
        groups.setdefault(root, []).append(one)
    return list(groups.values())


class _Shelf:
    """What the records of concepts say of units."""

    def __init__(self, rosetta: Rosetta, models: Sequence[str]) -> None:
        self.hub = rosetta.hub
        self.units = {model: rosetta.units(model) for model in (rosetta.hub, *models)}
        self.spreads = {model: rosetta.spread(model) for model in self.units}
        self.raw = {model: rosetta.correlations(model, raw=True) for model in models}

    def member(self, model: str, row: int, hub: Unit, raw: float, residual: float, p_value: float) -> Member:
        """A unit, matched with one of the hub's."""
        mean, std = self.spreads[model]
        return Member(self.units[model][row], hub, raw, residual, p_value, mean[row].item(), std[row].item())

    def members(self, one: Tuple) -> list[Member]:
        """A tuple's units, the hub's first."""
        hub = self.units[self.hub][one.hub]
        found = [self.member(self.hub, one.hub, hub, 1.0, 1.0, 0.0)]
        for model, link in one.links.items():
            raw = self.raw[model][link.hub, link.unit].item()
            found.append(self.member(model, link.unit, hub, raw, link.residual, link.p_value))
        return found


def _concept(shelf: _Shelf, group: Sequence[Tuple]) -> Concept:
    """A cluster as a record: the most certain tuple first, then the one whose weakest link is strongest."""
    order = sorted(group, key=lambda one: (one.p_value, -min(link.residual for link in one.links.values())))
    members = tuple(member for one in order for member in shelf.members(one))
    unit = members[0].unit
    return Concept(f"rosetta:{unit.layer}:{unit.channel}", "", members, order[0].p_value, order[0].q_value)
