"""What matched units really follow in pictures of Nouns, judged by the exact maps of every part and colour.

A unit is compared with every trait (core.worlds.nouns.traits) as units are compared with each other: by the residual
correlation over images and places, on compositions that mining did not see. What a tuple follows is the trait that the least of its
units follows best; the tuple is right where that one follows it too, and so all do. No unit is asked alone what it follows
best: "red", "red body" and "the red body" are nearly the same map. That the best of many traits is taken gives chance its own
chance, so the same is asked of tuples that came about by chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
FOLLOWS = 0.05
"""Residual correlation from which on a unit follows a trait."""
FEWEST = 8
"""Pictures that must show a trait: what fewer show says more of these pictures than of the trait."""
SIDE = 16
"""Height and width at which units are compared with traits."""
BATCH = 16

Seen = dict[str, dict[str, Tensor]]
"""Model to layer to maps `[n u h w]`."""
Row = Sequence[Unit]
"""A tuple of units, the hub's first."""


@dataclass(frozen=True)
class Followed:
    """What a tuple of units follows.

    Attributes:
        trait: what the least of its units follows best.
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
    hubs: Sequence[Units],
    others: Sequence[Units],
    wanted: Iterable[Unit],
    latents: Tensor,
    compositions: np.ndarray,
) -> dict[Unit, Tensor]:
    """Residual correlation of units with every trait.

    Args:
        hubs: whoever takes the generator's latents; the first one's pictures are what the others see.
        others: whoever takes pictures.
        wanted: which units.
        latents: of the pictures `[n c h w]`.
        compositions: their truth, or what was read in them `[n 5]`.

    Returns:
        For each unit `[a]`, in the order of `traits()`; 0 for traits that fewer than FEWEST pictures show.
    """
    channels = channels_of(wanted)
    shown = torch.zeros(len(traits()), dtype=torch.long)
    rosetta = Rosetta(TRUTH, RosettaSettings(most=SIDE, block=BATCH, shuffles=0))
    for start in range(0, len(latents), BATCH):
        rows = slice(start, start + BATCH)
        seen = seen_by_all(hubs, others, latents[rows])
        own = torch.from_numpy(trait_maps(compositions[rows], SIDE))
        shown += (own.flatten(2).amax(2) > 0).sum(0)
        rosetta.add({TRUTH: {"traits": own}} | only(seen, channels))
    rosetta.finish()
    found: dict[Unit, Tensor] = {}
    for model in rosetta.models:
        table = rosetta.correlations(model) * (shown >= FEWEST)[:, None]
        for column, unit in enumerate(rosetta.units(model)):
            found[Unit(model, unit.layer, channels[model, unit.layer][unit.channel])] = table[:, column]
    return found


def channels_of(wanted: Iterable[Unit]) -> dict[tuple[str, str], list[int]]:
    """The channels of some units by model and layer, each once."""
    channels: dict[tuple[str, str], list[int]] = {}
    for unit in dict.fromkeys(wanted):
        channels.setdefault((unit.model, unit.layer), []).append(unit.channel)
    return channels


def seen_by_all(hubs: Sequence[Units], others: Sequence[Units], latents: Tensor) -> Seen:
    """Maps of the same pictures by model and layer; arguments as in `traits_of_units`."""
    seen = [(hub.name, hub.see(latents)) for hub in hubs]
    pictures = seen[0][1].output
    return {name: one.maps for name, one in (*seen, *((eye.name, eye.see(pictures)) for eye in others))}


def only(seen: Seen, channels: Mapping[tuple[str, str], list[int]]) -> Seen:
    """Some channels by model and layer, and no model that has none of them."""
    kept = {
        model: {layer: maps[:, channels[model, layer]] for layer, maps in layers.items() if (model, layer) in channels}
        for model, layers in seen.items()
    }
    return {model: layers for model, layers in kept.items() if layers}


def followed(rows: Sequence[Row], table: dict[Unit, Tensor]) -> list[Followed]:
    """What each tuple follows, out of what `traits_of_units` found."""
    found = []
    for row in rows:
        scores = torch.stack([table[unit] for unit in row])
        best = int(scores.amin(0).argmax())
        found.append(Followed(traits()[best], tuple(scores[:, best].tolist())))
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
