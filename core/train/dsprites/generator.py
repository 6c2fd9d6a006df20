"""Train the sprites' own autoencoder so that its latents compose.

Loss per picture: cross-entropy of ink, plus the parallelogram of core/train/nouns/generator.py. Pictures come in
fours: A, B, and the two that arise when some of their factors are exchanged. Then z(A) + z(B) should equal
z(A') + z(B'), so that a latent is a sum of what shape and rotation, scale, x and y say. Shape and rotation go
together: what a rotation looks like depends on the shape. Part of the pictures are painted from the latent
that the other three imply. Before that, a linear reading of the latent is asked for the factors (shape; size, x and
y as numbers; rotation as a point on a circle, once round for each turn after which the shape looks the same), and
the field learns to paint what is read. From nothing all at once the model paints blobs for hours: a field that
paints wrongly tells the encoder nothing useful.

Differs from papers/vit_latent_editing.md: there only shapes are pushed apart (contrastive, margin 5), and a
shift of one property drags the others along.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.foundations.files import halved, save_weights
from core.foundations.half import half
from core.foundations.seeds import numpy_rng, torch_rng
from core.models.sprite_autoencoder import ComposedSprites, PaperSprites, SpritesConfig
from core.train.loop import Schedule, machine, train
from core.train.nouns.generator import parallel_loss
from core.worlds.dsprites.factors import COUNTS, ROTATION, SCALE, SHAPE, SHAPES, SYMMETRY, X, Y, draw_any
from core.worlds.dsprites.official import pictures
from core.worlds.dsprites.splits import draw_split, is_held_out

GROUPS = ((SHAPE, ROTATION), (SCALE,), (X,), (Y,))


@dataclass(frozen=True)
class SpritesTraining:
    """Everything that decides the weights."""

    seed: int = 1
    numbers: int = 16
    """Numbers in a latent; the paper needed 100."""
    fours: int = 64
    """Groups of four pictures in a batch."""
    reading_steps: int = 900
    """First the encoder learns: a linear reading of its latents, and the parallelogram."""
    rate: float = 2e-3
    painting_steps: int = 2500
    """Then the field learns to paint what the encoder says."""
    painting_rate: float = 2e-3
    steps: int = 1500
    """Then both together."""
    last_rate: float = 3e-4
    parallel: float = 0.1
    """Weight of the squared remainder, in units of the latent's variance."""
    noise: float = 0.02
    """Standard deviation of what is added to the standardised latent."""
    pixels: int = 384
    """Pixels of each picture that the loss looks at."""
    far: float = 0.06
    """How often a pixel far from every edge is looked at, as a share of one near an edge."""
    reading: float = 0.1
    """Weight of the linear reading of the factors."""


def draw_fours(rng: np.random.Generator, count: int) -> np.ndarray:
    """Sprites `[4 n 5]`: A, B, and A', B' with some groups of factors exchanged, none of them held out."""
    kept: list[np.ndarray] = []
    while sum(k.shape[1] for k in kept) < count:
        a, b = (draw_any(rng, 2 * count) for _ in range(2))
        one = rng.integers(len(GROUPS), size=2 * count)[:, None] == np.arange(len(GROUPS))
        some = rng.random((2 * count, len(GROUPS))) < 0.5
        chosen = np.where(rng.random((2 * count, 1)) < 0.5, one, some)
        swap = np.zeros(a.shape, bool)
        for number, group in enumerate(GROUPS):
            swap[:, list(group)] = chosen[:, [number]]
        four = np.stack([a, b, np.where(swap, b, a), np.where(swap, a, b)])
        seen = ~is_held_out(four.reshape(-1, 5)).reshape(4, -1).any(0)
        kept.append(four[:, seen])
    return np.concatenate(kept, 1)[:, :count]


class Pupil(nn.Module):
    """The model and the linear reading that helps it learn; only the model is kept."""

    def __init__(self, config: SpritesConfig) -> None:
        super().__init__()
        self.model = ComposedSprites(config)
        self.reading = nn.Linear(config.latent, len(SHAPES) + 3 + 2 * len(SHAPES))

    def reading_loss(self, latent: Tensor, sprites: Tensor) -> Tensor:
        """How wrong the factors of sprites `[n 5]` are read from latents `[n d]`."""
        shape, numbers, circle = self.reading(latent).split([len(SHAPES), 3, 2 * len(SHAPES)], 1)
        counts = torch.tensor([COUNTS[i] for i in (SCALE, X, Y)], device=latent.device)
        wanted = 2 * sprites[:, [SCALE, X, Y]] / (counts - 1) - 1
        angle = 2 * torch.pi * sprites[:, ROTATION] / torch.tensor(SYMMETRY, device=latent.device)[sprites[:, SHAPE]]
        own = circle.unflatten(1, (-1, 2))[torch.arange(len(latent)), sprites[:, SHAPE]]
        turned = F.mse_loss(own, torch.stack([angle.cos(), angle.sin()], 1))
        return F.cross_entropy(shape, sprites[:, SHAPE]) + F.mse_loss(numbers, wanted) + turned


class Trainer:
    """Holds the model, the settings and the device; `loss_of(step)` is what the loop needs."""

    def __init__(self, settings: SpritesTraining, device: torch.device) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, device
        self.pupil = Pupil(SpritesConfig(latent=settings.numbers)).to(device).to(memory_format=torch.channels_last)
        self.model = self.pupil.model
        self.held_out = watch_pictures().to(device)

    def loss_of(self, step: int) -> tuple[Tensor, dict[str, float]]:
        """Loss of one step, and its parts for the log."""
        settings = self.settings
        fours = draw_fours(numpy_rng("sprites", settings.seed, step), settings.fours)
        ink = pictures(fours.reshape(-1, 5)).to(self.device, memory_format=torch.channels_last)
        numbers = torch_rng("sprites", settings.seed, step)
        stage = self.stage(step)
        self.model.standard.train(stage == "read")
        implied = ((torch.rand(len(ink), generator=numbers) < 0.5) & (stage == "both")).to(self.device)
        noise = torch.randn(len(ink), self.model.config.latent, generator=numbers).to(self.device)
        with half(self.device), torch.set_grad_enabled(stage != "paint"):
            latent = self.model.squeeze(ink)
            remainder, taken = parallel_loss(latent[..., None, None], implied, torch.ones(settings.fours, dtype=torch.bool))
        read = self.pupil.reading_loss(latent, torch.from_numpy(fours.reshape(-1, 5)).to(self.device))
        figures = {"remainder": remainder.item(), "read": read.item()}
        if stage == "read":
            return read + settings.parallel * remainder, figures
        pixels, ink_there = self.look(ink, numbers)
        logits = self.model.field(taken.flatten(1) + settings.noise * noise, pixels)
        entropy = F.binary_cross_entropy_with_logits(logits, ink_there, reduction="none").mean(1)
        loss = entropy.mean() + (settings.parallel * remainder + settings.reading * read if stage == "both" else 0.0)
        return loss, figures | {
            "entropy": entropy[~implied].mean().item(),
            "implied": entropy[implied].sum().item() / max(1, int(implied.sum())),
        }

    def stage(self, step: int) -> Literal["read", "paint", "both"]:
        """What is learned at a step: to read, then to paint what is read, then both together."""
        settings = self.settings
        if step < settings.reading_steps:
            return "read"
        return "paint" if step < settings.reading_steps + settings.painting_steps else "both"

    def look(self, ink: Tensor, numbers: torch.Generator) -> tuple[Tensor, Tensor]:
        """The pixels that the loss looks at, most of them near an edge, and their ink, both `[n p]`."""
        near = near_an_edge(ink).float()
        chance = (near + self.settings.far).flatten(1)
        pixels = torch.multinomial(chance.cpu(), self.settings.pixels, generator=numbers).to(ink.device)
        return pixels, ink.flatten(1).gather(1, pixels)


def near_an_edge(ink: Tensor) -> Tensor:
    """Where the 5 x 5 pixels around hold both ink and none, what lies outside being none: `[n 1 64 64]` of 0 and 1 to bool.

    Sums down and then across: a thirtieth of what pooling over squares costs.
    """
    down = _five(F.pad(ink, (0, 0, 2, 2)), 2)
    around = _five(F.pad(down, (2, 2)), 3)
    return (around > 0) & (around < 25)


def _five(values: Tensor, axis: int) -> Tensor:
    """Sums of five neighbours along an axis, which becomes four shorter."""
    size = values.shape[axis] - 4
    total = values.narrow(axis, 0, size).clone()
    for start in range(1, 5):
        total += values.narrow(axis, start, size)
    return total


def watch_pictures() -> Tensor:
    """Held-out pictures for a quick look while training, `[512 1 64 64]`."""
    return pictures(draw_split(numpy_rng("sprites", "watch"), 512, True))


@torch.inference_mode()
def wrong_pixels(model: ComposedSprites | PaperSprites, ink: Tensor) -> str:
    """How a model gives pictures `[n 1 64 64]` back, in words."""
    model.eval()
    wrong = ((model.logits(model.squeeze(ink)) > 0).float() != ink).flatten(1).sum(1)
    model.train()
    return f"wrong pixels {wrong.float().mean():.2f}  at most two {(wrong <= 2).float().mean():.3f}"


def main() -> None:
    """Train, or go on training, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--name", default="dsprites_generator")
    args = parser.parse_args()
    settings = SpritesTraining()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    trainer = Trainer(settings, device)
    optimiser = torch.optim.AdamW(trainer.pupil.parameters(), settings.rate, betas=(0.9, 0.99))
    later = ((settings.painting_steps, settings.painting_rate), (settings.steps, settings.last_rate))
    schedule = Schedule(settings.reading_steps, settings.rate, decay_from=0.3, polishes=later)
    seconds = train(
        args.name,
        trainer.pupil,
        optimiser,
        schedule,
        trainer.loss_of,
        made_of=settings,
        watch=lambda: wrong_pixels(trainer.model, trainer.held_out),
    )
    half = halved(trainer.model.state_dict())
    card = {
        "world": "dsprites",
        "model": "ComposedSprites",
        "architecture": trainer.model.config.to_dict(),
        "training": asdict(settings) | {"pictures": 4 * settings.fours * schedule.steps, "seconds": round(seconds)},
        "machine": machine(device),
        "data": "official dSprites, training side of core.worlds.dsprites.splits",
        "licence": "Apache-2.0 (dSprites, by its authors)",
    }
    save_weights(args.name, half, card)


if __name__ == "__main__":
    main()
