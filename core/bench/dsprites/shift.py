"""Shifts of sprites, judged without a judge to fool; every method of papers/vit_latent_editing.md, on our latents.

The same on the latents of the paper's own model, and of its variants where they were trained on this machine.

The paper's own measure (does a classifier of three shapes now say the wanted one?) stands beside: chance is a third. One
classifier knows official pictures, the other what the paper's model gives back; each is asked only where it sees the shapes
of what a model gives back at all. Beside it stands the share whose nearest official picture has the asked shape ("asked
shape"). Leakage, MIG and DCI of every latent say whether disentanglement goes with editability (core/bench/dsprites/latents.py).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import binomtest
from torch import nn

from core.bench.dsprites.baselines import Bank
from core.bench.dsprites.latents import Latent, latent_of, predictions
from core.bench.dsprites.sentences import sentences
from core.bench.dsprites.truth import Edits, Sprites, Verdict, draw_edits
from core.bench.dsprites.ways import ORACLE, PAPER_TABLE, STUDIO, Way, all_ways, fooled, judged, own_ways, sees, tuned_as_the_paper
from core.bench.record import Measured
from core.foundations.files import load_card
from core.foundations.seeds import numpy_rng
from core.models.registry import load
from core.models.shifts import Shifts
from core.studio.studio import Studio
from core.train.dsprites.shifts import COMPARED, model_of, variant_shifts
from core.worlds.dsprites.factors import COUNTS, FACTORS, SHAPE
from core.worlds.dsprites.official import pictures
from core.worlds.dsprites.splits import draw_split

MODELS = {"dsprites": ("dsprites_generator", "", "shapes"), "dsprites_paper": ("dsprites_paper", "paper's model: ", "painted")}
"""Shifters, the generator whose latents they move, how their rows are marked, and who judges by the paper's measure."""

SEEN = 0.7
"""Share of what a model gives back whose shape a classifier has to see before it may judge."""


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
    tuned: int
    """Edits of training pictures on which strengths are searched that no card holds."""
    drags: int
    """Shifts that are timed."""


QUICK, FULL = Sizes(6, 60, 1000, 400, 1, 2), Sizes(120, 2000, 30_000, 5000, 40, 40)


@dataclass(frozen=True)
class Task:
    """What every way is asked.

    Attributes:
        edits: of each factor.
        unseen: pictures to give back `[n 5]`.
        sizes: how much is measured.
    """

    edits: list[Edits]
    unseen: np.ndarray
    sizes: Sizes


def row(verdicts: list[Verdict]) -> dict[str, float]:
    """One line of the table: for each factor the share right, then the mean overlap and the asked shape."""
    line = {name: v.joint for name, v in zip(FACTORS, verdicts, strict=True)}
    return line | {"iou": float(np.mean([v.iou for v in verdicts])), "asked shape": verdicts[SHAPE].asked}


def paper_rows(model: Sprites, shifts: Shifts, ways: dict[str, Way], classifier: nn.Module, task: Task) -> dict[str, dict[str, float]]:
    """The paper's measure of every way, and of its own methods tuned by it; only how much it sees where that is too little."""
    seen = sees(model, task.unseen, classifier)
    lines = {"shapes that the paper's judge sees": {"paper's": seen}}
    if seen < SEEN:
        return lines
    shape = task.edits[SHAPE]
    lines |= {name: {"paper's": fooled(model, way, shape, classifier)} for name, way in ways.items()}
    for name, way in tuned_as_the_paper(model, shifts, classifier, 2 * task.sizes.tuned).items():
        (verdict,) = judged(model, way, [shape])
        lines[name] = {"shape": verdict.joint, "asked shape": verdict.asked, "paper's": fooled(model, way, shape, classifier)}
    return lines


def merged(*tables: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Tables beside each other: rows of one name become one row."""
    found: dict[str, dict[str, float]] = {}
    for table in tables:
        for name, line in table.items():
            found[name] = found.get(name, {}) | line
    return found


def bounds(verdicts: list[Verdict], count: int) -> dict[str, dict[str, float]]:
    """Between what the studio's shares lie, 95 of 100 times (Wilson, 1927)."""
    each = [binomtest(round(v.joint * count), count).proportion_ci(method="wilson") for v in verdicts]
    low, high = ({name: float(getattr(one, end)) for name, one in zip(FACTORS, each, strict=True)} for end in ("low", "high"))
    return {"studio, 2.5 %": low, "studio, 97.5 %": high}


def leakage(verdicts: list[Verdict]) -> dict[str, dict[str, float]]:
    """How often each factor is not what it should be when one is asked; at the factor itself, how often it got there."""
    return {
        f"moved when {FACTORS[slot]} is asked": dict(zip(FACTORS, verdict.moved, strict=True)) | {FACTORS[slot]: verdict.asked}
        for slot, verdict in enumerate(verdicts)
    }


def drags(studio: Studio, count: int) -> dict[str, dict[str, float]]:
    """How long a shift with its exact picture and its reading takes, in ms: the median of one factor and of all five."""
    rows = {}
    for method in ("studio", "ensemble"):
        spent: dict[str, list[float]] = {"one factor, ms": [], "all five, ms": []}
        for seed in range(count):
            picture, rng = studio.sample(seed), numpy_rng("bench shift", "drags", seed)
            wanted = {name: int(rng.integers(size)) for name, size in zip(FACTORS, COUNTS, strict=True)}
            one = FACTORS[seed % len(FACTORS)]
            for kind, asked in zip(spent, ({one: wanted[one]}, wanted), strict=True):
                began = time.perf_counter()
                studio.shift(picture, asked, method, picture.origin["parts"])
                spent[kind].append(1000 * (time.perf_counter() - began))
        rows[f"a shift by {method}"] = {kind: float(np.median(times)) for kind, times in spent.items()}
    return rows


def measured(
    model: Sprites, shifts: Shifts, ways: dict[str, Way], judge: str, task: Task
) -> tuple[dict[str, dict[str, float]], Latent, dict[str, list[Verdict]]]:
    """Rows of a latent with its shifters, its scores, and the verdicts of every way; `judge` says the paper's measure."""
    verdicts = {way: judged(model, ways[way], task.edits) for way in ways}
    latent = latent_of(model, task.unseen, task.sizes.latents, verdicts[STUDIO], verdicts[ORACLE])
    lines = {way: row(found) for way, found in verdicts.items()}
    return merged(lines, paper_rows(model, shifts, ways, load("dsprites_judges")[judge], task), {"latent": latent.row()}), latent, verdicts


def shipped(name: str, task: Task) -> tuple[dict[str, dict[str, float]], Latent, dict[str, list[Verdict]]]:
    """Rows of a latent whose shifters are shipped, its scores, and the verdicts."""
    weights, label, judge = MODELS[name]
    model, shifts, best = load(weights), load(f"{name}_shifts"), load_card(f"{name}_shifts")["best"]
    ways = all_ways(model, shifts, best, Bank.of(model, task.sizes.bank), task.sizes.tuned)
    lines, latent, verdicts = measured(model, shifts, ways, judge, task)
    return {label + way: line for way, line in lines.items()}, latent, verdicts


def variant(name: str, task: Task) -> tuple[dict[str, dict[str, float]], Latent | None]:
    """Rows of a latent that is not shipped; none where it was not trained on this machine, fewer where it has no shifters."""
    if (model := model_of(name)) is None:
        return {}, None
    if (learned := variant_shifts(name)) is None:
        latent = latent_of(model, task.unseen, task.sizes.latents)
        return {"latent": latent.row()}, latent
    shifts, card = learned
    return measured(model, shifts, own_ways(model, shifts, card["best"]), "painted", task)[:2]


def run(quick: bool) -> Measured:
    """Every model, every method, every factor."""
    sizes = QUICK if quick else FULL
    edits = [draw_edits(numpy_rng("bench shift", name), place, sizes.edits) for place, name in enumerate(FACTORS)]
    task = Task(edits, draw_split(numpy_rng("bench shift", "pictures"), sizes.pictures, True), sizes)
    table, ours, verdicts = shipped("dsprites", task)
    latents = [ours]
    figures = {key: ours.given_back[key] for key in ("iou", "factors_right")} | {
        name: v.joint for name, v in zip(FACTORS, verdicts[STUDIO], strict=True)
    }
    figures["paper_measure_shape"] = table[STUDIO].get("paper's", float("nan"))
    figures["chance_shape"] = chance(edits[SHAPE], task.unseen, load("dsprites_judges")["shapes"])
    table |= bounds(verdicts[STUDIO], sizes.edits) | leakage(verdicts[STUDIO])
    lines, latent, _ = shipped("dsprites_paper", task)
    table, latents = table | lines, [*latents, latent]
    for name, numbers in COMPARED.items():
        lines, found = variant(name, task)
        table |= {f"paper's model, {numbers} numbers: {way}": line for way, line in lines.items()}
        latents += [found] if found else []
    studio = Studio("dsprites")
    said, times = sentences(studio), drags(studio, sizes.drags)
    figures |= {
        "sentences_done": said["done"],
        "sentences_refused": said["refused"],
        "drag_ms": times["a shift by studio"]["one factor, ms"],
    }
    table |= predictions(latents) | times | {"the paper's own table 2": dict(PAPER_TABLE)}
    return Measured("shift", figures, table, {"edits of each factor": sizes.edits, "pictures": sizes.pictures, "seed": "bench shift"})


@torch.inference_mode()
def chance(task: Edits, sprites: np.ndarray, classifier: nn.Module) -> float:
    """The paper's measure on pictures that have nothing to do with what is wanted."""
    said = classifier(pictures(sprites)).argmax(1).numpy()
    return float((said[:, None] == task.targets[None, :, SHAPE]).mean())
