"""Numbers depend on their keys alone."""

from __future__ import annotations

import torch

from core.foundations.seeds import numpy_rng, torch_rng


def test_same_keys_same_numbers() -> None:
    """On every machine: the first number is written down."""
    assert numpy_rng("a", 1).integers(10**9) == numpy_rng("a", 1).integers(10**9)
    assert numpy_rng("a", 1).integers(10**9) != numpy_rng("a", 2).integers(10**9)
    assert torch.equal(torch.rand(3, generator=torch_rng("x")), torch.rand(3, generator=torch_rng("x")))


def test_keys_do_not_run_together() -> None:
    """("ab", "c") is not ("a", "bc")."""
    assert numpy_rng("ab", "c").integers(10**9) != numpy_rng("a", "bc").integers(10**9)
