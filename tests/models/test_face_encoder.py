"""Eyes and encoder of a few numbers: what they hand on, and that what is shown decides the guess."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from core.foundations.errors import ShapeError
from core.foundations.seeds import torch_rng
from core.models.face_encoder import PLACED, POOL, SQUARES, FaceEncoder, features, pooled
from tests.models.tiny_eyes import FEATURES, LEVELS, SEEN, tiny_eyes


def pictures(count: int = 2, side: int = 40) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch_rng("pictures of eyes"))


def test_the_last_tokens_are_the_trunks_own() -> None:
    """After its norm; every block has a class token and the patches; any size of picture is brought to the eyes'."""
    eyes = tiny_eyes()
    tokens = eyes.look(pictures())
    assert tokens.shape == (2, LEVELS, 1 + 64, SEEN)
    seen = F.interpolate(pictures(), (eyes.side, eyes.side), mode="bilinear", antialias=True)
    assert torch.allclose(tokens[:, -1], eyes.trunk.forward_features((seen - eyes.mean) / eyes.std), atol=1e-6)
    with pytest.raises(ShapeError, match="pictures"):
        eyes.look(pictures()[0])


def test_patches_are_pooled_and_the_class_token_is_left() -> None:
    """Of 16 x 16 patches each two by two become their mean."""
    tokens = torch.arange(2 * 257 * 3, dtype=torch.float32).reshape(1, 2, 257, 3)
    small = pooled(tokens)
    assert small.shape == (1, 2, 1 + POOL * POOL, 3) and torch.equal(small[:, :, 0], tokens[:, :, 0])
    assert torch.allclose(small[0, 1, 1], tokens[0, 1, [1, 2, 17, 18]].mean(0))


def test_features_by_hand() -> None:
    """Class tokens, the mean of all patches, and the means of squares of two of the blocks."""
    tokens = torch.randn(2, 4, 1 + POOL * POOL, 3, generator=torch_rng("tokens"))
    whole, means, squares = features(tokens)
    assert torch.equal(whole, tokens[:, :, 0].flatten(1)) and torch.allclose(means[1, :3], tokens[1, 0, 1:].mean(0))
    assert squares.shape == (2, len(PLACED) * 3 * SQUARES**2)
    first = tokens[0, PLACED[0], [1, 2, 9, 10]].mean(0)
    assert torch.allclose(squares[0].view(len(PLACED), 3, SQUARES, SQUARES)[0, :, 0, 0], first, atol=1e-6)
    with pytest.raises(ShapeError, match="tokens"):
        features(tokens[:, :2])


def test_before_training_the_guess_is_the_mean_style() -> None:
    """And tokens of other eyes are refused."""
    encoder = FaceEncoder(FEATURES, slots=5, style=7, rank=3)
    encoder.requires_grad_(False).mean.copy_(torch.arange(35.0))
    assert torch.equal(encoder.guess(tiny_eyes(), pictures()), torch.arange(35.0).view(5, 7).expand(2, 5, 7))
    with pytest.raises(ShapeError, match="features"):
        encoder(torch.zeros(1, 4, 1 + POOL * POOL, 3))


def test_a_guess_does_not_depend_on_its_batch() -> None:
    """With random numbers, alone and together."""
    encoder = FaceEncoder(FEATURES, slots=5, style=7, rank=3).requires_grad_(False)
    rng = torch_rng("encoder")
    for tensor in (encoder.taken, encoder.given):
        tensor.copy_(torch.randn(tensor.shape, generator=rng))
    eyes, both = tiny_eyes(), pictures()
    together = encoder.guess(eyes, both)
    assert torch.allclose(encoder.guess(eyes, both[1:]), together[1:], atol=1e-3)
    assert not torch.allclose(together[0], together[1], atol=1e-1)
