"""Concepts turned as handles on held-out Nouns: does more of what each is named after come, and does all else stay?

Judged by what is read of the pixels: more is a share of turns after which more pixels have the trait in the concept's name; kept the
share of other slots that show what they showed; loose how many pixels more belong to nothing. Beside the studio's way: a part of the
same slot by chance, the latent brought along the gradient of the generator's own units, and the part that has most of the trait by the
artwork itself, which is the oracle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.bench.nouns.dictionary import encode_compositions
from core.foundations.records import Handle
from core.foundations.seeds import numpy_rng
from core.methods.write.alone import Alone, alone
from core.methods.write.repaint import loose
from core.methods.write.turn import turn_direction
from core.studio import Studio
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.reader import read
from core.worlds.nouns.splits import draw_split
from core.worlds.nouns.traits import amount, trait_of

Turn = Callable[[Handle, Tensor], Tensor]
"""A concept and latents `[n c h w]` to those after it was turned."""


def traited(handles: Sequence[Handle]) -> list[tuple[Handle, int]]:
    """The concepts whose names say a trait, and which."""
    found = [(handle, trait_of(handle.name)) for handle in handles if handle.kind == "concept"]
    return [(handle, trait) for handle, trait in found if trait is not None]


def by_studio(studio: Studio) -> Turn:
    """The handle itself."""
    return lambda handle, latents: studio.library.acting.act(handle, latents, 1.0)


def by_chance(studio: Studio) -> Turn:
    """Another part of the same slot, drawn by lot for each picture."""
    library: Any = studio.library
    directions = library.actors.directions

    def turn(handle: Handle, latents: Tensor) -> Tensor:
        rng = numpy_rng("concept turns", handle.id)
        drawn = rng.integers(directions.counts[handle.slot], size=len(latents))
        return torch.cat(
            [turn_direction(one, directions, handle.slot, int(p), 1.0) for one, p in zip(latents.split(1), drawn, strict=True)]
        )

    return turn


def by_gradient(studio: Studio) -> Turn:
    """Latents brought to where the generator's units of the concept are louder, as for pictures of it alone."""
    shared: Any = studio.shared
    by_id = {concept.id: concept for concept in studio.concepts()}

    def turn(handle: Handle, latents: Tensor) -> Tensor:
        members = [member for member in by_id[handle.id].members if member.unit == member.hub]
        with torch.inference_mode(False):
            return alone(latents.clone(), shared.units.see, members, Alone(usual=shared.usual))

    return turn


def by_artwork(studio: Studio, trait: int, slot: str) -> Turn:
    """The part of the slot that has most of a trait, all else being the same: what no model has to be asked for."""
    library: Any = studio.library
    directions = library.actors.directions
    rows = np.repeat(draw_split(numpy_rng("concept turns oracle"), 1, False), load_art().count(slot), 0)
    rows[:, SLOTS.index(slot)] = np.arange(len(rows))
    best = int(amount(rows, trait).argmax())
    return lambda handle, latents: turn_direction(latents, directions, slot, best, 1.0)


def judged(studio: Studio, latents: Tensor, turned: Tensor, trait: int, slot: str) -> tuple[float, float, float]:
    """Share of pictures with more of the trait, share of other slots that stayed, and how many more pixels belong to nothing."""
    library: Any = studio.library
    with torch.inference_mode():
        before, after = (library.generator.indices(some).to(torch.uint8).cpu().numpy() for some in (latents, turned))
    seen, now = read(before), read(after)
    others = np.arange(len(SLOTS)) != SLOTS.index(slot)
    bits = [np.mean([int(loose(torch.from_numpy(one.astype(np.int64))).sum()) for one in some]) for some in (before, after)]
    return (
        float((amount(now.parts, trait) > amount(seen.parts, trait)).mean()),
        float((seen.parts == now.parts)[:, others].mean()),
        bits[1] - bits[0],
    )


def measure_turns(studio: Studio, pictures: int, most: int) -> dict[str, dict[str, float]]:
    """Every way on the same pictures.

    Args:
        pictures: held-out Nouns for each concept.
        most: concepts at most.

    Returns:
        Way to "turned_more", "turned_kept" and "turned_loose".
    """
    library: Any = studio.library
    latents = encode_compositions(library.generator, draw_split(numpy_rng("concept turns"), pictures, True)).latents
    ways = {"this": by_studio(studio), "a part by chance": by_chance(studio), "along the gradient": by_gradient(studio)}
    scores: dict[str, list[tuple[float, float, float]]] = {name: [] for name in (*ways, "most by the artwork")}
    for handle, trait in traited(studio.handles())[:most]:
        every = {**ways, "most by the artwork": by_artwork(studio, trait, handle.slot)}
        for name, turn in every.items():
            with torch.inference_mode():
                turned = turn(handle, latents)
            scores[name].append(judged(studio, latents, turned, trait, handle.slot))
    keys = ("turned_more", "turned_kept", "turned_loose")
    return {name: dict(zip(keys, np.mean(rows, 0).tolist(), strict=True)) for name, rows in scores.items() if rows}
