"""Edits of sprites and their exact judgement: no trained judge, so nothing to fool.

An edit asks one factor of a held-out picture for another value; the wanted picture is held out too. It succeeds
if the nearest of all 737,280 official pictures has the asked value and the other four factors unchanged.
Rotations agree if they differ by at most half a step (4.6 degrees) modulo the symmetry of the shape; where the
shape is to change, modulo the finer symmetry of the two, since a square does not say which way a heart should point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.bench.dsprites.judge import iou, nearest
from core.models.sprite_autoencoder import ComposedSprites, PaperSprites
from core.worlds.dsprites.factors import COUNTS, FACTORS, ROTATION, SHAPE, SYMMETRY, TOLERANCE, same, symmetry_between, turn_gap
from core.worlds.dsprites.official import pictures
from core.worlds.dsprites.splits import draw_split, is_held_out

Sprites = ComposedSprites | PaperSprites
BATCH = 256


@dataclass(frozen=True)
class Edits:
    """Edits of one factor.

    Attributes:
        slot: which factor.
        sources: `[n 5]`.
        targets: what is wanted, exactly `[n 5]`.
    """

    slot: int
    sources: np.ndarray
    targets: np.ndarray


@dataclass(frozen=True)
class Verdict:
    """How edits of one factor went.

    Attributes:
        joint: share with the asked value and everything else kept.
        asked: share with the asked value.
        moved: share in which each factor is not what it should be `[5]`; 1 - asked at the factor itself.
        iou: of the thresholded ink with the wanted picture, mean.
    """

    joint: float
    asked: float
    moved: tuple[float, ...]
    iou: float


def draw_edits(rng: np.random.Generator, slot: int, count: int, held_out: bool = True) -> Edits:
    """Edits of one factor to values spread over all; source and target on one side of the split.

    A rotation that the shape cannot show as different is no edit and is not asked for.
    """
    sources, targets, found = [], [], 0
    while found < count:
        one = draw_split(rng, 40 * count, held_out)
        two = one.copy()
        two[:, slot] = rng.integers(COUNTS[slot], size=len(one))
        differs = two[:, slot] != one[:, slot]
        if slot == ROTATION:
            differs = turn_gap(one[:, ROTATION], two[:, ROTATION], np.array(SYMMETRY)[one[:, SHAPE]]) > TOLERANCE
        good = differs & (is_held_out(two) == held_out)
        sources.append(one[good])
        targets.append(two[good])
        found += int(good.sum())
    return Edits(slot, np.concatenate(sources)[:count], np.concatenate(targets)[:count])


@torch.inference_mode()
def squeeze(model: Sprites, sprites: np.ndarray) -> Tensor:
    """Latents `[n d]` of the official pictures of sprites `[n 5]`."""
    return torch.cat([model.squeeze(pictures(sprites[i : i + BATCH])) for i in range(0, len(sprites), BATCH)])


@torch.inference_mode()
def paint(model: Sprites, latents: Tensor) -> Tensor:
    """Ink `[n 64 64]` in [0, 1] of latents `[n d]`."""
    return torch.cat([model.logits(latents[i : i + BATCH]).sigmoid()[:, 0] for i in range(0, len(latents), BATCH)])


def agreement(found: np.ndarray, targets: np.ndarray, sources: np.ndarray | None = None) -> np.ndarray:
    """Which factors of what was found are what they should be `[n 5]` bool."""
    symmetry = symmetry_between(targets[:, SHAPE], found[:, SHAPE])
    if sources is not None:
        symmetry = np.minimum(symmetry, symmetry_between(sources[:, SHAPE], targets[:, SHAPE]))
    return same(found, targets, symmetry)


def judge(edits: Edits, ink: Tensor) -> Verdict:
    """Judge the pictures that edits led to, `[n 64 64]` in [0, 1]."""
    right = agreement(nearest(ink).sprites, edits.targets, edits.sources)
    overlap = iou(ink, edits.targets, symmetry_between(edits.sources[:, SHAPE], edits.targets[:, SHAPE]))
    moved = tuple(1 - right.mean(0))
    return Verdict(float(right.all(1).mean()), float(right[:, edits.slot].mean()), moved, float(overlap.mean()))


def reconstruction(model: Sprites, sprites: np.ndarray) -> dict[str, float]:
    """How a model gives sprites `[n 5]` back: mean IoU, and the share with all five factors right."""
    ink = paint(model, squeeze(model, sprites))
    right = agreement(nearest(ink).sprites, sprites)
    found = {"iou": float(iou(ink, sprites, np.array(SYMMETRY)[sprites[:, SHAPE]]).mean()), "factors_right": float(right.all(1).mean())}
    return found | {name: float(right[:, place].mean()) for place, name in enumerate(FACTORS)}
