"""Maps that are moved, enlarged, filled and removed, against numbers by hand; nothing asked changes nothing."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from core.foundations.errors import SettingError, ShapeError
from core.methods.write.descend import Descent, descend
from core.methods.write.guided import Editing, hub_members, plan_edit
from core.methods.write.rearrange import Move, centre_of, filled, landing, moved, rearranged
from tests.methods.write.tiny_painter import SIDE, concepts_of, latents, members_of, tiny_units


def spot(side: int, y: int, x: int, size: int = 1) -> Tensor:
    maps = torch.zeros(1, 1, side, side)
    maps[:, :, y : y + size, x : x + size] = 1
    return maps


def test_a_shift_is_so_many_places() -> None:
    torch.testing.assert_close(moved(spot(8, 2, 3), Move((0.25, 0.125))), spot(8, 3, 5), atol=1e-5, rtol=0)


def test_the_border_goes_on() -> None:
    maps = torch.arange(4.0).expand(1, 1, 4, 4)
    assert moved(maps, Move((0.5, 0)))[0, 0, 0].tolist() == pytest.approx([0, 0, 0, 1], abs=1e-5)


def test_a_zoom_keeps_its_middle_and_grows() -> None:
    twice = moved(spot(16, 6, 6, 4), Move(zoom=2.0))
    assert float(twice.sum()) == pytest.approx(64, rel=0.05) and centre_of(twice) == pytest.approx((0.5, 0.5))
    about = landing(spot(16, 2, 8, 2), Move(zoom=2.0))
    assert centre_of(about) == pytest.approx((9 / 16, 3 / 16), abs=1e-4)


def test_nothing_asked_is_the_very_same() -> None:
    maps, region = latents(1), spot(4, 1, 1, 2)
    for around in (None, region):
        assert rearranged(maps, Move(), torch.zeros(3), region=around) is maps


def test_a_region_that_touches_the_border_brings_nothing_in() -> None:
    assert float(landing(spot(8, 0, 0, 8), Move((0.5, 0)))[..., :4].sum()) == pytest.approx(0, abs=1e-5)


def test_a_hole_is_filled_from_around_it() -> None:
    ramp = torch.full((1, 1, 5, 5), 3.0)
    ramp[:, :, 1:4, 1:4] = 9.0
    torch.testing.assert_close(filled(ramp, spot(5, 1, 1, 3) > 0), torch.full((1, 1, 5, 5), 3.0))
    whole = torch.ones(1, 1, 5, 5, dtype=torch.bool)
    assert filled(ramp, whole) is ramp and filled(ramp, ~whole) is ramp


def test_what_is_in_a_region_moves_and_leaves_what_was_around() -> None:
    maps = 1 + 4 * spot(8, 2, 2, 2)
    now = rearranged(maps, Move((0.5, 0)), torch.zeros(1), region=spot(8, 2, 2, 2))
    torch.testing.assert_close(now, 1 + 4 * spot(8, 2, 6, 2), atol=1e-5, rtol=0)
    copied = rearranged(maps, Move((0.5, 0), copy=True), torch.zeros(1), region=spot(8, 2, 2, 2))
    torch.testing.assert_close(copied, 1 + 4 * spot(8, 2, 6, 2) + 4 * spot(8, 2, 2, 2), atol=1e-5, rtol=0)


def test_removed_is_the_least_value_or_what_is_around() -> None:
    maps = spot(8, 2, 2, 2) - 0.5
    assert rearranged(maps, Move(remove=True), torch.zeros(1)).unique().tolist() == [-0.5]
    assert rearranged(maps, Move(remove=True), torch.zeros(1), region=spot(8, 2, 2, 2)).unique().tolist() == pytest.approx([-0.5])


def test_stronger_is_farther_from_the_mean() -> None:
    assert rearranged(torch.full((1, 1, 2, 2), 3.0), Move(strengthen=2.0), torch.ones(1)).unique().tolist() == [5.0]


def test_bounds_are_told() -> None:
    for wrong in ({"shift": (2.0, 0.0)}, {"zoom": 0.0}, {"strengthen": -1.0}):
        with pytest.raises(SettingError):
            Move(**wrong)
    with pytest.raises(ShapeError):
        rearranged(torch.zeros(1, 2, 4, 4), Move(), torch.zeros(3))


def test_an_edit_of_nothing_stays_where_it_is() -> None:
    units = tiny_units()
    plan = plan_edit(latents(1), units.see, list(members_of(units).values()), Move(), (SIDE, SIDE))
    assert torch.equal(plan.start, latents(1))
    z = plan.start.clone().requires_grad_()
    loss = plan.loss(z)
    assert loss.item() == pytest.approx(-1, abs=1e-4) and float(torch.autograd.grad(loss.sum(), z)[0].abs().max()) < 1e-4
    last = list(descend(plan.start, plan.loss, Editing().descent))[-1]
    assert float((units.see(last.latent).output - units.see(latents(1)).output).abs().max()) < 0.01


@pytest.mark.parametrize("chosen", [False, True])
def test_an_edit_comes_nearer_to_its_targets_and_keeps_the_rest(chosen: bool) -> None:
    units, region = tiny_units(), spot(SIDE, 4, 4, 4)
    members = hub_members(concepts_of(units, tiny_units(1, "other")))
    plan = plan_edit(latents(1), units.see, members, Move((0.25, 0)), (SIDE, SIDE), None if chosen else region, chosen)
    steps = list(descend(plan.start, plan.loss, Descent(steps=40, rate=0.1, least=0)))
    before, after = units.see(latents(1)), units.see(steps[-1].latent)
    assert steps[-1].loss < steps[0].loss
    assert float(plan.guidance.similarity(after.maps)) > float(plan.guidance.similarity(before.maps))
    off, edited = (after.output - before.output).abs().mean(1, keepdim=True).detach(), plan.edited
    assert 0 < float(edited.mean()) < 1
    assert float((off * (1 - edited)).sum() / (1 - edited).sum()) < float((off * edited).sum() / edited.sum())


def test_an_edit_needs_units() -> None:
    with pytest.raises(SettingError, match="Choose others"):
        plan_edit(latents(1), tiny_units().see, (), Move(), (SIDE, SIDE))
