"""What training the Nouns' eyes has in common: pictures that never come twice, the run, the card, and what a held-out picture measures."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from core.foundations.files import from_eight_bits, save_weights
from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.models.noun_eyes import EyeConfig, NounEye, pack_eye, unpack_eye
from core.train.loop import Schedule, machine, train
from core.worlds.nouns.art import SLOTS
from core.worlds.scenes.alone import Alone, draw_alone, sample_alone, standing

HEAD = SLOTS.index("head")
JUDGED = 4096
"""Held-out pictures that a card's figures come from."""


@dataclass(frozen=True)
class EyeTraining:
    """Everything that decides the weights of an eye that is taught the heads' names."""

    seed: int = 1
    batch: int = 64
    steps: int = 2000
    rate: float = 2e-3
    weight_decay: float = 0.05
    warmup: int = 150
    decay_from: float = 0.4
    """Share of the steps after which the rate falls."""


def shown(alone: Alone) -> tuple[Tensor, np.ndarray]:
    """Pictures `[n 3 32 32]` in [0, 1], and which slot is seen where `[n 32 32]`."""
    rgb, owner = draw_alone(alone)
    return to_tensor(rgb), owner


class Teacher:
    """Teaches an eye the heads' names; `loss_of(step)` is what the loop needs."""

    def __init__(self, config: EyeConfig, settings: EyeTraining, device: torch.device) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, device
        self.eye = NounEye(config).to(device).to(memory_format=torch.channels_last)

    def drawn(self, step: int) -> Alone:
        """What a step is shown."""
        return sample_alone(numpy_rng("noun eye", self.settings.seed, step), self.settings.batch)

    def loss_of(self, step: int) -> tuple[Tensor, dict[str, float]]:
        """Loss of one step, and its parts for the log."""
        alone = self.drawn(step)
        images, _ = shown(alone)
        heads = torch.from_numpy(alone.nouns[:, HEAD]).to(self.device)
        with sdpa_kernel(SDPBackend.MATH):  # on a CPU the fused kernel's backward pass costs more
            logits = self.eye.train()(images.to(self.device).contiguous(memory_format=torch.channels_last))
        loss = F.cross_entropy(logits, heads)
        return loss, {"loss": loss.item(), "right": (logits.argmax(1) == heads).float().mean().item()}

    def watch(self) -> str:
        """A quick look at held-out pictures."""
        return "  ".join(f"{k} {v:.4f}" for k, v in naming(self.eye, 512).items())


@torch.inference_mode()
def naming(eye: NounEye, count: int = JUDGED, batch: int = 256) -> dict[str, float]:
    """Shares of held-out heads that an eye names rightly: moved, mirrored and on varied ground, and standing as they are drawn."""
    eye.eval()
    moved = sample_alone(numpy_rng("noun eye judged"), count, held_out=True)
    hits: dict[str, list[Tensor]] = {"held_out_moved": [], "held_out_standing": []}
    for key, alone in (("held_out_moved", moved), ("held_out_standing", standing(moved.nouns))):
        images, _ = shown(alone)
        heads = torch.from_numpy(alone.nouns[:, HEAD])
        for start in range(0, count, batch):
            said = eye(images[start : start + batch].to(next(eye.parameters()).device)).argmax(1).cpu()
            hits[key].append(said == heads[start : start + batch])
    return {key: float(torch.cat(several).float().mean()) for key, several in hits.items()}


def groups(model: nn.Module, decay: float) -> list[dict]:
    """Weight decay for matrices and kernels only."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]


def kept_eye(eye: NounEye) -> tuple[dict[str, Tensor], NounEye]:
    """An eye's packed tensors, and the eye that comes out of them: what is judged is what is kept."""
    tensors = pack_eye(eye.cpu())
    return tensors, unpack_eye(from_eight_bits(tensors), eye.config.to_dict()).float().eval()


def card_of(eye: NounEye, task: str, training: dict, device: torch.device, quality: dict[str, float]) -> dict:
    """The card of an eye's weights."""
    return {
        "world": "nouns",
        "model": "NounEye",
        "task": task,
        "architecture": eye.config.to_dict(),
        "training": training,
        "machine": machine(device),
        "data": "core.worlds.scenes.alone, training side of core.worlds.nouns.splits",
        "licence": "CC0 1.0",
        "quality": {"held_out_pictures": JUDGED, **quality},
    }


def teach(name: str, config: EyeConfig, settings: EyeTraining, kind: type[Teacher] = Teacher) -> None:
    """Train an eye on the heads' names, or go on training, and write its weights with their card."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    teacher = kind(config, settings, device)
    optimiser = torch.optim.AdamW(groups(teacher.eye, settings.weight_decay), settings.rate, betas=(0.9, 0.98))
    schedule = Schedule(settings.steps, settings.rate, settings.warmup, settings.decay_from)
    made_of = (settings, config)
    seconds = train(name, teacher.eye, optimiser, schedule, teacher.loss_of, made_of=made_of, every=200, watch=teacher.watch)
    tensors, eye = kept_eye(teacher.eye)
    training = asdict(settings) | {"pictures": settings.batch * settings.steps, "seconds": round(seconds)}
    save_weights(name, tensors, card_of(eye, "the heads' names, 254 classes", training, device, naming(eye)))
