"""Swaps of one part through handles, judged without a judge to fool.

The wanted picture is known exactly, so success is: among all parts of the slot, the others as wanted, the
result agrees with the wanted part in most pixels. Kept: the same holds for each of the other four slots. Both
are told as a share of what the oracle reaches, which encodes and decodes the wanted picture itself.

Left out, fixed in advance: wanted changes of fewer than eight visible pixels; sources whose body is wholly
covered (a full print), where the picture does not say which body would come to light.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
import torch
from torch import Tensor

from core.bench.nouns.dictionary import Sample, encode_compositions, part_means, shows, swaps
from core.bench.record import Measured
from core.foundations.records import Handle
from core.foundations.seeds import numpy_rng, torch_rng
from core.methods.write.shift import shift
from core.methods.write.turn import turn_direction
from core.models.palette_vae import PaletteVAE
from core.studio.fulfil import Wish, best_strength, fulfil, rank
from core.studio.handles import Actors
from core.studio.studio import Studio
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.compose import draw, owners
from core.worlds.nouns.splits import draw_split, is_held_out

NAMES = {"svm": "linear SVM", "regression": "linear regression", "means": "class means", "sum": "joint sum"}
"""Shifters by the names that a table's reader knows."""


@dataclass(frozen=True)
class Task:
    """Swaps in one slot: where they start and what is wanted."""

    place: int
    sources: Sample
    targets: np.ndarray


def _model(studio: Studio) -> PaletteVAE:
    return cast(PaletteVAE, studio.library.generator)


def _actors(studio: Studio) -> Actors:
    return cast(Actors, studio.library.actors)


def tasks(studio: Studio, per_slot: int) -> list[Task]:
    """Held-out sources, and for each slot visible swaps with targets spread over all its parts."""
    return [draw_task(_model(studio), numpy_rng("bench edit", slot), place, per_slot, True) for place, slot in enumerate(SLOTS)]


def draw_task(model: PaletteVAE, rng: np.random.Generator, place: int, count: int, held_out: bool) -> Task:
    """Swaps in one slot, sources and targets on one side of the split."""
    pool = draw_split(rng, (30 if held_out else 3) * count, held_out)  # a held-out picture with another part is seldom held out
    rows, targets = swaps(rng, pool, place)
    fit = (owners(pool[rows]) == SLOTS.index("body")).any((1, 2)) & (is_held_out(targets) == held_out)
    rows, targets = rows[fit][:count], targets[fit][:count]
    return Task(place, encode_compositions(model, pool[rows]), targets)


@torch.inference_mode()
def paint(studio: Studio, latents: Tensor) -> np.ndarray:
    """Latents `[n c h w]` to palette indices `[n h w]`."""
    return _model(studio).indices(latents).cpu().numpy().astype(np.uint8)


def judge(task: Task, painted: np.ndarray) -> dict[str, float]:
    """Success, everything else kept, both, and exact pixels where nothing should change."""
    success = shows(painted, task.targets, task.place)
    others = [shows(painted, task.targets, p) for p in range(len(SLOTS)) if p != task.place]
    kept = np.all(others, 0)
    before, wanted = draw(task.sources.compositions), draw(task.targets)
    still = before == wanted
    return {
        "success": float(success.mean()),
        "kept": float(kept.mean()),
        "joint": float((success & kept).mean()),
        "still pixels": float((painted == before)[still].mean()),
        "exact": float((painted == wanted).all((1, 2)).mean()),
    }


def _candidates(studio: Studio, task: Task, kind: str | None) -> list[list[Handle]]:
    slot = SLOTS[task.place]
    found = []
    for target in task.targets:
        handles = studio.library.by_part.get((slot, load_art().ids[slot][target[task.place]]), [])
        found.append([h for h in handles if kind in (None, h.kind)])
    return found


@torch.inference_mode()
def through_handles(studio: Studio, task: Task) -> np.ndarray:
    """The product's way: the weakest trusted handle, verified, tried harder, and rolled back where it fails."""
    slot, results, library = SLOTS[task.place], [], studio.library
    readings = studio._look(task.sources.latents)
    for latent, before, target, handles in zip(task.sources.latents, readings, task.targets, _candidates(studio, task, None), strict=True):
        wish = Wish(slot, (load_art().ids[slot][target[task.place]],))
        outcome = (
            fulfil(wish, latent, before, handles, library.actors, studio._look, library.standard, library.bringing) if handles else None
        )
        results.append(outcome.latent if outcome and outcome.done else latent)
    return paint(studio, torch.stack(results))


@torch.inference_mode()
def by_one_kind(studio: Studio, task: Task, kind: str) -> np.ndarray:
    """One handle of one kind at its measured strength, unverified; nothing where there is none."""
    moved = []
    for latent, handles in zip(task.sources.latents, _candidates(studio, task, kind), strict=True):
        best = rank(handles)[:1]
        moved.append(studio.library.actors.act(best[0][0], latent[None], best_strength(best[0][0])[0])[0] if best else latent)
    return paint(studio, torch.stack(moved))


def _class_means(train: Sample, task: Task) -> Tensor:
    """Supervised difference of class means, a fixed direction for each pair of parts `[n d]`."""
    means = part_means(train.latents.flatten(1), train.compositions, task.place)
    return means[task.targets[:, task.place]] - means[task.sources.compositions[:, task.place]]


def rows(studio: Studio, train: Sample) -> dict[str, Callable[[Task], np.ndarray]]:
    """Every way to swap, by the name of its row."""

    def shifted(task: Task, shift: Tensor) -> np.ndarray:
        return paint(studio, task.sources.latents + shift.view_as(task.sources.latents))

    def random(task: Task) -> np.ndarray:
        noise = torch.randn(task.sources.latents.flatten(1).shape, generator=torch_rng("random direction", task.place))
        return shifted(task, noise * (_class_means(train, task).norm(dim=1) / noise.norm(dim=1))[:, None])

    def fitted(task: Task) -> np.ndarray:
        slot, directions = SLOTS[task.place], _actors(studio).directions
        turned = [
            turn_direction(z[None], directions, slot, int(t), 1.0)
            for z, t in zip(task.sources.latents, task.targets[:, task.place], strict=True)
        ]
        return paint(studio, torch.cat(turned))

    return {
        "studio (handles, verified)": lambda task: through_handles(studio, task),
        "one feature": lambda task: by_one_kind(studio, task, "feature"),
        "bundle": lambda task: by_one_kind(studio, task, "bundle"),
        "direction": fitted,
        **shift_rows(studio),
        "do nothing": lambda task: paint(studio, task.sources.latents),
        "random, same norm": random,
        "difference of class means": lambda task: shifted(task, _class_means(train, task)),
        "paste the part (no model)": lambda task: draw(task.targets),
        "oracle": lambda task: paint(studio, encode_compositions(_model(studio), task.targets).latents),
    }


def shift_rows(studio: Studio) -> dict[str, Callable[[Task], np.ndarray]]:
    """The shifters that are held: the first through its handles, others by hand; none where none was learned."""
    shifts = _actors(studio).shifts
    if shifts is None:
        return {}

    def shifted(task: Task, method: str) -> np.ndarray:
        wanted = torch.from_numpy(task.targets[:, task.place]).long()
        return paint(studio, shift(task.sources.latents, shifts, method, SLOTS[task.place], wanted))

    first, *rest = shifts.config.methods
    found: dict[str, Callable[[Task], np.ndarray]] = {f"shift ({first})": lambda task: by_one_kind(studio, task, "shift")}
    return found | {f"shift ({NAMES.get(method, method)})": partial(shifted, method=method) for method in rest}


def run(quick: bool) -> Measured:
    """Swaps in every slot, each slot counting alike."""
    studio, per_slot = Studio("nouns"), 12 if quick else 120
    made = tasks(studio, per_slot)
    train = encode_compositions(_model(studio), draw_split(numpy_rng("bench edit train"), 1500 if quick else 8000, False), feedback=False)
    table: dict[str, dict[str, float]] = {}
    for name, way in rows(studio, train).items():
        judged = [judge(task, way(task)) for task in made]
        table[name] = {key: float(np.mean([j[key] for j in judged])) for key in judged[0]}
        table[name] |= {SLOTS[task.place]: j["joint"] for task, j in zip(made, judged, strict=True)}
    ours, oracle = table["studio (handles, verified)"], table["oracle"]
    figures = {
        "success_of_oracle": ours["success"] / oracle["success"],
        "kept_of_oracle": ours["kept"] / oracle["kept"],
        "joint_of_oracle": ours["joint"] / oracle["joint"],
        "success_of_class_means": ours["success"] / max(1e-9, table["difference of class means"]["success"]),
    }
    return Measured("edit", figures, table, {"swaps": sum(len(t.targets) for t in made), "seed": "bench edit"})
