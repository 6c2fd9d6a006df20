"""Images are grown for what is asked, each by its own seed; a toy neuron's template comes back, and no hook stays behind."""

from __future__ import annotations

from itertools import islice

import pytest
import torch
from torch import Tensor, nn

from core.foundations.errors import LayerError, SettingError, ShapeError
from core.methods.write.visualise import STILL, Network, Visualising, grow
from core.methods.write.visualise_canvas import Canvas, Fourier, Latent, Palette, colour_axes, resized
from core.methods.write.visualise_goals import Scorer, output, unit, units
from core.methods.write.visualise_views import Views, looked_at, plan
from tests.models import tiny_towers as towers

SIZE = (towers.SIDE, towers.SIDE)
FEW = Visualising(steps=6, rate=0.1, shown=3)


def network(kind: str = "timm") -> Network:
    """A tiny random tower of four families."""
    extra = {"timm": 1, "registers": 3, "mean": 0, "distilled": 2}[kind]
    made = {
        "timm": towers.timm_tower,
        "registers": lambda: towers.timm_tower(reg_tokens=2),
        "mean": lambda: towers.timm_tower(class_token=False, global_pool="avg"),
        "distilled": towers.distilled_tower,
    }[kind]()
    return Network(made, lambda images: made(images * 2 - 1), extra)


def hooks(module: nn.Module) -> int:
    return sum(len(one._forward_hooks) + len(one._forward_pre_hooks) for one in module.modules())


class Linear(nn.Module):
    """A neuron that wants one picture."""

    def __init__(self, template: Tensor) -> None:
        super().__init__()
        self.neuron = nn.Linear(template.numel(), 1, bias=False)
        self.neuron.weight.data = template.flatten()[None].clone()

    def forward(self, images: Tensor) -> Tensor:
        return self.neuron(images.flatten(1))


@pytest.mark.parametrize("kind", ["fourier", "palette"])
def test_a_linear_neuron_gets_its_template_back(kind: str) -> None:
    """What was grown and what the neuron weighs agree, r > .95, where the template has the canvas's own kind of spectrum or edges."""
    canvas: Canvas = Fourier((16, 16))
    template, rate = torch.logit(canvas.paint(0.3 * canvas.start([9]).sign(), 1.0)), 0.02
    if kind == "palette":
        corners = torch.tensor([[float(r), float(g), float(b)] for r in (0, 1) for g in (0, 1) for b in (0, 1)])
        canvas, template, rate = Palette(corners, (16, 16), coarse=(1,)), template.sign(), 0.2
    toy = Linear(template).requires_grad_(False)
    *_, last = grow(Network(toy, toy), canvas, [output(0)], [3], Visualising(40, rate, STILL))
    assert float(torch.corrcoef(torch.stack([last.images.flatten(), template.flatten()]))[0, 1]) > 0.95
    assert torch.allclose(last.scores, last.said[:, 0])


@pytest.mark.parametrize("kind", ["timm", "registers", "mean", "distilled"])
def test_every_family_grows_units_of_its_own(kind: str) -> None:
    """The score goes up for a key, for what is behind it, and for a class, in one batch; images are in [0, 1]; no hook is left."""
    net = network(kind)
    key, behind = unit("blocks.1.mlp.fc1", 5), unit("blocks.1.mlp.act", 7, "patches")
    goals = [key, behind, output(2), key - 0.5 * unit("blocks.0.mlp.fc1", 1, 4)]
    first, *_, last = grow(net, Fourier(SIZE), goals, [0, 1, 2, 3], Visualising(steps=24, rate=0.2, shown=24, views=STILL))
    assert (last.scores > first.scores).all() and last.done and last.step == 24
    assert last.images.shape == (4, 3, *SIZE) and float(last.images.min()) >= 0 and float(last.images.max()) <= 1
    assert hooks(net.module) == 0 and not any(p.grad is not None for p in net.module.parameters())


def test_a_reading_is_what_the_network_says() -> None:
    """Of all tokens, of the patches, of the class token and of one place, weighed and summed, by hand."""
    net, images = network("registers"), torch.rand(2, 3, *SIZE)
    layer = "blocks.2.mlp.fc1"
    tokens = net.readings(images, [layer])[layer]
    block = net.module.get_submodule("blocks.2")
    assert torch.allclose(block.mlp.act(tokens), net.readings(images, ["blocks.2.mlp.act"])["blocks.2.mlp.act"])
    goal = 2 * unit(layer, 3) + unit(layer, 4, "patches") - unit(layer, 5, "class") + units([layer], [6], [0.5], 1)
    by_hand = 2 * tokens[0, :, 3].mean() + tokens[0, 3:, 4].mean() - tokens[0, 0, 5] + 0.5 * tokens[0, 4, 6]
    assert Scorer([goal, goal], 3).score(net.readings(images, [layer]))[0] == pytest.approx(float(by_hand), abs=1e-5)


def test_an_image_depends_on_its_seed_alone() -> None:
    """Not on its batch, and not on the run; another seed is another image."""
    net, goal = network(), unit("blocks.1.mlp.fc1", 2)
    for canvas in (Fourier(SIZE), Palette(torch.rand(9, 3), SIZE)):
        runs = [list(grow(net, canvas, [goal] * len(seeds), seeds, FEW))[-1].images for seeds in ([7], [7], [5, 7])]
        assert torch.equal(runs[0], runs[1])
        assert torch.allclose(runs[2][1], runs[0][0], atol=1e-4) and not torch.allclose(runs[2][0], runs[0][0], atol=1e-2)


def test_diverse_images_differ_more() -> None:
    """Of three of one goal the units' Gram matrices are less alike; an image with another goal is left out of it."""
    net, layer = network(), "blocks.1.mlp.fc1"
    goal, other = unit(layer, 2), unit(layer, 3)
    plain, apart = (
        list(grow(net, Fourier(SIZE), [one] * 3 + [other], range(4), Visualising(steps=30, rate=0.2, shown=30)))[-1].images
        for one in (goal, (0.02 * goal).apart(1.0))
    )
    judge = Scorer([goal.apart(1.0)] * 3, 1)
    none = Scorer([goal] * 3, 1)
    readings = [net.readings(images[:3], [layer]) for images in (plain, apart)]
    alike = [none.score(one) - judge.score(one) for one in readings]
    assert float(alike[1].mean()) < float(alike[0].mean()) - 0.05
    assert torch.allclose(plain[3], apart[3], atol=1e-4)


def test_nothing_is_grey_and_colours_are_axes() -> None:
    """A spectrum of nothing is grey; axes of colours are orthogonal, the longest of length 1, towards light."""
    for axes in (None, colour_axes(torch.rand(4, 3, 8, 8))):
        canvas = Fourier(SIZE, axes)
        assert torch.equal(canvas.paint(torch.zeros_like(canvas.start([1]))), torch.full((1, 3, *SIZE), 0.5))
    rgb = torch.rand(2, 1, 8, 8) * torch.tensor([1.0, 0.5, 0.25])[:, None, None] + 0.1 * torch.rand(2, 3, 8, 8)
    found = colour_axes(rgb)
    assert torch.allclose(found.T @ found, torch.diag((found**2).sum(0)), atol=1e-5)
    assert float(found[:, 0].norm()) == pytest.approx(1, abs=1e-5) and (found[:, 0] > 0).all()


def test_a_palette_ends_on_its_own_colours() -> None:
    """Hard pixels at the end, soft ones with a slope before; coarse blocks share numbers."""
    colours = torch.rand(5, 3)
    canvas = Palette(colours, (8, 8), coarse=(1, 4))
    free = canvas.start([1, 2]).requires_grad_()
    hard, soft = canvas.paint(free, 1.0), canvas.paint(free, 0.2)
    assert all(any(torch.equal(pixel, colour) for colour in colours) for pixel in hard[0].flatten(1).T)
    assert not torch.equal(hard, soft) and torch.autograd.grad(canvas.paint(free, 0.9).sum(), free)[0].abs().sum() > 0
    assert torch.equal(canvas.logits(torch.cat([torch.zeros(1, 64, 5), torch.ones(1, 4, 5)], 1)), torch.ones(1, 8, 8, 5))
    with pytest.raises(SettingError, match="do not fill"):
        Palette(colours, (8, 6), coarse=(4,))


def test_a_latent_stays_in_its_bounds() -> None:
    """However far the free numbers go."""
    canvas = Latent(lambda z: z[:, :3] / 4 + 0.5, (4, 8, 8), bound=2.0)
    assert canvas.start([1]).shape == (1, 4, 8, 8)
    assert float(canvas.paint(torch.full((1, 4, 8, 8), 1e4)).max()) == pytest.approx(1)


def test_views_move_mirror_and_fill_with_ground() -> None:
    """By whole pixels, as the pixels are moved by hand; nothing changes where nothing may; seeds are the images' own."""
    images, ground = torch.rand(2, 3, 8, 8), torch.rand(2, 3)
    still = plan(STILL, [1, 2], 1, (8, 8))
    assert torch.allclose(looked_at(images, still.affine[0], still.grounds[0]), images, atol=1e-5)
    right = torch.tensor([[1.0, 0, 2 * 2 / 8], [0, 1, 0]]).expand(2, 2, 3)
    seen = looked_at(images, right, ground)
    assert torch.allclose(seen[:, :, :, :6], images[:, :, :, 2:], atol=1e-5)
    assert torch.allclose(seen[:, :, :, 6:], ground[:, :, None, None].expand(2, 3, 8, 2), atol=1e-5)
    flipped = torch.tensor([[-1.0, 0, 0], [0, 1, 0]]).expand(2, 2, 3)
    assert torch.allclose(looked_at(images, flipped, ground), images.flip(3), atol=1e-5)
    one, two = (plan(Views(0.25), seeds, 5, (8, 8), torch.rand(3, 3)) for seeds in ([4], [9, 4]))
    assert torch.equal(one.affine[:, 0], two.affine[:, 1]) and (one.affine[:, 0, :, 2] * 4).frac().abs().max() < 1e-5
    turned = plan(Views(0.0, turned=90.0, mirrored=0.0), [3], 1, (8, 16)).affine[0]
    assert torch.allclose(
        looked_at(torch.full((1, 3, 8, 16), 0.3), turned, torch.full((1, 3), 0.3)), torch.full((1, 3, 8, 16), 0.3), atol=1e-5
    )


def test_whoever_stops_leaves_nothing_behind() -> None:
    """Previews come as they are asked for; hooks are gone after a stop and after an error; images of another size are brought to it."""
    net = network()
    steps = list(islice(grow(net, Fourier(SIZE), [output(1)], [1], FEW), 2))
    assert [one.step for one in steps] == [0, 1] and hooks(net.module) == 0
    assert resized(torch.rand(1, 3, 12, 12), SIZE).shape == (1, 3, *SIZE)
    with pytest.raises(LayerError, match="no layer named"):
        list(grow(net, Fourier(SIZE), [unit("blocks.9.mlp.fc1", 1)], [1], FEW))
    with pytest.raises(LayerError, match="units 0 to 63"):
        list(grow(net, Fourier(SIZE), [unit("blocks.1.mlp.fc1", 64)], [1], FEW))
    with pytest.raises(ShapeError, match="each with a seed"):
        list(grow(net, Fourier(SIZE), [output(1)], [1, 2], FEW))
    with pytest.raises(ShapeError, match="no class token"):
        list(grow(network("mean"), Fourier(SIZE), [unit("blocks.1.mlp.fc1", 1, "class")], [1], FEW))
    with pytest.raises(SettingError, match="place"):
        unit("blocks.1.mlp.fc1", 1, "corner")
    assert hooks(net.module) == 0
