"""What shifters are held against: nothing, chance, retrieval, sparse features, and the oracle.

All of them start from latents of held-out pictures; what they learn, they learn from training pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.bench.dsprites.truth import Edits, Sprites, draw_edits, judge, paint, squeeze
from core.foundations.seeds import numpy_rng, torch_rng
from core.methods.relate.learn_dictionary import DictionarySettings, learn_dictionary
from core.models.dictionary import Dictionary
from core.worlds.dsprites.factors import FACTORS, ROTATION, SHAPE, SYMMETRY, TOLERANCE, turn_gap
from core.worlds.dsprites.splits import draw_split

MEMBERS = 8
"""Features of a bundle, and of the rivals that give way to it."""
STRENGTHS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.25)


@dataclass(frozen=True)
class Bank:
    """Training pictures with their truth, for the supervised baselines.

    Attributes:
        sprites: `[n 5]`.
        latents: `[n d]`.
        dictionary: sparse features of the latents.
    """

    sprites: np.ndarray
    latents: Tensor
    dictionary: Dictionary

    @classmethod
    def of(cls, model: Sprites, count: int) -> Bank:
        """From training pictures by seed."""
        sprites = draw_split(numpy_rng("bench shift", "bank"), count, False)
        latents = squeeze(model, sprites)
        return cls(sprites, latents, learn_dictionary(latents, DictionarySettings(size=512, k=12.0, steps=min(400, count // 10))))

    def holding(self, slot: int, value: int, shape: int) -> Tensor:
        """Which pictures show a value `[n]` bool; a rotation is looked for among pictures of the same shape."""
        if slot == ROTATION:
            close = turn_gap(self.sprites[:, ROTATION], value, SYMMETRY[shape]) <= TOLERANCE
            return torch.from_numpy(close & (self.sprites[:, SHAPE] == shape))
        return torch.from_numpy(self.sprites[:, slot] == value)


def random(latents: Tensor, moved: Tensor, slot: int) -> Tensor:
    """Random directions, each as long as the step that a method took."""
    noise = torch.randn(latents.shape, generator=torch_rng("bench shift", "random", slot))
    return latents + F.normalize(noise, dim=1) * (moved - latents).norm(dim=1, keepdim=True)


def retrieve(bank: Bank, edits: Edits, latents: Tensor) -> Tensor:
    """Of the training pictures that show the wanted value, the one whose latent is nearest."""
    found = []
    for source, target, latent in zip(edits.sources, edits.targets, latents, strict=True):
        rows = bank.holding(edits.slot, int(target[edits.slot]), int(source[SHAPE])).nonzero()[:, 0]
        found.append(bank.latents[rows[torch.cdist(latent[None], bank.latents[rows])[0].argmin()]])
    return torch.stack(found)


def bundle_strengths(model: Sprites, bank: Bank, count: int) -> list[float]:
    """For each factor how far its bundles are best turned, on edits of training pictures, as every shifter's step is searched."""
    best = []
    for slot, name in enumerate(FACTORS):
        edits = draw_edits(numpy_rng("bench shift", "bundles", name), slot, count, held_out=False)
        latents = squeeze(model, edits.sources)
        whole = bundles(bank, edits, latents) - latents
        verdicts = {strength: judge(edits, paint(model, latents + strength * whole)) for strength in STRENGTHS}
        best.append(max(STRENGTHS, key=lambda s: verdicts[s].joint + 0.1 * verdicts[s].iou))
    return best


def bundles(bank: Bank, edits: Edits, latents: Tensor, strength: float = 1.0) -> Tensor:
    """Sparse features: those that tell the wanted value from the present one go to their usual codes, their rivals give way.

    z' = z + s (sum_j (p_j - a_j(z)) d_j over the features that gain most - sum_j a_j(z) d_j over those that lose most)
    """
    codes, directions = bank.dictionary.encode(bank.latents), bank.dictionary.directions()
    now, moved = bank.dictionary.encode(latents), []
    for source, target, latent, code in zip(edits.sources, edits.targets, latents, now, strict=True):
        wanted, present = (codes[bank.holding(edits.slot, int(s[edits.slot]), int(source[SHAPE]))].mean(0) for s in (target, source))
        gain = (wanted - present) * directions.norm(dim=1)
        members, rivals = gain.topk(MEMBERS).indices, (-gain).topk(MEMBERS).indices
        step = torch.zeros_like(code)
        step[members] = wanted[members] - code[members]
        step[rivals] = -code[rivals]
        moved.append(latent + strength * (step @ directions))
    return torch.stack(moved)
