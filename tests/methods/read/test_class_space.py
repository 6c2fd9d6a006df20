"""Class space: what is read at every depth is what the tower itself computes, and every number is what a plain reference counts."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from core.foundations.errors import SettingError, ShapeError
from core.foundations.trace import Trace
from core.methods.read import class_space as space
from core.models.classifier import Classifier
from tests.models import tiny_towers as towers
from tests.models.test_classifier import families, known

LABELS = torch.tensor([3, 0, 7])


def at_hand(family: str = "class token") -> tuple[Classifier, torch.Tensor, space.Depths]:
    """A tiny classifier, three pictures, and what one forward leaves of them."""
    classifier, images = known(family), towers.pictures(3)
    return classifier, images, space.depths_of(classifier, images)


@families
def test_the_last_depth_is_the_answer(family: str) -> None:
    """The tower's own output, for every family; and a stream is the one before it with what attention and MLP add."""
    classifier, images, depths = at_hand(family)
    votes = space.votes(classifier, depths)
    assert votes.shape == (4, 3, classifier.classes)
    assert torch.allclose(votes[-1], classifier.tower(images), atol=1e-5)
    for layer in range(3):
        after = depths.streams[layer] + depths.attended(layer) + depths.added[layer]
        assert torch.allclose(after, depths.streams[layer + 1], atol=1e-5)
    found = space.progress(classifier, depths, LABELS)
    right = classifier.tower(images).argmax(-1) == LABELS
    if classifier.second is None and classifier.anatomy.read_out == slice(0, 1):
        assert torch.equal(found.rank[-1, :, 0] == 0, right)


@families
def test_one_picture_is_what_it_is_among_others(family: str) -> None:
    """Alone it gives the same ranks and the same importance; what is given is not changed."""
    classifier, images, depths = at_hand(family)
    given = images.clone()
    alone = space.depths_of(classifier, images[1:2])
    both = [space.progress(classifier, d, labels).own for d, labels in ((depths, LABELS), (alone, LABELS[1:2]))]
    assert torch.allclose(both[0][:, 1:2], both[1], atol=1e-4)
    maps = [space.importance(classifier, d, labels) for d, labels in ((depths, LABELS), (alone, LABELS[1:2]))]
    assert torch.allclose(maps[0][1:2], maps[1], atol=1e-5)
    assert torch.equal(images, given)


def test_what_attention_adds_is_what_its_module_gave() -> None:
    """The difference of streams is the very output of timm's attention."""
    classifier, images, depths = at_hand()
    with Trace(classifier.tower, [f"blocks.{i}.attn" for i in range(3)]) as trace:
        classifier.tower(images)
    for layer in range(3):
        assert torch.allclose(depths.attended(layer), trace[f"blocks.{layer}.attn"], atol=1e-5)


def test_ranks_are_places_in_the_order() -> None:
    """By hand; ties count for the label; a sorted order says the same; labels by chance stand in the middle."""
    logits = torch.tensor([[[1.0, 5.0, 2.0], [4.0, 4.0, 0.0]]])
    assert space.ranks(logits, torch.tensor([2])).tolist() == [[1, 2]]
    assert space.ranks(logits, torch.tensor([0])).tolist() == [[2, 0]]
    assert torch.allclose(space.identifiability(torch.tensor([0, 2]), 3), torch.tensor([1.0, 1 / 3]))
    many = torch.randn(40, 50, 21, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(40) % 21
    slow = (many.argsort(-1, descending=True) == labels[:, None, None]).nonzero()[:, 2].view(40, 50)
    assert torch.equal(space.ranks(many, labels), slow)
    assert abs(slow.float().mean() - (21 - 1) / 2) < 0.5


def test_rises_are_counted_between_depths() -> None:
    """Two tokens, one block: one rises in the attention, the other in the MLP, and on the whole only the first."""
    own, middle = torch.tensor([[[0.0, 0.0]], [[1.0, -1.0]]]), torch.tensor([[[2.0, -2.0]]])
    blank = torch.zeros(1, 1, 2, dtype=torch.long)
    found = space.Progress(torch.zeros(2, 1, 2, dtype=torch.long), own, blank, blank, middle, 3).rises()
    assert {name: share.tolist() for name, share in found.items()} == {"block": [0.5], "attention": [0.5], "mlp": [0.5]}


@families
@torch.no_grad()
def test_uncut_attention_is_the_stock_forward(family: str) -> None:
    """Our own blocks with nothing cut give the tower's streams; with something cut they do not."""
    classifier, _, depths = at_hand(family)
    same = space.cut_depths(classifier, depths.streams[0], "none")
    assert torch.allclose(same.streams[-1], depths.streams[-1], atol=1e-4)
    alone = space.cut_depths(classifier, depths.streams[0], "self")
    moved = depths.streams[0].clone()
    moved[:, -1] += 1
    assert torch.allclose(space.cut_depths(classifier, moved, "self").streams[-1][:, :-1], alone.streams[-1][:, :-1])
    if classifier.anatomy.extra:
        moved = depths.streams[0].clone()
        moved[:, 0] += 1
        off, still = (space.cut_depths(classifier, start, "class").streams[-1][:, 1:] for start in (moved, depths.streams[0]))
        assert torch.allclose(off, still, atol=1e-5)


def slow_importance(classifier: Classifier, images: torch.Tensor, labels: torch.Tensor, paper: bool) -> torch.Tensor:
    """Through autograd: the attention of every block as a leaf, the loss from what that attention adds at the tokens with a head."""
    depths, total = space.depths_of(classifier, images), 0
    heads_at = slice(0, 1 if classifier.second is None else 2)
    for layer, block in enumerate(classifier.anatomy.blocks):
        heads = space.heads_of(classifier.anatomy, layer, space.apply_norm(block.norm1, depths.streams[layer]))
        attention = heads.attention().requires_grad_()
        added = F.linear(space.mixed(attention, heads.value), block.out_weight, block.out_bias)
        loss = F.cross_entropy(classifier.logits(added)[:, heads_at].mean(1), labels, reduction="sum")
        slope = -torch.autograd.grad(loss, attention)[0][:, :, heads_at]
        total = total + (slope if paper else (slope * attention[:, :, heads_at]).relu()).sum((1, 2))
    return total


@pytest.mark.parametrize("family", ["registers", "distilled"])
def test_importance_is_the_gradient_of_one_softmax(family: str) -> None:
    """In closed form the same as through autograd, for a class token, and for the two tokens that a distilled tower reads."""
    classifier, images, depths = at_hand(family)
    for settings, paper in ((space.PAPER, True), (None, False)):
        found = space.importance(classifier, depths, LABELS, settings)
        assert torch.allclose(found, slow_importance(classifier, images, LABELS, paper), atol=1e-5)


@torch.no_grad()
def test_perturbation_keeps_what_it_says() -> None:
    """All but one patch kept is the tower without that patch, and labels that the tower itself gives are right with all of them."""
    classifier, _, depths = at_hand("registers")
    start, extra = depths.streams[0], classifier.anatomy.extra
    order = torch.stack([torch.randperm(9, generator=torch.Generator().manual_seed(i)) for i in range(3)])
    alone = torch.cat([start[:, :extra], start[torch.arange(3), extra + order[:, 0]][:, None]], 1)
    said = classifier.resume(alone).argmax(-1)
    curve = space.perturbation(classifier, start, order, said, [1, 9], batch=2)
    assert curve[0] == 1
    assert space.perturbation(classifier, start, order, classifier.resume(start).argmax(-1), [9]) == 1
    assert len(space.perturbation(classifier, start, order, said)) == 8


@torch.no_grad()
def test_each_picture_may_be_asked_at_a_few_counts_alone() -> None:
    """At every third count, each picture beginning one later, the curve holds what those pictures alone say there."""
    classifier, images = known("class token"), towers.pictures(7)
    start = space.depths_of(classifier, images).streams[0]
    order = torch.stack([torch.randperm(9, generator=torch.Generator().manual_seed(i)) for i in range(7)])
    labels = classifier.resume(torch.cat([start[:, :1], start[torch.arange(7), 1 + order[:, 0]][:, None]], 1)).argmax(-1)
    labels[3] = (labels[3] + 1) % classifier.classes
    alone = torch.stack([space.perturbation(classifier, start[i : i + 1], order[i : i + 1], labels[i : i + 1]) for i in range(7)])
    found = space.perturbation(classifier, start, order, labels, every=3, batch=2)
    assert torch.allclose(found, torch.stack([alone[at % 3 :: 3, at].mean() for at in range(8)]))
    assert torch.allclose(space.perturbation(classifier, start, order, labels), alone.mean(0)) and not torch.equal(found, alone.mean(0))
    for every in (0, 8):
        with pytest.raises(SettingError, match="7th count"):
            space.perturbation(classifier, start, order, labels, every=every)


def test_curves_and_orders_by_hand() -> None:
    """The area of a straight line is its middle; an order starts at the largest value, or at the smallest."""
    assert space.area(torch.tensor([0.0, 0.5, 1.0])) == 0.5
    values = torch.tensor([[1.0, 3.0, 2.0]])
    assert space.order_of(values).tolist() == [[1, 2, 0]]
    assert space.order_of(values, last=True).tolist() == [[0, 2, 1]]
    inside, outside = space.contrast(values, torch.tensor([[1.0, 0.2, 0.0]]))
    assert (float(inside), float(outside)) == (1.0, 2.0)


def test_what_cannot_be_is_refused_and_nothing_stays() -> None:
    """A wrong size, an unknown cut; no hook is left, and no weight has moved."""
    classifier = known("distilled")
    before = {name: weight.clone() for name, weight in classifier.tower.state_dict().items()}
    with pytest.raises(ShapeError, match="24 24"):
        space.depths_of(classifier, torch.randn(1, 3, 32, 32))
    depths = space.depths_of(classifier, towers.pictures(3))
    with pytest.raises(SettingError, match="self"):
        space.cut_depths(classifier, depths.streams[0], "none at all")  # type: ignore[arg-type]
    space.importance(classifier, depths, LABELS)
    assert not any(module._forward_hooks for module in classifier.tower.modules())
    assert all(torch.equal(weight, before[name]) for name, weight in classifier.tower.state_dict().items())
    assert all(weight.grad is None for weight in classifier.tower.parameters())
