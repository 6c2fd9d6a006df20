"""The ways to shift a sprite that the benchmark `shift` sets side by side, and the paper's own measure of each."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn

from core.bench.dsprites.baselines import Bank, bundle_strengths, bundles, random, retrieve
from core.bench.dsprites.truth import Edits, Sprites, Verdict, draw_edits, judge, paint, squeeze
from core.foundations.seeds import numpy_rng
from core.methods.relate.learn_shifts import tune
from core.methods.write.shift import METHODS, shift
from core.models.shifts import Shifts
from core.worlds.dsprites.factors import FACTORS, SHAPE

PAPER_TABLE = {"regression": 0.342, "svm": 0.388, "rbf": 0.4928, "ensemble": 0.4776, "paper_predictor": 0.4911}
"""The paper's methods, and what it prints of them (table 2, validation): by its own measure, on its own training."""

STUDIO, ORACLE = "studio (best by training)", "oracle"
Way = Callable[[Edits, Tensor], Tensor]
"""From edits and the latents `[n d]` of their sources to latents `[n d]`."""


def by_method(shifts: Shifts, method: str) -> Way:
    """A method as a way to edit."""

    def way(edits: Edits, latents: Tensor) -> Tensor:
        return shift(latents, shifts, method, FACTORS[edits.slot], torch.from_numpy(edits.targets[:, edits.slot]))

    return way


def own_ways(model: Sprites, shifts: Shifts, best: dict[str, str]) -> dict[str, Way]:
    """The studio's way, for each factor the method that was measured best on training pictures; every method; the oracle."""
    return {
        STUDIO: lambda edits, latents: by_method(shifts, best[FACTORS[edits.slot]])(edits, latents),
        **{name: by_method(shifts, name) for name in METHODS},
        ORACLE: lambda edits, latents: squeeze(model, edits.targets),
    }


def all_ways(model: Sprites, shifts: Shifts, best: dict[str, str], bank: Bank, tuned: int) -> dict[str, Way]:
    """The same beside what they are held against.

    Args:
        tuned: edits of training pictures on which the strength of sparse bundles is searched.
    """
    ways, strengths = own_ways(model, shifts, best), bundle_strengths(model, bank, tuned)
    return ways | {
        "sparse bundles": lambda edits, latents: bundles(bank, edits, latents, strengths[edits.slot]),
        "nearest neighbour": lambda edits, latents: retrieve(bank, edits, latents),
        "do nothing": lambda edits, latents: latents,
        "random, same norm": lambda edits, latents: random(latents, ways[STUDIO](edits, latents), edits.slot),
    }


@torch.inference_mode()
def judged(model: Sprites, way: Way, tasks: list[Edits]) -> list[Verdict]:
    """Every task's verdict of one way."""
    return [judge(task, paint(model, way(task, squeeze(model, task.sources)))) for task in tasks]


@torch.inference_mode()
def fooled(model: Sprites, way: Way, task: Edits, classifier: nn.Module) -> float:
    """The paper's measure: share of edits of shape after which a classifier says the wanted shape.

    It is shown ink or none, as it knows from its training: soft borders alone would confuse it.
    """
    ink = paint(model, way(task, squeeze(model, task.sources)))
    said = classifier((ink > 0.5).float()[:, None]).argmax(1)
    return float((said.numpy() == task.targets[:, SHAPE]).mean())


@torch.inference_mode()
def sees(model: Sprites, sprites: np.ndarray, classifier: nn.Module) -> float:
    """Share of sprites `[n 5]` whose shape a classifier sees in what a model gives back of them."""
    return fooled(model, lambda edits, latents: latents, Edits(SHAPE, sprites, sprites), classifier)


def tuned_as_the_paper(model: Sprites, shifts: Shifts, classifier: nn.Module, count: int) -> dict[str, Way]:
    """The paper's methods, how far each goes chosen as the paper chose it: by whether its classifier sees the wanted shape.

    Args:
        count: edits of training pictures on which that is searched.
    """
    own, task = deepcopy(shifts), draw_edits(numpy_rng("bench shift", "as the paper"), SHAPE, count, held_out=False)
    for method in PAPER_TABLE:

        def seen(strength: float, share: float, method: str = method) -> float:
            return fooled(model, by_method(own, method), task, classifier)

        tune(own, method, FACTORS[SHAPE], seen)
    return {f"{method}, tuned as the paper does": by_method(own, method) for method in PAPER_TABLE}
