"""How exactly the generator gives back Nouns that training never saw."""

from __future__ import annotations

import numpy as np
import torch

from core.bench.record import Measured
from core.foundations.seeds import numpy_rng
from core.models.palette_vae import PaletteVAE
from core.models.registry import load_generator
from core.worlds.nouns.art import SLOTS
from core.worlds.nouns.compose import draw, owners, to_indices, to_rgb
from core.worlds.nouns.splits import draw_split, has_held_out_pair


@torch.inference_mode()
def repaint(model: PaletteVAE, indices: np.ndarray, batch: int = 128) -> np.ndarray:
    """Palette indices `[n h w]`, encoded and decoded again, `[n h w]` uint8."""
    device = model.palette.device
    painted = []
    for start in range(0, len(indices), batch):
        latents = model.latents(torch.from_numpy(indices[start : start + batch]).to(device))
        painted.append(model.indices(latents).to(torch.uint8).cpu().numpy())
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
    return {
        "pixels_exact": float(right.mean()),
        **layers,
        "worst_layer": min(layers.values()),
        "images_exact": float(right.all((1, 2)).mean()),
    }


def _snapped_pca(train: np.ndarray, test: np.ndarray, width: int = 256) -> float:
    """Share of exact pixels of the plain linear way: PCA of RGB at the latent's width, each pixel to the nearest colour."""
    flat = to_rgb(train).reshape(len(train), -1).astype(np.float32)
    mean = flat.mean(0)
    _, _, axes = torch.pca_lowrank(torch.from_numpy(flat - mean), q=width, niter=2)
    given = to_rgb(test).reshape(len(test), -1).astype(np.float32) - mean
    rebuilt = given @ axes.numpy() @ axes.numpy().T + mean
    snapped = to_indices(rebuilt.clip(0, 255).round().astype(np.uint8).reshape(len(test), 32, 32, 3))
    return float((snapped == test).mean())


def run(quick: bool) -> Measured:
    """Held-out compositions and held-out pairs of parts, 4096 in all (512 quick)."""
    model, count = load_generator("nouns_generator"), 512 if quick else 4096
    rng = numpy_rng("bench generator")
    compositions = draw_split(rng, count, True)
    pairs = has_held_out_pair(compositions)
    figures = measure_generator(model, compositions)
    small = draw(compositions[:256])
    palette_mean = np.broadcast_to(
        np.array([np.bincount(p, minlength=241).argmax() for p in small.reshape(len(small), -1).T]).reshape(32, 32), small.shape
    )
    rows = {
        "this, held-out pairs": measure_generator(model, compositions[pairs]),
        "this, other held-out": measure_generator(model, compositions[~pairs]),
        "most common colour": {"pixels_exact": float((palette_mean == small).mean())},
        "PCA 256, snapped": {"pixels_exact": _snapped_pca(draw(draw_split(rng, 600 if quick else 3000, False)), small)},
        "oracle": {"pixels_exact": 1.0, "images_exact": 1.0},
    }
    return Measured("generator", figures, rows, {"pictures": count, "held-out pairs": int(pairs.sum()), "seed": "bench generator"})
