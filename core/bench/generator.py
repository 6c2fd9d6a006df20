"""How exactly the generator gives back Nouns that training never saw."""

from __future__ import annotations

import numpy as np
import torch

from core.models.palette_vae import PaletteVAE
from core.worlds.nouns.art import SLOTS
from core.worlds.nouns.compose import draw, owners


@torch.inference_mode()
def repaint(model: PaletteVAE, indices: np.ndarray, batch: int = 128) -> np.ndarray:
    """Palette indices `[n h w]`, encoded and decoded again, `[n h w]` uint8."""
    device = model.palette.device
    painted = []
    for start in range(0, len(indices), batch):
        mean, _ = model.posterior(torch.from_numpy(indices[start : start + batch]).to(device))
        painted.append(model.indices(mean).to(torch.uint8).cpu().numpy())
    return np.concatenate(painted)


def measure_generator(model: PaletteVAE, compositions: np.ndarray) -> dict[str, float]:
    """Shares of exact pixels, over all and within each slot, and of exact pictures.

    Args:
        compositions: `[n 5]`, from the held-out side of the split.
    """
    model.eval()
    indices, owner = draw(compositions), owners(compositions)
    right = repaint(model, indices) == indices
    layers = {slot: float(right[owner == place].mean()) for place, slot in enumerate(SLOTS)}
    return {"pixels_exact": float(right.mean()), **layers, "worst_layer": min(layers.values()), "images_exact": float(right.all((1, 2)).mean())}
