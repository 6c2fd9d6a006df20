"""The generator of faces, tiny: against its graph run plainly, by hand, its gradients, and what it refuses."""

from __future__ import annotations

import pytest
import torch

from core.foundations.errors import LayerError, ShapeError
from core.foundations.seeds import torch_rng
from core.foundations.trace import Trace
from core.models.face_generator import network_tensors
from core.models.mobile_stylegan import MobileStyleGAN, haar
from core.models.openvino_graph import openvino_graph
from tests.models.tiny_faces import CHANNELS, SIDE, SLOTS, WIDTH, Writer, mapping, synthesis, tiny_network, tiny_styles


def read(*writers: Writer) -> MobileStyleGAN:
    """The studio's network with the numbers of two graphs."""
    model = tiny_network()
    model.load_state_dict(network_tensors(*(openvino_graph(w.xml, bytes(w.numbers)) for w in writers), stages=len(CHANNELS)))
    return model


@pytest.fixture(scope="module")
def model() -> MobileStyleGAN:
    return read(mapping(torch.ones(1, WIDTH))[0], synthesis(tiny_styles())[0])


@pytest.mark.parametrize("seed", range(3))
def test_it_is_its_graph(seed: int) -> None:
    """w, every map and the picture, with another style in every slot, as the graph gives them operation by operation."""
    z, styles = 3 * tiny_styles(4, seed)[:, 0], tiny_styles(2, seed)
    (first, w), (second, painted) = mapping(z, seed), synthesis(styles, seed)
    model = read(first, second)
    torch.testing.assert_close(model.style(z), w)
    maps = [map for level in model.levels(styles) for map in level[1:] if map is not None]
    assert [m.shape for m in maps] == [m.shape for m in painted.maps]
    for own, plain in zip(maps, painted.maps, strict=True):
        torch.testing.assert_close(own, plain, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(model.paint(styles, bounded=False) * 2 - 1, painted.rgb, rtol=1e-4, atol=1e-4)


def test_the_real_ones_shape() -> None:
    """23 slots of 512; maps from 4 to 512 px, a picture of 1024."""
    with torch.device("meta"):
        real = MobileStyleGAN()
    assert (real.slots, real.width, real.image_size, real.sizes) == (23, 512, (1024, 1024), (4, 8, 16, 32, 64, 128, 256, 512))
    assert sum(tensor.numel() for tensor in real.state_dict().values()) == 10_106_652


def test_shapes(model: MobileStyleGAN) -> None:
    """Of pictures and maps; 4 px has one map."""
    styles = tiny_styles(3)
    levels = list(model.levels(styles))
    assert [level.size for level in levels] == [4, 8, 16] and levels[0].c2 is None and levels[0].last is levels[0].c1
    for level, channels in zip(levels[1:], CHANNELS[1:], strict=True):
        assert level.c1.shape == level.last.shape == (3, channels, level.size, level.size) and level.last is level.c2
    picture = model(styles)
    assert picture.shape == (3, 3, SIDE, SIDE) and model.image_size == (SIDE, SIDE) and model.slots == SLOTS
    assert 0 <= picture.min() and picture.max() <= 1
    assert torch.equal(picture, model.picture(levels[-1], styles)) and not torch.equal(picture, model.paint(styles, bounded=False))
    assert torch.equal(picture, model.paint(styles, bounded=False).clamp(0, 1))


def test_haar_by_hand() -> None:
    """A mean spreads evenly; the three differences are down, across, and along the diagonals; energy stays."""
    signs = torch.tensor([[[1, 1], [1, 1]], [[1, 1], [-1, -1]], [[1, -1], [1, -1]], [[1, -1], [-1, 1]]])
    for band in range(4):
        one = torch.zeros(1, 4, 1, 1)
        one[0, band] = 2
        assert haar(one).tolist() == signs[band].float()[None, None].tolist()
    bands = tiny_styles(2).reshape(2, 8, 6)[..., None].expand(-1, -1, -1, 5)
    assert haar(bands).shape == (2, 2, 12, 10) and torch.allclose(haar(bands).square().sum(), bands.square().sum())


def test_every_slot_has_a_gradient(model: MobileStyleGAN) -> None:
    """From the picture into all; from a map only into those before it; the weights stay frozen."""
    styles = tiny_styles().requires_grad_()
    (gradient,) = torch.autograd.grad(model.paint(styles, bounded=False).square().sum(), styles)
    assert (gradient.abs().amax(-1) > 0).all() and torch.isfinite(gradient).all()
    level = model.level(styles, 8)
    (first,) = torch.autograd.grad(level.c1.square().sum(), styles, retain_graph=True)
    (second,) = torch.autograd.grad(level.last.square().sum(), styles)
    assert (first.abs().amax(-1) > 0).tolist() == [[slot < 3 for slot in range(SLOTS)]] * 2
    assert (second.abs().amax(-1) > 0).tolist() == [[slot < 4 for slot in range(SLOTS)]] * 2
    assert not model.training and not any(parameter.requires_grad for parameter in model.parameters())


def test_the_gradient_is_the_slope(model: MobileStyleGAN) -> None:
    """Against differences, in double precision; though sums and rectifiers are done in place."""
    double = tiny_network().double()
    double.load_state_dict({name: tensor.double() for name, tensor in model.state_dict().items()})
    styles = tiny_styles(1).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: double.paint(x, bounded=False).mean((2, 3)), (styles,), atol=1e-6)
    z = tiny_styles(1)[:, 0].double().requires_grad_()
    assert torch.autograd.gradcheck(double.style, (z,), atol=1e-6)


def test_it_stops_where_it_is_told(model: MobileStyleGAN) -> None:
    """No stage above the size that was asked for runs."""
    with Trace(model, ["stages.8.c2", "stages.16.c1", "head"]) as trace:
        level = model.level(tiny_styles(), 8)
    assert level.size == 8 and torch.equal(trace["stages.8.c2"], level.last)
    for layer in ("stages.16.c1", "head"):
        with pytest.raises(LayerError):
            trace[layer]


def test_a_layer_can_be_edited(model: MobileStyleGAN) -> None:
    """What a trace puts in a map's place is what the next stage takes."""
    styles = tiny_styles()
    plain = model(styles)
    with Trace(model, [], {"stages.8.c1": lambda maps: maps * 0}):
        assert not torch.equal(model(styles), plain)
    assert torch.equal(model(styles), plain)


def test_the_same_every_time_and_alone(model: MobileStyleGAN) -> None:
    """Nothing is drawn while it paints, its input stays as it was, and a picture does not depend on its batch."""
    styles = tiny_styles(3)
    before = styles.clone()
    pictures = model(styles)
    assert torch.equal(pictures, model(styles)) and torch.equal(styles, before)
    torch.testing.assert_close(pictures, torch.cat([model(one[None]) for one in styles]))
    levels = list(model.levels(styles))
    kept = [level.last.clone() for level in levels]
    model.picture(levels[-1], styles)
    assert all(torch.equal(level.last, copy) for level, copy in zip(levels, kept, strict=True))


def test_latents_depend_on_their_seed_alone(model: MobileStyleGAN) -> None:
    """Not on their batch."""
    latents = model.latents([7, 8])
    assert latents.shape == (2, WIDTH) and torch.equal(latents[1:], model.latents([8])) and not torch.equal(latents[0], latents[1])


def test_truncation_is_a_line_to_the_mean(model: MobileStyleGAN) -> None:
    """At 0 the mean, at 1 the style itself, and half way between; also for w+."""
    w = model.style(model.latents([1, 2, 3]))
    torch.testing.assert_close(model.truncated(w, 1), w)
    torch.testing.assert_close(model.truncated(w, 0), model.mean_style.expand(3, -1))
    torch.testing.assert_close(model.truncated(w, 0.5), (w + model.mean_style) / 2)
    styles = model.broadcast(w)
    assert styles.shape == (3, SLOTS, WIDTH) and all(torch.equal(styles[:, slot], w) for slot in range(SLOTS))
    torch.testing.assert_close(model.truncated(styles, 0.5), model.broadcast(model.truncated(w, 0.5)))
    many = model.style(model.latents(list(range(1, 4000))))
    assert (many.mean(0) - model.mean_style).abs().max() < 5 * (2 / 4000) ** 0.5 * many.std(0).max()


def test_wrong_axes_are_a_sentence(model: MobileStyleGAN) -> None:
    """Of latents and styles; sizes that do not exist; maps that no picture comes from."""
    for styles in (tiny_styles()[:, :-1], tiny_styles()[:, 0], tiny_styles()[..., :-1]):
        with pytest.raises(ShapeError, match=r"w\+ \[n 8 6\]"):
            model(styles)
    for z in (torch.zeros(WIDTH), torch.zeros(1, WIDTH + 1)):
        with pytest.raises(ShapeError, match=r"latents \[n 6\]"):
            model.style(z)
    with pytest.raises(ShapeError, match=r"no maps of 32 px.* 4, 8, 16 px"):
        model.level(tiny_styles(), 32)
    with pytest.raises(ShapeError, match="Only maps of 16 px"):
        model.picture(model.level(tiny_styles(), 8), tiny_styles())


@pytest.mark.parametrize("size", [4, 8, 16])
def test_a_delta_is_added_where_it_belongs(model: MobileStyleGAN, size: int) -> None:
    """To the last maps of its size; what comes before is as it was, what comes after follows; one serves for all, or each has its own."""
    styles, channels = tiny_styles(), {4: 8, 8: 8, 16: 4}[size]
    delta = torch.randn(2, channels, size, size, generator=torch_rng("delta")).requires_grad_()
    for plain, changed in zip(model.levels(styles), model.levels(styles, delta), strict=True):
        if plain.size < size:
            assert torch.equal(plain.last, changed.last)
        elif plain.size == size:
            torch.testing.assert_close(changed.last, plain.last + delta)
            assert size == 4 or torch.equal(plain.c1, changed.c1)
        else:
            assert not torch.allclose(plain.last, changed.last)
    model.paint(styles, bounded=False, delta=delta).sum().backward()
    assert delta.grad is not None and (delta.grad.abs().amax((1, 2, 3)) > 0).all()
    same = model.paint(styles, delta=delta[:1].detach())
    torch.testing.assert_close(same[:1], model.paint(styles[:1], delta=delta[:1].detach()))
    assert torch.equal(model.paint(styles, delta=torch.zeros_like(delta)), model.paint(styles))


@pytest.mark.parametrize("shape", [(1, 8, 5, 5), (1, 4, 8, 8), (3, 8, 8, 8), (8, 8, 8), (1, 8, 4, 8)])
def test_a_delta_that_fits_nowhere_is_refused(model: MobileStyleGAN, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"delta for maps of one size.*\[n 4 16 16\]"):
        model.paint(tiny_styles(), delta=torch.zeros(shape))
