"""SSIM against numbers by hand."""

from __future__ import annotations

import pytest
import torch

from core.foundations.errors import ShapeError
from core.foundations.seeds import torch_rng
from core.foundations.ssim import C1, ssim


def test_the_same_is_one_and_noise_is_less() -> None:
    pictures = torch.rand(2, 3, 16, 16, generator=torch_rng("ssim"))
    assert ssim(pictures, pictures).tolist() == pytest.approx([1, 1])
    assert float(ssim(pictures, pictures.flip(-1)).max()) < 0.5


def test_flat_pictures_differ_by_their_lightness_alone() -> None:
    dark, light = torch.full((1, 3, 12, 12), 0.2), torch.full((1, 3, 12, 12), 0.6)
    assert float(ssim(dark, light)) == pytest.approx((2 * 0.12 + C1) / (0.04 + 0.36 + C1), abs=1e-4)


def test_the_reverse_is_below_nothing() -> None:
    stripes = torch.tensor([0.0, 1.0]).repeat(8).expand(1, 3, 16, 16)
    assert float(ssim(stripes, 1 - stripes)) < -0.9


def test_what_cannot_be_compared_is_told() -> None:
    with pytest.raises(ShapeError):
        ssim(torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8))
