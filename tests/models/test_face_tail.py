"""The faces' tail on a tiny generator: exact where folding is exact, gradients to every slot, and what it refuses."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.errors import ShapeError, WeightsError
from core.foundations.files import halved
from core.foundations.seeds import torch_rng
from core.models import face_tail as module
from core.models.face_tail import FaceTail, factors_of, load_face_tail, maps_of
from core.models.mobile_stylegan import MobileStyleGAN
from tests.models.tiny_faces import CHANNELS, SIDE, drawn_network, tiny_styles


def quiet(seed: int = 0) -> MobileStyleGAN:
    """A tiny generator whose last stage has no noise, as the real one's has next to none."""
    model = drawn_network(seed)
    stage = model.stages[str(model.sizes[-1])]
    for convolution in (stage.c1, stage.c2):
        convolution.noise.zero_()
    return model


def real(model: MobileStyleGAN, maps: Tensor, styles: Tensor) -> Tensor:
    """What the generator's own last stage makes of maps, a quarter of the size."""
    c1, c2 = model.stages[str(model.sizes[-1])](maps, styles[:, -4:-1])
    return F.avg_pool2d((model.head(c2, styles[:, -1]) + 1) / 2, 4)


@pytest.mark.parametrize("seed", range(3))
def test_folding_is_exact_for_even_maps(seed: int) -> None:
    """Where all places are alike nothing is lost, whatever the rectifiers do; at the border places are not alike."""
    model, styles = quiet(seed), tiny_styles(2, seed)
    maps = torch.zeros(2, CHANNELS[-2], 8, 8)
    maps[:, : CHANNELS[-2] // 4] = tiny_styles(2, seed)[:, 0, : CHANNELS[-2] // 4, None, None]
    own = FaceTail.folded(model)(maps, factors_of(model, styles))
    torch.testing.assert_close(own[:, :, 2:-2, 2:-2], real(model, maps, styles)[:, :, 2:-2, 2:-2], rtol=1e-4, atol=1e-5)


def test_folding_is_exact_for_any_maps_where_nothing_is_rectified() -> None:
    """All bands of the wavelet, their order, the first convolution's kernels, and the border; the second sees its own place only."""
    model, styles = quiet().double(), tiny_styles(2).double()
    stage = model.stages[str(model.sizes[-1])]
    stage.c1.bias.fill_(1e3)
    stage.c2.bias.fill_(1e6)
    stage.c2.depth.zero_()[:, :, 1, 1] = 1
    maps = torch.randn(2, CHANNELS[-2], 8, 8, generator=torch_rng("maps")).double()
    own = FaceTail.folded(model).double()(maps, factors_of(model, styles))
    torch.testing.assert_close(own, real(model, maps, styles), rtol=1e-6, atol=1e-3)


def test_every_slot_has_a_gradient() -> None:
    """From the small picture into all of w+, and into all of the tail's own numbers."""
    model, styles = drawn_network(), tiny_styles().requires_grad_()
    tail = FaceTail.folded(model)
    picture = tail.paint(model, styles, bounded=False)
    assert picture.shape == (2, 3, SIDE // 4, SIDE // 4)
    picture.square().sum().backward()
    assert styles.grad is not None and torch.isfinite(styles.grad).all() and (styles.grad.abs().amax(-1) > 0).all()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in tail.parameters())


def test_each_picture_for_itself_and_bounded() -> None:
    """A batch is its pictures; bounded is the same, clamped."""
    model, styles = drawn_network(), tiny_styles(3)
    tail = FaceTail.folded(model)
    with torch.no_grad():
        picture = tail.paint(model, styles)
        assert 0 <= picture.min() and picture.max() <= 1
        for row, one in zip(picture, styles, strict=True):
            torch.testing.assert_close(row, tail.paint(model, one[None], bounded=False)[0].clamp(0, 1))
        torch.testing.assert_close(tail(maps_of(model, styles), factors_of(model, styles)), tail.paint(model, styles, bounded=False))


def test_a_piece_with_its_margin_is_a_piece_of_the_whole() -> None:
    """What is learned from pieces holds for pictures."""
    model, styles = drawn_network(), tiny_styles(1)
    tail, factors = FaceTail.folded(model), factors_of(model, styles)
    maps = maps_of(model, styles)
    with torch.no_grad():
        piece = tail(maps[:, :, 1:7, 2:8], factors)
        torch.testing.assert_close(piece[:, :, 2:-2, 2:-2], tail(maps, factors)[:, :, 3:5, 4:6])


def test_other_maps_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"\[n 8 h w\]"):
        FaceTail(8, 4)(torch.zeros(1, 4, 8, 8), factors_of(drawn_network(), tiny_styles(1)))


def test_it_is_small() -> None:
    """The real one's numbers, in half precision, take 30 KB."""
    assert sum(p.numel() for p in FaceTail().parameters()) == 128 * 9 + 64 * 128 + 64 + 64 * 9 + 64 * 64 + 64 + 3 * 64 + 3


def test_it_is_loaded_as_it_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frozen, in the shape that its card says."""
    kept = FaceTail.folded(drawn_network())
    monkeypatch.setattr(module, "load_weights", lambda name: (halved(kept.state_dict()), {"architecture": {"taken": 8, "within": 4}}))
    own = load_face_tail().state_dict()
    assert all(torch.equal(own[name], tensor.half().float()) for name, tensor in kept.state_dict().items())
    assert not any(p.requires_grad for p in load_face_tail().parameters())


def test_without_weights_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr("core.foundations.files.ROOT", tmp_path)
    with pytest.raises(WeightsError, match="make weights"):
        load_face_tail()
