"""Every family of transformers with a head answers through its parts as it does by itself."""

from __future__ import annotations

import pytest
import torch
from timm.models.deit import VisionTransformerDistilled
from torch import nn

from core.foundations.errors import ModelError, ShapeError
from core.models.anatomy import anatomy_of
from core.models.classifier import Classifier, classifier_of, with_classes
from tests.models import tiny_towers as towers

FAMILIES = {
    "class token": towers.timm_tower,
    "registers": towers.KINDS["timm registers"],
    "mean of tokens": towers.KINDS["timm mean, then norm"],
    "mean of patches alone": towers.KINDS["timm mean of patches alone"],
    "distilled": towers.distilled_tower,
    "query norm": towers.KINDS["timm query norm"],
    "open_clip": towers.open_clip_tower,
}
families = pytest.mark.parametrize("family", FAMILIES)


def known(family: str) -> Classifier:
    """The classifier of a family."""
    return classifier_of(FAMILIES[family]())


@families
@torch.no_grad()
def test_a_tower_goes_on_from_its_start(family: str) -> None:
    """The stream before the first block, taken on through the blocks and read out, gives what the tower says."""
    classifier, images = known(family), towers.pictures(3)
    start = classifier.start(images)
    assert start.shape == (3, classifier.anatomy.tokens, 32)
    assert torch.allclose(classifier.resume(start), classifier.tower(images), atol=1e-5)


@torch.no_grad()
def test_tokens_are_read_by_the_head_that_is_theirs() -> None:
    """The class token of a plain tower by its head; a distilled one's two tokens by one head each, patches by the mean of both."""
    plain, two = known("class token"), known("distilled")
    x = torch.randn(2, 10, 32)
    assert torch.allclose(plain.logits(x)[:, 0], plain.answer(x), atol=1e-6)
    y = torch.randn(2, 11, 32)
    logits, tower = two.logits(y), two.tower
    z = tower.norm(y)
    assert torch.allclose(logits[:, 0], tower.head(z[:, 0]), atol=1e-6)
    assert torch.allclose(logits[:, 1], tower.head_dist(z[:, 1]), atol=1e-6)
    assert torch.allclose(logits[:, 2:], (tower.head(z[:, 2:]) + tower.head_dist(z[:, 2:])) / 2, atol=1e-6)
    assert torch.allclose(two.vectors.T, (tower.head.weight + tower.head_dist.weight) / 2)


@torch.no_grad()
def test_names_in_the_joint_space_are_a_head() -> None:
    """Class vectors times the map to the joint space give the same scores as the embedding does, for every way to read it out."""
    vectors = torch.randn(5, 16)
    for tower in (towers.photo_tower(), towers.open_clip_tower()):
        classifier = with_classes(tower, anatomy_of(tower), vectors, scale=3.0)
        images = towers.pictures(2)
        assert classifier.classes == 5
        assert torch.allclose(classifier.resume(classifier.start(images)), 3 * tower(images) @ vectors.T, atol=1e-4)


def test_what_has_no_classes_is_refused() -> None:
    """With a sentence that says what is missing."""
    with pytest.raises(ModelError, match="no head"):
        classifier_of(towers.timm_tower(num_classes=0))
    with pytest.raises(ModelError, match="no head"):
        classifier_of(VisionTransformerDistilled(img_size=24, patch_size=8, embed_dim=32, depth=1, num_heads=4, num_classes=0))
    with pytest.raises(ModelError, match="cannot be taken apart"):
        classifier_of(nn.Linear(2, 2))
    tower = towers.open_clip_tower()
    with pytest.raises(ShapeError, match=r"\[c 16\]"):
        with_classes(tower, anatomy_of(tower), torch.randn(5, 15))


def test_nothing_is_left_behind() -> None:
    """No hook stays after the start was taken, though the forward was broken off; nor after an image of a wrong size."""
    classifier = known("class token")
    before = {name: weight.clone() for name, weight in classifier.tower.state_dict().items()}
    classifier.start(towers.pictures(1))
    with pytest.raises(AssertionError):
        classifier.start(torch.randn(1, 3, 17, 17))
    assert not any(module._forward_hooks for module in classifier.tower.modules())
    assert all(torch.equal(weight, before[name]) for name, weight in classifier.tower.state_dict().items())
