"""Tiny models, made on the spot, for tests that need one; and how several processes share the tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from core.foundations.threads import CALM

# Before torch is imported. Tests run small things, often several processes at once: one thread each, and none that spins.
os.environ.update({"OMP_NUM_THREADS": "1", **CALM, **os.environ})

import numpy as np
import pytest

if TYPE_CHECKING:
    from core.models.palette_vae import PaletteVAE


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Only where there are several; the process that hands the tests out reads this file too, and needs no torch."""
    from tests.sharing import Shares

    return Shares(config, log)


@pytest.fixture(scope="session")
def tiny_vae() -> PaletteVAE:
    """An untrained generator, narrow enough to run in milliseconds."""
    import torch

    from core.models.palette_vae import PaletteVAE, PaletteVAEConfig
    from core.worlds.nouns.art import load_art

    torch.manual_seed(0)
    config = PaletteVAEConfig(wide=32, middle=16, narrow=16, depth=(1, 1, 1))
    palette = torch.from_numpy(load_art().palette.astype(np.float32) / 255)
    return PaletteVAE(config, palette).eval()
