"""Inversion on a tiny generator of random weights: the loss falls, what was planted is found, the best is kept, the delta is bounded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice

import pytest
import torch
from torch import Tensor

from core.foundations.errors import SettingError, ShapeError
from core.foundations.seeds import torch_rng
from core.methods.write.invert import Cloud, Distances, Inversion, Taken, Target, Unknowns, cloud_of, invert
from core.models.lpips import Lpips
from core.models.mobile_stylegan import MobileStyleGAN
from tests.models.tiny_faces import CHANNELS, SIDE, SLOTS, WIDTH, drawn_network

SHORT = Inversion(steps=30, detail=20, close=0, size=8, shown=5, rate=0.05, pull=0.0, hold=0.0)


@dataclass(frozen=True)
class Plain:
    """The generator's own pictures."""

    generator: MobileStyleGAN

    def paint(self, styles: Tensor, delta: Tensor | None) -> Tensor:
        return self.generator.paint(styles, bounded=False, delta=delta)

    def maps(self, styles: Tensor, size: int) -> Tensor:
        return self.generator.level(styles, size).last


@pytest.fixture
def painter() -> Plain:
    """Of colours that are seldom clamped."""
    model = drawn_network(3)
    with torch.no_grad():
        spread = model.paint(model.broadcast(model.style(model.latents(list(range(8))))), bounded=False).std()
        for tensor in (model.head.point, model.head.bias):
            tensor.mul_(0.5 / spread)
    return Plain(model)


@pytest.fixture
def cloud(painter: Plain) -> Cloud:
    return cloud_of(painter.generator.style(painter.generator.latents(list(range(200)))))


def near(painter: Plain, seed: int, far: float = 0.5) -> Tensor:
    """A w+ whose slots are alike, but not quite."""
    generator = painter.generator
    styles = generator.broadcast(generator.style(generator.latents([seed])))
    return styles + far * torch.randn(styles.shape, generator=torch_rng("near", seed)) * styles.std()


def mean_start(cloud: Cloud) -> Tensor:
    return cloud.mean.expand(1, SLOTS, WIDTH)


def test_the_cloud_is_that_of_the_styles() -> None:
    """Axes times their transpose are the covariance; the longest comes first; whitened coordinates have deviation 1."""
    drawn = torch.randn(5000, 3, generator=torch_rng("cloud")) * torch.tensor([3.0, 1.0, 0.2]) + 5
    cloud = cloud_of(drawn)
    torch.testing.assert_close(cloud.axes @ cloud.axes.T, torch.cov(drawn.T, correction=0), rtol=1e-4, atol=1e-5)
    lengths = cloud.axes.norm(dim=0)
    assert lengths[0] > lengths[1] > lengths[2] and lengths[0] == pytest.approx(3, rel=0.05)
    white = torch.linalg.solve(cloud.axes, (drawn - cloud.mean).T)
    torch.testing.assert_close(white.std(1), torch.ones(3), rtol=1e-3, atol=1e-3)


def test_it_begins_at_the_start_and_counts() -> None:
    """Nothing is moved before the first step."""
    cloud = Cloud(torch.tensor([1.0, 2.0]), torch.diag(torch.tensor([2.0, 0.5])))
    start = torch.tensor([[[3.0, 2.0], [1.0, 1.0]]])
    unknown = Unknowns(start, cloud)
    assert torch.equal(unknown.styles, start) and unknown.delta is None
    assert unknown.length().item() == pytest.approx((1 + 0 + 0 + 4) / 4)  # 1 and -2 deviations
    with torch.no_grad():
        unknown.common[..., 0] += 1
    torch.testing.assert_close(unknown.styles, start + torch.tensor([2.0, 0.0]))
    assert unknown.length().item() == pytest.approx((4 + 0 + 1 + 4) / 4)


def test_the_loss_by_hand() -> None:
    """A tenth off everywhere is 20 dB; each part is weighed."""
    grey = torch.full((1, 3, 4, 4), 0.5)

    class Sum:
        def look(self, images: Tensor) -> list[Tensor]:
            return [images.sum((1, 2, 3))]

        def between(self, one: list[Tensor], other: list[Tensor]) -> Tensor:
            return (one[0] - other[0]).abs()

    def quarter(images: Tensor) -> Tensor:
        return torch.where(images.mean() > 0.5, torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0]]))

    settings = Inversion(colours=10, looks=0.5, identity=2)
    target = Target(grey, Distances(Sum(), quarter), settings)
    fit = target.fit(grey + 0.1)
    assert fit.psnr == pytest.approx(20, abs=1e-3) and fit.look == pytest.approx(4.8, rel=1e-4) and fit.identity == pytest.approx(0)
    assert fit.loss == pytest.approx(10 * 0.01 + 0.5 * 4.8 + 2, rel=1e-4)
    assert float(target.loss(grey[..., ::2, ::2] + 0.1)) == pytest.approx(10 * 0.01 + 0.5 * 1.2 + 2, rel=1e-4)  # at half its size
    bare = Target(grey, Distances(), settings).fit(grey + 0.1)
    assert bare.look is None and bare.identity is None and bare.loss == pytest.approx(0.1, rel=1e-4)


def test_what_was_planted_is_found(painter: Plain, cloud: Cloud) -> None:
    """A picture that it painted itself, from a start nearby: all but met, and by the styles alone."""
    wanted = painter.paint(near(painter, 1), None).detach()
    settings = replace(SHORT, steps=300, detail=0, shown=100)
    seen = list(invert(wanted, near(painter, 1, 0.2), cloud, painter, painter, settings=settings))
    assert [taken.step for taken in seen] == [0, 100, 200, 300] and {taken.steps for taken in seen} == {300}
    assert seen[-1].fit.psnr > seen[0].fit.psnr + 15 and seen[-1].delta is None


def test_the_loss_falls_with_all_distances(painter: Plain, cloud: Cloud) -> None:
    """Colours, looks and identity get better; what is shown is the best so far, and is what its latent paints."""
    look = Lpips((4, 4, 4, 4, 4))
    for name, parameter in look.named_parameters():
        drawn = torch.rand(parameter.shape, generator=torch_rng("look", name))
        parameter.copy_(drawn if name.startswith("heads") else drawn - 0.4)

    def identity(images: Tensor) -> Tensor:
        return torch.nn.functional.normalize(images.mean(3).flatten(1) - 0.5, dim=1)

    wanted = painter.paint(near(painter, 1), None).detach().clamp(0, 1)
    balanced = replace(SHORT, steps=60, colours=100.0, looks=100.0)
    seen = list(invert(wanted, mean_start(cloud), cloud, painter, painter, Distances(look, identity), balanced))
    losses = [taken.fit.loss for taken in seen]
    assert losses == sorted(losses, reverse=True) and losses[-1] < 0.8 * losses[0]
    first, last = seen[0].fit, seen[-1].fit
    assert last.psnr > first.psnr and last.look < first.look and last.identity > first.identity
    for taken in seen:
        assert torch.equal(taken.picture, painter.paint(taken.styles, taken.delta).detach().clamp(0, 1))
        assert not taken.styles.requires_grad and not taken.picture.requires_grad


def test_the_delta_helps_and_is_bounded(painter: Plain, cloud: Cloud) -> None:
    """A picture of noise is out of reach of the styles; the delta gets nearer, and stays in its bound however fast it goes."""
    wanted = torch.rand(1, 3, SIDE, SIDE, generator=torch_rng("noise"))
    ends = {}
    for bound in (1e-6, 0.2, 2.0):
        settings = replace(SHORT, steps=10, detail=40, bound=bound, delta_rate=3.0, slow=0.0, shown=1)
        seen = list(invert(wanted, mean_start(cloud), cloud, painter, painter, settings=settings))
        ends[bound] = seen[-1].fit.loss
        most = bound * painter.maps(seen[10].styles, 8).std((2, 3), keepdim=True)
        for taken in seen:
            assert (taken.delta is None) or (taken.step > 10 and taken.delta.shape == (1, CHANNELS[1], 8, 8))
            assert taken.delta is None or bool((taken.delta.abs() <= most * 1.001).all())
    assert ends[2.0] < ends[0.2] < ends[1e-6]


def test_who_stops_keeps_the_best(painter: Plain, cloud: Cloud) -> None:
    """Steps far too long make it worse; each record still holds the best, and no more is computed than was asked for."""
    calls: list[int] = []

    class Counting(Plain):
        def paint(self, styles: Tensor, delta: Tensor | None) -> Tensor:
            calls.append(1)
            return super().paint(styles, delta)

    wanted = painter.paint(near(painter, 1), None).detach()
    start = near(painter, 1, 0.45)
    wild = replace(SHORT, rate=50.0)
    seen = list(islice(invert(wanted, start, cloud, Counting(painter.generator), painter, settings=wild), 4))
    assert len(calls) == 15 and [taken.step for taken in seen] == [0, 5, 10, 15]
    assert torch.equal(seen[-1].styles, start) and seen[-1].fit == seen[0].fit


def test_what_is_shown_comes_from_the_painter_that_is_believed(painter: Plain, cloud: Cloud) -> None:
    """The quick one paints half the size, and a little wrong."""

    class Half(Plain):
        def paint(self, styles: Tensor, delta: Tensor | None) -> Tensor:
            return torch.nn.functional.avg_pool2d(super().paint(styles, delta), 2) + 0.02

    wanted = painter.paint(near(painter, 1), None).detach().clamp(0, 1)
    seen: list[Taken] = list(invert(wanted, mean_start(cloud), cloud, Half(painter.generator), painter, settings=SHORT))
    taken = seen[-1]
    assert taken.fit.psnr > seen[0].fit.psnr and taken.picture.shape == wanted.shape
    assert torch.equal(taken.picture, painter.paint(taken.styles, taken.delta).detach().clamp(0, 1))


def test_the_last_steps_are_the_real_painters(painter: Plain, cloud: Cloud) -> None:
    """So many of them, in whatever part they fall; a quick painter that is always wrong does no harm to them."""
    made: list[str] = []

    @dataclass(frozen=True)
    class Named(Plain):
        name: str = ""

        def paint(self, styles: Tensor, delta: Tensor | None) -> Tensor:
            made.extend([self.name] * torch.is_grad_enabled())
            return super().paint(styles, delta)

    wanted = painter.paint(near(painter, 1), None).detach().clamp(0, 1)
    quick, real = Named(painter.generator, "quick"), Named(painter.generator, "real")
    for close in (0, 10, 24, 50, 99):
        made.clear()
        list(invert(wanted, mean_start(cloud), cloud, quick, real, settings=replace(SHORT, close=close)))
        assert made == ["quick"] * (50 - min(close, 50)) + ["real"] * min(close, 50)


def test_no_weight_is_changed(painter: Plain, cloud: Cloud) -> None:
    before = {name: tensor.clone() for name, tensor in painter.generator.state_dict().items()}
    wanted = torch.rand(1, 3, SIDE, SIDE, generator=torch_rng("noise"))
    list(invert(wanted, mean_start(cloud), cloud, painter, painter, settings=SHORT))
    assert all(torch.equal(before[name], tensor) for name, tensor in painter.generator.state_dict().items())


def test_pulled_towards_the_cloud(painter: Plain, cloud: Cloud) -> None:
    """With a strong pull it ends nearer to the mean style."""
    wanted = torch.rand(1, 3, SIDE, SIDE, generator=torch_rng("noise"))

    def length(pull: float) -> float:
        *_, last = invert(wanted, mean_start(cloud), cloud, painter, painter, settings=replace(SHORT, steps=60, detail=0, pull=pull))
        return float(Unknowns(last.styles, cloud).length().detach())

    assert length(1.0) < 0.5 * length(0.0)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p, s, c: (p[0], s, c), "one picture"),
        (lambda p, s, c: (p.expand(2, -1, -1, -1), s, c), "one picture"),
        (lambda p, s, c: (p[..., :-1], s, c), "Bring it to the painter's size"),
        (lambda p, s, c: (p, s[:, :, :-1], c), "Expected a start"),
        (lambda p, s, c: (p, s.expand(2, -1, -1), c), "Expected a start"),
        (lambda p, s, c: (p, s[:, :-1], c), "w\\+"),
    ],
)
def test_what_does_not_fit_is_refused(painter: Plain, cloud: Cloud, change: Callable[..., tuple[Tensor, ...]], says: str) -> None:
    picture, start, given = change(torch.rand(1, 3, SIDE, SIDE), mean_start(cloud), cloud)
    with pytest.raises(ShapeError, match=says):
        next(invert(picture, start, given, painter, painter, settings=SHORT))


@pytest.mark.parametrize("name", ["steps", "size", "bound", "colours", "pull", "shown", "rate"])
def test_settings_have_bounds(name: str) -> None:
    with pytest.raises(SettingError, match=name):
        Inversion(**{name: -1})


def test_some_step_is_made() -> None:
    with pytest.raises(SettingError, match=r"steps \+ detail"):
        Inversion(steps=0, detail=0)


def test_a_cloud_needs_two() -> None:
    with pytest.raises(ShapeError, match="two or more"):
        cloud_of(torch.zeros(1, 4))
