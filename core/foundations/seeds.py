"""One seed per sample, so that a picture never depends on the batch it came in."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def numpy_rng(*keys: int | str) -> np.random.Generator:
    """A generator that depends on the keys alone, the same on every machine.

    Args:
        keys: what the numbers are for, such as a purpose, a seed and a step.
    """
    digest = hashlib.sha256("\x1f".join(str(k) for k in keys).encode()).digest()
    return np.random.default_rng(np.frombuffer(digest[:16], dtype=np.uint32))


def torch_rng(*keys: int | str) -> torch.Generator:
    """The same for torch, on the CPU so that a device changes nothing."""
    import torch

    return torch.Generator().manual_seed(int(numpy_rng(*keys).integers(2**62)))


def uniform(keys: np.ndarray, salt: int) -> np.ndarray:
    """Whole numbers to numbers in [0, 1) that look random, each for itself: the finaliser of SplitMix64."""
    x = np.asarray(keys).astype(np.uint64) + np.uint64(salt * 0x9E3779B97F4A7C15 % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (x ^ (x >> np.uint64(31))).astype(np.float64) / 2.0**64
