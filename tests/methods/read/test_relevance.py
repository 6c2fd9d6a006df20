"""Attention and relevance maps, against their equations written out with every attention matrix in the graph."""

from __future__ import annotations

import pytest
import torch

from core.methods.read import relevance
from core.methods.read.relevance_rules import (
    layerwise_relevance,
    ratio,
    through_block,
    through_linear,
    through_product,
    through_sum,
)
from core.methods.read.segment_view import View, attention_gradient, replay
from tests.methods.read.slow_segment import attention_gradients, clip_around, relevance_by_gradient, rolled, unit
from tests.models.tiny_towers import KINDS, pictures

MIXED = ("open_clip", "layer scale", "query norm", "timm registers", "mean, then norm", "timm unnormed", "wrapped timm")


def view_of(kind: str, count: int = 2) -> tuple[View, torch.Tensor]:
    """A view of random pictures, and a text for each `[n 1 k]`."""
    clip = clip_around(KINDS[kind]())
    return View(clip, pictures(count)), unit(count, 1, clip.anatomy.joint)


@pytest.mark.parametrize("kind", KINDS)
def test_replayed_blocks_are_the_stock_ones(kind: str) -> None:
    """A block computed again gives the stream that left it, and its attention's row is the one that was seen."""
    view, _ = view_of(kind)
    for layer in range(view.anatomy.layers):
        again = replay(view.anatomy, layer, view.streams[layer])
        assert torch.allclose(again.mid + again.added, view.streams[layer + 1], atol=2e-5)
        row = torch.einsum("nq,nhqt->nht", view.seen.weights, view.attention(layer))
        assert torch.allclose(row, view.seen.attention[layer], atol=1e-5)


@pytest.mark.parametrize("kind", MIXED)
def test_gradients_in_attention(kind: str) -> None:
    """From the stock forward and one block, against a whole forward with every matrix in the graph."""
    view, texts = view_of(kind)
    _, expected = attention_gradients(view.anatomy, view.streams[0], texts[:, 0])
    (gradients,) = view.stream_gradients(texts)
    for layer in range(view.anatomy.layers):
        found = attention_gradient(view.anatomy, layer, view.streams[layer], gradients[layer])
        assert torch.allclose(found, expected[layer], atol=1e-4 * float(expected[layer].abs().max()))


def test_gradients_leave_nothing_behind() -> None:
    """Parameters that want gradients get none, no hook stays, and the caller's grad mode is his own."""
    tower = KINDS["stem"]().requires_grad_(True)
    view = View(clip_around(tower), pictures())
    texts = unit(2, 3, view.anatomy.joint)
    with torch.no_grad():
        for _ in view.stream_gradients(texts):
            assert not torch.is_grad_enabled()
    for _ in layerwise_relevance(view, texts[:, 0]):
        assert torch.is_grad_enabled()
    assert all(weight.grad is None for weight in tower.parameters())
    assert not any(module._forward_hooks for module in tower.modules())


@pytest.mark.parametrize("kind", MIXED)
def test_products_over_layers(kind: str) -> None:
    """Rollout, generic and Chefer's map as products of whole matrices."""
    view, texts = view_of(kind)
    anatomy, eye = view.anatomy, torch.eye(view.anatomy.tokens)
    attention, gradient = attention_gradients(anatomy, view.streams[0], texts[:, 0])
    relevances = [found.attention for found in layerwise_relevance(view, texts[:, 0])][::-1]
    factors = {
        relevance.rollout: [(a.mean(1) + eye) / 2 for a in attention],
        relevance.generic: [(a * g).clamp(min=0).mean(1) + eye for a, g in zip(attention, gradient, strict=True)],
        relevance.chefer: [(r * g).clamp(min=0).mean(1) + eye for r, g in zip(relevances, gradient, strict=True)],
    }
    for function, matrices in factors.items():
        expected = view.patches(rolled(matrices[1:], anatomy.read_out))
        assert torch.allclose(function(view, texts)[:, 0], expected, atol=1e-3 * float(expected.abs().max())), function.__name__


def test_gradcam_and_attention() -> None:
    """On the class row of the last layer, head by head."""
    view, texts = view_of("open_clip")
    attention, gradient = (x[-1][:, :, 0, 1:] for x in attention_gradients(view.anatomy, view.streams[0], texts[:, 0]))
    expected = sum(attention[:, h] * gradient[:, h].mean(1, keepdim=True) for h in range(4)).clamp(min=0) / 4
    assert torch.allclose(relevance.gradcam(view, texts).flatten(1), expected, atol=1e-5)
    assert torch.allclose(relevance.attention_map(view, texts).flatten(1), attention.mean(1), atol=1e-6)


def test_rules_by_hand() -> None:
    """Small numbers."""
    weight, x = torch.tensor([[1.0, -2.0], [3.0, 1.0]]), torch.tensor([[[2.0, -1.0]]])
    # First output: contributions 2 and 2, both positive. Second: 6 and -1, of which 6 alone counts.
    assert torch.allclose(through_linear(torch.tensor([[[8.0, 5.0]]]), x, weight), torch.tensor([[[4.0 + 5.0, 4.0]]]))
    a, b = torch.tensor([[1.0, 3.0]]), torch.tensor([[2.0], [2.0]])
    first, second = through_product(torch.tensor([[8.0]]), a, b)
    assert torch.allclose(first, torch.tensor([[1.0, 3.0]])) and torch.allclose(second, torch.tensor([[1.0], [3.0]]))
    first, second = through_sum(torch.tensor([[[4.0]]]), torch.tensor([[[3.0]]]), torch.tensor([[[1.0]]]))
    assert torch.allclose(first, torch.tensor([[[3.0]]])) and torch.allclose(second, torch.tensor([[[1.0]]]))
    assert ratio(torch.ones(3), torch.tensor([0.0, 2.0, -4.0])).tolist() == [0, 0.5, -0.25]


def test_rules_are_gradient_times_input() -> None:
    """As Chefer et al. write them: x dZ/dx (R / Z), for linear maps on the parts whose product is positive."""
    rng = torch.Generator().manual_seed(0)
    x, weight = torch.randn(2, 3, 4, generator=rng), torch.randn(5, 4, generator=rng)
    out = torch.randn(2, 3, 5, generator=rng)
    up, down = weight.clamp(min=0), weight.clamp(max=0)
    high, low = relevance_by_gradient(out, lambda p, n: p @ up.T + n @ down.T, x.clamp(min=0), x.clamp(max=0))
    assert torch.allclose(through_linear(out, x, weight), high + low, atol=1e-5)
    a, b = torch.rand(2, 3, 4, generator=rng), torch.rand(2, 4, 5, generator=rng)
    expected = relevance_by_gradient(out, torch.matmul, a, b)
    assert all(torch.allclose(f, e / 2, atol=1e-5) for f, e in zip(through_product(out, a, b), expected, strict=True))


@pytest.mark.parametrize("kind", MIXED)
def test_relevance_is_kept(kind: str) -> None:
    """What enters a block is what leaves it: 1 for each picture, all the way down."""
    view, texts = view_of(kind)
    sums = torch.stack([found.before.sum((1, 2)) for found in layerwise_relevance(view, texts[:, 0])])
    assert torch.allclose(sums, torch.ones_like(sums), atol=2e-2)
    ends = list(layerwise_relevance(view, texts[:, 0]))[-1].before[:, view.anatomy.extra :].sum(-1)
    assert torch.allclose(relevance.lrp(view, texts).flatten(1), ends)


def test_a_picture_stands_for_itself() -> None:
    """Its relevance does not depend on the other pictures of its batch."""
    view, texts = view_of("open_clip", 3)
    alone = View(view.clip, view.images[:1])
    for function in (relevance.chefer, relevance.lrp, relevance.partial_lrp, relevance.gradcam, relevance.generic):
        whole, own = function(view, texts)[:1], function(alone, texts[:1])
        assert torch.allclose(whole, own, atol=1e-3 * float(own.abs().max())), function.__name__


def test_a_block_that_says_nothing_hands_relevance_on() -> None:
    """With zero weights all relevance stays in the stream."""
    view, _ = view_of("open_clip")
    seen = replay(view.anatomy, 0, view.streams[0])
    still = type(seen)(**{**vars(seen), "attended": torch.zeros_like(seen.attended), "added": torch.zeros_like(seen.added)})
    relevance_out = torch.rand(2, 10, 32, generator=torch.Generator().manual_seed(0))
    found = through_block(view.anatomy, 0, still, relevance_out)
    assert torch.allclose(found.before, relevance_out, atol=1e-5) and not found.attention.any()
