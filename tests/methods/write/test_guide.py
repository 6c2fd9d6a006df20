"""The grouped loss is the plain loop's; what is alike scores 1 with no slope; a planted latent is found again."""

from __future__ import annotations

import pytest
import torch

from core.foundations.concepts import Member, Unit
from core.foundations.errors import SettingError, ShapeError
from core.methods.write.descend import Descent, descend
from core.methods.write.guide import Form, Guidance, Likeness, plain_loss
from core.methods.write.guided import Rebuilding, Weights, guided_by, hub_members, led
from tests.methods.write.tiny_painter import concepts_of, latents, members_of, tiny_units

FORMS: tuple[Form, ...] = ("cosine", "product", "nearness")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("most", [32, 8])
def test_the_grouped_loss_is_that_of_the_plain_loop(form: Form, most: int) -> None:
    units, other = tiny_units(), tiny_units(1, "other")
    pairs = guided_by(concepts_of(units, other))
    assert len(pairs) == 12 and len({(a.unit.layer, b.unit.layer) for a, b in pairs}) == 3
    z, targets = latents(3).requires_grad_(), {"other": other.see(latents(1, 5)).maps}
    maps = units.see(z).maps
    guidance = Guidance(pairs, targets, {k: tuple(m.shape[2:]) for k, m in maps.items()}, Likeness(form, most))
    fast, slow = guidance.loss(maps), plain_loss(pairs, targets, maps, Likeness(form, most))
    torch.testing.assert_close(fast, slow, rtol=1e-4, atol=1e-5)
    slopes = [torch.autograd.grad(one.sum(), z, retain_graph=True)[0] for one in (fast, slow)]
    torch.testing.assert_close(*slopes, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(guidance.each(maps).mean(1), -slow, rtol=1e-4, atol=1e-5)


def test_finer_layers_count_more_where_they_are_meant_to() -> None:
    units = tiny_units()
    own = [one for one in members_of(units).values() if one.unit.layer != "at16" or one.unit.channel == 0]
    maps = units.see(latents(2)).maps
    targets = {"tiny": {k: m[:1] for k, m in maps.items()}}
    guidance = Guidance([(a, a) for a in own], targets, {k: tuple(m.shape[2:]) for k, m in maps.items()}, Likeness("cosine", finer=True))
    each = guidance.each(maps)[1]
    by_layer = [each[[a.unit.layer == layer for a in own]].mean() for layer in units.layers]
    torch.testing.assert_close(guidance.similarity(maps)[1], torch.stack(by_layer) @ torch.tensor([4.0, 8.0, 16.0]) / 28)


def test_each_pair_stands_where_it_was_given() -> None:
    units = tiny_units()
    own = list(members_of(units).values())[::-1]
    maps = units.see(latents(2)).maps
    guidance = Guidance(
        [(a, a) for a in own], {"tiny": {k: m[:1] for k, m in maps.items()}}, {k: tuple(m.shape[2:]) for k, m in maps.items()}
    )
    each = guidance.each(maps)
    torch.testing.assert_close(each[0], torch.ones(len(own)))
    for place, one in enumerate(own):
        alone = Guidance([(one, one)], {"tiny": {k: m[:1] for k, m in maps.items()}}, {k: tuple(m.shape[2:]) for k, m in maps.items()})
        torch.testing.assert_close(alone.each(maps)[:, 0], each[:, place])


@pytest.mark.parametrize("form", ["cosine", "nearness"])
def test_own_maps_give_minus_one_and_no_slope(form: Form) -> None:
    units = tiny_units()
    members, z = list(members_of(units).values()), latents(1).requires_grad_()
    maps = units.see(z).maps
    guidance = Guidance([(a, a) for a in members], {"tiny": maps}, {k: tuple(m.shape[2:]) for k, m in maps.items()}, Likeness(form))
    loss = guidance.loss(maps)
    assert loss.item() == pytest.approx(-1, abs=1e-4)
    assert float(torch.autograd.grad(loss.sum(), z)[0].abs().max()) < 1e-4


def test_nearness_knows_how_loud_a_map_is() -> None:
    a = torch.tensor([[[1.0, -1.0, 2.0]]])
    assert float(Likeness("nearness").of(a, 2 * a[0])) == pytest.approx(0, abs=1e-5)
    assert float(Likeness("cosine").of(a, 2 * a[0])) == pytest.approx(1, abs=1e-5)
    assert float(Likeness("product").of(a, 2 * a[0])) == pytest.approx(4, abs=1e-5)
    assert float(Likeness("nearness").of(a, 2 * a[0], torch.tensor([0.0, 1.0, 0.0]))) == pytest.approx(0.5, abs=1e-5)


def test_a_silent_unit_is_not_undefined() -> None:
    nothing = torch.zeros(1, 1, 4, requires_grad=True)
    for form in FORMS:
        value = Likeness(form).of(nothing, torch.zeros(1, 4)).sum()
        assert torch.isfinite(value) and torch.isfinite(torch.autograd.grad(value, nothing)[0]).all()


def test_a_planted_latent_is_found_again_by_guidance_alone() -> None:
    """As in inversions out of the distribution: no colour is compared."""
    units = tiny_units()
    twin = tiny_units(0, "other")
    mine, theirs = members_of(units), members_of(twin)
    pairs = [(hub, Member(theirs[Unit("other", *unit[1:])].unit, unit, 1, 1, 0, hub.mean, hub.std)) for unit, hub in mine.items()]
    planted = latents(1, 7)
    targets = {"other": twin.see(planted).maps}
    guidance = Guidance(pairs, targets, {k: tuple(m.shape[2:]) for k, m in targets["other"].items()}, Likeness("nearness"))
    loss = Rebuilding(units.see(planted).output, units.see, guidance, weights=Weights(colours=0, alpha=0))
    steps = list(descend(latents(4, 1), loss, Descent(steps=150, rate=0.1, shown=10, least=0)))
    assert steps[-1].done and steps[-1].loss < -0.98 < steps[0].loss
    assert float((steps[-1].latent - planted).square().mean()) < 0.05 * float((latents(4, 1) - planted).square().mean())


def test_the_last_steps_meet_the_picture_alone() -> None:
    units, twin = tiny_units(), tiny_units(1, "other")
    target = units.see(latents(1, 7)).output
    pairs = guided_by(concepts_of(units, twin))
    guidance = Guidance(
        pairs, {"other": twin.see(latents(1, 8)).maps}, {k: tuple(m.shape[2:]) for k, m in units.see(latents(1)).maps.items()}
    )
    loss = Rebuilding(target, units.see, guidance)
    steps = list(led(latents(3, 1), loss, Descent(steps=40, shown=10, least=0), 0.5))
    assert [one.step for one in steps] == [0, 1, 10, 20, 21, 30, 40] and [one.done for one in steps] == [False] * 6 + [True]
    plain = Rebuilding(target, units.see)
    assert steps[-1].loss == pytest.approx(plain(steps[-1].latent).item(), abs=1e-6) and steps[-1].loss < steps[2].loss
    whole = list(led(latents(3, 1), loss, Descent(steps=40, shown=10, least=0), 1.0))
    assert whole[-1].loss == pytest.approx(loss(whole[-1].latent).item(), abs=1e-6)


def test_what_cannot_guide_is_told() -> None:
    units = tiny_units()
    maps = units.see(latents(1)).maps
    one = hub_members(concepts_of(units, tiny_units(1, "other")))[0]
    with pytest.raises(SettingError, match="No pair"):
        Guidance([], {"tiny": maps}, {})
    with pytest.raises(ShapeError, match="size"):
        Guidance([(one, one)], {"tiny": maps}, {})
    with pytest.raises(ShapeError, match="target"):
        Guidance([(one, one)], {"other": maps}, {"at4": (4, 4)})
    with pytest.raises(ShapeError, match="layers"):
        Guidance([(one, one)], {"tiny": maps}, {"at4": (4, 4)}).each({})
    with pytest.raises(SettingError):
        Likeness("other")  # type: ignore[arg-type]
