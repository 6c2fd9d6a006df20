"""A planted dictionary: data whose features are known. Also used by tools/cross_check_dictionary.py."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

ATOMS, WIDTH, ACTIVE = 32, 64, 3


def planted(count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Data `[n 64]` that is a sum of three of 32 unit vectors with strengths from 1 to 2, and the vectors `[32 64]`."""
    rng = torch.Generator().manual_seed(seed)
    atoms = F.normalize(torch.randn(ATOMS, WIDTH, generator=torch.Generator().manual_seed(99)), dim=1)
    chosen = torch.rand(count, ATOMS, generator=rng).topk(ACTIVE, dim=1).indices
    codes = torch.zeros(count, ATOMS).scatter(1, chosen, 1 + torch.rand(count, ACTIVE, generator=rng))
    return codes @ atoms, atoms


def cosines(directions: Tensor, atoms: Tensor) -> Tensor:
    """For each planted vector the cosine of the nearest feature `[32]`."""
    return (F.normalize(directions, dim=1) @ atoms.T).max(0).values


def found(directions: Tensor, atoms: Tensor) -> float:
    """Share of the planted vectors that some feature matches to a cosine of 0.95."""
    return (cosines(directions, atoms) > 0.95).float().mean().item()


def unexplained(rebuilt: Tensor, data: Tensor) -> float:
    """Fraction of variance unexplained."""
    return ((rebuilt - data).square().sum() / (data - data.mean(0)).square().sum()).item()
