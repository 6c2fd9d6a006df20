"""Every verb of the tab Classes over tiny random transformers of every family with a head of its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from core.foundations.errors import LayerError, ModelError, StudioError
from core.foundations.records import Picture
from core.methods.read import class_space as space
from core.studio.eyes_classes import own_classes
from tests.models import tiny_towers as towers
from tests.models.test_classifier import FAMILIES

TIMM = [name for name in FAMILIES if name != "open_clip"]


def picture(seed: int = 0) -> Picture:
    """Noise, half as high again as wide."""
    return Picture(Image.fromarray(np.random.default_rng(seed).integers(0, 256, (36, 24, 3), dtype=np.uint8)))


@pytest.mark.parametrize("family", TIMM)
def test_every_verb_answers_for_every_family(family: str) -> None:
    """The last vote is what the tower says; maps lie on the picture; keys have their places; images grow; nothing is changed."""
    tower = FAMILIES[family]()
    before = {name: weight.clone() for name, weight in tower.state_dict().items()}
    studio, one = own_classes(tower), picture()
    seen = studio.classes(one)
    look = studio.class_sight.looks.of(one)
    with torch.no_grad():
        shares = tower(look.clip.normalise(look.shown.squashed)).softmax(-1)[0]
    assert seen.answer == f"class {int(shares.argmax())}" and seen.rising[0].shares[-1] == pytest.approx(float(shares.max()), abs=1e-4)
    assert seen.tokens.shape == (4, 3, 3) and seen.importance.shape == (36, 24) and len(seen.identified) == 4
    other = next(name for name in studio.class_names() if name != seen.answer)
    keys = studio.class_keys(one, other)
    assert [key.block for key in keys.blocks] == [0, 1, 2] and all(key.heat.shape == (36, 24) for key in keys.best)
    assert keys.blocks[keys.home].strength == 1 and 0 < keys.home_share <= 1
    active = studio.key_active(one, keys.best[0].block, keys.best[0].neuron)
    assert np.allclose(active.heat, keys.best[0].heat, atol=1e-5)
    first, *_, last = studio.excite((1, 3), steps=40)
    assert last.done and last.scores[0] > first.scores[0] and last.images[0].size == (towers.SIDE, towers.SIDE)
    assert studio.excite(other, steps=1).last.says[0].text in studio.class_names()
    assert studio.excited_image(other) is None
    assert all(torch.equal(weight, before[name]) for name, weight in tower.state_dict().items())
    assert not any(module._forward_hooks for module in tower.modules())


@pytest.mark.parametrize("family", TIMM)
def test_numbers_of_the_verbs_are_those_of_the_plain_method(family: str) -> None:
    """Identifiability is counted over sorted logits of the patches, at every depth; a key's place likewise among what its value raises."""
    studio, one = own_classes(FAMILIES[family]()), picture(3)
    sight, name = studio.class_sight, "class 4"
    seen, own = studio.classes(one, name), sight._decided(one)
    for depth, stream in enumerate(own.depths.streams):
        order = own.classifier.logits(stream)[0, own.classifier.anatomy.extra :].argsort(-1, descending=True)
        rank = (order == 4).nonzero()[:, 1].float()
        assert seen.identified[depth] == pytest.approx(1 - float(rank.mean()) / 10, abs=1e-5)
    assert torch.allclose(
        space.votes(own.classifier, own.depths)[-1], sight.clip.tower(sight.clip.normalise(own.look.shown.squashed)), atol=1e-5
    )
    for key in studio.class_keys(one, name).best:
        assert (name == key.speaks[key.place]) if key.place < 3 else name not in key.speaks


def test_what_cannot_be_used_is_told() -> None:
    """No head, another number of names, a block that is none."""
    with pytest.raises(ModelError, match="no head"):
        own_classes(towers.timm_tower(num_classes=0))
    with pytest.raises(ModelError, match="cannot be taken apart"):
        own_classes(nn.Linear(2, 2))
    with pytest.raises(StudioError, match="10 classes apart, but 2 names"):
        own_classes(towers.timm_tower(), ["a", "b"])
    with pytest.raises(LayerError, match="no neuron 0 of block 7"):
        own_classes(towers.timm_tower()).key_active(picture(), 7, 0)
    with pytest.raises(ModelError, match="no texts"):
        own_classes(towers.timm_tower()).class_sight.clip.embed_texts(["a"])
