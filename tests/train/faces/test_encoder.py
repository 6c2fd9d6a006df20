"""The encoder's fit on a tiny generator: its metric, that it finds what was planted, and that a baseline sees less."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from core.foundations.seeds import torch_rng
from core.models.face_encoder import POOL, features
from core.models.mobile_stylegan import MobileStyleGAN
from core.train.faces import encoder as module
from core.train.faces.encoder import EncoderTraining, Kernel, Metric, Pairs, fitted, plain
from tests.models.tiny_faces import SLOTS, WIDTH, drawn_network, tiny_styles

SETTINGS = EncoderTraining(rank=8, penalties=(1e-6, 1e6), aside=20)


@pytest.fixture
def generator() -> MobileStyleGAN:
    return drawn_network()


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch) -> Pairs:
    """Styles that lie in what is where, in a few directions, with noise."""
    monkeypatch.setattr(module, "HELD_OUT", 40)
    rng = torch_rng("planted tokens")
    tokens = torch.randn(400, 4, 1 + POOL * POOL, 3, generator=rng)
    squares = features(tokens)[2][:, :6]
    styles = squares @ torch.randn(6, SLOTS * WIDTH, generator=rng) + 0.01 * torch.randn(400, SLOTS * WIDTH, generator=rng)
    return Pairs(tokens, styles.unflatten(1, (SLOTS, WIDTH)) + 2)


def test_the_metric_is_what_the_affine_functions_make_of_a_difference(generator: MobileStyleGAN) -> None:
    """Slot by slot, in parts of how far the mean style is."""
    styles = tiny_styles(40)
    metric = Metric(generator, styles)
    mean = styles.mean((0, 1)).expand_as(styles)
    assert metric(styles, styles) == 0 and float(metric(mean, styles)) == pytest.approx(1, rel=1e-3)
    moved = styles.clone()
    moved[:, 2] += 1
    layer = generator.stages["8"].c1.style  # the third affine function
    usual = ((styles[:, 2] - mean[:, 2]) @ layer.weight.T).square().sum(1).mean()
    by_hand = layer.weight.sum(1).square().sum() / usual / SLOTS
    assert float(metric(moved, styles)) == pytest.approx(float(by_hand), rel=1e-3)


def test_what_was_planted_is_found(generator: MobileStyleGAN, pairs: Pairs) -> None:
    """On faces that it never saw; class tokens and means alone see nothing of it; the penalty that ruins it is not chosen."""
    metric = Metric(generator, pairs.styles)
    encoder = fitted(pairs, metric, SETTINGS)
    guessed, held = encoder(pairs.tokens[:40]), pairs.styles[:40]
    assert float(metric(guessed, held)) < 0.15 and float(metric(plain(pairs, metric, SETTINGS), held)) > 0.5
    assert encoder.taken.shape[0] == 8 and encoder.given.shape == (SLOTS * WIDTH, 8)


def test_fewer_directions_say_less(generator: MobileStyleGAN, pairs: Pairs) -> None:
    """Of six that were planted."""
    metric = Metric(generator, pairs.styles)
    of_three = fitted(pairs, metric, replace(SETTINGS, rank=3))(pairs.tokens[:40])
    assert 0.05 < float(metric(of_three, pairs.styles[:40])) < 1


def test_a_lot_of_features_counts_as_much_as_another() -> None:
    """However many numbers it has, and whatever their scale."""
    rng = torch_rng("lots")
    kernel = Kernel([100 * torch.randn(50, 4, generator=rng), torch.randn(50, 400, generator=rng) + 7])
    few, many = kernel.features[:, :4], kernel.features[:, 4:]
    assert float(few.square().sum()) == pytest.approx(float(many.square().sum()), rel=0.01)
    assert torch.allclose(kernel.products, kernel.features @ kernel.features.T) and abs(float(kernel.features.mean())) < 1e-6
