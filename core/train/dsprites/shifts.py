"""Learn every shifter of papers/vit_latent_editing.md, on our sprites' latents and on the paper's of every size.

Lines, machines and sums are fitted to latents of training pictures; the reader of latents and the two predictors
descend; how far each method goes is searched on edits of training pictures, judged by the nearest of all pictures;
the best method of each factor is chosen on others of them. The card's table is then measured on held-out pictures.

A square does not say which way a heart should point: where the shape is to change, the target that a predictor
learns is the first rotation that looks the same on both, so that one picture has one answer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.bench.dsprites.truth import Edits, Sprites, draw_edits, judge, paint, squeeze
from core.foundations.files import (
    digest,
    from_eight_bits,
    halved,
    load_card,
    load_tensors,
    packed,
    save_tensors,
    save_weights,
    write_atomically,
)
from core.foundations.seeds import numpy_rng
from core.methods.relate.learn_predictor import Pairs, predictor_loss, reader_loss
from core.methods.relate.learn_shifts import learn_lines, tune
from core.methods.relate.shift_settings import ShiftSettings
from core.methods.write.shift import METHODS, shift
from core.models.registry import load
from core.models.shifts import PREDICTORS, Shifts, ShiftsConfig
from core.models.slots import Slot
from core.train.dsprites.paper import VARIANTS, variants
from core.train.loop import RUNS, Schedule, machine, train
from core.worlds.dsprites.factors import COUNTS, FACTORS, ROTATION, SHAPE, SYMMETRY, draw_any, symmetry_between
from core.worlds.dsprites.official import pictures
from core.worlds.dsprites.splits import is_held_out

KINDS = {"shape": "class", "scale": "ordered", "rotation": "cyclic", "x": "ordered", "y": "ordered"}
GROUPS = (("shape", "rotation"), ("scale",), ("x",), ("y",))
MODELS = {"dsprites": "dsprites_generator", "dsprites_paper": "dsprites_paper"}
"""The latents whose shifters are shipped, and the weights of their models."""
COMPARED = {f"dsprites_paper_{numbers}": numbers for numbers in VARIANTS}
"""The latents of the paper's variants, by how many numbers they have: their shifters only stand beside."""


@dataclass(frozen=True)
class ShiftTraining:
    """Everything that decides the weights, besides ShiftSettings."""

    seed: int = 1
    pairs: int = 80_000
    """Pairs of training pictures that differ in one factor; everything is learned from their latents."""
    fitted: int = 30_000
    """Latents that lines, machines and sums are fitted to."""
    batch: int = 1024
    reader_steps: int = 5000
    steps: int = 7000
    """Of each predictor, on latents alone."""
    rate: float = 2e-3
    picture_batch: int = 32
    picture_steps: int = 150
    """Further steps with the loss on pictures, and for ours once more with the judge of natural shapes; kept where better."""
    picture_rate: float = 5e-5
    tuned: int = 40
    """Edits of each factor on which steps are searched."""
    chosen: int = 120
    """Edits of each factor on which phases are kept or not and the best method is chosen, and the card's table is measured."""


def settings_of(name: str) -> ShiftTraining:
    """Shifters that are not shipped learn for less than half as long: they only tell how far a latent can be edited."""
    return ShiftTraining() if name in MODELS else ShiftTraining(pairs=30_000, reader_steps=2000, steps=3000, tuned=30, chosen=60)


def model_of(name: str) -> Sprites | None:
    """The model whose latent is shifted; None for a variant of the paper's that was not trained on this machine."""
    return load(MODELS[name]) if name in MODELS else variants().get(COMPARED[name])


def slots() -> tuple[Slot, ...]:
    """The five factors as slots."""
    made = []
    for name, count in zip(FACTORS, COUNTS, strict=True):
        turns = KINDS[name] == "cyclic"
        made.append(Slot(name, count, KINDS[name], "shape" if turns else "", SYMMETRY if turns else ()))  # type: ignore[arg-type]
    return tuple(made)


def draw_pairs(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sprites that differ in one factor, on the training side: sources `[n 5]`, targets `[n 5]`, factors `[n]`."""
    source = draw_any(rng, 2 * count)
    slot = rng.integers(len(COUNTS), size=2 * count)
    target = source.copy()
    target[np.arange(2 * count), slot] = np.floor(rng.random(2 * count) * np.array(COUNTS)[slot]).astype(int)
    finer = symmetry_between(source[:, SHAPE], target[:, SHAPE])
    folded = np.round(source[:, ROTATION] % finer).astype(int)
    target[:, ROTATION] = np.where((slot == SHAPE) & (source[:, SHAPE] != target[:, SHAPE]), folded, target[:, ROTATION])
    seen = ~is_held_out(source) & ~is_held_out(target)
    return source[seen][:count], target[seen][:count], slot[seen][:count]


class Trainer:
    """Holds one model with its latents and what is learned about them."""

    def __init__(self, name: str, model: Sprites, settings: ShiftTraining) -> None:
        self.name, self.model, self.settings, self.learning = name, model, settings, ShiftSettings(seed=settings.seed)
        self.natural = load("dsprites_judges")["natural"]
        self.source, self.target, self.slot = draw_pairs(numpy_rng("shifts", settings.seed, "pairs"), settings.pairs)
        self.source_latents, self.target_latents = squeeze(self.model, self.source), squeeze(self.model, self.target)
        of_latents = hashlib.sha256(self.source_latents.numpy().tobytes()).hexdigest()
        self.made_of = (settings, self.learning, of_latents, load_card("dsprites_judges")["sha256"])
        config = ShiftsConfig(slots(), self.source_latents.shape[1], GROUPS)
        fitted, shown = self.source_latents[: settings.fitted], torch.from_numpy(self.source[: settings.fitted])
        self.shifts: Shifts = learn_lines(fitted, shown, config, self.learning)

    def reader_step(self, step: int) -> tuple[Tensor, dict[str, float]]:
        """Loss of the reader of latents, on training pictures."""
        rows = numpy_rng("shifts", "reader", self.settings.seed, step).integers(len(self.source), size=self.settings.batch)
        return reader_loss(self.shifts, self.source_latents[rows], torch.from_numpy(self.source[rows]))

    def pairs(self, rows: np.ndarray) -> Pairs:
        """Some of the pairs, as the predictors take them."""
        target, slot = self.target[rows], self.slot[rows]
        wanted, shapes = (torch.from_numpy(column) for column in (target[np.arange(len(rows)), slot], target[:, SHAPE]))
        return Pairs(self.source_latents[rows], self.target_latents[rows], torch.from_numpy(slot), wanted, shapes)

    def latent_step(self, kind: str, step: int) -> tuple[Tensor, dict[str, float]]:
        """Loss of a predictor on latents alone."""
        rows = numpy_rng("shifts", kind, self.settings.seed, step).integers(len(self.source), size=self.settings.batch)
        return predictor_loss(self.shifts, kind, self.pairs(rows), self.learning)

    def picture_step(self, kind: str, natural: bool, step: int) -> tuple[Tensor, dict[str, float]]:
        """Loss of a predictor on pictures too, and on whether they are natural."""
        keys = ("shifts", kind, "natural" if natural else "pictures", self.settings.seed, step)
        rows = numpy_rng(*keys).integers(len(self.source), size=self.settings.picture_batch)
        return predictor_loss(
            self.shifts, kind, self.pairs(rows), self.learning, decode=lambda z: self.model.logits(z).sigmoid(),
            target_ink=pictures(self.target[rows]), natural=self.judge_natural if natural else None,
        )  # fmt: skip

    def judge_natural(self, ink: Tensor, shapes: Tensor) -> Tensor:
        """The paper's future work: a classifier that knows unnatural pictures has to see the wanted shape."""
        return F.cross_entropy(self.natural(ink), shapes)

    def descend(self) -> tuple[float, dict[str, float]]:
        """Train the reader and both predictors; seconds, and how right each phase of a predictor was on training edits."""
        settings, found = self.settings, {}
        seconds = self._train("reader", "", Schedule(settings.reader_steps, settings.rate, decay_from=0.3), self.reader_step)
        for kind in PREDICTORS:
            schedule = Schedule(settings.steps, settings.rate, decay_from=0.2)
            seconds += self._train(kind, "", schedule, lambda step, kind=kind: self.latent_step(kind, step))  # type: ignore[misc]
            best = found[kind] = self.worth(kind)
            for phase in ("pictures", "natural") if kind == "predictor" else ("pictures",):
                before = {key: tensor.clone() for key, tensor in getattr(self.shifts, kind).state_dict().items()}
                short = Schedule(settings.picture_steps, settings.picture_rate, warmup=20, decay_from=0.2)
                step_of = lambda step, kind=kind, phase=phase: self.picture_step(kind, phase == "natural", step)  # noqa: E731
                seconds += self._train(kind, f"_{phase}", short, step_of)
                now = found[f"{kind} + {phase}"] = self.worth(kind)
                if now <= best:
                    getattr(self.shifts, kind).load_state_dict(before)
                best = max(best, now)
        print(self.name, found, flush=True)
        return seconds, found

    def _train(self, part: str, phase: str, schedule: Schedule, loss_of: Callable[[int], tuple[Tensor, dict[str, float]]]) -> float:
        # Batches of pictures are small: what a BatchNorm knows of latents then stays as it is.
        module: nn.Module = getattr(self.shifts, part).requires_grad_(True).train(not phase)
        optimiser = torch.optim.AdamW(module.parameters(), schedule.rate, weight_decay=1e-3)
        seconds = train(f"{self.name}_shifts_{part}{phase}", module, optimiser, schedule, loss_of, made_of=self.made_of, every=500)
        module.requires_grad_(False).eval()
        return seconds

    def worth(self, method: str) -> float:
        """Share of training edits that a method gets right, each factor counting alike."""
        tasks = [
            draw_edits(numpy_rng("shifts", "phases", place), place, self.settings.chosen, held_out=False) for place in range(len(FACTORS))
        ]
        return float(np.mean([judge(task, self.moved(task, method)).joint for task in tasks]))

    @torch.inference_mode()
    def moved(self, edits: Edits, method: str) -> Tensor:
        """What a method makes of edits, as ink `[n 64 64]`."""
        wanted = torch.from_numpy(edits.targets[:, edits.slot])
        return paint(self.model, shift(squeeze(self.model, edits.sources), self.shifts, method, FACTORS[edits.slot], wanted))

    def search(self) -> dict[str, str]:
        """Search every method's step, then choose the best method of each factor, all on training pictures."""
        settings, best = self.settings, {}
        for place, factor in enumerate(FACTORS):
            few, more = (draw_edits(numpy_rng("shifts", factor, n), place, n, held_out=False) for n in (settings.tuned, settings.chosen))
            worth = {}
            for method in METHODS:

                def measured(strength: float, share: float, edits: Edits = few, method: str = method) -> float:
                    verdict = judge(edits, self.moved(edits, method))
                    return verdict.joint + 0.1 * verdict.iou

                tuned = tune(self.shifts, method, factor, measured)
                worth[method] = judge(more, self.moved(more, method)).joint
                print(f"{self.name} {factor} {method}: {tuned}, right {worth[method]:.3f}", flush=True)
            best[factor] = max(worth, key=lambda method: worth[method])
        return best

    def measure(self, best: dict[str, str]) -> dict[str, dict]:
        """The card's table and leakage, on held-out pictures."""
        table: dict[str, dict] = {method: {} for method in METHODS}
        leakage: dict[str, dict] = {method: {} for method in METHODS}
        for place, factor in enumerate(FACTORS):
            edits = draw_edits(numpy_rng("shifts", "card", factor), place, self.settings.chosen)
            for method in METHODS:
                verdict = judge(edits, self.moved(edits, method))
                table[method][factor] = round(verdict.joint, 4)
                leakage[method][factor] = {name: round(float(m), 4) for name, m in zip(FACTORS, verdict.moved, strict=True)}
        return {"best": best, "table": table, "leakage": leakage}


def as_kept(name: str, shifts: Shifts) -> dict[str, Tensor]:
    """What lies in a file: those of the paper's model, which are there to be compared with, in as few bytes as serve."""
    return (packed if name == "dsprites_paper" else halved)(shifts.state_dict())


def keep(name: str, shifts: Shifts, card: dict[str, Any]) -> None:
    """What is shipped goes to `assets/`, all else stays under `runs/`."""
    if name not in MODELS:
        save_tensors(RUNS / f"{name}_shifts" / "shifts.safetensors", shifts.state_dict())
        write_atomically(RUNS / f"{name}_shifts" / "card.json", json.dumps(card, indent=1).encode())
        return
    save_weights(f"{name}_shifts", as_kept(name, shifts), card)


def made_from(name: str) -> dict[str, str]:
    """The digest of the weights whose latents are shifted."""
    if name in MODELS:
        return {MODELS[name]: load_card(MODELS[name])["sha256"]}
    return {name: digest(RUNS / name / "checkpoint.safetensors")}


def variant_shifts(name: str) -> tuple[Shifts, dict[str, Any]] | None:
    """The shifters of a latent that is not shipped, and their card; None where they were not learned on this machine, or of another run."""
    folder = RUNS / f"{name}_shifts"
    if not (folder / "card.json").is_file():
        return None
    card = json.loads((folder / "card.json").read_text())
    if card["made_from"] != made_from(name):
        return None
    shifts = Shifts(ShiftsConfig.from_dict(card["architecture"]))
    shifts.load_state_dict(load_tensors(folder / "shifts.safetensors"))
    return shifts.eval().requires_grad_(False), card


def main() -> None:
    """Learn, search, measure and keep the weights with their card, for every latent."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    every = [*MODELS, *COMPARED]
    parser.add_argument("name", nargs="*", choices=[[], *every], help="which; all where none is named")
    for name in parser.parse_args().name or every:
        settings, model = settings_of(name), model_of(name)
        if model is None:
            print(f"{name} was not trained on this machine and is left out: python -m core.train sprites_paper", flush=True)
            continue
        began = time.perf_counter()
        trainer = Trainer(name, model, settings)
        seconds, phases = trainer.descend()
        best = trainer.search()
        trainer.shifts.load_state_dict(from_eight_bits(as_kept(name, trainer.shifts)))  # measured as it is shipped
        measured = trainer.measure(best)
        card = {
            "world": "dsprites",
            "model": "Shifts",
            "architecture": trainer.shifts.config.to_dict(),
            "made_from": made_from(name),
            "training": asdict(settings)
            | asdict(trainer.learning)
            | {"seconds of descent": round(seconds), "seconds": round(time.perf_counter() - began)},
            "machine": machine(torch.device("cpu")),
            "data": "official dSprites, training side of core.worlds.dsprites.splits; table and leakage on the held-out side",
            "licence": "Apache-2.0 (dSprites, by its authors)",
            "phases": phases,
            **measured,
        }
        keep(name, trainer.shifts, card)


if __name__ == "__main__":
    main()
