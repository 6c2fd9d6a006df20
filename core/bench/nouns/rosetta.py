"""Whether the units that the Nouns' generator shares with other models follow the same part or colour; the truth is the judge.

`nouns_precision`: share of matched tuples all of whose units follow one trait, on compositions that mining never saw.
`nouns_null`: the same for the strongest tuples that shuffled pictures give, as many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from core.bench.nouns.dictionary import encode_compositions
from core.bench.nouns.shared_units import FOLLOWS, Row, exchanged, followed, rows_of, share_right, traits_of_units
from core.foundations.concepts import Concept, Unit, load_concepts
from core.foundations.files import load_card
from core.foundations.seeds import numpy_rng
from core.models.noun_units import feature_units, noun_units
from core.models.registry import load
from core.models.units import Units
from core.worlds.nouns.splits import draw_split
from core.worlds.nouns.traits import traits

KEPT, FEATURES, CHANCE = "nouns_concepts", "nouns_feature_concepts", "nouns_chance_concepts"
PICTURES = 512
QUICK = (64, 40)
"""Pictures, and tuples of each kind, of a quick run."""


def judged(rows: Sequence[Row], truth: dict[Unit, Tensor]) -> dict[str, float]:
    """How many of some tuples are right, and how many traits those that are right follow."""
    found = followed(rows, truth)
    return {"right": share_right(found), "number": float(len(rows)), "traits": float(len({one.trait for one in found if one.right}))}


def best_rows(concepts: Sequence[Concept]) -> list[Row]:
    """The best tuple of each concept."""
    return [[member.unit for member in concept.best.values()] for concept in concepts]


def names_right(concepts: Sequence[Concept], truth: dict[Unit, Tensor]) -> float:
    """Share of the named concepts whose best tuple's units all follow what the name says, whatever its number."""
    places: dict[str, list[int]] = {}
    for place, trait in enumerate(traits()):
        places.setdefault(trait.name, []).append(place)  # "red glasses" are any that are red, and a part of that name
    right = []
    for concept in concepts:
        meant = places.get(concept.name) or places.get(concept.name.rpartition(" ")[0], [])
        if concept.name:
            scores = torch.stack([truth[member.unit][meant] for member in concept.best.values()])
            right.append(bool((scores.amin(0) >= FOLLOWS).any()))
    return sum(right) / len(right) if right else 0.0


def rows_for(name: str, concepts: Sequence[Concept], truth: dict[Unit, Tensor], card: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """The rows of one table: its tuples, its concepts, and its tuples with their units exchanged."""
    tuples, quality = rows_of(concepts), card["quality"]
    best = judged(best_rows(concepts), truth) | {"names right": names_right(concepts, truth)}
    best |= {"by chance": float(quality["concepts_by_chance"]), "of units": float(quality["units"])}
    return {
        f"{name}, tuples": judged(tuples, truth),
        f"{name}, concepts": best,
        f"{name}, units exchanged": judged(exchanged(tuples, numpy_rng("bench rosetta exchanged")), truth),
    }


def truth_of(hubs: Sequence[Units], others: Sequence[Units], tables: Sequence[Sequence[Concept]], count: int) -> dict[Unit, Tensor]:
    """What every unit of some tables follows `[a]`, on compositions that mining never saw."""
    compositions = draw_split(numpy_rng("bench rosetta"), count, True)
    latents = encode_compositions(hubs[0].network, compositions).latents  # type: ignore[arg-type]
    wanted = [unit for table in tables for row in rows_of(table) for unit in row]
    return traits_of_units(hubs, others, wanted, latents, compositions)


def run_nouns(quick: bool) -> tuple[dict[str, float], dict[str, dict[str, float]], dict[str, object]]:
    """The Nouns' section of the benchmark `rosetta`: figures, rows beside them, settings.

    Raises:
        WeightsError: where a model or a table is missing or changed.
    """
    hub, others = noun_units()
    features = feature_units("nouns_dictionary", hub.network, load("nouns_dictionary"))
    count, most = QUICK if quick else (PICTURES, None)
    own, sparse, chance = (load_concepts(name)[:most] for name in (KEPT, FEATURES, CHANCE))
    truth = truth_of([hub, features], others, (own, sparse, chance), count)
    rows = rows_for("nouns", own, truth, load_card(KEPT)) | rows_for("nouns, features", sparse, truth, load_card(FEATURES))
    rows["nouns, by chance"] = judged(rows_of(chance), truth)
    figures = {"nouns_precision": rows["nouns, tuples"]["right"], "nouns_null": rows["nouns, by chance"]["right"]}
    return figures, rows, {"held-out Nouns": count, "looked at by": " ".join(one.name for one in others)}
