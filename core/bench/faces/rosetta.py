"""The concepts of faces, judged on faces that nobody mined, chose or named with: which part each covers, and whether its links hold.

The number of concepts and how many come about by chance were counted when they were mined, from the whole table, and stand in their
card. What is measured here is what they are worth on new faces: the share that covers its part with an intersection over union of .3 or
more, by the reader's masks; and the links' residual correlations, beside those of the same units with the faces shuffled. Background, skin
and hair are a quarter of a picture each, so that a map which is high everywhere has an IoU of a quarter with them: the share of
concepts whose IoU is a quarter higher than such a map's stands beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.foundations.concepts import Concept, Member, load_concepts
from core.foundations.files import load_card
from core.methods.relate.rosetta_parts import LEVELS, Cover, PartCover, concept_map, owners_of, standardised
from core.models.face_seen import PARTS, SIDE
from core.models.face_zoo import EYES, HUB, LOADERS
from core.train.faces.rosetta import COVERS, NAME, fetch_all, readers, sampled, seen_faces

SEED = 97
"""Of the faces here; those that were mined, chosen on and judged on have others."""
PLACES = 16
"""At how many places both ways links are followed."""


class Judged(NamedTuple):
    """What the concepts are worth on new faces.

    Attributes:
        ious: of each concept with its part.
        links: residual correlations of all links of the best tuples.
        shuffled: the same with each face's map against the next face's.
        everywhere: of each concept, the IoU with its part of a map that is high everywhere.
    """

    ious: list[float]
    links: Tensor
    shuffled: Tensor
    everywhere: list[float]


def pairs_of(concepts: Sequence[Concept]) -> list[tuple[Member, Member]]:
    """The links of the best tuples."""
    return [(one.hub, member) for one in concepts for member in one.best.values() if member.unit != one.hub.unit]


def residuals(one: Tensor, other: Tensor) -> Tensor:
    """Residual correlations `[a]` of maps `[n a p]`."""
    first, second = (maps - maps.mean(0) for maps in (one, other))
    return (first * second).sum((0, 2)) / (first.square().sum((0, 2)) * second.square().sum((0, 2))).sqrt().clamp_min(1e-12)


def judge(concepts: Sequence[Concept], count: int) -> Judged:
    """All concepts on some new faces."""
    models = [LOADERS[name]() for name in (HUB, *EYES)]
    latents = sampled(models[0].network, SEED, load_card(NAME)["mined"]["truncation"])(range(count))  # type: ignore[arg-type]
    parts, cover, links = readers(), PartCover(len(concepts), len(PARTS)), pairs_of(concepts)
    sides: list[tuple[Tensor, Tensor]] = []
    for picture, maps in seen_faces(models, latents):
        own = torch.stack([concept_map(concept, maps, (SIDE, SIDE)) for concept in concepts], 1)
        cover.add(own, owners_of(parts(picture), (SIDE, SIDE)))
        both = [torch.stack([standardised(pair[side], maps, (PLACES, PLACES)).flatten() for pair in links]) for side in (0, 1)]
        sides.append((both[0], both[1]))
    hub, other = (torch.stack([pair[side] for pair in sides]) for side in (0, 1))
    chosen = [Cover(PARTS.index(one.part), int((LEVELS - one.level).abs().argmin()), one.iou) for one in concepts]
    shares = cover.counts[0].sum(0) / cover.counts[0].sum()
    everywhere = [float(shares[one.part]) for one in chosen]
    return Judged(cover.judged(chosen), residuals(hub, other), residuals(hub, other.roll(1, 0)), everywhere)


def run_faces(quick: bool) -> tuple[dict[str, float], dict[str, dict[str, float]], dict[str, object]]:
    """Figures, rows beside them, and settings; on 60 new faces, or 8."""
    fetch_all()
    concepts, told = load_concepts(NAME), load_card(NAME)["quality"]
    judged = judge(concepts, 8 if quick else 60)
    figures = {
        "faces_concepts": float(len(concepts)),
        "faces_expected_by_chance": float(told["concepts_by_chance"]),
        "faces_part_share": sum(iou >= COVERS for iou in judged.ious) / len(judged.ious),
    }
    clearly = [iou >= max(COVERS, 1.25 * whole) for iou, whole in zip(judged.ious, judged.everywhere, strict=True)]
    rows = {
        "covers clearly": {"share": sum(clearly) / len(clearly)},
        "high everywhere": {"share": sum(whole >= COVERS for whole in judged.everywhere) / len(clearly)},
        "links on new faces": {"median r": float(judged.links.median()), "r > .2": float((judged.links > 0.2).double().mean())},
        "faces shuffled": {"median r": float(judged.shuffled.median()), "r > .2": float((judged.shuffled > 0.2).double().mean())},
        "mutual matches": {model: float(count) for model, count in told["matches"].items()},
        "by chance": {model: float(count) for model, count in told["matches_by_chance"].items()},
    }
    return figures, rows, {"mined faces": told["faces"], "new faces": 8 if quick else 60, "seed": SEED}
