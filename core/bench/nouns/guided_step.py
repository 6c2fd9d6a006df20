"""What a guided step costs, beside the plain loop over pairs, in one run.

A step is the generator's pass over one latent, the loss, and the way back. What pairs there are does not matter to its cost, only how
many: here every unit of the Nouns' generator is paired with several units of a network that looks, some thousands in all as in the paper.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from core.bench.nouns.rosetta_edit import all_done, by_concepts, row_of
from core.foundations.concepts import Member, Unit
from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.methods.write.guide import Guidance, Likeness, Maps, Pair, plain_loss
from core.models.noun_units import EYES, GENERATOR
from core.models.registry import load
from core.studio import Studio
from core.studio.noun_shared import NounShared
from core.studio.shared import Free, Shared
from core.worlds.nouns.compose import draw, to_rgb
from core.worlds.nouns.splits import draw_split


def least(run: Callable[[], object], times: int) -> float:
    """Seconds of the quickest of some runs."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        found.append(time.perf_counter() - began)
    return min(found)


def step_costs(shared: Shared, free: Free, image: Tensor, pairs: Sequence[Pair], times: int) -> dict[str, float]:
    """Milliseconds of a guided step, of one by the plain loop, and of one without guidance, and how far the two losses differ.

    Args:
        shared: the models.
        free: what is changed.
        image: what the others look at, RGB `[1 3 h w]` in [0, 1].
        pairs: that guide.
        times: of each, the quickest counts.
    """
    targets: dict[str, Maps] = {model: shared.seen(model, image) for model in dict.fromkeys(other.unit.model for _, other in pairs)}
    maps = free.see(free.start).maps
    guidance = Guidance(pairs, targets, {layer: (m.shape[2], m.shape[3]) for layer, m in maps.items()}, Likeness("nearness"))
    losses: dict[str, Callable[[Maps], Tensor]] = {
        "guided": guidance.loss,
        "plain": lambda seen: plain_loss(pairs, targets, seen, guidance.likeness),
        "none": lambda seen: torch.stack([m.square().mean() for m in seen.values()]).sum(),
    }

    def step(loss: Callable[[Maps], Tensor]) -> None:
        latents = free.start.clone().requires_grad_()
        torch.autograd.grad(loss(free.see(latents).maps).sum(), latents)

    costs = {f"{name}_ms": 1000 * least(lambda loss=loss: step(loss), times) for name, loss in losses.items()}  # type: ignore[misc]
    far = float((guidance.loss(maps) - losses["plain"](maps)).abs().max())
    return {**costs, "step_speedup": costs["plain_ms"] / costs["guided_ms"], "pairs": float(len(pairs)), "loss_differs": far}


def all_pairs(shared: Shared, latent: Tensor, image: Tensor, eye: str, each: int) -> list[Pair]:
    """Every unit of the generator with so many units of a network that looks; means and deviations are those of one picture.

    Args:
        shared: the models.
        latent: of the picture, `[c h w]`.
        image: the picture, RGB `[1 3 h w]` in [0, 1].
        eye: the network that looks.
        each: how many of its units.
    """
    theirs = _members(eye, shared.seen(eye, image))
    mine = _members(shared.hub, shared.maps(latent))
    return [(hub, theirs[(place * each + other) % len(theirs)]) for place, hub in enumerate(mine) for other in range(each)]


def _members(model: str, maps: Maps) -> list[Member]:
    found = []
    for layer, one in maps.items():
        for channel in range(one.shape[1]):
            unit, own = Unit(model, layer, channel), one[:, channel]
            found.append(Member(unit, unit, 1.0, 1.0, 0.0, float(own.mean()), float(own.std())))
    return found


def step_cost(quick: bool) -> dict[str, Any]:
    """`step_speedup` and what it is made of, on the Nouns; WeightsError where a network is missing."""
    generator = load(GENERATOR)
    shared = NounShared(generator, torch.device("cpu"))
    image = to_tensor(to_rgb(draw(draw_split(numpy_rng("bench guided step"), 1, True))))
    latent = generator.encode(image)[0]
    pairs = all_pairs(shared, latent, image, EYES[0], 6)
    costs = step_costs(shared, shared.free(latent), image, pairs, 3 if quick else 10)
    return {**costs, "settings": {"pairs": len(pairs), "world": "nouns"}}


def edit_cost(quick: bool) -> dict[str, Any]:
    """`nouns_edit_s` and `nouns_preview_ms`: medians over held-out Nouns; WeightsError where the table of concepts is missing."""
    count = 2 if quick else 10
    studio = Studio("nouns")
    studio.concepts()
    all_done(studio, by_concepts(studio), 1)  # so that nothing is loaded, or done for the first time, in what counts
    row = row_of(all_done(studio, by_concepts(studio), count))
    found = {"nouns_edit_s": row["edit_s"], "nouns_preview_ms": row["preview_ms"]}
    return {**found, "settings": {"edits": 3 * count, "world": "nouns"}}
