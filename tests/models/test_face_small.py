"""The small tail on a tiny generator: exact where folding is exact, the same as the tail's folding, gradients, deltas, refusals."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.errors import ShapeError
from core.foundations.seeds import torch_rng
from core.models.face_easel import Easel
from core.models.face_small import SmallTail, factors_behind
from core.models.face_tail import FaceTail
from core.models.mobile_stylegan import MobileStyleGAN
from tests.models.tiny_faces import CHANNELS, WIDTH, drawn_network, tiny_styles


def quiet() -> MobileStyleGAN:
    """A tiny generator with a stage more, so that two are behind maps of 8 px, and without noise."""
    model, rng = MobileStyleGAN(WIDTH, (*CHANNELS, 4), 2), torch_rng("quiet")
    for name, tensor in model.state_dict().items():
        tensor.copy_(0.0 * tensor if name.endswith("noise") else 0.5 * torch.randn(tensor.shape, generator=rng))
    return model


def styles_of(model: MobileStyleGAN, count: int = 2) -> Tensor:
    return torch.randn(count, model.slots, WIDTH, generator=torch_rng("styles", count))


def onwards(model: MobileStyleGAN, maps: Tensor, styles: Tensor, first: int) -> Tensor:
    """What the generator's own stages make of maps, their noise left out, brought to the maps' size."""
    side, place = maps.shape[-1], model.slots - 1 - 3 * len([size for size in model.sizes if size >= first])
    for size in model.sizes:
        if size >= first:
            maps, place = model.stages[str(size)](maps, styles[:, place : place + 3])[1], place + 3
    return F.avg_pool2d((model.head(maps, styles[:, -1]) + 1) / 2, 2 * maps.shape[-1] // side)


def test_folding_is_exact_for_even_maps() -> None:
    """Where all places are alike nothing is lost over two stages; at the border places are not alike."""
    model = quiet()
    for stage in model.stages.values():  # maps of any size, so that the middle is far from the border
        for convolution in (stage.c1, stage.c2):
            if convolution is not None:
                convolution.noise = torch.nn.Parameter(torch.zeros(1, 1, 1, 1), requires_grad=False)
    styles, side = styles_of(model), 16
    maps = torch.zeros(2, CHANNELS[1], side, side)
    maps[:, :2] = styles[:, 0, :2, None, None]
    # Maps after a stage are even in each of their bands only where its channels are means: let the others be nothing.
    model.stages["16"].c2.point.data[1:] = 0
    model.stages["16"].c2.bias.data[1:] = 0
    own = SmallTail.folded(model, 8)(maps, factors_behind(model, styles, 8))
    wanted = onwards(model, maps, styles, 16)
    inside = slice(4, -4)
    torch.testing.assert_close(own[..., inside, inside], wanted[..., inside, inside], rtol=1e-4, atol=1e-4)


def test_with_one_stage_behind_it_is_the_tails_folding() -> None:
    """The same picture by another road."""
    model, styles = drawn_network(), tiny_styles(2)
    small = SmallTail.folded(model, 8).paint(model, styles)
    torch.testing.assert_close(small, FaceTail.folded(model).paint(model, styles), rtol=1e-4, atol=1e-4)


def test_every_slot_has_a_gradient_and_no_number_has() -> None:
    """It is frozen; the styles are not."""
    model = quiet()
    styles = styles_of(model).requires_grad_()
    tail = SmallTail.folded(model, 8)
    picture = tail.paint(model, styles, bounded=False)
    assert picture.shape == (2, 3, 8, 8) and not any(p.requires_grad for p in tail.parameters())
    picture.square().sum().backward()
    assert styles.grad is not None and (styles.grad.abs().amax(-1) > 0).all()


def test_an_easel_paints_with_either_tail() -> None:
    """With a delta as the generator takes it, not clamped; the maps are those that it is added to."""
    model, styles = drawn_network(), tiny_styles(1)
    delta = torch.randn(1, CHANNELS[0], 4, 4, generator=torch_rng("delta"))
    for tail in (FaceTail.folded(model), SmallTail.folded(model, 8)):
        easel = Easel(model, tail)
        assert torch.equal(easel.paint(styles, delta), tail.paint(model, styles, bounded=False, delta=delta))
        assert not torch.allclose(easel.paint(styles, delta), easel.paint(styles, None))
        assert torch.equal(easel.maps(styles, 4), model.level(styles, 4).last)


def test_other_maps_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"\[n 8 h w\]"):
        SmallTail(8, (8, 4))(torch.zeros(1, 4, 8, 8), factors_behind(drawn_network(), tiny_styles(1), 8))
