"""A further model joins those that share concepts: it looks at pictures that the world's generator paints, and each concept gets its unit.

A concept's unit is the model's best one among the mutual matches (core.methods.relate.rosetta_matches, K both ways) with any of the
concept's hub units, of a residual correlation of LEAST and more certain than chance: what is found when pictures are shuffled says what
comes about by chance. The concepts themselves stay as they were mined; nothing is learned, and no truth is looked at.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from core.foundations.concepts import Concept, Member, Unit
from core.foundations.downloads import cached
from core.foundations.errors import ModelError
from core.foundations.files import numbers_digest, write_atomically
from core.foundations.images import to_tensor
from core.foundations.records import Picture
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_matches import best_buddies, chance, chance_matches
from core.methods.relate.rosetta_sums import RosettaSettings
from core.models.named_eyes import Named, fetch_eyes
from core.models.units import Units
from core.models.zoo import units as units_of
from core.studio.shared import Shared, latent_of

PICTURES, BUDDIES, LEAST, CERTAIN = 96, 5, 0.1, 0.05
"""Pictures that are looked at, K of the mutual matches, least residual correlation, and largest p-value of a match."""
LAYERS = 4
"""Layers of a model whose units are compared, evenly spread over its depth."""
SUMS = RosettaSettings(most=16, block=16, shuffles=2)

Progress = Callable[[float], None]
"""Told the share that is done, in [0, 1]; what it raises ends the work."""


class Joined(NamedTuple):
    """How a model joined.

    Attributes:
        name: of the model, as the wall calls it.
        concepts: how many of the concepts it shares.
        of: how many there are.
        by_chance: how many it would share were the pictures shuffled.
    """

    name: str
    concepts: int
    of: int
    by_chance: int


def eye_of(named: Named) -> Units:
    """A public model's units at some of its layers; ModelError where it has none."""
    place = f"{named.family}:{named.name}" + (f":{named.tag}" if named.tag else "")
    found = replace(units_of(place), name=named.label)
    if not found.layers:
        raise ModelError(f"{named.label} has no layers with maps. Name another model.")
    chosen = sorted({round(place) for place in np.linspace(0, len(found.layers) - 1, LAYERS + 1)[1:]})
    return replace(found, layers=tuple(found.layers[place] for place in chosen))


def join(shared: Shared, named: Named, pictures: Callable[[int], Picture], progress: Progress | None = None) -> Joined:
    """Let a model join a world's concepts, in this process; what was found is kept on this machine.

    Args:
        shared: of the world; it has the model among its eyes afterwards.
        named: which, see core.models.named_eyes; it is fetched where it is not here.
        pictures: the world's own by their numbers, with their latents.
        progress: told the share that is done.

    Raises:
        WeightsError: where it cannot be fetched.
        ModelError, LayerError: where it has no maps.
    """
    told = progress or (lambda share: None)
    fetch_eyes(named, lambda share: told(share / 2))
    leave(shared, named.label)
    eye = eye_of(named)
    path = _place(shared, eye)
    kept = _kept(path)
    if kept is None:
        kept = found_in(shared, eye, pictures, lambda share: told(0.5 + share / 2))
        write_atomically(path, json.dumps({**kept, "members": {id: asdict(one) for id, one in kept["members"].items()}}).encode())
    members: dict[str, Member] = kept["members"]
    shared.take_in(eye, [replace(one, members=(*one.members, members[one.id])) if one.id in members else one for one in shared.concepts])
    return Joined(eye.name, len(members), len(shared.concepts), kept["by_chance"])


def leave(shared: Shared, name: str) -> None:
    """Take a model that joined off again; nothing where none of that name did."""
    if name in shared.joined:
        shared.give_up(name)


def found_in(shared: Shared, eye: Units, pictures: Callable[[int], Picture], progress: Progress = lambda share: None) -> dict:
    """The unit of each concept that has one, by the concept's id, and how many would by chance."""
    rosetta = Rosetta(shared.hub, SUMS)
    for start in range(0, PICTURES, SUMS.block):
        some = [pictures(number) for number in range(start, min(start + SUMS.block, PICTURES))]
        with torch.no_grad():
            maps = [shared.maps(latent_of(one)) for one in some]
            images = to_tensor(np.stack([np.asarray(one.image) for one in some]))
            seen = {layer: one.float().cpu() for layer, one in eye.see(images).maps.items()}
        hub = {layer: torch.cat([one[layer].float().cpu() for one in maps]) for layer in maps[0]}
        rosetta.add({shared.hub: hub, eye.name: seen})
        progress(min((start + SUMS.block) / PICTURES, 1.0))
    rosetta.finish()
    null = rosetta.null(eye.name)
    by_chance = chance_matches(null, BUDDIES)
    table, raw = rosetta.correlations(eye.name), rosetta.correlations(eye.name, raw=True)
    members = _members(rosetta, eye.name, shared.concepts, table, raw, by_chance.sort().values)
    shuffled = _members(rosetta, eye.name, shared.concepts, null[0], null[0], by_chance.sort().values)
    return {"members": members, "by_chance": len(shuffled)}


def _members(
    rosetta: Rosetta, model: str, concepts: Sequence[Concept], table: torch.Tensor, raw: torch.Tensor, by_chance: torch.Tensor
) -> dict[str, Member]:
    """The best match of each concept that is strong and certain enough."""
    rows = {unit: row for row, unit in enumerate(rosetta.units(rosetta.hub))}
    units, (means, stds) = rosetta.units(model), rosetta.spread(model)
    pairs = best_buddies(table, BUDDIES)
    scores = table[pairs[:, 0], pairs[:, 1]]
    certain = chance(scores, by_chance)
    best: dict[int, int] = {}
    for at in scores.argsort(descending=True).tolist():
        if scores[at] >= LEAST and certain[at] <= CERTAIN:
            best.setdefault(int(pairs[at, 0]), at)
    found = {}
    for concept in concepts:
        hubs = [member.unit for member in concept.members if member.unit == member.hub and rows.get(member.unit) in best]
        if not hubs:
            continue
        hub = concept.hub.unit if concept.hub.unit in hubs else max(hubs, key=lambda unit: float(scores[best[rows[unit]]]))
        at = best[rows[hub]]
        row, column = int(pairs[at, 0]), int(pairs[at, 1])
        numbers = (float(raw[row, column]), float(scores[at]), float(certain[at]), float(means[column]), float(stds[column]))
        found[concept.id] = Member(units[column], hub, *numbers)
    return found


def _place(shared: Shared, eye: Units) -> Path:
    """Where it is kept: by the numbers of the model, its layers, and the concepts."""
    told = (numbers_digest(dict(eye.network.state_dict())), repr(eye.layers), repr(SUMS), str(PICTURES), shared.hub)
    own = repr([(one.id, one.hub.unit) for one in shared.concepts])
    return cached("rosetta") / f"{hashlib.sha256(' '.join((*told, own)).encode()).hexdigest()[:32]}.json"


def _kept(path: Path) -> dict | None:
    """What lies there; None where there is nothing, or it is damaged."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        members = {id: Member(**{**one, "unit": Unit(*one["unit"]), "hub": Unit(*one["hub"])}) for id, one in read["members"].items()}
        return {"members": members, "by_chance": int(read["by_chance"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None
