"""Train the masked autoencoder of the Nouns, which is taught nothing: it paints three quarters of a picture that it was not shown.

    loss = mean over hidden patches of |painted - true|^2, in the colours the encoder takes

Source: He et al. 2022, "Masked autoencoders are scalable vision learners", sections 3 and 4. Differs: patches are not
brought to unit spread, since most patches of pixel art have one colour and no spread.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from core.foundations.files import save_weights
from core.foundations.seeds import numpy_rng, torch_rng
from core.models.noun_eyes import EyeConfig, NounEye, masked_tokens
from core.train.loop import Schedule, train
from core.train.nouns.eyes import HEAD, JUDGED, card_of, groups, kept_eye, shown
from core.worlds.scenes.alone import sample_alone

NAME = "nouns_masked"


@dataclass(frozen=True)
class MaskedTraining:
    """Everything that decides the weights."""

    seed: int = 1
    batch: int = 64
    steps: int = 900
    rate: float = 1.5e-3
    weight_decay: float = 0.05
    warmup: int = 100
    decay_from: float = 0.4
    hidden: float = 0.75
    """Share of the patches that is not shown."""
    painter_width: int = 48
    painter_depth: int = 2
    probe: int = 12_000
    """Pictures that the linear judge of the card learns from."""


class Painter(nn.Module):
    """The decoder: tokens of the patches that were shown to all patches' colours. It is thrown away after training."""

    def __init__(self, config: EyeConfig, width: int, depth: int) -> None:
        super().__init__()
        from timm.models.vision_transformer import Block

        places = (config.side // config.patch) ** 2
        self.entrance = nn.Linear(config.width, width)
        self.unseen = nn.Parameter(0.02 * torch.randn(width))
        self.place = nn.Parameter(0.02 * torch.randn(places, width))
        self.blocks = nn.Sequential(*(Block(width, 4) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.exit = nn.Linear(width, 3 * config.patch**2)

    def forward(self, tokens: Tensor, kept: Tensor) -> Tensor:
        """Tokens `[n 1+t d]` of the patches numbered `kept` `[n t]` to colours `[n places 3 * patch * patch]`."""
        x = self.entrance(tokens)
        whole = self.unseen.expand(len(x), len(self.place), -1)
        whole = whole.scatter(1, kept[..., None].expand(-1, -1, x.shape[-1]), x[:, 1:]) + self.place
        return self.exit(self.norm(self.blocks(torch.cat([x[:, :1], whole], 1))[:, 1:]))


class Masker:
    """Holds the eye and the painter; `loss_of(step)` is what the loop needs."""

    def __init__(self, config: EyeConfig, settings: MaskedTraining, device: torch.device) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, device
        self.eye = NounEye(config).to(device)
        self.painter = Painter(config, settings.painter_width, settings.painter_depth).to(device)
        self.both = nn.ModuleDict({"eye": self.eye, "painter": self.painter})

    def errors(self, images: Tensor, numbers: torch.Generator) -> Tensor:
        """Squared errors on the patches that were not shown `[n t 3 * patch * patch]`."""
        patch = self.eye.config.patch
        true = F.pixel_unshuffle(self.eye.normalise(images), patch).flatten(2).transpose(1, 2)
        order = torch.rand(true.shape[:2], generator=numbers).argsort(1).to(self.device)
        kept, hidden = order.tensor_split([round(order.shape[1] * (1 - self.settings.hidden))], 1)
        with sdpa_kernel(SDPBackend.MATH):
            painted = self.painter(masked_tokens(self.eye, images, kept), kept)
        return (painted - true).square().gather(1, hidden[..., None].expand(-1, -1, true.shape[-1]))

    def loss_of(self, step: int) -> tuple[Tensor, dict[str, float]]:
        """Loss of one step, and its parts for the log."""
        images, _ = shown(sample_alone(numpy_rng("noun masked", self.settings.seed, step), self.settings.batch))
        loss = self.errors(images.to(self.device), torch_rng("noun masked", self.settings.seed, step)).mean()
        return loss, {"loss": loss.item()}


@torch.inference_mode()
def painting(masker: Masker, count: int = 1024) -> dict[str, float]:
    """Squared error on hidden patches of held-out pictures, as a share of the colours' variance."""
    masker.both.eval()
    images, _ = shown(sample_alone(numpy_rng("noun masked judged"), count, held_out=True))
    images = images.to(masker.device)
    error = masker.errors(images, torch_rng("noun masked judged")).mean()
    return {"held_out_error_of_variance": float(error / masker.eye.normalise(images).var((0, 2, 3)).mean())}


@torch.inference_mode()
def linearly_named(eye: NounEye, count: int, ridge: float = 1e-3) -> dict[str, float]:
    """Share of held-out heads that a linear map of the frozen tokens' means names rightly, learned by least squares."""

    def seen(purpose: str, several: int, held_out: bool) -> tuple[Tensor, Tensor]:
        alone = sample_alone(numpy_rng("noun probe", purpose), several, held_out)
        images, _ = shown(alone)
        found = torch.cat([eye.embed(images[i : i + 256]) for i in range(0, several, 256)])
        return F.pad(found - found.mean(0), (0, 1), value=1.0), torch.from_numpy(alone.nouns[:, HEAD])

    (x, y), (judged, heads) = seen("learn", count, False), seen("judge", JUDGED, True)
    gram: Any = x.T @ x
    gram = gram + ridge * gram.diagonal().mean() * torch.eye(len(gram))
    weights = torch.linalg.solve(gram, x.T @ F.one_hot(y, int(y.max()) + 1).float())
    return {"held_out_moved_linear": float(((judged @ weights).argmax(1) == heads).float().mean())}


def main() -> None:
    """Train, or go on training, and write the encoder's weights with their card."""
    settings, device = MaskedTraining(), torch.device("cuda" if torch.cuda.is_available() else "cpu")
    masker = Masker(EyeConfig("masked", classes=0, width=64, depth=5, heads=4), settings, device)
    optimiser = torch.optim.AdamW(groups(masker.both, settings.weight_decay), settings.rate, betas=(0.9, 0.95))
    schedule = Schedule(settings.steps, settings.rate, settings.warmup, settings.decay_from)
    made_of = (settings, masker.eye.config)

    def watch() -> str:
        figures = painting(masker, 256)
        masker.both.train()
        return "  ".join(f"{k} {v:.4f}" for k, v in figures.items())

    seconds = train(NAME, masker.both, optimiser, schedule, masker.loss_of, made_of=made_of, every=200, watch=watch)
    quality = painting(masker)
    tensors, eye = kept_eye(masker.eye)
    training = asdict(settings) | {"pictures": settings.batch * settings.steps, "seconds": round(seconds)}
    quality |= linearly_named(eye, settings.probe)
    save_weights(NAME, tensors, card_of(eye, "hidden patches, nothing named", training, device, quality))


if __name__ == "__main__":
    main()
