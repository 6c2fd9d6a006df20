"""Train the classifiers of papers/vit_latent_editing.md (table 1), and one of our own that knows the unnatural.

`dsprites_judges` holds four: `binary` (square against heart) and `shapes` (all three), which print the paper's
measure; `painted`, which goes on from `shapes` with what the paper's model gives back, since `shapes` takes all that
this model paints for ellipses; and `natural`, which another task keeps apart from the judges: it also sees pictures
that are no sprite (blends of two, and torn ones) and serves as a loss for the predictor, never as a judge. All that
it sees has borders as soft as a generator paints them, else it would take softness itself for unnatural.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.bench.dsprites.truth import paint, squeeze
from core.foundations.files import halved, load_card, save_weights
from core.foundations.half import half
from core.foundations.seeds import numpy_rng, torch_rng
from core.models.registry import load
from core.models.shape_judge import ShapeJudge
from core.train.loop import Schedule, machine, train
from core.worlds.dsprites.factors import SHAPE, draw_any
from core.worlds.dsprites.official import pictures
from core.worlds.dsprites.splits import draw_split, is_held_out

KINDS = {"binary": 2, "shapes": 3, "painted": 3, "natural": 4}
"""The judges and how many classes each tells apart."""
UNNATURAL = 3


@dataclass(frozen=True)
class JudgeTraining:
    """Everything that decides the weights."""

    seed: int = 1
    batch: int = 256
    steps: tuple[int, int, int, int] = (3500, 4000, 1200, 1600)
    """Of each, in the order of KINDS."""
    paintings: int = 30_000
    """What `painted` learns from."""
    rate: float = 2e-3
    unnatural: float = 0.25
    """Share of the pictures for `natural` that are no sprite."""


def spoil(ink: Tensor, numbers: torch.Generator) -> Tensor:
    """Pictures that are no sprite: half of them blends of two, the others torn apart and smeared, `[n 1 64 64]`."""
    other = ink[torch.randperm(len(ink), generator=numbers)]
    share = torch.rand(len(ink), 1, 1, 1, generator=numbers) * 0.6 + 0.2
    blend = share * ink + (1 - share) * other
    holes = (F.interpolate(torch.rand(len(ink), 1, 16, 16, generator=numbers), 64) < 0.7).float()
    torn = F.avg_pool2d(ink * holes, 3, 1, 1)
    return torch.where(torch.rand(len(ink), 1, 1, 1, generator=numbers) < 0.5, blend, torn)


def soften(ink: Tensor, numbers: torch.Generator) -> Tensor:
    """Pictures with borders from sharp to two pixels wide, each as soft as chance has it, `[n 1 64 64]`."""
    once = F.avg_pool2d(ink, 3, 1, 1)
    twice = F.avg_pool2d(once, 3, 1, 1)
    share = torch.rand(len(ink), 1, 1, 1, generator=numbers) * 2
    return torch.where(share < 1, ink.lerp(once, share), once.lerp(twice, share - 1))


class Trainer:
    """Holds one judge, the settings and the device; `loss_of(step)` is what the loop needs."""

    def __init__(self, kind: str, settings: JudgeTraining, device: torch.device) -> None:
        torch.manual_seed(settings.seed)
        self.kind, self.settings, self.device = kind, settings, device
        self.model = ShapeJudge(KINDS[kind]).to(device).to(memory_format=torch.channels_last)  # thrice as fast on a CPU

    def batch(self, rng: np.random.Generator, numbers: torch.Generator) -> tuple[Tensor, Tensor]:
        """Pictures `[n 1 64 64]` and their classes `[n]`."""
        sprites = draw_any(rng, 3 * self.settings.batch)
        allowed = ~is_held_out(sprites) & ((sprites[:, SHAPE] != 1) | (self.kind != "binary"))
        return self.shown(sprites[allowed][: self.settings.batch], numbers)

    def shown(self, sprites: np.ndarray, numbers: torch.Generator) -> tuple[Tensor, Tensor]:
        """What this judge is shown of sprites `[n 5]`, and what it should say: ink `[n 1 64 64]`, classes `[n]`."""
        ink, classes = pictures(sprites), torch.from_numpy(sprites[:, SHAPE].astype(int))
        if self.kind == "binary":
            classes = (classes == 2).long()
        if self.kind == "natural":
            spoilt = torch.rand(len(ink), generator=numbers) < self.settings.unnatural
            ink = soften(torch.where(spoilt[:, None, None, None], spoil(ink, numbers), ink), numbers)
            classes = torch.where(spoilt, UNNATURAL, classes)
        return ink, classes

    def loss_of(self, step: int) -> tuple[Tensor, dict[str, float]]:
        """Loss of one step, and its parts for the log."""
        keys = ("shape judge", self.kind, self.settings.seed, step)
        ink, classes = self.batch(numpy_rng(*keys), torch_rng(*keys))
        with half(self.device):
            logits = self.model(ink.to(self.device, memory_format=torch.channels_last)).float()
        loss = F.cross_entropy(logits, classes.to(self.device))
        return loss, {"loss": loss.item(), "right": (logits.argmax(1).cpu() == classes).float().mean().item()}


class Painted(Trainer):
    """The same for what the paper's model gives back; painted once, since painting costs more than a step."""

    def __init__(self, kind: str, settings: JudgeTraining, device: torch.device) -> None:
        super().__init__(kind, settings, device)
        self.painter = load("dsprites_paper")
        ink, self.classes = self.shown(draw_split(numpy_rng("paintings"), settings.paintings, False), torch_rng())
        self.paintings = ink.bool()

    def batch(self, rng: np.random.Generator, numbers: torch.Generator) -> tuple[Tensor, Tensor]:
        """Some of the paintings `[n 1 64 64]` and their classes `[n]`."""
        rows = torch.randint(len(self.classes), (self.settings.batch,), generator=numbers)
        return self.paintings[rows].float(), self.classes[rows]

    def shown(self, sprites: np.ndarray, numbers: torch.Generator) -> tuple[Tensor, Tensor]:
        """What the paper's model gives back of sprites `[n 5]`, ink or none `[n 1 64 64]`, and their classes `[n]`."""
        ink = paint(self.painter, squeeze(self.painter, sprites))[:, None]
        return (ink > 0.5).float(), torch.from_numpy(sprites[:, SHAPE].astype(int))


def pupil(kind: str, settings: JudgeTraining, device: torch.device, before: dict[str, nn.Module]) -> Trainer:
    """Who trains a judge; `painted` goes on from what `shapes` has become."""
    if kind != "painted":
        return Trainer(kind, settings, device)
    trainer = Painted(kind, settings, device)
    trainer.model.load_state_dict(before["shapes"].state_dict())
    return trainer


@torch.inference_mode()
def accuracy(trainer: Trainer, judge: nn.Module, sprites: np.ndarray) -> dict[str, float]:
    """Share of sprites `[n 5]` that a judge classifies rightly, shown as it learned to see them; spoilt ones apart."""
    kept = sprites[sprites[:, SHAPE] != 1] if trainer.kind == "binary" else sprites
    numbers, right, spoilt = torch_rng("judge", trainer.kind), [], []
    for start in range(0, len(kept), 1024):
        ink, wanted = trainer.shown(kept[start : start + 1024], numbers)
        right.append(judge(ink).argmax(1) == wanted)
        spoilt.append((wanted == UNNATURAL) & (trainer.kind == "natural"))
    hits, torn = torch.cat(right).float(), torch.cat(spoilt)
    return {"": float(hits[~torn].mean())} | ({"_spoilt": float(hits[torn].mean())} if torn.any() else {})


def main() -> None:
    """Train, or go on training, all of them, and write them with their card."""
    argparse.ArgumentParser(description=main.__doc__).parse_args()
    settings, device = JudgeTraining(), torch.device("cuda" if torch.cuda.is_available() else "cpu")
    seen, unseen = (draw_split(numpy_rng("shape judges", side), 20_000, side) for side in (False, True))
    made_from = {"dsprites_paper": load_card("dsprites_paper")["sha256"]}
    judges: dict[str, nn.Module] = {}
    quality: dict[str, float] = {}
    seconds = 0.0
    for kind in KINDS:
        trainer = pupil(kind, settings, device, judges)
        optimiser = torch.optim.Adam(trainer.model.parameters(), settings.rate)
        schedule = Schedule(settings.steps[list(KINDS).index(kind)], settings.rate, decay_from=0.3)
        made_of = (settings, KINDS, made_from if kind == "painted" else None)
        seconds += train(f"dsprites_judge_{kind}", trainer.model, optimiser, schedule, trainer.loss_of, made_of=made_of)
        judges[kind] = judge = trainer.model.cpu().half().float().eval()
        for side, rows in (("training", seen), ("held_out", unseen)):
            quality |= {f"{kind}_{side}{part}": share for part, share in accuracy(trainer, judge, rows).items()}
        print(kind, {key: value for key, value in quality.items() if key.startswith(kind)}, flush=True)
    card = {
        "world": "dsprites",
        "model": "ShapeJudges",
        "architecture": KINDS,
        "made_from": made_from,
        "training": asdict(settings) | {"pictures": settings.batch * sum(settings.steps), "seconds": round(seconds)},
        "machine": machine(device),
        "data": "official dSprites, training side of core.worlds.dsprites.splits",
        "licence": "Apache-2.0 (dSprites, by its authors)",
        "quality": {"pictures": 20_000, **quality},
    }
    save_weights("dsprites_judges", halved(nn.ModuleDict(judges).state_dict()), card)


if __name__ == "__main__":
    main()
