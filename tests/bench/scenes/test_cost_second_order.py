"""The cost of second-order effects: the ledger counts by hand, all effects are built, and both ways agree on a small tower."""

from __future__ import annotations

import pytest
import torch
from open_clip.transformer import VisionTransformer

from core.bench.scenes import cost_second_order
from core.bench.scenes.cost_second_order import LAYER, Case, Ledger, build_effects, every_effect
from core.methods.read import second_order
from core.methods.read.second_order import coefficients, effects, flow
from core.models.anatomy import anatomy_of


def small(count: int) -> Case:
    """A tower of twelve layers that is as small as a test needs, where neurons are far more than all else."""
    torch.manual_seed(0)
    tower = VisionTransformer(image_size=32, patch_size=16, width=16, layers=12, heads=4, mlp_ratio=16.0, output_dim=8)
    images, texts = torch.randn(count, 3, 32, 32), torch.randn(5, 8)
    return Case(tower.eval().requires_grad_(False), anatomy_of(tower), images, texts)


def test_ledger_counts_what_lives_at_once() -> None:
    """Kilobytes by hand: what stood before is free, views cost nothing, and what is gone makes room."""
    before, ledger = torch.zeros(1000), Ledger()
    with ledger:
        one = before + 1
        one.view(10, 100).T[3:]
        del one
        two = before.double()
    assert ledger.peak == 8000 and ledger.live == 8000
    between = before + 2  # not counted, for the ledger is closed
    with ledger:
        three = between + before
    assert ledger.peak == 12000
    del two, three
    assert ledger.live == 0


def test_ledger_counts_a_tensor_that_is_dropped_within_an_expression() -> None:
    """The sum lives until the product is made."""
    before = torch.zeros(1000)
    with Ledger() as ledger:
        _ = (before + 1) * 2
    assert ledger.peak == 8000 and ledger.live == 4000


def test_all_effects_are_built_and_none_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks put side by side are the effects of every neuron; built and dropped they need a share of what all would take."""
    case = small(8)
    c, ways = coefficients(case.see(), case.anatomy, LAYER), flow(case.anatomy, LAYER)
    monkeypatch.setattr(second_order, "BUDGET", 8 * 8 * 40)  # eight pairs of layer and head, eight dimensions, forty neurons
    chunks = list(every_effect(c, ways))
    assert [chunk.shape[1] for chunk in chunks] == [40] * 6 + [16] and ways.units == 256
    assert torch.equal(torch.cat(chunks, 1), effects(c, ways))
    with Ledger() as ledger:
        build_effects(c, ways)
    largest = 4 * (2 * chunks[0].numel() + 3 * second_order.BUDGET)
    assert 0 < ledger.peak <= largest and ledger.live == 0
    with Ledger() as kept:
        effects(c, ways)
    assert kept.peak >= 4 * c.shape[0] * 256 * 8


def test_every_figure_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times say nothing on such a tower; the figures' names, the memory and the deviation do."""
    monkeypatch.setattr(cost_second_order, "vit_b_32", small)
    built: list[int] = []
    monkeypatch.setattr(cost_second_order, "build_effects", lambda c, ways: built.append(sum(p.shape[1] for p in every_effect(c, ways))))
    found = cost_second_order.second_order_cost(quick=True)
    # Three rounds build for all pictures, once more by themselves, and for one; and the memory is counted twice.
    assert built == [256] * 11
    assert all(value > 0 for name, value in found.items() if name not in ("settings", "second_order_deviation"))
    assert found["second_order_deviation"] < 1e-4
    assert found["second_order_whole_mb"] == pytest.approx(4e-6 * 8 * 256 * 8)
    assert found["second_order_building_mb"] <= found["second_order_mb"]
    assert "not kept" in found["settings"]["effects"] and "wall clock" in found["settings"]["times"]
