"""Shifts of sprites, judged without a judge to fool; every method of papers/vit_latent_editing.md, on our latents.

The same on the latents of the paper's own model, and of its variants where they were trained on this machine.

The paper's own measure (does a classifier of three shapes now say the wanted one?) stands beside: chance is a third. It
is printed only where that classifier, which knows official pictures, can see the shapes that a model paints at all: on the
oracle's pictures. Beside it stands the share whose nearest official picture has the asked shape ("asked shape").
Leakage, MIG and DCI of every latent say whether disentanglement goes with editability.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from core.bench.disentangle import disentangled
from core.bench.record import Measured
from core.bench.shift_baselines import Bank, bundle_strengths, bundles, random, retrieve
from core.bench.shift_sentences import sentences
from core.bench.shift_truth import Edits, Sprites, Verdict, draw_edits, judge, paint, reconstruction, squeeze
from core.foundations.files import load_card
from core.foundations.seeds import numpy_rng
from core.methods.write.shift import METHODS, shift
from core.models.registry import load
from core.models.shifts import Shifts
from core.studio.studio import Studio
from core.train.sprite_shifts import COMPARED, model_of, variant_shifts
from core.worlds.dsprites.factors import FACTORS, SHAPE
from core.worlds.dsprites.official import pictures
from core.worlds.dsprites.splits import draw_split

PAPER_TABLE = {"regression": 0.342, "svm": 0.388, "rbf": 0.4928, "ensemble": 0.4776, "paper_predictor": 0.4911}
"""What the paper prints (table 2, validation): by its own measure, on its own training."""

MODELS = {"dsprites": ("dsprites_generator", ""), "dsprites_paper": ("dsprites_paper", "paper's model: ")}
"""Shifters, the generator whose latents they move, and how their rows are marked."""

STUDIO, ORACLE = "studio (best by training)", "oracle"
SEES = 0.9
"""Share of the oracle's pictures whose shape a classifier has to see before it may judge."""
TUNED = 40
"""Edits of training pictures on which the strength of sparse bundles is searched, as many as for every shifter's step."""
Way = Callable[[Edits, Tensor], Tensor]


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    edits: int
    """Edits of each factor, for every row."""
    pictures: int
    """Pictures for the reconstruction."""
    bank: int
    """Training pictures for retrieval and sparse features."""
    latents: int
    """Latents for MIG and DCI."""


QUICK, FULL = Sizes(12, 200, 3000, 800), Sizes(120, 2000, 30_000, 5000)


def by_method(shifts: Shifts, method: str) -> Way:
    """A method as a way to edit: latents `[n d]` to latents."""

    def way(edits: Edits, latents: Tensor) -> Tensor:
        return shift(latents, shifts, method, FACTORS[edits.slot], torch.from_numpy(edits.targets[:, edits.slot]))

    return way


def by_best(shifts: Shifts, best: dict[str, str]) -> Way:
    """The studio's way: for each factor the method that was measured best on training pictures."""
    return lambda edits, latents: by_method(shifts, best[FACTORS[edits.slot]])(edits, latents)


@torch.inference_mode()
def judged(model: Sprites, way: Way, tasks: list[Edits]) -> list[Verdict]:
    """Every factor's verdict of one way."""
    return [judge(task, paint(model, way(task, squeeze(model, task.sources)))) for task in tasks]


@torch.inference_mode()
def fooled(model: Sprites, way: Way, task: Edits, classifier: nn.Module) -> float:
    """The paper's measure: share of edits of shape after which a classifier says the wanted shape.

    It is shown ink or none, as it knows from the official pictures: soft borders alone would confuse it.
    """
    ink = paint(model, way(task, squeeze(model, task.sources)))
    said = classifier((ink > 0.5).float()[:, None]).argmax(1)
    return float((said.numpy() == task.targets[:, SHAPE]).mean())


def row(verdicts: list[Verdict], fooled_share: float | None = None) -> dict[str, float]:
    """One line of the table: for each factor the share right, then the mean overlap, the asked shape, and the paper's measure."""
    line = {name: v.joint for name, v in zip(FACTORS, verdicts, strict=True)}
    line |= {"iou": float(np.mean([v.iou for v in verdicts])), "asked shape": verdicts[SHAPE].asked}
    return line if fooled_share is None else line | {"paper's": fooled_share}


def rows_of(
    model: Sprites, ways: dict[str, Way], verdicts: dict[str, list[Verdict]], task: Edits, classifier: nn.Module
) -> dict[str, dict[str, float]]:
    """A line for each way; the paper's measure is left out where its classifier does not see what the oracle paints."""
    seen = fooled(model, ways[ORACLE], task, classifier)
    lines = {way: row(found, fooled(model, ways[way], task, classifier) if seen >= SEES else None) for way, found in verdicts.items()}
    return lines | {"shapes that the paper's judge sees": {"paper's": seen}}


def _ways(model: Sprites, shifts: Shifts, best: dict[str, str], bank: Bank) -> dict[str, Way]:
    studio, strengths = by_best(shifts, best), bundle_strengths(model, bank, TUNED)
    return {
        STUDIO: studio,
        **{name: by_method(shifts, name) for name in METHODS},
        "sparse bundles": lambda task, latents: bundles(bank, task, latents, strengths[task.slot]),
        "nearest neighbour": lambda task, latents: retrieve(bank, task, latents),
        "do nothing": lambda task, latents: latents,
        "random, same norm": lambda task, latents: random(latents, studio(task, latents), task.slot),
        ORACLE: lambda task, latents: squeeze(model, task.targets),
    }


def _scores(model: Sprites, count: int) -> dict[str, float]:
    sprites = draw_split(numpy_rng("bench shift", "scores"), count, True)
    scores = disentangled(squeeze(model, sprites).double().numpy(), sprites)
    return {"mig": scores.mig, "dci d": scores.disentanglement, "dci c": scores.completeness, "dci i": scores.informativeness}


def _latent_row(model: Sprites, unseen: np.ndarray, count: int, given_back: dict[str, float] | None = None) -> dict[str, float]:
    """How a latent gives pictures back, and how far its numbers stand for the factors one by one."""
    given_back = given_back or reconstruction(model, unseen)
    return _scores(model, count) | {"iou": given_back["iou"], "right": given_back["factors_right"]}


def _edited(verdicts: dict[str, list[Verdict]]) -> dict[str, float]:
    """How far a latent can be edited, mean over factors: as it is, and as a share of what encoding the wanted picture reaches."""
    edited, oracle = (float(np.mean([v.joint for v in verdicts[way]])) for way in (STUDIO, ORACLE))
    return {"edited": edited, "of oracle": edited / max(oracle, 1e-9)}


def _variant(name: str, tasks: list[Edits], unseen: np.ndarray, classifier: nn.Module, sizes: Sizes) -> dict[str, dict[str, float]]:
    """Rows of a latent that is not shipped; none where it was not trained on this machine, fewer where it has no shifters."""
    if (model := model_of(name)) is None:
        return {}
    latent = _latent_row(model, unseen, sizes.latents)
    if (learned := variant_shifts(name)) is None:
        return {"latent": latent}
    ways = _ways(model, learned[0], learned[1]["best"], Bank.of(model, sizes.bank))
    verdicts = {way: judged(model, ways[way], tasks) for way in (STUDIO, *METHODS, ORACLE)}
    return rows_of(model, ways, verdicts, tasks[SHAPE], classifier) | {"latent": latent | _edited(verdicts)}


def _predictions(latents: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Whether what usually scores a latent goes with how far it can be edited: rank correlations over the latents."""
    names = ("mig", "dci d", "dci c", "dci i", "right")
    return {
        f"rank correlation of {result!r}, {len(latents)} latents": {
            name: float(spearmanr([line[name] for line in latents], [line[result] for line in latents])[0]) for name in names
        }
        for result in ("edited", "of oracle")
        if len(latents) > 2
    }


def _leakage(verdicts: list[Verdict]) -> dict[str, dict[str, float]]:
    return {
        f"moved when {FACTORS[slot]} is asked": dict(zip(FACTORS, verdict.moved, strict=True))
        | {FACTORS[slot]: verdict.asked}  # at the factor itself: how often it got there
        for slot, verdict in enumerate(verdicts)
    }


def run(quick: bool) -> Measured:
    """Both models, every method, every factor."""
    sizes = QUICK if quick else FULL
    tasks = [draw_edits(numpy_rng("bench shift", name), place, sizes.edits) for place, name in enumerate(FACTORS)]
    unseen = draw_split(numpy_rng("bench shift", "pictures"), sizes.pictures, True)
    classifier = load("dsprites_judges")["shapes"]
    table: dict[str, dict[str, float]] = {}
    figures: dict[str, float] = {}
    for name, (weights, label) in MODELS.items():
        model = load(weights)
        shifts, card = load(f"{name}_shifts"), load_card(f"{name}_shifts")
        ways = _ways(model, shifts, card["best"], Bank.of(model, sizes.bank))
        given_back = reconstruction(model, unseen)
        verdicts = {way: judged(model, ways[way], tasks) for way in ways}
        lines = {label + way: line for way, line in rows_of(model, ways, verdicts, tasks[SHAPE], classifier).items()}
        if not label:
            first = verdicts[STUDIO]
            figures = {key: given_back[key] for key in ("iou", "factors_right")} | {n: v.joint for n, v in zip(FACTORS, first, strict=True)}
            figures["paper_measure_shape"] = lines[STUDIO]["paper's"]
            lines |= _leakage(first)
        table |= lines | {f"{label}latent": _latent_row(model, unseen, sizes.latents, given_back) | _edited(verdicts)}
    for name, numbers in COMPARED.items():
        label = f"paper's model, {numbers} numbers: "
        table |= {label + way: line for way, line in _variant(name, tasks, unseen, classifier, sizes).items()}
    table |= _predictions([line for name, line in table.items() if name.endswith("latent") and "edited" in line])
    said = sentences(Studio("dsprites"))
    figures |= {"sentences_done": said["done"], "sentences_refused": said["refused"]}
    figures["chance_shape"] = _chance(tasks[SHAPE], unseen, classifier)
    table["the paper's own table 2"] = {f"{name}": value for name, value in PAPER_TABLE.items()}
    return Measured("shift", figures, table, {"edits of each factor": sizes.edits, "pictures": sizes.pictures, "seed": "bench shift"})


@torch.inference_mode()
def _chance(task: Edits, sprites: np.ndarray, classifier: nn.Module) -> float:
    """The paper's measure on pictures that have nothing to do with what is wanted."""
    said = classifier(pictures(sprites)).argmax(1).numpy()
    return float((said[:, None] == task.targets[None, :, SHAPE]).mean())
