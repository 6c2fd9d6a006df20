"""Mines what the generator of faces shares with four networks that look at faces: `python -m core.train.faces.rosetta`.

    torchrun --nproc-per-node 2 -m core.train.faces.rosetta        two processes, one table

The concepts lie in `assets/faces_concepts.json.gz`: each with its units, their correlations, p-value, mean and spread, and which of 19
parts it covers. Part and threshold are chosen on some painted faces and judged on others; neither were mined. The masks are the
reader's (core.models.face_reader), which learned them from a parser. No picture is kept.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field

import torch
from torch import Tensor

from core.foundations.concepts import Concept, save_concepts
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_matches import MatchSettings, Mined, mine
from core.methods.relate.rosetta_parts import LEVELS, PartCover, concept_map, owners_of
from core.methods.relate.rosetta_sums import RosettaSettings
from core.models import dinov2
from core.models.face_eyes import load_face_eyes
from core.models.face_generator import USE, WEIGHTS
from core.models.face_reader import load_face_reader
from core.models.face_seen import PARTS, SIDE
from core.models.face_zoo import EYES, HUB, LOADERS
from core.models.imagenet_networks import RESNET, TINY_VIT
from core.models.units import Units
from core.models.working_faces import WorkingFaces, latents_of
from core.train import loop
from core.train.mining import Mining, mined_by_all, report

NAME = "faces_concepts"
NAMED = 0.1
"""IoU from which on a concept has the name of a part."""
COVERS = 0.3
"""IoU from which on it is said to cover the part."""


@dataclass(frozen=True)
class FaceMining:
    """Everything that decides what is mined.

    Attributes:
        mining: how many faces, and how units are compared.
        matches: what counts as shared: by all five models, or four of them.
        truncation: how far styles are from the mean one: a share, less is more usual.
        chosen_on: faces on which parts are chosen.
        judged_on: other faces, on which they are judged.
    """

    mining: Mining = field(default_factory=lambda: Mining(images=400, seed=21, settings=RosettaSettings(most=16)))
    matches: MatchSettings = field(default_factory=lambda: MatchSettings(at_least=len(EYES) - 1))
    truncation: float = 0.8
    chosen_on: int = 60
    judged_on: int = 60


def sampled(generator: WorkingFaces, seed: int, truncation: float) -> Callable[[Sequence[int]], Tensor]:
    """What gives the latents of faces by their numbers."""
    real = generator.real

    def latents(faces: Sequence[int]) -> Tensor:
        styles = real.style(real.latents([1_000_000 * seed + face for face in faces]))
        return latents_of(real.broadcast(real.truncated(styles, truncation)))

    return latents


def seen_faces(models: Sequence[Units], latents: Tensor) -> Iterator[tuple[Tensor, dict[str, dict[str, Tensor]]]]:
    """Pictures `[1 3 h w]` of latents, the first model's, and what all models' layers say of each."""
    hub, *eyes = models
    for latent in latents.split(1):
        with torch.no_grad():
            seen = hub.see(latent)
            yield seen.output, {hub.name: seen.maps, **{one.name: one.see(seen.output).maps for one in eyes}}


def covered(concepts: Sequence[Concept], models: Sequence[Units], latents: Tensor, parts: Callable[[Tensor], Tensor]) -> PartCover:
    """What concepts cover of faces.

    Args:
        concepts: mined.
        models: the generator first.
        latents: of the faces.
        parts: pictures `[n 3 h w]` to probabilities of parts `[n 19 64 64]`.
    """
    cover = PartCover(len(concepts), len(PARTS))
    for picture, maps in seen_faces(models, latents):
        own = torch.stack([concept_map(concept, maps, (SIDE, SIDE)) for concept in concepts], 1)
        cover.add(own, owners_of(parts(picture), (SIDE, SIDE)))
    return cover


def named(concepts: Sequence[Concept], chosen_on: PartCover, judged_on: PartCover) -> list[Concept]:
    """Concepts with the part that each covers best on some faces, and the IoU with it on others; equal names are numbered."""
    chosen, found, times = chosen_on.chosen(), list[Concept](), Counter[str]()
    for concept, cover, iou in zip(concepts, chosen, judged_on.judged(chosen), strict=True):
        part = PARTS[cover.part]
        name = part if iou >= NAMED else f"near the {part}"
        times[name] += 1
        number = f" {times[name]}" if times[name] > 1 else ""
        found.append(concept.named(name + number, part, iou, float(LEVELS[cover.level])))
    return found


def readers() -> Callable[[Tensor], Tensor]:
    """Pictures to probabilities of parts, by the reader of faces."""
    eyes, reader = load_face_eyes(), load_face_reader()
    return lambda pictures: reader.read(eyes, pictures).parts


def name_all(asked: FaceMining, found: Mined, models: Sequence[Units]) -> list[Concept]:
    """The concepts with names, on faces that were not mined."""
    parts, generator = readers(), models[0].network
    covers = [
        covered(found.concepts, models, sampled(generator, asked.mining.seed + turn, asked.truncation)(range(count)), parts)  # type: ignore[arg-type]
        for turn, count in ((1, asked.chosen_on), (2, asked.judged_on))
    ]
    return named(found.concepts, *covers)


def card(asked: FaceMining, table: Rosetta, found: Mined, concepts: Sequence[Concept], seconds: float) -> dict[str, object]:
    """What is told of the concepts."""
    return {
        "world": "faces",
        "models": {model: len(table.units(model)) for model in (table.hub, *table.models)},
        "mined": asdict(asked),
        "quality": {
            "faces": table.count,
            "matches": dict(found.matches),
            "matches_by_chance": dict(found.matches_by_chance),
            "tuples": found.tuples,
            "concepts": len(concepts),
            "concepts_by_chance": found.concepts_by_chance,
            "of_all_models": sum(len(one.models) == 1 + len(table.models) for one in concepts),
            "part_share": sum(one.iou >= COVERS for one in concepts) / max(1, len(concepts)),
        },
        "seconds": round(seconds),
        "machine": loop.machine(torch.device("cpu")),
        "data": "faces that the generator painted; none is kept",
        "licence": USE,
    }


def fetch_all() -> None:
    """Fetch what is missing; WeightsError where it cannot be had. The network that knows faces is fetched where it is loaded."""
    for weights in (WEIGHTS, RESNET, TINY_VIT):
        weights.fetch()
    dinov2.fetch()


def main() -> None:
    """Mine the faces, name what they share, and keep it with a card."""
    fetch_all()
    asked, began = FaceMining(), time.monotonic()
    models = [LOADERS[name]() for name in (HUB, *EYES)]
    latents = sampled(models[0].network, asked.mining.seed, asked.truncation)  # type: ignore[arg-type]
    table = mined_by_all(models[0], models[1:], latents, asked.mining)
    if table is None:
        return
    found = mine(table, asked.matches)
    print(report(found), flush=True)
    concepts = name_all(asked, found, models)
    save_concepts(NAME, concepts, card(asked, table, found, concepts, time.monotonic() - began))
    for one in concepts:
        print(f"{one.name:<24}{one.iou:6.2f}  {', '.join(f'{m.unit.model} {m.residual:.2f}' for m in one.best.values())}")


if __name__ == "__main__":
    main()
