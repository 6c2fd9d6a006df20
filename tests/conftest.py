"""Tiny models, made on the spot, for tests that need one."""

from __future__ import annotations

import os

from core.foundations.threads import CALM

# Before torch is imported. Tests run small things, often several processes at once: one thread each, and none that spins.
os.environ.update({"OMP_NUM_THREADS": "1", **CALM, **os.environ})

import numpy as np
import pytest
import torch

from core.models.palette_vae import PaletteVAE, PaletteVAEConfig
from core.worlds.nouns.art import load_art


@pytest.fixture(scope="session")
def tiny_vae() -> PaletteVAE:
    """An untrained generator, narrow enough to run in milliseconds."""
    torch.manual_seed(0)
    config = PaletteVAEConfig(wide=32, middle=16, narrow=16, depth=(1, 1, 1))
    palette = torch.from_numpy(load_art().palette.astype(np.float32) / 255)
    return PaletteVAE(config, palette).eval()
