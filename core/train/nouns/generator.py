"""Train the Nouns' generator so that its latents compose.

Loss per picture: cross-entropy over the palette on pixels drawn in proportion to the weight of the layer that
owns them, plus beta KL(q(z|x) || N(0, 1)), plus the parallelogram below.

papers/swiggle.md trains an ordinary VAE; there no fixed direction exchanges a shirt's print, because the
latents of body and accessory interact (shared/editing.md section 8: class means reach 74 to 79 %). So pictures
come in fours: A, B, and the two that arise when some of their slots are exchanged. Then z(A) + z(B) should equal
z(A') + z(B'). Half of the pictures are painted from the latent that the other three imply, and the remainder
    r = z(A) + z(B) - z(A') - z(B')
is penalised. Training knows which slots were exchanged; nothing else is told to the model.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.bench.nouns.generator import measure_generator
from core.foundations.files import halved, save_weights
from core.foundations.half import half
from core.foundations.seeds import numpy_rng, torch_rng
from core.models.palette_vae import PaletteVAE, PaletteVAEConfig
from core.train.loop import Schedule, machine, train
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.compose import draw, owners
from core.worlds.nouns.splits import draw_split, is_held_out


@dataclass(frozen=True)
class GeneratorTraining:
    """Everything that decides the weights."""

    seed: int = 1
    fours: int = 16
    """Groups of four pictures in a batch."""
    steps: int = 6250
    rate: float = 2e-3
    beta: float = 3e-4
    """Weight of the divergence from a normal distribution."""
    polishes: tuple[tuple[int, float, float], ...] = ((1750, 6e-4, 3e-5), (900, 4e-4, 0.0))
    """Steps, rate and beta of what follows: with little noise in the latents the last wrong pixels go."""
    parallel: float = 0.1
    """Weight of the squared remainder, in units of the latent's variance."""
    bare: float = 0.03
    """How often a head or a pair of glasses is missing."""
    pixels: int = 448
    """Pixels of each picture that the loss looks at."""
    layer_weights: tuple[float, ...] = (0.3, 1.0, 4.0, 1.0, 1.5)
    """How much a pixel of each slot counts, back to front."""
    warmup: float = 0.1
    """Share of the steps over which beta and the parallelogram grow to their full weight."""


def fours(rng: np.random.Generator, count: int, bare: float) -> np.ndarray:
    """Compositions `[4 n 5]`: A, B, and A', B' with some slots exchanged, none of them held out."""
    kept: list[np.ndarray] = []
    while sum(k.shape[1] for k in kept) < count:
        a, b = (draw_split(rng, 2 * count, False, bare) for _ in range(2))
        one = rng.integers(len(SLOTS), size=2 * count)[:, None] == np.arange(len(SLOTS))
        some = rng.random((2 * count, len(SLOTS))) < 0.5
        swap = np.where(rng.random((2 * count, 1)) < 0.5, one, some)
        group = np.stack([a, b, np.where(swap, b, a), np.where(swap, a, b)])
        seen = ~is_held_out(group.reshape(-1, len(SLOTS))).reshape(4, -1).any(0)
        kept.append(group[:, seen])
    return np.concatenate(kept, 1)[:, :count]


def body_hidden(owner: np.ndarray) -> np.ndarray:
    """Which fours `[n]` hide a body somewhere, so that the other pictures cannot imply it: owners `[4n h w]`."""
    return ~(owner == SLOTS.index("body")).any((1, 2)).reshape(4, -1).all(0)


def parallel_loss(mean: Tensor, implied: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    """The remainder of each four, and the means that the other three imply.

    Args:
        mean: latents of A, B, A', B' `[4n c h w]`, stacked in this order.
        implied: which pictures take the implied latent `[4n]` bool.
        counts: which fours count `[n]` bool.

    Returns:
        The squared remainder in units of the latent's variance (a scalar), and the latents `[4n c h w]`.
    """
    a, b, a2, b2 = mean.chunk(4)
    remainder = a + b - a2 - b2
    moved = mean + torch.cat([-remainder, -remainder, remainder, remainder])
    scale = mean.detach().var(0).mean().clamp_min(1e-6)
    return (remainder[counts] ** 2).mean() / scale if counts.any() else scale * 0, torch.where(implied[:, None, None, None], moved, mean)


class Trainer:
    """Holds the model, the settings and the device; `loss_of(step)` is what the loop needs."""

    def __init__(self, settings: GeneratorTraining, device: torch.device) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, device
        palette = torch.from_numpy(load_art().palette.astype(np.float32) / 255)
        self.model = PaletteVAE(PaletteVAEConfig(), palette).to(device)
        self.weights = np.array(settings.layer_weights, np.float32)

    def batch(self, step: int) -> tuple[Tensor, ...]:
        """Palette indices `[4n h w]`, pixels to look at `[4n p]`, who takes the implied latent `[4n]`, which fours count `[n]`."""
        rng = numpy_rng("generator", self.settings.seed, step)
        compositions = fours(rng, self.settings.fours, self.settings.bare).reshape(-1, len(SLOTS))
        owner = owners(compositions)
        weight = torch.from_numpy(self.weights[owner]).flatten(1)
        counts = torch.from_numpy(~body_hidden(owner))
        torch_numbers = torch_rng("pixels", self.settings.seed, step)
        chosen = torch.multinomial(weight, self.settings.pixels, generator=torch_numbers)
        share = 0.5 * min(1.0, step / (self.settings.warmup * self.settings.steps))
        implied = (torch.rand(len(compositions), generator=torch_numbers) < share) & counts.repeat(4)
        return torch.from_numpy(draw(compositions)), chosen, implied, counts

    def loss_of(self, step: int) -> tuple[Tensor, dict[str, float]]:
        """Loss of one step, and its parts for the log."""
        indices, chosen, implied, counts = (x.to(self.device) for x in self.batch(step))
        with half(self.device):
            mean, log_variance = self.model.posterior(indices)
        remainder, latent = parallel_loss(mean, implied, counts)
        noise = torch.randn(latent.shape, generator=torch_rng("noise", self.settings.seed, step)).to(self.device)
        latent = latent + noise * (0.5 * log_variance).exp()
        with half(self.device):
            logits = self.model.decoder.at_pixels(latent, chosen)
        entropy = F.cross_entropy(logits.float().flatten(0, 1), indices.flatten(1).long().gather(1, chosen).flatten())
        kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).flatten(1).sum(1).mean()
        grown = min(1.0, step / (self.settings.warmup * self.settings.steps))
        loss = entropy + self.beta_at(step) * kl + grown * self.settings.parallel * remainder
        return loss, {"entropy": entropy.item(), "kl": kl.item(), "remainder": remainder.item()}

    def beta_at(self, step: int) -> float:
        """Weight of the divergence: it grows first, and each polish has its own."""
        if step < self.settings.steps:
            return self.settings.beta * min(1.0, step / (self.settings.warmup * self.settings.steps))
        ends = np.cumsum([steps for steps, _, _ in self.settings.polishes]) + self.settings.steps
        return self.settings.polishes[int(np.searchsorted(ends, step, side="right"))][2]

    def watch(self) -> str:
        """A quick look at held-out pictures."""
        figures = measure_generator(self.model, draw_split(numpy_rng("watch"), 256, True))
        self.model.train()
        return "  ".join(f"{k} {v:.4f}" for k, v in figures.items())


def main() -> None:
    """Train, or go on training, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--name", default="nouns_generator")
    args = parser.parse_args()
    settings = GeneratorTraining()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    trainer = Trainer(settings, device)
    optimiser = torch.optim.AdamW(trainer.model.parameters(), settings.rate, betas=(0.9, 0.99))
    schedule = Schedule(settings.steps, settings.rate, polishes=tuple((steps, rate) for steps, rate, _ in settings.polishes))
    seconds = train(args.name, trainer.model, optimiser, schedule, trainer.loss_of, made_of=settings, watch=trainer.watch)
    half = halved(trainer.model.state_dict())
    trainer.model.load_state_dict(half)
    quality = measure_generator(trainer.model, draw_split(numpy_rng("card"), 2048, True))
    card = {
        "world": "nouns",
        "model": "PaletteVAE",
        "architecture": trainer.model.config.to_dict(),
        "training": asdict(settings) | {"pictures": 4 * settings.fours * schedule.steps, "seconds": round(seconds)},
        "machine": machine(device),
        "data": "core.worlds.nouns, training side of core.worlds.nouns.splits",
        "licence": "CC0 1.0",
        "quality": {"held_out_pictures": 2048, **quality},
    }
    save_weights(args.name, half, card)


if __name__ == "__main__":
    main()
