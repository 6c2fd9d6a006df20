"""What matched units really follow in pictures of Nouns, judged by the exact maps of every part and colour.

A unit is compared with every trait (core.worlds.nouns.traits) as units are compared with each other: by the residual
correlation over images and places, on compositions that mining did not see. What a tuple follows is the trait that its hub's
unit follows best; the tuple is right where every other member follows that trait too. No member is asked what it follows
best: "red", "red body" and "the red body" are nearly the same map.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.foundations.concepts import Concept, Unit
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_sums import RosettaSettings
from core.models.units import Units
from core.worlds.nouns.traits import Trait, trait_maps, traits

TRUTH = "truth"
FOLLOWS = 0.1
"""Residual correlation from which on a unit follows a trait."""
SIDE = 16
"""Height and width at which units are compared with traits."""
BATCH = 16

Row = Sequence[Unit]
"""A tuple of units, the hub's first."""


@dataclass(frozen=True)
class Followed:
    """What a tuple of units follows.

    Attributes:
        trait: what its hub's unit follows best.
        scores: residual correlation of each member with it, the hub's first.
    """

    trait: Trait
    scores: tuple[float, ...]

    @property
    def right(self) -> bool:
        """Whether every member follows it."""
        return min(self.scores) >= FOLLOWS


@torch.inference_mode()
def traits_of_units(
    hubs: Sequence[Units], others: Sequence[Units], wanted: Iterable[Unit], latents: Tensor, compositions: np.ndarray
) -> dict[Unit, Tensor]:
    """Residual correlation of units with every trait.

    Args:
        hubs: whoever takes the generator's latents; the first one's pictures are what the others see.
        others: whoever takes pictures.
        wanted: which units.
        latents: of the pictures `[n c h w]`.
        compositions: their truth, or what was read in them `[n 5]`.

    Returns:
        For each unit `[a]`, in the order of `traits()`.
    """
    channels: dict[tuple[str, str], list[int]] = {}
    for unit in dict.fromkeys(wanted):
        channels.setdefault((unit.model, unit.layer), []).append(unit.channel)
    rosetta = Rosetta(TRUTH, RosettaSettings(most=SIDE, block=BATCH, shuffles=0))
    for start in range(0, len(latents), BATCH):
        rows = slice(start, start + BATCH)
        maps = {TRUTH: {"traits": torch.from_numpy(trait_maps(compositions[rows], SIDE))}}
        maps |= seen_by_all(hubs, others, latents[rows], channels)
        rosetta.add(maps)
    rosetta.finish()
    found: dict[Unit, Tensor] = {}
    for model in rosetta.models:
        table = rosetta.correlations(model)
        for column, unit in enumerate(rosetta.units(model)):
            found[Unit(model, unit.layer, channels[model, unit.layer][unit.channel])] = table[:, column]
    return found


def seen_by_all(
    hubs: Sequence[Units], others: Sequence[Units], latents: Tensor, channels: dict[tuple[str, str], list[int]] | None = None
) -> dict[str, dict[str, Tensor]]:
    """Maps of the same pictures by model and layer; of some channels alone, where `channels` says which by model and layer."""
    seen = [(hub.name, hub.see(latents)) for hub in hubs]
    pictures = seen[0][1].output
    seen += [(one.name, one.see(pictures)) for one in others]
    if channels is None:
        return {name: one.maps for name, one in seen}
    kept = {
        name: {layer: maps[:, channels[name, layer]] for layer, maps in one.maps.items() if (name, layer) in channels} for name, one in seen
    }
    return {name: layers for name, layers in kept.items() if layers}


def followed(rows: Sequence[Row], table: dict[Unit, Tensor]) -> list[Followed]:
    """What each tuple follows, out of what `traits_of_units` found."""
    found = []
    for row in rows:
        best = int(table[row[0]].argmax())
        found.append(Followed(traits()[best], tuple(float(table[unit][best]) for unit in row)))
    return found


def rows_of(concepts: Sequence[Concept]) -> list[Row]:
    """Every tuple of some concepts, the hub's unit first."""
    rows: dict[Unit, list[Unit]] = {}
    for concept in concepts:
        for member in concept.members:
            rows.setdefault(member.hub, []).append(member.unit)
    return [tuple(units) for units in rows.values()]


def share_right(judged: Sequence[Followed]) -> float:
    """Share of tuples that are right; 0 where there are none."""
    return float(np.mean([one.right for one in judged])) if judged else 0.0


def exchanged(rows: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """The same tuples with each other model's units dealt out anew, so that real units are put together by chance alone."""
    others = list(dict.fromkeys(unit.model for row in rows for unit in row[1:]))
    dealt: list[list[Unit]] = [[row[0]] for row in rows]
    for model in others:
        places = [(i, unit) for i, row in enumerate(rows) for unit in row[1:] if unit.model == model]
        for (i, _), j in zip(places, rng.permutation(len(places)), strict=True):
            dealt[i].append(places[j][1])
    return [tuple(row) for row in dealt]
