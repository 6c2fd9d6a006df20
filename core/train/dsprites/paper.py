"""Train the model of papers/vit_latent_editing.md: with 100 numbers to ship, with 10 and 300 as variants to compare.

The variants begin with what the shipped one has learned, all but the layers on either side of the latent, and so need
a quarter of the steps.

    loss = 0.9 MSE + 0.1 BCE + weight * mean over pairs of unlike shapes of max(0, 5 - |z_a - z_b|)^2

Differs from the paper: it does not give the contrastive term's weight (0.01 here); 5e-5 for 100 epochs is
replaced by 1e-3 with a cosine, which goes further in bounded time; held-out pictures stay held out.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.files import halved, in_eight_bits, load_card, save_weights
from core.foundations.half import half
from core.foundations.seeds import numpy_rng
from core.models.registry import load
from core.models.sprite_autoencoder import PaperSprites, SpritesConfig
from core.train.dsprites.generator import watch_pictures, wrong_pixels
from core.train.loop import Schedule, finished, machine, train
from core.worlds.dsprites.factors import SHAPE, draw_any
from core.worlds.dsprites.official import pictures
from core.worlds.dsprites.splits import is_held_out

SHIPPED = 100
VARIANTS = (10, 300)


@dataclass(frozen=True)
class PaperTraining:
    """Everything that decides the weights."""

    seed: int = 1
    batch: int = 64
    steps: int = 9500
    variant_steps: int = 2250
    """Of a variant, which begins with the weights of the one with 100 numbers wherever they fit."""
    rate: float = 1e-3
    mse: float = 0.9
    bce: float = 0.1
    contrast: float = 0.01
    """Weight of the contrastive term; the paper gives none."""
    margin: float = 5.0


def contrast_of(latent: Tensor, shape: Tensor, margin: float) -> Tensor:
    """How far unlike shapes `[n]` still are from being a margin apart, latents `[n d]`; a scalar."""
    short = F.relu(margin - torch.cdist(latent, latent)) ** 2
    unlike = shape[:, None] != shape[None]
    return short[unlike].mean() if unlike.any() else latent.sum() * 0


class Trainer:
    """Holds the model, the settings and the device; `loss_of(step)` is what the loop needs."""

    def __init__(self, settings: PaperTraining, numbers: int, device: torch.device, start: PaperSprites | None = None) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, device
        self.model = PaperSprites(SpritesConfig(latent=numbers))
        if start is not None:
            own = self.model.state_dict()
            self.model.load_state_dict({k: v if v.shape == own[k].shape else own[k] for k, v in start.state_dict().items()})
        self.model.to(device)
        part: Any
        for part in self.model.modules():
            if hasattr(part, "fused_attn"):
                part.fused_attn = False  # on a CPU the fused attention's way back is the slower one

    def loss_of(self, step: int) -> tuple[Tensor, dict[str, float]]:
        """Loss of one step, and its parts for the log."""
        settings, rng = self.settings, numpy_rng("paper sprites", self.settings.seed, step)
        sprites = draw_any(rng, 2 * settings.batch)
        sprites = sprites[~is_held_out(sprites)][: settings.batch]
        ink = pictures(sprites).to(self.device)
        with half(self.device):  # half the time of full precision
            latent = self.model.squeeze(ink)
            logits = self.model.logits(latent)
        latent, logits = latent.float(), logits.float()
        mse, bce = F.mse_loss(logits.sigmoid(), ink), F.binary_cross_entropy_with_logits(logits, ink)
        contrast = contrast_of(latent, torch.from_numpy(sprites[:, SHAPE]).to(self.device), settings.margin)
        loss = settings.mse * mse + settings.bce * bce + settings.contrast * contrast
        return loss, {"mse": mse.item(), "bce": bce.item(), "contrast": contrast.item()}


def plan(settings: PaperTraining, numbers: int) -> tuple[Schedule, object]:
    """How long a size learns, and what it is made of: a variant also of the shipped weights."""
    variant = numbers != SHIPPED
    schedule = Schedule(settings.variant_steps if variant else settings.steps, settings.rate, decay_from=0.2)
    return schedule, (settings, load_card("dsprites_paper")["sha256"] if variant else None)


def run(settings: PaperTraining, numbers: int, device: torch.device) -> None:
    """Train one size, or go on; what is shipped goes to `assets/`, variants begin with that and stay under `runs/`."""
    variant = numbers != SHIPPED
    trainer, held_out = Trainer(settings, numbers, device, load("dsprites_paper") if variant else None), watch_pictures().to(device)
    optimiser = torch.optim.AdamW(trainer.model.parameters(), settings.rate, betas=(0.9, 0.99))
    schedule, made_of = plan(settings, numbers)
    seconds = train(
        f"dsprites_paper_{numbers}", trainer.model, optimiser, schedule, trainer.loss_of, made_of=made_of,
        watch=lambda: wrong_pixels(trainer.model, held_out),
    )  # fmt: skip
    if variant:
        return
    card = {
        "world": "dsprites",
        "model": "PaperSprites",
        "architecture": trainer.model.config.to_dict(),
        "training": asdict(settings) | {"pictures": settings.batch * settings.steps, "seconds": round(seconds)},
        "machine": machine(device),
        "data": "official dSprites, training side of core.worlds.dsprites.splits",
        "licence": "Apache-2.0 (dSprites, by its authors)",
    }
    # Its last matrix alone is two thirds of all weights.
    save_weights("dsprites_paper", in_eight_bits(halved(trainer.model.state_dict()), "decoder.4.weight"), card)


def variants() -> dict[int, PaperSprites]:
    """The sizes that are not shipped, by their numbers, as far as they were trained to the end on this machine."""
    found = {}
    for numbers in VARIANTS:
        model = PaperSprites(SpritesConfig(latent=numbers))
        if finished(f"dsprites_paper_{numbers}", model, *plan(PaperTraining(), numbers)):
            found[numbers] = model.eval().requires_grad_(False)
    return found


def main() -> None:
    """Train, or go on training, every size, or those that are named; a variant begins with the shipped weights."""
    parser, every = argparse.ArgumentParser(description=main.__doc__), (SHIPPED, *VARIANTS)
    parser.add_argument("numbers", nargs="*", type=int, choices=[[], *every], help="numbers in the latent; all sizes where none is named")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    for numbers in parser.parse_args().numbers or every:
        run(PaperTraining(), numbers, device)


if __name__ == "__main__":
    main()
