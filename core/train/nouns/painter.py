"""Train the Nouns' painter, which makes a latent from noise as phrases tell it: `python -m core.train noun_painter`.

The transformer learns the flow, the reader learns which parts phrases mean,

    loss = |x^_0 - x_0|^2 / (t^2 + 0.1),    cross-entropy,

the former on latents of the training side. Of each picture some slots are spoken of and the others are left open, so that the painter
learns both to follow and to be free (Ho and Salimans 2022, "Classifier-free diffusion guidance", section 3.2); there the parts stand
for what phrases would say of them, since a phrase that is misunderstood teaches nothing about latents.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.files import load_card, load_tensors, packed, save_tensors, save_weights
from core.foundations.seeds import numpy_rng, torch_rng
from core.models.painter import PainterConfig, PainterTransformer
from core.models.registry import load, load_generator
from core.models.text import text_encoder
from core.train.loop import RUNS, Schedule, machine, train
from core.train.nouns.dictionary import LATENTS, training_latents
from core.train.nouns.painter_phrases import Sayings
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.catalogue import title

NAME = "nouns_painter"
GENERATOR = "nouns_generator"


@dataclass(frozen=True)
class PainterTraining:
    """Everything that decides the weights."""

    seed: int = 1
    batch: int = 128
    """Pictures of a step; eight times as many where there is a GPU."""
    steps: int = 420
    rate: float = 2e-3
    warmup: int = 40
    decay_from: float = 0.4
    shift: float = 3.0
    """How much more often a time is late, as the scheduler's `shift` has it."""
    start: float = 0.15
    """How often a picture is noise alone, as where sampling begins."""
    silent: float = 0.1
    """How often nothing is said of a picture."""
    full: float = 0.65
    """How often everything is said of it."""


@dataclass(frozen=True)
class ReaderTraining:
    """The same for what phrases mean."""

    seed: int = 1
    phrases: int = 384
    """Phrases of a step."""
    titles: int = 384
    """What parts are called first, as the studio calls them: so many more of a step."""
    steps: int = 900
    rate: float = 4e-3
    warmup: int = 40
    decay_from: float = 0.3
    noise: float = 0.01
    """Noise of the phrases' vectors, so that words nearby mean the same."""
    sharper: float = 1.5
    """What the reader's logits are multiplied by at the end: among noise it learned to be less sure than it has reason to be."""


def phrase_vectors(texts: list[str]) -> Tensor:
    """MiniLM's vectors of phrases `[p d]`, kept in runs/."""
    stamp = hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:12]
    path = RUNS / NAME / f"phrases-{stamp}.safetensors"
    if not path.is_file():
        save_tensors(path, {"vectors": torch.from_numpy(text_encoder().embed(texts))})
    return load_tensors(path)["vectors"]


class Trainer:
    """Holds the painter, what it learns from, and the settings; `loss_of(step)` is what the loop needs."""

    def __init__(
        self, settings: PainterTraining, latents: Tensor, compositions: np.ndarray, sayings: Sayings, device: torch.device
    ) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.device, self.sayings, self.compositions = settings, device, sayings, compositions
        self.vectors, self.reading = phrase_vectors(sayings.texts).to(device), ReaderTraining()
        self.titles = torch.tensor([sayings.texts.index(title(part)) for part in sayings.parts])
        counts = tuple(load_art().count(slot) for slot in SLOTS)
        spread = float((latents - latents.mean(0)).std())
        self.model = PainterTransformer(PainterConfig(SLOTS, counts, scale=round(spread, 4))).to(device)
        self._begin(latents)
        self.clean = self.model.from_latents(latents.to(device))

    @torch.no_grad()
    def _begin(self, latents: Tensor) -> None:
        """Where training begins: parts at the sums' own vectors, and phrases at the parts that they lie near."""
        directions, model = load("nouns_directions", self.device), self.model
        vectors = [directions.vectors(slot) for slot in SLOTS]
        model.base.copy_(directions.base + torch.stack([one.mean(0) for one in vectors]).sum(0))
        model.parts.copy_(torch.cat([one - one.mean(0) for one in vectors]) / model.config.scale)
        starts = np.cumsum([0, *model.counts])[:-1]
        model.prior.copy_(torch.from_numpy(np.bincount((self.compositions + starts).ravel(), minlength=sum(model.counts))).float() + 1)
        own = self.sayings.meant.to(self.device).T @ self.vectors
        model.reader.weight.copy_(20 * F.normalize(own, dim=1))
        model.reader.bias.zero_()
        model.parts.requires_grad_(False)  # no sum fits better, and few pictures of a step show any one part

    def times(self, count: int, numbers: torch.Generator) -> Tensor:
        """Times of some pictures `[n]` in (0, 1]."""
        u, shift = torch.rand(count, generator=numbers), self.settings.shift
        late = shift * u / (1 + (shift - 1) * u)
        return torch.where(torch.rand(count, generator=numbers) < self.settings.start, torch.ones(count), late).to(self.device)

    def reader_loss(self, step: int) -> tuple[Tensor, dict[str, float]]:
        """How badly phrases are understood; and which share of those that mean one part are taken for it."""
        settings, numbers = self.reading, torch_rng("noun phrases", self.reading.seed, step)
        titles = self.titles[torch.randint(len(self.titles), (settings.titles,), generator=numbers)]
        asked = torch.cat([titles, torch.randint(len(self.vectors), (settings.phrases,), generator=numbers)])
        vectors, meant = self.vectors[asked.to(self.device)], self.sayings.meant[asked].to(self.device)
        logits = self.model.logits(vectors + settings.noise * torch.randn(vectors.shape, generator=numbers).to(self.device))
        loss = -(meant * logits.log_softmax(-1)).sum(1).mean()
        sure = logits.detach()[: settings.titles].softmax(1).gather(1, meant[: settings.titles].argmax(1)[:, None]).mean()
        one = meant.amax(1) == 1
        understood = (logits.argmax(1) == meant.argmax(1))[one].float().mean()
        return loss, {"loss": loss.item(), "understood": understood.item(), "sure of titles": sure.item()}

    def loss_of(self, step: int) -> tuple[Tensor, dict[str, float]]:
        """Loss of one step, and its parts for the log."""
        settings, rng = self.settings, numpy_rng("noun painter", self.settings.seed, step)
        numbers = torch_rng("noun painter", settings.seed, step)
        count = settings.batch * (8 if self.device.type == "cuda" else 1)
        rows = rng.integers(len(self.clean), size=count)
        kind, keep = rng.random(count), rng.random(count)
        keep = np.where(kind < settings.silent, 0.0, np.where(kind < settings.silent + settings.full, 1.0, keep))
        there = torch.from_numpy(rng.random((count, len(SLOTS))) < keep[:, None]).to(self.device)
        wishes = self.wishes(self.compositions[rows], there)
        times, x0 = self.times(count, numbers), self.clean[torch.from_numpy(rows).to(self.device)]
        t = times[:, None, None, None]
        x = (1 - t) * x0 + t * torch.randn(x0.shape, generator=numbers).to(self.device)
        wrong = (self.model.clean(x, times, wishes) - x0).square().flatten(1).mean(1)
        loss = (wrong / (times**2 + 0.1)).mean()
        return loss, {"loss": loss.item(), "all told": wrong[there.all(1)].mean().item()}

    def wishes(self, compositions: np.ndarray, there: Tensor) -> Tensor:
        """What some pictures are asked for `[n k]`: of slots that are spoken of their parts, of the others what is usual."""
        pieces = []
        for place, prior in enumerate(self.model.prior.split(self.model.counts)):
            part = F.one_hot(torch.from_numpy(compositions[:, place]), len(prior)).to(prior)
            pieces.append(torch.where(there[:, place, None], part, prior / prior.sum()))
        return torch.cat(pieces, 1)


def main() -> None:
    """Train, or go on training, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--name", default=NAME)
    args = parser.parse_args()
    settings, device = PainterTraining(), torch.device("cuda" if torch.cuda.is_available() else "cpu")
    sample = training_latents(load_generator(GENERATOR, device), GENERATOR, LATENTS)
    trainer = Trainer(settings, sample.latents, sample.compositions, Sayings(), device)
    made_from = {name: load_card(name)["sha256"] for name in (GENERATOR, "nouns_directions")}
    reader = list(trainer.model.reader.parameters())
    others = [p for p in trainer.model.parameters() if p.requires_grad and not any(p is one for one in reader)]
    seconds = 0.0
    for name, weights, how, loss_of in (
        (args.name, others, settings, trainer.loss_of),
        (f"{args.name}-reader", reader, trainer.reading, trainer.reader_loss),
    ):
        optimiser = torch.optim.AdamW(weights, how.rate, betas=(0.9, 0.98), weight_decay=0.01)
        schedule = Schedule(how.steps, how.rate, how.warmup, how.decay_from)
        seconds += train(name, trainer.model, optimiser, schedule, loss_of, made_of=(how, made_from), every=20)
    with torch.no_grad():
        for weight in reader:
            weight.mul_(trainer.reading.sharper)
    card = {
        "world": "nouns",
        "model": "PainterTransformer",
        "architecture": asdict(trainer.model.config),
        "made_from": made_from,
        "training": asdict(settings) | {"reader": asdict(trainer.reading), "phrases": len(trainer.vectors), "seconds": round(seconds)},
        "machine": machine(device),
        "data": "core.worlds.nouns, training side of core.worlds.nouns.splits; phrases of core.train.nouns.painter_phrases",
        "licence": "CC0 1.0",
    }
    save_weights(args.name, packed(trainer.model.state_dict()), card)


if __name__ == "__main__":
    main()
