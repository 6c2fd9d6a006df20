"""Find the units that the Nouns' generator shares with models that look, name them, and keep them in assets/.

Mined twice over the same pictures: the generator's channels (`nouns_concepts`), and the sparse features of its latent
(`nouns_feature_concepts`, see core.models.noun_units). The strongest tuples of shuffled pictures are kept too
(`nouns_chance_concepts`), so that they can be judged beside.

Of what was found only tuples are kept whose weakest link is clearly above chance (`least`). A concept is named by what was
read in other pictures by their pixels alone: the trait that all its units follow, and on average best. No truth is consulted;
core.bench.nouns.rosetta does, to judge.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.bench.nouns.dictionary import encode_compositions
from core.bench.nouns.shared_units import BATCH, FOLLOWS, SIDE, rows_of, seen_by_all, traits_of_units
from core.foundations.concepts import Concept, Member, Unit, save_concepts
from core.foundations.errors import SettingError
from core.foundations.files import load_card
from core.foundations.seeds import numpy_rng
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_matches import MatchSettings, Mined, Tuple, chance_matches, mine, tuples_of
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
EVERY = 128
"""Pictures after which what was summed up is kept in runs/."""


@dataclass(frozen=True)
class NounMining:
    """Everything that decides the concepts."""

    pictures: int = 640
    named_on: int = 256
    """Other pictures, which are read to name what was found."""
    sums: RosettaSettings = field(default_factory=lambda: RosettaSettings(most=SIDE, block=BATCH))
    matches: MatchSettings = field(default_factory=lambda: MatchSettings(at_least=len(EYES)))
    """All models that look, or all but one."""
    least: float = 0.1
    """Residual correlation that every link of a tuple must have: three times what the best by chance reach."""


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


def strong(concepts: Sequence[Concept], least: float) -> list[Concept]:
    """Concepts with those of their tuples whose weakest link has a residual correlation of `least`; the others fall away."""
    kept = []
    for concept in concepts:
        hubs = {m.hub for m in concept.members} - {m.hub for m in concept.members if m.residual < least}
        members = tuple(member for member in concept.members if member.hub in hubs)
        if members:
            kept.append(replace(concept, id=f"rosetta:{members[0].unit.layer}:{members[0].unit.channel}", members=members))
    return kept


def named(concepts: Sequence[Concept], read: Mapping[Unit, Tensor]) -> list[Concept]:
    """Concepts with their names and the slots that these speak of; equal names are numbered.

    Args:
        concepts: mined.
        read: for each unit its residual correlations with traits that were read in pictures `[a]`.
    """
    done, times = [], Counter[str]()
    for concept in concepts:
        trait = followed_by_all(concept, read)
        if trait is None:
            done.append(concept)
            continue
        times[trait.name] += 1
        number = f" {times[trait.name]}" if times[trait.name] > 1 else ""
        done.append(concept.named(trait.name + number, trait.slot))
    return done


def followed_by_all(concept: Concept, read: Mapping[Unit, Tensor]) -> Trait | None:
    """The trait that all units of its best tuple follow, and on average best."""
    scores = torch.stack([read[member.unit] for member in concept.best.values()])
    scores = torch.where(scores.amin(0) >= FOLLOWS, scores.mean(0), scores.new_tensor(-1.0))
    return traits()[int(scores.argmax())] if scores.max() > 0 else None


def counts(rosetta: Rosetta, mined: Mined, concepts: Sequence[Concept], least: float) -> dict[str, Any]:
    """How much was found, and how many tuples of shuffled pictures are as certain and as strong."""
    cut = max((member.p_value for concept in mined.concepts for member in concept.members), default=0.0)
    several = by_chance(rosetta, MatchSettings(at_least=len(rosetta.models) - 1), mined.tuples)
    chance = [one for one in several if one.p_value <= cut and strong([one], least)]
    names = [concept.name for concept in concepts if concept.name]
    return {
        "pictures": rosetta.count,
        "units": len(rosetta.units(rosetta.hub)),
        "matches": dict(mined.matches),
        "matches_by_chance": dict(mined.matches_by_chance),
        "tuples_before": mined.tuples,
        "concepts_before": len(mined.concepts),
        "concepts_before_by_chance": mined.concepts_by_chance,
        "tuples": len(rows_of(concepts)),
        "concepts": len(concepts),
        "concepts_by_chance": len(chance) / rosetta.settings.shuffles,
        "of_all_models": sum(len(one.models) == 1 + len(rosetta.models) for one in concepts),
        "named": len(names),
    }


def card(settings: NounMining, quality: dict[str, Any], seconds: float) -> dict[str, Any]:
    """What is told of a table."""
    return {
        "world": "nouns",
        "task": "units that the generator shares with all models that look, or all but one",
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


def main() -> None:
    """Mine, or go on mining, and write the concepts."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--only", nargs="*", default=(*EYES, CLIP), help="sum up for these models alone, and find nothing yet")
    args = parser.parse_args()
    began, settings = time.perf_counter(), NounMining()
    hub, others = noun_units(args.only)
    hubs = [hub, feature_units(FEATURES, hub.network, load(FEATURES))]
    latents = latents_for("mined", settings.pictures)
    parts = [summed(hubs, eye, latents, settings.sums, folder_of(settings)) for eye in others]
    if len(parts) <= len(EYES):
        return
    tables = [joined(several) for several in zip(*parts, strict=True)]
    found = [mine(table, settings.matches) for table in tables]
    for table, one in zip(tables, found, strict=True):
        print(f"{table.hub}: {one.tuples} tuples, {len(one.concepts)} concepts, {one.concepts_by_chance:g} by chance", flush=True)
    kept = [strong(one.concepts, settings.least) for one in found]
    read = read_in(hubs, others, kept, settings.named_on)
    seconds = time.perf_counter() - began
    for table, one, several in zip(tables, found, kept, strict=True):
        concepts = named(several, read)
        quality = counts(table, one, concepts, settings.least)
        save_concepts(TABLES[table.hub], concepts, card(settings, quality, seconds))
        print(table.hub, json.dumps(quality, indent=1))
    chance = by_chance(tables[0], settings.matches, len(rows_of(kept[0])))
    save_concepts(CHANCE, chance, card(settings, {"tuples": len(chance)}, seconds))


if __name__ == "__main__":
    main()
