"""Find the units that the Nouns' generator shares with models that look, name them, and keep them in assets/.

Mined twice over the same pictures: the generator's channels (`nouns_concepts`), and the sparse features of its latent
(`nouns_feature_concepts`, see core.models.noun_units). The strongest tuples of shuffled pictures are kept too
(`nouns_chance_concepts`), so that they can be judged beside.

Tuples are made of units every two of which agree, on other pictures than they were matched on (`least`). A concept is named by what
was read in further pictures by their pixels alone: the trait that all its units clearly follow (`named_from`), and on average best; it
has no name where there is none. No truth is consulted; core.bench.nouns.rosetta does, to judge. It also did where these two numbers and
K were chosen, on Nouns of training's side that are neither mined here nor in the benchmark: `python -m core.train.nouns.rosetta_choice`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.bench.nouns.dictionary import encode_compositions
from core.bench.nouns.shared_units import BATCH, FOLLOWS, SIDE, channels_of, only, rows_of, seen_by_all, traits_of_units
from core.foundations.concepts import Concept, Member, Unit, save_concepts
from core.foundations.errors import SettingError
from core.foundations.files import load_card
from core.foundations.seeds import numpy_rng
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_agreement import Agreement
from core.methods.relate.rosetta_matches import MatchSettings, Mined, Tuple, best_buddies, chance_matches, mine, tuples_of
from core.methods.relate.rosetta_sums import RosettaSettings
from core.models.noun_units import CLIP, EYES, GENERATOR, feature_units, noun_units
from core.models.registry import load
from core.models.units import Units
from core.train.loop import RUNS, machine
from core.train.nouns.handles import paint_and_read
from core.worlds.nouns.splits import draw_split
from core.worlds.nouns.traits import Trait, traits

FEATURES = "nouns_dictionary"
TABLES = {GENERATOR: "nouns_concepts", FEATURES: "nouns_feature_concepts"}
CHANCE = "nouns_chance_concepts"
ALL = "all"
"""What the units of all models are called while they are compared with each other."""
EVERY = 128
"""Pictures after which what was summed up is kept in runs/."""


@dataclass(frozen=True)
class NounMining:
    """Everything that decides the concepts."""

    pictures: int = 640
    named_on: int = 512
    """Other pictures, which are read to name what was found."""
    agreed_on: int = 512
    """Other pictures again, on which the units of a tuple must agree."""
    sums: RosettaSettings = field(default_factory=lambda: RosettaSettings(most=SIDE, block=BATCH))
    matches: MatchSettings = field(default_factory=lambda: MatchSettings(buddies=8, at_least=2))
    """Two of the models that look, or more."""
    least: float = 0.12
    """Residual correlation that every two units of a tuple must have."""
    named_from: float = 0.08
    """Residual correlation that every unit of a concept must have with what the concept is named after."""


def summed(hubs: Sequence[Units], eye: Units, latents: Tensor, settings: RosettaSettings, folder: Path) -> list[Rosetta]:
    """One table for each hub with one eye, over the same pictures; goes on from what lies in a folder."""
    paths = [folder / f"{hub.name} {eye.name}.safetensors" for hub in hubs]
    kept = [Rosetta.load(path) if path.is_file() else Rosetta(hub.name, settings) for hub, path in zip(hubs, paths, strict=True)]
    tables = kept if len({one.count for one in kept}) == 1 else [Rosetta(hub.name, settings) for hub in hubs]
    began = time.perf_counter()
    for start in range(tables[0].count, len(latents), BATCH):
        with torch.inference_mode():
            maps = seen_by_all(hubs, [eye], latents[start : start + BATCH])
        for table in tables:
            table.add({name: maps[name] for name in (table.hub, eye.name)})
        if tables[0].count % EVERY == 0 or tables[0].count == len(latents):
            for table, path in zip(tables, paths, strict=True):
                table.save(path)
            print(f"{eye.name} {tables[0].count}/{len(latents)} pictures, {time.perf_counter() - began:.0f} s in this sitting", flush=True)
    return [table.finish() for table in tables]


def joined(tables: Sequence[Rosetta]) -> Rosetta:
    """Tables of one hub with several models as one, all over the same pictures: a model can join later at its own cost.

    Raises:
        SettingError: where they are of other hubs, settings or numbers of pictures.
    """
    first, *others = tables
    for other in others:
        if (other.hub, other.settings, other.count) != (first.hub, first.settings, first.count):
            raise SettingError(f"Tables of other pictures cannot be joined: {first.hub} {first.count} and {other.hub} {other.count}.")
        for name in ("layouts", "plain", "tables", "shuffled"):
            getattr(first, name).update(getattr(other, name))
        for key, place in other.places.items():  # the hub's may be kept at more sizes beside one model than beside another
            if key not in first.places or len(place.sizes) >= len(first.places[key].sizes):
                first.places[key] = place
    return first


def by_chance(rosetta: Rosetta, settings: MatchSettings, count: int) -> list[Concept]:
    """The strongest tuples of shuffled pictures, `count` at most, each as a concept without a name, raw correlation or spread."""
    nulls = {model: rosetta.null(model) for model in rosetta.models}
    chances = {model: chance_matches(null, settings.buddies) for model, null in nulls.items()}
    found: list[Tuple] = []
    for turn in range(rosetta.settings.shuffles):
        found += tuples_of({model: null[turn] for model, null in nulls.items()}, chances, settings)
    found.sort(key=lambda one: -min(link.residual for link in one.links.values()))
    concepts = []
    for number, one in enumerate(found[:count]):
        hub = rosetta.units(rosetta.hub)[one.hub]
        members = [Member(hub, hub, 1.0, 1.0, 0.0, 0.0, 0.0)]
        members += [Member(rosetta.units(m)[k.unit], hub, 0.0, k.residual, k.p_value, 0.0, 0.0) for m, k in one.links.items()]
        concepts.append(Concept(f"chance:{number}", "", tuple(members), one.p_value, one.q_value))
    return concepts


def matched(table: Rosetta, settings: MatchSettings, least: float) -> list[Unit]:
    """The units of all mutual matches that have a residual correlation of `least`, the hub's among them."""
    found: dict[Unit, None] = {}
    for model in table.models:
        scores = table.correlations(model)
        pairs = best_buddies(scores, settings.buddies)
        pairs = pairs[scores[pairs[:, 0], pairs[:, 1]] >= least]
        for side, name in enumerate((table.hub, model)):
            units = table.units(name)
            found |= dict.fromkeys(units[row] for row in pairs[:, side].tolist())
    return list(found)


def together(hubs: Sequence[Units], others: Sequence[Units], wanted: Sequence[Unit], latents: Tensor) -> tuple[list[Unit], np.ndarray]:
    """How some units agree with each other, whatever models they are of.

    Args:
        hubs: whoever takes latents.
        others: whoever takes pictures.
        wanted: which units.
        latents: of the pictures `[n c h w]`.

    Returns:
        The units, and their residual correlations `[u u]` in that order.
    """
    channels = channels_of(wanted)
    keys = {f"{model} {layer}": (model, layer) for model, layer in channels}
    rosetta = Rosetta(ALL, RosettaSettings(most=SIDE, block=BATCH, shuffles=0))
    for some in latents.split(BATCH):
        with torch.inference_mode():
            seen = only(seen_by_all(hubs, others, some), channels)
        rosetta.add({ALL: {name: seen[model][layer] for name, (model, layer) in keys.items()}})
    rosetta.finish()
    units = [Unit(*keys[one.layer], channels[keys[one.layer]][one.channel]) for one in rosetta.units(ALL)]
    return units, rosetta.correlations(ALL).numpy()


def agreement(table: Rosetta, units: Sequence[Unit], scores: np.ndarray, least: float) -> Agreement:
    """What `together` found, for one table."""
    places = {unit: place for place, unit in enumerate(units)}
    rows = {
        name: {row: places[unit] for row, unit in enumerate(table.units(name)) if unit in places} for name in (table.hub, *table.models)
    }
    return Agreement(table.hub, rows, scores, least)


def named(concepts: Sequence[Concept], read: Mapping[Unit, Tensor], least: float = FOLLOWS) -> list[Concept]:
    """Concepts with their names and the slots that these speak of; equal names are numbered.

    Args:
        concepts: mined.
        read: for each unit its residual correlations with traits that were read in pictures `[a]`.
        least: of these, that every unit must have with the trait that is the name; without one a concept has no name.
    """
    done, times = [], Counter[str]()
    for concept in concepts:
        trait = followed_by_all(concept, read, least)
        if trait is None:
            done.append(concept)
            continue
        times[trait.name] += 1
        number = f" {times[trait.name]}" if times[trait.name] > 1 else ""
        done.append(concept.named(trait.name + number, trait.slot))
    return done


def followed_by_all(concept: Concept, read: Mapping[Unit, Tensor], least: float = FOLLOWS) -> Trait | None:
    """The trait that all units of its best tuple follow, and on average best."""
    scores = torch.stack([read[member.unit] for member in concept.best.values()])
    scores = torch.where(scores.amin(0) >= least, scores.mean(0), scores.new_tensor(-1.0))
    return traits()[int(scores.argmax())] if scores.max() > 0 else None


def counts(table: Rosetta, before: Mined, mined: Mined, concepts: Sequence[Concept]) -> dict[str, Any]:
    """How much was found, before units had to agree and after, and how much of both in shuffled pictures."""
    models = [len(one.models) for one in concepts]
    return {
        "pictures": table.count,
        "units": len(table.units(table.hub)),
        "matches": dict(mined.matches),
        "matches_by_chance": dict(mined.matches_by_chance),
        "tuples_before": before.tuples,
        "concepts_before": len(before.concepts),
        "concepts_before_by_chance": before.concepts_by_chance,
        "tuples": mined.tuples,
        "concepts": len(concepts),
        "concepts_by_chance": mined.concepts_by_chance,
        "of_all_models": sum(count == 1 + len(table.models) for count in models),
        "of_all_but_one": sum(count == len(table.models) for count in models),
        "named": sum(bool(one.name) for one in concepts),
    }


def card(settings: NounMining, quality: dict[str, Any], seconds: float) -> dict[str, Any]:
    """What is told of a table."""
    return {
        "world": "nouns",
        "task": "units that the generator shares with two of the models that look, or more, and that all agree",
        "made_from": {name: load_card(name)["sha256"] for name in (GENERATOR, FEATURES, *EYES, CLIP)},
        "mined": asdict(settings) | {"seed": "noun rosetta"},
        "quality": quality,
        "seconds": round(seconds),
        "machine": machine(torch.device("cpu")),
        "data": "core.worlds.nouns, training side of core.worlds.nouns.splits",
        "licence": "CC0 1.0",
    }


def latents_for(purpose: str, count: int) -> Tensor:
    """Latents of Nouns that training may see `[n c h w]`."""
    return encode_compositions(load(GENERATOR), draw_split(numpy_rng("noun rosetta", purpose), count, False)).latents


def folder_of(settings: NounMining) -> Path:
    """Where such a run is kept."""
    made_of = repr((settings.pictures, settings.sums, [load_card(name)["sha256"] for name in (GENERATOR, FEATURES)]))
    return RUNS / "nouns_rosetta" / hashlib.sha256(made_of.encode()).hexdigest()[:12]


def read_in(hubs: Sequence[Units], others: Sequence[Units], found: Sequence[Sequence[Concept]], count: int) -> dict[Unit, Tensor]:
    """What the units of all concepts follow, as read in `count` further pictures."""
    latents = latents_for("names", count)
    wanted = [unit for concepts in found for row in rows_of(concepts) for unit in row]
    return traits_of_units(hubs, others, wanted, latents, paint_and_read(load(GENERATOR), latents).parts)


def sums_of(hubs: Sequence[Units], others: Sequence[Units], settings: NounMining) -> list[Rosetta]:
    """A table of each hub with all others; goes on from what lies in runs/."""
    latents = latents_for("mined", settings.pictures)
    parts = [summed(hubs, eye, latents, settings.sums, folder_of(settings)) for eye in others]
    return [joined(several) for several in zip(*parts, strict=True)]


def main() -> None:
    """Mine, or go on mining, and write the concepts."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--only", nargs="*", default=(*EYES, CLIP), help="sum up for these models alone, and find nothing yet")
    args = parser.parse_args()
    began, settings = time.perf_counter(), NounMining()
    hub, others = noun_units(args.only)
    hubs = [hub, feature_units(FEATURES, hub.network, load(FEATURES))]
    tables = sums_of(hubs, others, settings)
    if len(others) <= len(EYES):
        return
    wanted = [unit for table in tables for unit in matched(table, settings.matches, settings.least)]
    units, scores = together(hubs, others, wanted, latents_for("agreed", settings.agreed_on))
    found = [mine(table, settings.matches, None, agreement(table, units, scores, settings.least)) for table in tables]
    for table, one in zip(tables, found, strict=True):
        print(f"{table.hub}: {one.tuples} tuples, {len(one.concepts)} concepts, {one.concepts_by_chance:g} by chance", flush=True)
    read = read_in(hubs, others, [one.concepts for one in found], settings.named_on)
    seconds = time.perf_counter() - began
    for table, one in zip(tables, found, strict=True):
        concepts = named(one.concepts, read, settings.named_from)
        quality = counts(table, mine(table, settings.matches), one, concepts)
        save_concepts(TABLES[table.hub], concepts, card(settings, quality, seconds))
        print(table.hub, json.dumps(quality, indent=1))
    chance = by_chance(tables[0], settings.matches, found[0].tuples)
    save_concepts(CHANCE, chance, card(settings, {"tuples": len(chance)}, seconds))


if __name__ == "__main__":
    main()
