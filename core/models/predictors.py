"""Networks that say how a latent must change: two predictors of the change, and a reader of what is there.

    delta = f(z, code),   z' = z + delta

`PaperPredictor` is the EmbeddingPredictor of papers/vit_latent_editing.md (section 2.4.1). `Predictor` is ours:
wider, residual, normalised row by row, and at first it changes nothing. Latents come in standardised.

Differs from the paper: there the code is the features of two pictures that differ in one property; here it is
the property and its wanted value, for all properties at once, so that one network does every edit.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class PaperPredictor(nn.Module):
    """Three linear layers, 256 and 128 wide between them, with BatchNorm and LeakyReLU."""

    def __init__(self, width: int, codes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(width + codes, 256),
            nn.BatchNorm1d(256),
            nn.LeakyReLU(0.2),
            nn.Linear(256, 128),
            nn.BatchNorm1d(128),
            nn.LeakyReLU(0.2),
            nn.Linear(128, width),
        )

    def forward(self, z: Tensor, code: Tensor) -> Tensor:
        """Latents `[n d]` and codes `[n k]` to changes `[n d]`."""
        return self.layers(torch.cat([z, code], 1))


class Predictor(nn.Module):
    """A residual network: x + linear(silu(norm(x))) a few times over."""

    def __init__(self, width: int, codes: int, hidden: int, blocks: int) -> None:
        super().__init__()
        self.entrance = nn.Linear(width + codes, hidden)
        self.norms = nn.ModuleList(nn.LayerNorm(hidden) for _ in range(blocks + 1))
        self.blocks = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(blocks))
        self.exit = nn.Linear(hidden, width)
        nn.init.zeros_(self.exit.weight)
        nn.init.zeros_(self.exit.bias)

    def forward(self, z: Tensor, code: Tensor) -> Tensor:
        """Latents `[n d]` and codes `[n k]` to changes `[n d]`."""
        x = self.entrance(torch.cat([z, code], 1))
        for norm, block in zip(self.norms, self.blocks, strict=False):
            x = x + block(F.silu(norm(x)))
        return self.exit(F.silu(self.norms[-1](x)))


class LatentReader(nn.Module):
    """Says from a latent which value each slot has."""

    def __init__(self, width: int, hidden: int, counts: tuple[int, ...]) -> None:
        super().__init__()
        self.counts = counts
        self.layers = nn.Sequential(
            nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, sum(counts))
        )

    def forward(self, z: Tensor) -> tuple[Tensor, ...]:
        """Latents `[n d]` to each slot's logits `[n count]`."""
        return self.layers(z).split(self.counts, 1)
