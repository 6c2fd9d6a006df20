"""Learn the shifters of papers/vit_latent_editing.md on the Nouns' latent, and hang the best one up among the handles.

Lines, machines and sums are fitted to latents whose pictures were read back, as for all other handles. The predictors
learn from Nouns that are alike but for one slot, so that every two of them say what a change should come to. All
are tried on swaps of the training side, judged as core/bench/nouns/edit.py judges; the table goes into the card, while only
our predictor is shipped. Each part gets a handle of the kind "shift", with a curve measured as a direction's is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from core.bench.nouns.dictionary import encode_compositions
from core.bench.nouns.edit import Task, draw_task, judge
from core.foundations.errors import SettingError
from core.foundations.files import load_card, save_weights, write_words
from core.foundations.records import Curve, Handle
from core.foundations.seeds import numpy_rng
from core.methods.relate.labels import Label
from core.methods.relate.learn_predictor import Pairs, predictor_loss, reader_loss
from core.methods.relate.learn_shifts import learn_lines, tune
from core.methods.relate.shift_settings import ShiftSettings
from core.methods.write.shift import shift
from core.models.palette_vae import PaletteVAE
from core.models.registry import load, load_dictionary, load_generator
from core.models.shifts import METHOD_NAMES, PREDICTORS, Shifts, ShiftsConfig
from core.models.slots import Slot
from core.studio.fulfil import best_strength
from core.studio.handles import Actors, handles_to_json, load_handles
from core.train.loop import Schedule, machine, train
from core.train.nouns.dictionary import BARE
from core.train.nouns.handles import hidden, make_bench, paint_and_read, with_curves
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.splits import draw_split, is_held_out

StepLoss = Callable[[int], tuple[Tensor, dict[str, float]]]
SHIPPED = "predictor"
WEIGHTS, HANDLES = "nouns_shifts", "nouns_handles.json"
LARGEST = 1_000_000
"""Bytes of the weight file, at most."""
LEAST = 0.5
"""A handle that does worse, success times kept at its best strength, is left out."""
ASIDE = 0.006
"""On the map a shift stands so far beside the direction of the same part."""


@dataclass(frozen=True)
class NounShiftTraining:
    """Everything that decides the weights, besides ShiftSettings."""

    seed: int = 1
    methods: tuple[str, ...] = METHOD_NAMES
    """What is learned and measured."""
    anchors: int = 3000
    """Latents from which the kernel machines measure: of 600, as for sprites, hardly two would show each of 255 heads."""
    fitted: int = 20_000
    """Latents that lines, machines, sums and the reader learn from."""
    groups: int = 3600
    """Groups of Nouns that are alike but for one slot."""
    alike: int = 8
    """Nouns in a group; every two of them are a pair."""
    batch: int = 512
    reader_steps: int = 1000
    steps: int = 2400
    rate: float = 2e-3
    reader_hidden: int = 64
    predictor_hidden: int = 224
    """As wide as the file may be large; see LARGEST."""
    tuned: int = 20
    """Swaps in each slot on which steps are searched."""
    judged: int = 80
    """Other swaps in each slot, on which the card's table is measured."""

    @property
    def learning(self) -> ShiftSettings:
        """A predictor's loss is the change alone; one C, since hundreds of machines are fitted."""
        return ShiftSettings(seed=self.seed, rows=5000, c_linear=(0.01,), c_kernel=(10.0,), triplet=0.0)

    def config(self, width: int) -> ShiftsConfig:
        """For latents so wide."""
        slots = tuple(Slot(slot, load_art().count(slot)) for slot in SLOTS)
        sizes = {"anchors": self.anchors, "reader_hidden": self.reader_hidden, "predictor_hidden": self.predictor_hidden}
        return ShiftsConfig(slots, width, methods=self.methods, **sizes)  # type: ignore[arg-type]


REHEARSAL = NounShiftTraining(anchors=300, fitted=600, groups=60, batch=64, reader_steps=20, steps=40, tuned=2, judged=4)


@dataclass(frozen=True)
class Alike:
    """Groups of Nouns that are alike but for one slot.

    Attributes:
        latents: `[g m d]`.
        parts: which part each Noun has in that slot `[g m]`.
        places: which slot it is `[g]`.
    """

    latents: Tensor
    parts: Tensor
    places: Tensor

    def pairs(self, rng: np.random.Generator, count: int) -> Pairs:
        """Random pairs within groups."""
        group = torch.from_numpy(rng.integers(len(self.places), size=count))
        one, other = (torch.from_numpy(rng.integers(self.parts.shape[1], size=count)) for _ in range(2))
        return Pairs(self.latents[group, one], self.latents[group, other], self.places[group], self.parts[group, other])


def draw_alike(rng: np.random.Generator, groups: int, alike: int) -> tuple[np.ndarray, np.ndarray]:
    """Compositions of the training side in groups that differ in one slot.

    A slot comes up as often as the root of its number of parts. Where a Noun would be held out, the group's first
    stands in its place.

    Returns:
        Compositions `[g m 5]`, and which slot differs `[g]`.
    """
    counts = np.array([load_art().count(slot) for slot in SLOTS])
    places = rng.choice(len(SLOTS), groups, p=np.sqrt(counts) / np.sqrt(counts).sum())
    first = draw_split(rng, groups, False, BARE)[:, None]
    drawn = np.floor(rng.random((groups, alike - 1)) * counts[places][:, None]).astype(first.dtype)
    made = np.repeat(first, alike, 1)
    made[np.arange(groups)[:, None], np.arange(1, alike), places[:, None]] = drawn
    unseen = is_held_out(made.reshape(-1, len(SLOTS))).reshape(groups, alike, 1)
    return np.where(unseen, first, made), places


def encode_alike(model: PaletteVAE, settings: NounShiftTraining) -> Alike:
    """The latents of groups; each Noun is encoded once."""
    made, places = draw_alike(numpy_rng("noun shifts", "alike", settings.seed), settings.groups, settings.alike)
    unique, back = np.unique(made.reshape(-1, len(SLOTS)), axis=0, return_inverse=True)
    latents = encode_compositions(model, unique, feedback=False).latents.flatten(1)[torch.from_numpy(back.ravel())]
    parts = made[np.arange(len(made)), :, places]
    return Alike(latents.view(*made.shape[:2], -1), torch.from_numpy(parts).long(), torch.from_numpy(places).long())


class Trainer:
    """What is learned about latents.

    Args:
        latents: `[n c h w]` or `[n d]`.
        values: the parts that were read in their pictures `[n 5]`.
    """

    def __init__(self, latents: Tensor, values: Tensor, alike: Alike, settings: NounShiftTraining) -> None:
        self.latents, self.values, self.alike, self.settings = latents.flatten(1), values, alike, settings
        self.shifts = learn_lines(self.latents, values, settings.config(self.latents.shape[1]), settings.learning)

    def reader_step(self, step: int) -> tuple[Tensor, dict[str, float]]:
        """Loss of the reader of latents."""
        rng = numpy_rng("noun shifts", "reader", self.settings.seed, step)
        rows = torch.from_numpy(rng.integers(len(self.latents), size=self.settings.batch))
        return reader_loss(self.shifts, self.latents[rows], self.values[rows])

    def predictor_step(self, kind: str, step: int) -> tuple[Tensor, dict[str, float]]:
        """Loss of a predictor: the change alone."""
        pairs = self.alike.pairs(numpy_rng("noun shifts", kind, self.settings.seed, step), self.settings.batch)
        return predictor_loss(self.shifts, kind, pairs, self.settings.learning)

    def descend(self, made_from: str) -> float:
        """Train the reader and the predictors; seconds. A run's name says what it depends on, so that none goes on from another."""
        settings, seconds = self.settings, 0.0
        name = hashlib.sha256(json.dumps([made_from, asdict(settings)]).encode()).hexdigest()[:12]
        jobs: dict[str, tuple[int, StepLoss]] = {"reader": (settings.reader_steps, self.reader_step)}
        jobs |= {kind: (settings.steps, partial(self.predictor_step, kind)) for kind in PREDICTORS if kind in settings.methods}
        for kind, (steps, loss_of) in jobs.items():
            module: nn.Module = getattr(self.shifts, kind).requires_grad_(True).train()
            optimiser = torch.optim.AdamW(module.parameters(), settings.rate, weight_decay=1e-2)
            schedule = Schedule(steps, settings.rate, decay_from=0.2)
            seconds += train(f"{WEIGHTS}-{name}-{kind}", module, optimiser, schedule, loss_of, every=250)
            module.requires_grad_(False).eval()
        return seconds


@torch.inference_mode()
def judged(model: PaletteVAE, task: Task, latents: Tensor) -> dict[str, float]:
    """What swaps came to."""
    return judge(task, model.indices(latents).cpu().numpy().astype(np.uint8))


def moved(shifts: Shifts, task: Task, method: str) -> Tensor:
    """The latents of a task's sources, shifted `[n c h w]`."""
    with torch.inference_mode():
        return shift(task.sources.latents, shifts, method, SLOTS[task.place], torch.from_numpy(task.targets[:, task.place]).long())


def search(model: PaletteVAE, shifts: Shifts, count: int) -> None:
    """Search every method's step in every slot, on swaps of the training side; it is written into `shifts`."""
    for place, slot in enumerate(SLOTS):
        task = draw_task(model, numpy_rng("noun shifts", "tuned", slot), place, count, False)
        for method in shifts.config.methods:

            def worth(strength: float, share: float, task: Task = task, method: str = method) -> float:
                verdict = judged(model, task, moved(shifts, task, method))
                return verdict["joint"] + 0.1 * verdict["still pixels"]

            print(f"{slot} {method}: {tune(shifts, method, slot, worth)}", flush=True)


def measure(model: PaletteVAE, shifts: Shifts, count: int) -> dict[str, dict[str, dict[str, float]]]:
    """Every method on other swaps of the training side: figure, method, slot. Printed as it comes."""
    figures = ("joint", "success", "kept", "exact")
    found: dict[str, dict[str, dict[str, float]]] = {f: {m: {} for m in (*shifts.config.methods, "oracle")} for f in figures}
    for place, slot in enumerate(SLOTS):
        task = draw_task(model, numpy_rng("noun shifts", "judged", slot), place, count, False)
        latents = {method: moved(shifts, task, method) for method in shifts.config.methods}
        latents["oracle"] = encode_compositions(model, task.targets).latents
        for method, reached in latents.items():
            verdict = judged(model, task, reached)
            print(f"{slot} {method}: " + "  ".join(f"{f} {verdict[f]:.3f}" for f in figures), flush=True)
            for figure in figures:
                found[figure][method][slot] = round(verdict[figure], 4)
    return found


def only(shifts: Shifts, method: str) -> Shifts:
    """What one method needs, and no more."""
    small = Shifts(replace(shifts.config, methods=(method,)))
    held = shifts.state_dict()
    small.load_state_dict({name: held[name] for name in small.state_dict()})
    return small.eval().requires_grad_(False)


def check_size(config: ShiftsConfig) -> None:
    """Before anything is trained: SettingError where the shipped file would be too large."""
    size = 2 * sum(tensor.numel() for tensor in Shifts(replace(config, methods=(SHIPPED,))).state_dict().values())
    if size > 0.99 * LARGEST:
        raise SettingError(f"The weights would take {size} bytes of {LARGEST}. Take a smaller predictor_hidden or reader_hidden.")


def shift_handles(handles: Sequence[Handle]) -> list[tuple[Handle, Label]]:
    """For every direction a shift to the same part, under the same names; what it does is not measured yet."""
    made = []
    for handle in (h for h in handles if h.kind == "direction"):
        position = tuple(round(min(0.99, place + ASIDE), 4) for place in handle.position)
        named = replace(handle, id=f"shift:{handle.slot}:{handle.part}", kind="shift", curve=Curve((), (), ()), position=position)  # type: ignore[arg-type]
        made.append((named, Label(SLOTS.index(handle.slot), load_art().position(handle.slot, handle.part), "", 1.0)))
    return made


def merged(handles: Sequence[Handle], shifts: Sequence[Handle]) -> tuple[Handle, ...]:
    """All handles with these shifts in the place of any earlier ones, without those that do badly."""
    good = [handle for handle in shifts if best_strength(handle)[1] * best_strength(handle)[2] >= LEAST]
    return (*(handle for handle in handles if handle.kind != "shift"), *good)


def hang_up(model: PaletteVAE, shifts: Shifts) -> None:
    """Measure a shift's curve for every part and add the good ones to assets/nouns_handles.json."""
    positions = {slot: {part: i for i, part in enumerate(load_art().ids[slot])} for slot in SLOTS}
    bundles, directions = load("nouns_bundles"), load("nouns_directions")
    actors = Actors(load_dictionary("nouns_dictionary"), bundles, directions, positions, shifts)
    known = load_handles(HANDLES)
    everything = merged(known, with_curves(make_bench(model, actors), shift_handles(known)))
    write_words(HANDLES, handles_to_json(everything))
    print(f"{sum(h.kind == 'shift' for h in everything)} shifts among {len(everything)} handles", flush=True)


def main() -> None:
    """Learn, search, measure, write the weights with their card, and add the handles."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rehearse", action="store_true", help="a minute with small numbers; writes nothing to assets/")
    rehearse = parser.parse_args().rehearse
    settings = REHEARSAL if rehearse else NounShiftTraining()
    model, made_from = load_generator("nouns_generator"), load_card("nouns_generator")["sha256"]
    compositions = draw_split(numpy_rng("noun shifts", "fitted", settings.seed), settings.fitted, False, BARE)
    check_size(settings.config(encode_compositions(model, compositions[:1], feedback=False).latents[0].numel()))
    latents = encode_compositions(model, compositions, feedback=False).latents
    reading = paint_and_read(model, latents)
    seen = torch.from_numpy(~hidden(reading).any(1))  # what a full print hides cannot be read
    latents, values = latents[seen], torch.from_numpy(reading.parts).long()[seen]
    print(f"read {len(latents)} of {len(seen)} pictures whole", flush=True)
    trainer = Trainer(latents, values, encode_alike(model, settings), settings)
    seconds = trainer.descend(made_from)
    search(model, trainer.shifts, settings.tuned)
    found = measure(model, trainer.shifts, settings.judged)
    if rehearse:
        return
    shipped = only(trainer.shifts, SHIPPED)
    card = {
        "world": "nouns",
        "model": "Shifts",
        "architecture": shipped.config.to_dict(),
        "made_from": {"nouns_generator": made_from},
        "training": asdict(settings) | asdict(settings.learning) | {"seconds of descent": round(seconds)},
        "machine": machine(torch.device("cpu")),
        "data": "core.worlds.nouns, training side of core.worlds.nouns.splits; lines learn from pictures read back",
        "licence": "CC0 1.0",
        "table": found["joint"],
        "figures": {name: table for name, table in found.items() if name != "joint"},
    }
    save_weights(WEIGHTS, {k: v.half() for k, v in shipped.state_dict().items()}, card)
    hang_up(model, load(WEIGHTS))


if __name__ == "__main__":
    main()
