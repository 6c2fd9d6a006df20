"""Sparse texts: planted sums are found, what is left stands at right angles, and scikit-learn agrees."""

from __future__ import annotations

import pytest
import torch
from sklearn.linear_model import orthogonal_mp
from torch import Tensor

from core.foundations.errors import SettingError, ShapeError
from core.methods.read.sparse_text import SparseTextSettings, TextPool, sparse_text


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


POOL = TextPool.of(noise(200, 32) + 0.3)
TARGETS = noise(9, 32, seed=1)
FOUND = sparse_text(TARGETS, POOL, SparseTextSettings(12))


def test_by_hand() -> None:
    """Two axes and their diagonal: 3 x + 1 y leans on the diagonal first, then on x, and that is all of it."""
    pool = TextPool.of(torch.tensor([[1.0, 0, 0], [0, 5, 0], [2, 2, 0], [0, 0, 1]]), centre=False)
    found = sparse_text(torch.tensor([[3.0, 1, 0], [0, -2, 0]]), pool, SparseTextSettings(3))
    assert found.indices.tolist() == [[0, 1, -1], [1, -1, -1]]
    assert torch.allclose(found.coefficients, torch.tensor([[3.0, 1, 0], [-2, 0, 0]]), atol=1e-6)
    assert torch.allclose(found.residuals, torch.tensor([[1.0, 0, 0], [0, 0, 0]]), atol=1e-6)


def test_centring_takes_the_mean_away() -> None:
    """Rows have length 1 after it; without it the mean is 0."""
    texts = noise(5, 8) + 3
    pool = TextPool.of(texts)
    centred = texts - texts.mean(0)
    assert torch.allclose(pool.atoms, centred / centred.norm(dim=1, keepdim=True)) and torch.allclose(pool.mean, texts.mean(0))
    assert not TextPool.of(texts, centre=False).mean.any()


def test_residuals_fall_and_are_true() -> None:
    """Each step leaves no more than the one before, and the last is what the sum leaves."""
    before = torch.cat([TARGETS.norm(dim=1)[:, None], FOUND.residuals], 1)
    assert (before.diff(dim=1) < 0).all()
    assert torch.allclose((TARGETS - FOUND.rebuild(POOL)).norm(dim=1), FOUND.residuals[:, -1])


def test_residual_is_at_right_angles_to_what_was_chosen() -> None:
    """To every chosen text, and so coefficients are the least squares on the support; no text twice."""
    left = TARGETS - FOUND.rebuild(POOL)
    chosen = POOL.atoms[FOUND.indices]
    assert torch.einsum("bsk,bk->bs", chosen, left).abs().max() < 1e-12
    squares = torch.linalg.lstsq(chosen.transpose(1, 2), TARGETS[:, :, None]).solution[:, :, 0]
    assert torch.allclose(FOUND.coefficients, squares, atol=1e-10)
    assert all(len(set(row)) == len(row) for row in FOUND.indices.tolist())


def test_agrees_with_scikit_learn() -> None:
    """The same texts and the same coefficients, one target at a time there."""
    for target, indices, coefficients in zip(TARGETS, FOUND.indices, FOUND.coefficients, strict=True):
        theirs = torch.from_numpy(orthogonal_mp(POOL.atoms.T.numpy(), target.numpy(), n_nonzero_coefs=12))
        ours = torch.zeros(200, dtype=torch.float64).scatter_(0, indices, coefficients)
        assert torch.allclose(ours, theirs, atol=1e-10)


def test_lengths_of_texts_and_order_do_not_matter() -> None:
    """Rescaled texts give the same; a shuffled pool gives the same texts under their new places."""
    texts = noise(60, 16) + 0.3
    targets = noise(4, 16, seed=2)
    lengths = torch.linspace(0.1, 9, 60, dtype=torch.float64)[:, None]
    plain, scaled = (sparse_text(targets, TextPool.of(t, centre=False), SparseTextSettings(5)) for t in (texts, texts * lengths))
    assert torch.equal(plain.indices, scaled.indices) and torch.allclose(plain.coefficients, scaled.coefficients)
    order = torch.randperm(60, generator=torch.Generator().manual_seed(0))
    moved = sparse_text(targets, TextPool.of(texts[order], centre=False), SparseTextSettings(5))
    assert torch.equal(order[moved.indices], plain.indices)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_planted_sums_are_recovered_and_it_stops(dtype: torch.dtype) -> None:
    """Five signed texts of 2,000 in 256 dimensions come back exactly, and nothing is chosen behind them."""
    pool = TextPool.of(noise(2000, 256, seed=3).to(dtype))
    rng = torch.Generator().manual_seed(4)
    support = torch.stack([torch.randperm(2000, generator=rng)[:5] for _ in range(20)])
    weights = (torch.rand(20, 5, generator=rng) + 0.5) * torch.tensor([1, -1, 1, -1, 1])
    found = sparse_text(torch.einsum("bs,bsk->bk", weights.to(dtype), pool.atoms[support]), pool, SparseTextSettings(8))
    assert torch.equal(found.indices[:, :5].sort(1).values, support.sort(1).values) and (found.indices[:, 5:] == -1).all()
    ours = torch.zeros(20, 2000, dtype=dtype).scatter_(1, found.indices[:, :5], found.coefficients[:, :5])
    assert torch.allclose(ours.gather(1, support), weights.to(dtype), atol=1e-4)
    assert not found.coefficients[:, 5:].any()


def test_many_targets_are_as_one() -> None:
    """More than a chunk holds, single precision: the same as each alone."""
    targets = noise(300, 32, seed=5).float()
    together = sparse_text(targets, POOL, SparseTextSettings(4))
    for row in (0, 255, 256, 299):
        alone = sparse_text(targets[row : row + 1], POOL, SparseTextSettings(4))
        assert torch.equal(alone.indices[0], together.indices[row])
        assert torch.allclose(alone.coefficients[0], together.coefficients[row], atol=1e-5)


def test_a_zero_target_is_made_of_nothing() -> None:
    found = sparse_text(torch.zeros(1, 32), POOL, SparseTextSettings(3))
    assert (found.indices == -1).all() and not found.coefficients.any() and not found.residuals.any()


def test_what_does_not_fit_is_refused() -> None:
    """Long atoms, texts without a direction, other widths, too many texts."""
    with pytest.raises(ShapeError, match="length 1"):
        TextPool(noise(4, 3), torch.zeros(3))
    with pytest.raises(ShapeError, match="no direction"):
        TextPool.of(torch.ones(2, 3))
    with pytest.raises(ShapeError, match="k = 32"):
        sparse_text(noise(2, 31), POOL)
    with pytest.raises(SettingError, match="has 4 texts"):
        sparse_text(noise(2, 3), TextPool.of(noise(4, 3)), SparseTextSettings(5))
    with pytest.raises(SettingError, match="1 to 128"):
        SparseTextSettings(129)
