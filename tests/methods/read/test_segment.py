"""Segmentation by text: every method on every family of towers, and on a tower whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
import torch

from core.bench.masks import MaskScores
from core.foundations.errors import LayerError, SettingError, ShapeError
from core.methods.read.decompose import heat as token_heat
from core.methods.read.segment import METHODS, Asking, against_others, segment, tokens
from core.methods.read.segment_neurons import agreement, chosen, neurons, own_readout
from core.methods.read.segment_settings import Heat, Segmenting
from core.methods.read.segment_view import View
from core.methods.read.shown import Shown
from core.models.clip import Clip
from tests.methods.read.slow_segment import COLOURS, clip_around, painted, planted_clip, unit
from tests.models.tiny_towers import KINDS, SIDE

RED, BLUE = COLOURS[0:1], COLOURS[2:3]
SEEING = ("studio", "tokens", "lrp", "chefer", "generic", "maskclip", "clearclip", "naclip", "sclip", "clipsurgery")
"""Methods that look at values, so that they see the planted tower's answer: its attention and its neurons know nothing."""


@cache
def clip_of(kind: str) -> Clip:
    """A tiny random tower of some family."""
    return clip_around(KINDS[kind]())


def images(count: int = 2) -> torch.Tensor:
    """Random pictures in [0, 1]."""
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_on_every_tower(method: str, kind: str) -> None:
    """Axes, range, no number missing, the same twice, and the same alone as in a batch."""
    clip = clip_of(kind)
    texts, against = unit(2, clip.anatomy.joint), unit(4, clip.anatomy.joint, seed=1)
    found = segment(Shown(clip, images()), texts, method, against=against)
    again = segment(Shown(clip, images()), texts, method, against=against)
    alone = segment(Shown(clip, images()[1:]), texts[1:], method, against=against)
    assert found.heat.shape == found.mask.shape == (2, SIDE, SIDE) and found.cut.shape == (2,)
    assert found.raw.isfinite().all() and found.heat.min() >= 0 and found.heat.max() <= 1
    assert torch.equal(found.raw, again.raw) and not found.raw.requires_grad
    assert torch.allclose(found.raw[1:], alone.raw, atol=5e-3 * float(found.raw.abs().max()))


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_left_behind(method: str) -> None:
    """No weight changes, none keeps a gradient, and no hook stays, after a wrong text too."""
    clip = clip_around(KINDS["timm registers"]().requires_grad_(True))
    before = {name: weight.clone() for name, weight in clip.named_parameters()}
    texts = unit(2, clip.anatomy.joint)
    segment(Shown(clip, images()), texts, method, replace(METHODS[method].published, windows=2))
    if METHODS[method].reads_text:
        with pytest.raises((RuntimeError, ShapeError)):
            segment(Shown(clip, images()), texts[:, 1:], method)
    assert all(torch.equal(weight, before[name]) and weight.grad is None for name, weight in clip.named_parameters())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in clip.modules())
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("method", SEEING)
def test_the_red_square_is_found(method: str) -> None:
    """Red on blue, on the grid: the mask is exact. Of a single patch the embedding keeps no red that LRP could start from."""
    squares = [(8, 24, 0, 32), (8, 16, 16, 24)]
    for square in squares[:1] if method in ("lrp", "chefer") else squares:
        image, mask = painted(square)
        found = segment(Shown(planted_clip(), image), RED, method, Segmenting(upsampling="nearest"))
        assert torch.equal(found.mask, mask)
        assert MaskScores().add(found.heat, mask, found.mask).figures.miou == 1


@pytest.mark.parametrize("method", ("tokens", "maskclip", "clipsurgery", "studio"))
def test_a_text_and_its_opposite(method: str) -> None:
    """Blue is where red is not; and red against blue is red alone."""
    image, mask = painted((8, 16, 8, 24))
    settings = Segmenting(upsampling="nearest", contrast="mean", mixture=(("tokens", 1.0), ("clearclip", 1.0)))
    assert torch.equal(segment(Shown(planted_clip(), image), BLUE, method, settings).mask, ~mask)
    assert torch.equal(segment(Shown(planted_clip(), image), RED, method, settings, against=COLOURS).mask, mask)


@pytest.mark.parametrize("method", [m for m in SEEING if m != "naclip"])
def test_a_moved_picture_has_a_moved_map(method: str) -> None:
    """The planted tower knows no positions, and of the methods only naclip adds some: a patch to the right is a cell to the right."""
    here, there = (painted((8, 16, left, left + 16))[0] for left in (8, 16))
    settings = Segmenting(upsampling="nearest")
    one, other = (segment(Shown(planted_clip(), image), RED, method, settings).raw for image in (here, there))
    assert torch.allclose(one.roll(8, 2), other, atol=1e-5)


@pytest.mark.parametrize("method", ("tokens", "clearclip", "gradcam", "studio"))
def test_one_window_is_the_plain_map(method: str) -> None:
    """Whatever else is set, a single window is no window."""
    clip, texts = clip_of("open_clip"), unit(2, 16)
    settings = Segmenting(upsampling="nearest")
    maps = segment(Shown(clip, images()), texts, method, settings).raw
    cells = maps.unflatten(1, (3, 8)).unflatten(3, (3, 8))
    assert torch.equal(cells[:, :, :1, :, :1].expand_as(cells), cells)
    if method != "studio":
        plain = METHODS[method].map(View(clip, images()), texts[:, None], Asking(settings))
        assert torch.allclose(maps[:, ::8, ::8], plain[:, 0].float(), atol=1e-6)


def test_windows_make_masks_finer_than_patches() -> None:
    """A square that lies across the grid: overlap grows with the windows, and with the picture's own edges."""
    image, mask = painted((12, 20, 10, 22))
    settings = [Segmenting(upsampling="nearest", windows=w, threshold=0.5) for w in (1, 2, 4)]
    settings.append(Segmenting(windows=4, threshold=0.5, radius=1.0, eps=1e-4))
    found = [segment(Shown(planted_clip(), image), RED, "maskclip", s) for s in settings]
    overlaps = [MaskScores().add(f.heat, mask, f.mask).figures.miou for f in found]
    assert overlaps == sorted(overlaps) and overlaps[2] > overlaps[0] + 0.1 and overlaps[3] > 0.9


def test_tokens_are_the_decomposition() -> None:
    """With one text for each picture, or the same for all, and in the last layers alone."""
    clip = clip_of("timm registers")
    view, texts = View(clip, images()), unit(2, 10)
    whole = token_heat(view.seen, clip.anatomy, texts)[..., clip.anatomy.extra :].unflatten(-1, (3, 3))
    each = tokens(view, texts[:, None], Asking(Segmenting()))
    assert torch.allclose(each[:, 0], whole[[0, 1], [0, 1]], atol=1e-5)
    assert torch.allclose(tokens(view, texts[None].expand(2, -1, -1), Asking(Segmenting())), whole, atol=1e-5)
    last = token_heat(view.seen, clip.anatomy, texts[:1], [2])[..., clip.anatomy.extra :].unflatten(-1, (3, 3))
    assert torch.allclose(tokens(view, texts[None, :1].expand(2, -1, -1), Asking(Segmenting(last=1))), last, atol=1e-5)


def test_several_texts_for_each_picture() -> None:
    """Three axes give four; each text's map is the one it has alone; and a mean contrast takes the others' mean off."""
    clip, texts = clip_of("open_clip"), unit(3, 16)
    many = segment(Shown(clip, images()), texts[None], "tokens", Segmenting())
    assert many.heat.shape == (2, 3, SIDE, SIDE) and many.mask.shape == many.heat.shape and many.cut.shape == (2, 3)
    one = segment(Shown(clip, images()), texts[1:2], "tokens", Segmenting())
    assert torch.allclose(many.raw[:, 1], one.raw, atol=1e-5)
    less = segment(Shown(clip, images()), texts[1:2], "tokens", Segmenting(contrast="mean"), against=texts)
    assert torch.allclose(less.raw, one.raw - many.raw.mean(1), atol=1e-4)


def test_contrasts_by_hand() -> None:
    """One place where the text wins by 1 and one where it loses by 2; the text itself, among the others, does not count."""
    maps, others = torch.tensor([[[[3.0, 1.0]]]]), torch.tensor([[[[2.0, 3.0]], [[3.0, 1.0]]]])
    same = torch.tensor([[[False, True]]])
    assert against_others(maps, others, same, Segmenting(contrast="max")).tolist() == [[[[1, -2]]]]
    assert against_others(maps, others[:, 1:], same[..., 1:], Segmenting(contrast="max")).tolist() == maps.tolist()
    shares = against_others(maps, others, same, Segmenting(contrast="softmax", sharpness=2.0))
    spread = torch.cat([maps, others], 1).std()
    assert torch.allclose(shares, torch.sigmoid(torch.tensor([[[[1.0, -2.0]]]]) * 2 / spread))
    alone = against_others(maps, others[:, 1:], same[..., 1:], Segmenting(contrast="softmax"))
    assert torch.equal(alone, torch.ones_like(maps))


@pytest.mark.parametrize("contrast", ("max", "softmax"))
def test_contrasts_part_the_picture(contrast: str) -> None:
    """Red and blue share the planted picture without a place left over."""
    image, mask = painted((8, 16, 16, 24))
    settings = Segmenting(contrast=contrast, upsampling="nearest", threshold=0.5)
    found = segment(Shown(planted_clip(), image), COLOURS[None], "maskclip", settings, against=COLOURS)
    assert torch.equal(found.mask[:, 0], mask) and torch.equal(found.mask[:, 2], ~mask)


def test_any_size_comes_back() -> None:
    """Pictures of other sizes and proportions are squashed, and their heat has their own size."""
    image, mask = painted((8, 16, 16, 24))
    large = image.repeat_interleave(4, 2).repeat_interleave(2, 3)
    found = segment(Shown(planted_clip(), large), RED, "tokens", Segmenting(threshold=0.5))
    assert found.heat.shape == (1, 128, 64)
    wide = mask.repeat_interleave(4, 1).repeat_interleave(2, 2)
    assert MaskScores().add(found.heat, wide, found.mask).figures.pixel_acc > 0.95


def test_heat_is_cut_anywhere() -> None:
    """At a number, at the mean, at Otsu's; a constant heat is nowhere."""
    heat = torch.tensor([[[0.0, 0.1], [0.2, 1.0]], [[0.0, 0.0], [0.0, 0.0]]])
    found = Heat(heat, heat, torch.tensor([0.15, 0.0]), "x")
    assert found.mask.sum((1, 2)).tolist() == [2, 0]
    assert found.at(0.05).sum((1, 2)).tolist() == [3, 0]
    assert found.at("mean").sum((1, 2)).tolist() == [1, 0] and found.at("otsu").sum((1, 2)).tolist() == [1, 0]


def test_neurons_as_in_the_paper() -> None:
    """The mean of the chosen neurons' raw maps, whatever the sign; a plain loop beside it."""
    clip, texts = clip_of("open_clip"), unit(1, 16)
    directions = {layer: torch.randn(64, 16, generator=torch.Generator().manual_seed(layer)) for layer in (0, 1)}
    view = View(clip, images())
    found = neurons(view, texts[None].expand(2, -1, -1), (0, 1), 5, directions=directions)
    scores = torch.cat([directions[layer] @ texts[0] for layer in (0, 1)])
    active = torch.cat([clip.see(images(), (layer,)).activations[layer] for layer in (0, 1)], -1)[:, 1:]
    best = sorted(range(128), key=lambda u: -abs(float(scores[u])))[:5]
    assert torch.allclose(found.flatten(1), sum(active[..., u] for u in best) / 5, atol=1e-5)
    signed = neurons(view, texts[None].expand(2, -1, -1), (0, 1), 5, True, directions)
    z = [(active[..., u] - active[..., u].mean(1, keepdim=True)) / active[..., u].std(1, correction=0, keepdim=True) for u in best]
    assert torch.allclose(signed.flatten(1), sum(float(scores[u]) * x for u, x in zip(best, z, strict=True)), atol=1e-4)
    still = {layer: torch.stack([torch.zeros(64), torch.ones(64)]) for layer in (0, 1)}
    scaled = neurons(view, texts[None].expand(2, -1, -1), (0, 1), 5, True, directions, still)
    assert torch.allclose(scaled.flatten(1), sum(float(scores[u]) * active[..., u] for u in best), atol=1e-4)


def test_neurons_scale_and_sign() -> None:
    """A planted neuron that is active on a square is chosen by its direction; turned round, signed maps turn too."""
    scores = torch.tensor([[[0.1, -3.0, 2.0, 0.0]]])
    assert chosen(scores, 2).tolist() == [[[0, -3, 2, 0]]]
    clip = clip_of("open_clip")
    view, text = View(clip, images()), unit(1, 1, 16).expand(2, -1, -1)
    toward = {1: torch.randn(64, 16, generator=torch.Generator().manual_seed(0))}
    away = {1: -toward[1]}
    one, other = (neurons(view, text, (1,), 9, True, d) for d in (toward, away))
    assert torch.allclose(one, -other, atol=1e-5)
    same = [neurons(view, text, (1,), 9, False, d) for d in (toward, away)]
    assert torch.equal(same[0], same[1])


def test_own_readout_is_what_the_later_layer_says() -> None:
    """One later layer, attention everywhere alike and norms frozen: the change of the score is linear in the neuron."""
    clip = clip_of("timm unnormed")  # no last norm, so the score is linear in the stream
    anatomy, texts = clip.anatomy, unit(2, 10)
    block, last = anatomy.blocks[1], anatomy.blocks[2]
    step = block.fc2_weight.T  # what each neuron writes, [u d]
    inside = (step - step.mean(1, keepdim=True)) * last.norm1.weight
    written = inside @ last.value_weight.T @ last.out_weight.T @ anatomy.projection
    assert torch.allclose(own_readout(anatomy, 1, texts), texts @ written.T, atol=1e-4)
    both = agreement(anatomy, (0, 1), texts[:, None], None)
    assert torch.allclose(both[:, 0, 64:], own_readout(anatomy, 1, texts))
    with pytest.raises(LayerError, match="no later layer"):
        own_readout(anatomy, 2, texts)
    with pytest.raises(LayerError, match="No directions"):
        agreement(anatomy, (0, 1), texts[:, None], {0: torch.zeros(64, 10)})
    with pytest.raises(ShapeError, match="should be"):
        agreement(anatomy, (0,), texts[:, None], {0: torch.zeros(63, 10)})


def test_wrong_settings_are_refused() -> None:
    """With a sentence that names what was given."""
    clip, text = clip_of("open_clip"), unit(1, 16)
    with pytest.raises(SettingError, match="nearest are .*maskclip"):
        segment(Shown(clip, images()), text, "mask clip")
    for texts in (unit(3, 16), unit(16), unit(1, 1, 1, 16)):
        with pytest.raises(ShapeError, match="Expected pictures"):
            segment(Shown(clip, images()), texts, "tokens")
    wrong = {"contrast": "least", "threshold": 2.0, "windows": 9, "mixture": (), "mix": "best", "eps": 0.0, "neurons": 0}
    for name, value in wrong.items():
        with pytest.raises(SettingError, match=name):
            Segmenting(**{name: value})
    with pytest.raises(SettingError, match="mixture"):
        Segmenting(mixture=(("studio", 1.0),))
