"""A world of sprites whose models are made by hand: a latent is one 1 per slot, so every shift is known exactly."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from core.models.shifts import Shifts, ShiftsConfig
from core.models.slots import Slot
from core.studio import Studio
from core.worlds.dsprites.factors import COUNTS, FACTORS, SYMMETRY
from core.worlds.dsprites.reader import read
from core.worlds.dsprites.render import draw

WIDTH = sum(COUNTS)
STARTS = dict(zip(FACTORS, np.cumsum([0, *COUNTS[:-1]]).tolist(), strict=True))
KINDS = {"shape": "class", "rotation": "cyclic"}


class Exact(nn.Module):
    """Encodes by reading and decodes by drawing."""

    latent_shape = (WIDTH, 1, 1)
    image_size = (64, 64)

    def encode(self, images: Tensor) -> Tensor:
        """RGB to one 1 per slot."""
        sprites = torch.from_numpy(read(images.mean(1).cpu().numpy()).sprites)
        parts = [nn.functional.one_hot(sprites[:, i], count) for i, count in enumerate(COUNTS)]
        return torch.cat(parts, 1).float()[..., None, None]

    def decode(self, latent: Tensor) -> Tensor:
        """The largest number of each slot, drawn."""
        sprites = torch.stack([part.argmax(1) for part in latent.flatten(1).split(COUNTS, 1)], 1)
        return torch.from_numpy(draw(sprites.cpu().numpy())).float()[:, None].expand(-1, 3, -1, -1)


class ByParts(nn.Module):
    """Reads such a latent."""

    def forward(self, z: Tensor) -> tuple[Tensor, ...]:
        """A latent's own numbers are the logits."""
        return z.split(COUNTS, 1)


def exact_shifts(leak: bool = False) -> Shifts:
    """Shifts of which `means` is exact and `sum` does nothing; with a leak, shifting x to 0 also moves y to 0."""
    slots = tuple(
        Slot(name, count, KINDS.get(name, "ordered"), "shape" if name == "rotation" else "", SYMMETRY if name == "rotation" else ())  # type: ignore[arg-type]
        for name, count in zip(FACTORS, COUNTS, strict=True)
    )
    shifts = Shifts(ShiftsConfig(slots, WIDTH, methods=("means", "sum"), reader_hidden=4))
    shifts.reader = ByParts()  # type: ignore[assignment]
    for name, count in zip(FACTORS, COUNTS, strict=True):
        shifts.table("means", name)[:, :, STARTS[name] : STARTS[name] + count] = torch.eye(count)
    if leak:
        shifts.table("means", "x")[:, 0, STARTS["y"]] = 2.0
    return shifts.eval().requires_grad_(False)


def card() -> dict:
    """What would be measured: `means` always does it, `sum` never; shifting x by `means` moves y once in twenty."""
    still = {slot: dict.fromkeys(FACTORS, 0.0) for slot in FACTORS}
    return {
        "best": dict.fromkeys(FACTORS, "means"),
        "table": {
            "sum": dict.fromkeys(FACTORS, 0.0),
            "means": dict.fromkeys(FACTORS, 1.0) | {"x": 0.96},
            "nearest": dict.fromkeys(FACTORS, 0.2),
        },
        "leakage": {"sum": still, "means": still | {"x": dict.fromkeys(FACTORS, 0.0) | {"y": 0.04}}, "nearest": still},
    }


def tiny_studio(leak: bool = False) -> Studio:
    """A studio over these."""
    studio = Studio("dsprites", torch.device("cpu"))
    studio.library.__dict__.update(generator=Exact(), shifts=exact_shifts(leak), card=card())
    return studio
