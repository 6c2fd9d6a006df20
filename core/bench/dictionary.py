"""What a dictionary's features detect and do, judged by the truth on compositions that training never saw.

Every choice (which feature stands for a part, at what threshold, which features make up a swap) is made on the
training side of the split and judged on the held-out side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.models.dictionary import Dictionary
from core.models.palette_vae import PaletteVAE
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.compose import draw
from core.worlds.nouns.reader import agreement_with_all

THRESHOLDS = (0.0, 0.1, 0.25, 0.5, 0.75)
"""Shares of a feature's largest activation at which it may count as firing."""


@dataclass(frozen=True)
class Sample:
    """Latents `[n c h w]` with their compositions `[n 5]`."""

    latents: Tensor
    compositions: np.ndarray


@torch.inference_mode()
def encode_compositions(model: PaletteVAE, compositions: np.ndarray, batch: int = 256) -> Sample:
    """Draw and encode compositions `[n 5]`."""
    device = model.palette.device
    chunks = [draw(compositions[i : i + batch]) for i in range(0, len(compositions), batch)]
    return Sample(torch.cat([model.posterior(torch.from_numpy(c).to(device))[0].cpu() for c in chunks]), compositions)


def _one_hot(compositions: np.ndarray, place: int) -> Tensor:
    count = load_art().count(SLOTS[place])
    return torch.nn.functional.one_hot(torch.from_numpy(compositions[:, place]), count).float()


def reconstruction(dictionary: Dictionary, sample: Sample) -> dict[str, float]:
    """Fraction of variance unexplained, active features, dead and dense features."""
    flat = sample.latents.flatten(1)
    codes = dictionary.encode(flat)
    density = (codes > 0).float().mean(0)
    fvu = (dictionary.decode(codes) - flat).square().sum() / (flat - flat.mean(0)).square().sum()
    alive = density[density > 0]
    histogram = torch.histc(alive.log10(), 8, -4, 0) / dictionary.config.size
    return {
        "fvu": fvu.item(),
        "l0": (codes > 0).float().sum(1).mean().item(),
        "dead": (density == 0).float().mean().item(),
        "dense": (density > 0.1).float().mean().item(),
        **{f"density_1e{-4 + i * 0.5:+.1f}": share.item() for i, share in enumerate(histogram)},
    }


def _f1(fires: Tensor, truth: Tensor) -> Tensor:
    """F1 of every feature for every part: `[n k]`, `[n p]` to `[k p]`."""
    hits = fires.T @ truth
    return 2 * hits / (fires.sum(0)[:, None] + truth.sum(0)[None]).clamp_min(1)


def detection(dictionary: Dictionary, chosen_on: Sample, judged_on: Sample) -> dict[str, np.ndarray]:
    """The best single feature for each part.

    Returns:
        For each slot `[parts 2]`: the feature's number, and its F1 on the judged side.
    """
    train, test = (dictionary.encode(s.latents) for s in (chosen_on, judged_on))
    top = train.max(0).values.clamp_min(1e-9)
    found = {}
    for place, slot in enumerate(SLOTS):
        truth, judged = (_one_hot(s.compositions, place) for s in (chosen_on, judged_on))
        scores = torch.stack([_f1((train > t * top).float(), truth) for t in THRESHOLDS])
        threshold, feature = np.unravel_index(scores.flatten(0, 1).argmax(0).numpy(), scores.shape[:2])
        fires = (test[:, feature] > torch.tensor(THRESHOLDS)[threshold] * top[feature]).float()
        hits = (fires * judged).sum(0)
        f1 = 2 * hits / (fires.sum(0) + judged.sum(0)).clamp_min(1)
        seen = judged.sum(0) > 0
        found[slot] = np.where(seen, np.stack([feature, f1.numpy()]), np.nan).T
    return found


def colour_axes(dictionary: Dictionary, chosen_on: Sample, judged_on: Sample, slot: str) -> float:
    """Held-out R2 of a slot's mean colour, read linearly from the codes: bodies and glasses are colours."""
    art, place = load_art(), SLOTS.index(slot)
    means = np.stack([art.palette[layer[layer > 0]].mean(0) if (layer > 0).any() else np.zeros(3) for layer in art.layers[slot]])
    colours = [torch.from_numpy(means[s.compositions[:, place]]).float() for s in (chosen_on, judged_on)]
    codes = [torch.cat([dictionary.encode(s.latents), torch.ones(len(s.latents), 1)], 1) for s in (chosen_on, judged_on)]
    gram = codes[0].T @ codes[0] + 1e-2 * torch.eye(codes[0].shape[1])
    guess = codes[1] @ torch.linalg.solve(gram, codes[0].T @ colours[0])
    return 1 - ((guess - colours[1]) ** 2).sum().item() / ((colours[1] - colours[1].mean(0)) ** 2).sum().item()


def swaps(rng: np.random.Generator, compositions: np.ndarray, place: int) -> tuple[np.ndarray, np.ndarray]:
    """Wanted compositions that differ from the given `[n 5]` in one slot.

    Returns:
        Which of the given have a visible wanted change, eight pixels or more (their row numbers), and the targets.
    """
    targets = compositions.copy()
    targets[:, place] = rng.integers(load_art().count(SLOTS[place]), size=len(targets))
    rows = np.flatnonzero((draw(compositions) != draw(targets)).sum((1, 2)) >= 8)
    return rows, targets[rows]


def shows(indices: np.ndarray, targets: np.ndarray, place: int) -> np.ndarray:
    """Whether a picture is nearest to the wanted part among all parts of the slot, the others as wanted `[n]`.

    Parts that look the same under what covers them count as the same.
    """
    verdicts = []
    for image, target in zip(indices, targets, strict=True):
        agreeing = agreement_with_all(image.ravel(), target, place)
        verdicts.append(agreeing[target[place]] == agreeing.max())
    return np.array(verdicts, bool)


def part_means(codes: Tensor, compositions: np.ndarray, place: int) -> Tensor:
    """Mean codes of every part of a slot `[parts k]`."""
    truth = _one_hot(compositions, place)
    return truth.T @ codes / truth.sum(0)[:, None].clamp_min(1)


@torch.inference_mode()
def swap_success(model: PaletteVAE, dictionary: Dictionary, chosen_on: Sample, sources: Sample, features: int, seed: int = 0) -> dict[str, float]:
    """Share of swaps that succeed when the `features` codes that differ most between the two parts are exchanged."""
    rng = np.random.default_rng(seed)
    train_codes, success = dictionary.encode(chosen_on.latents), {}
    for place, slot in enumerate(SLOTS):
        rows, targets = swaps(rng, sources.compositions, place)
        means = part_means(train_codes, chosen_on.compositions, place)
        shift = means[targets[:, place]] - means[sources.compositions[rows, place]]
        strongest = (shift.abs() * dictionary.directions().norm(dim=1)).topk(features, dim=1).indices
        shift = torch.zeros_like(shift).scatter(1, strongest, shift.gather(1, strongest))
        moved = sources.latents[rows] + (shift @ dictionary.directions()).unflatten(1, sources.latents.shape[1:])
        success[slot] = float(shows(model.indices(moved).numpy().astype(np.uint8), targets, place).mean())
    return success
