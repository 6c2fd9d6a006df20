"""One seed per sample, so that a picture never depends on the batch it came in."""

from __future__ import annotations

import hashlib

import numpy as np
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
    return torch.Generator().manual_seed(int(numpy_rng(*keys).integers(2**62)))
