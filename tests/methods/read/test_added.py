"""What adding a thing does: planted effects come back, sums are mergeable, and a squeezed table is the nearest."""

from __future__ import annotations

import pytest
import torch

from core.foundations.errors import SettingError, ShapeError
from core.methods.read.added import AddedSums, squeezed


def planted(count: int = 400) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Things by chance, their effects, and what comes of them."""
    generator = torch.Generator().manual_seed(0)
    there = (torch.rand(count, 5, generator=generator) < 0.4).float()
    effects = torch.randn(5, 3, generator=generator)
    return there, effects, there @ effects + 7.0 + 0.01 * torch.randn(count, 3, generator=generator)


def test_planted_effects_come_back() -> None:
    """Whatever the outputs' own level; in two lots as in one; 0 for a thing that was never there."""
    there, effects, said = planted()
    found = AddedSums(6, 3).add(torch.cat([there, torch.zeros(400, 1)], 1), said).effects(1e-3)
    assert torch.allclose(found[:5], effects, atol=0.01) and found[5].abs().max() == 0
    one, two = AddedSums(5, 3).add(there[:150], said[:150]), AddedSums(5, 3).add(there[150:], said[150:])
    assert torch.allclose(one.merge(two).effects(1e-3), found[:5], atol=1e-5) and one.count == 400


def test_doubt_makes_effects_smaller() -> None:
    """A large ridge believes little; none is refused, and so are sums that do not fit."""
    there, effects, said = planted()
    sums = AddedSums(5, 3).add(there, said)
    assert sums.effects(1e4).abs().max() < 0.1 * effects.abs().max()
    with pytest.raises(SettingError):
        sums.effects(0.0)
    with pytest.raises(ShapeError):
        sums.add(there, said[:, :2])
    with pytest.raises(ShapeError):
        sums.merge(AddedSums(4, 3))


def test_what_is_believed_before_helps() -> None:
    """With few pictures and a large doubt a prior that points right brings effects nearer, and a thing that is nowhere keeps its own."""
    there, effects, said = planted(60)
    there = torch.cat([there, torch.zeros(60, 1)], 1)
    truth = torch.cat([effects, torch.ones(1, 3)])
    sums, prior = AddedSums(6, 3).add(there, said), 3.0 * truth
    plain, believed = sums.effects(30.0), sums.effects(30.0, prior)
    apart = lambda found: float((found[:5] - effects).norm())  # noqa: E731
    assert apart(believed) < apart(plain) and plain[5].abs().max() == 0 < believed[5].abs().max()


def test_a_squeezed_table_is_the_nearest() -> None:
    """Exact where the rank suffices."""
    table = torch.randn(8, 2, generator=torch.Generator().manual_seed(1)) @ torch.randn(2, 6, generator=torch.Generator().manual_seed(2))
    left, right = squeezed(table, 2)
    assert left.shape == (8, 2) and torch.allclose(left @ right, table, atol=1e-5)
