"""Keys and values: a planted value is found, maps are what the tower's own first matrix gives, and nothing is changed."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch
from torch.nn import functional as F

from core.foundations.errors import LayerError, SettingError
from core.foundations.trace import Trace
from core.methods.read import class_space as space
from core.methods.read import key_value as kv
from tests.models import tiny_towers as towers
from tests.models.test_classifier import families, known

PLAIN = kv.KeySettings(scaled=False, relative=False)
COSINE = kv.KeySettings(scaled=False, relative=False, cosine=True)


def test_a_planted_value_is_the_class_s_best_key() -> None:
    """A column of the second matrix that is a class's own vector has cosine 1 with it, and is found in its block."""
    classifier = known("class token")
    with torch.no_grad():
        classifier.tower.blocks[1].mlp.fc2.weight[:, 5] = classifier.vectors[:, 3]
    assert torch.isclose(kv.alignment(classifier, 1, COSINE)[5, 3], torch.tensor(1.0), atol=1e-5)
    keys = kv.best_keys(classifier, 2, COSINE)
    assert keys.best()[3].tolist() == [1, 5] and keys.block()[3] == 1
    assert keys.neurons.shape == (3, 10, 2)


@families
def test_maps_are_what_the_tower_computes(family: str) -> None:
    """The output of its first matrix at the patches, in every family."""
    classifier, images = known(family), towers.pictures(2)
    depths, extra = space.depths_of(classifier, images), classifier.anatomy.extra
    layers = [block.activation_name.replace("act", "fc1").replace("gelu", "c_fc") for block in classifier.anatomy.blocks]
    with Trace(classifier.tower, layers) as trace:
        classifier.tower(images)
    for layer, name in enumerate(layers):
        wanted = trace[name][:, extra:].mT
        assert torch.allclose(kv.key_maps(classifier, depths, layer, torch.tensor([4, 0])), wanted[:, [4, 0]], atol=1e-4)
        own = kv.key_maps(classifier, depths, layer, torch.tensor([[1], [2]]))
        assert torch.allclose(own[:, 0], torch.stack([wanted[0, 1], wanted[1, 2]]), atol=1e-4)


def test_the_norm_s_scale_is_how_the_answer_reads_a_value() -> None:
    """Between two streams of the same spread and mean the answer moves by the value's alignment, over that spread."""
    classifier = known("registers")
    value = kv.values_of(classifier, 2, PLAIN)[7]
    row = torch.randn(1, 32)
    z = classifier.anatomy.norm_post
    moved = (z.centre(row + value) - z.centre(row)) * z.weight @ classifier.vectors
    assert torch.allclose(moved[0], kv.alignment(classifier, 2, kv.KeySettings(relative=False))[7], atol=1e-4)
    assert torch.allclose((moved - moved.mean())[0], kv.alignment(classifier, 2)[7], atol=1e-4)
    weight = classifier.tower.blocks[2].mlp.fc2.weight * classifier.tower.blocks[2].ls2.gamma[:, None]
    assert torch.allclose(value, weight[:, 7])


def test_masks_and_means_by_hand() -> None:
    """Above the percentile of its own map; means of what was seen so far, each map at its own level."""
    maps = torch.arange(10.0).expand(2, 10)
    assert kv.mask_of(maps, 0.8).sum(1).tolist() == [2, 2]
    several = torch.stack([maps, -3 * maps, maps * 100])
    mean = kv.running_mean(several)
    assert torch.allclose(mean[0], (maps - 4.5) / maps[0].std()) and torch.allclose(mean[1], torch.zeros(2, 10), atol=1e-6)
    with pytest.raises(SettingError, match="percentile"):
        kv.mask_of(maps, 1.0)


def test_auc_and_iou_by_hand() -> None:
    """A perfect map, its contrary, one without any object, and ties."""
    share = torch.tensor([[1.0, 0.7, 0.2, 0.0, 0.0]])
    assert kv.mask_auc(torch.tensor([[5.0, 4.0, 9.0, 1.0, 0.0]]), share).tolist() == [1.0]
    assert kv.mask_auc(torch.tensor([[0.0, 0.0, 9.0, 1.0, 2.0]]), share).tolist() == [0.0]
    assert kv.mask_auc(torch.zeros(1, 5), share).tolist() == [0.5]
    assert kv.mask_auc(torch.zeros(1, 5), torch.zeros(1, 5)).isnan().all()
    assert kv.mask_iou(torch.tensor([[True, False, True, False, False]]), share).tolist() == pytest.approx([1 / 3])


def test_shared_keys_and_distances() -> None:
    """Classes with the same keys share them all and are at no distance; the mean distance is 1."""
    neurons = torch.tensor([[[0, 1], [1, 0], [2, 3]]])
    keys = kv.Keys(neurons, torch.zeros(1, 3, 2))
    assert kv.sharing(keys, 0, 2).tolist() == [[2, 2, 0]] and kv.sharing(keys, 2, 2).tolist() == [[0, 0, 2]]
    assert kv.sharing(keys, 1, 1).tolist() == [[0, 1, 0]]
    distances = kv.class_distances(torch.tensor([[0.0, 0.0], [0.0, 0.0], [3.0, 4.0]]))
    assert distances[0, 1] == 0 and distances[~torch.eye(3, dtype=torch.bool)].mean() == pytest.approx(1.0)


@torch.no_grad()
def test_pairs_are_all_tried() -> None:
    """The best of every pair put together by hand, and never worse than the best one alone by more than chance lets it."""
    classifier = known("class token")
    values, classes = kv.values_of(classifier, 0, PLAIN), F.normalize(classifier.vectors, dim=0)
    found = kv.best_pairs(classifier, 0, PLAIN)
    for c in range(classifier.classes):
        slow = {pair: float(F.normalize(values[list(pair)].sum(0), dim=0) @ classes[:, c]) for pair in combinations(range(len(values)), 2)}
        best = max(slow, key=slow.__getitem__)
        assert sorted(found.neurons[c].tolist()) == list(best)
        assert float(found.cosine[c]) == pytest.approx(slow[best], abs=1e-5)
    assert torch.allclose(found.single, kv.alignment(classifier, 0, COSINE).amax(0), atol=1e-5)


def test_chance_has_the_same_lengths_and_points_anywhere() -> None:
    """As many values, as long, in directions that another seed does not give; a planted pair is far above the best pair by chance."""
    classifier = known("class token")
    rng = lambda seed: torch.Generator().manual_seed(seed)  # noqa: E731
    own, chance = kv.values_of(classifier, 1, PLAIN), kv.values_of(classifier, 1, PLAIN, rng(0))
    assert own.shape == chance.shape and torch.allclose(own.norm(dim=1), chance.norm(dim=1), rtol=1e-4)
    assert float(F.cosine_similarity(own, chance).abs().mean()) < 0.4 and not torch.allclose(
        chance, kv.values_of(classifier, 1, PLAIN, rng(1))
    )
    side = torch.randn(32, generator=rng(2))
    with torch.no_grad():
        wanted = classifier.vectors[:, 3]
        side -= side @ wanted / (wanted @ wanted) * wanted
        classifier.tower.blocks[1].mlp.fc2.weight[:, 5] = wanted + side  # neither alone points to the class, both together do
        classifier.tower.blocks[1].mlp.fc2.weight[:, 9] = wanted - side
    found, beside = kv.best_pairs(classifier, 1, PLAIN), kv.best_pairs(classifier, 1, PLAIN, rng(0))
    assert sorted(found.neurons[3].tolist()) == [5, 9] and found.cosine[3] > 0.999 > 0.9 > float(beside.cosine[3])
    assert float(found.single[3]) < 0.95


def test_dots_that_are_long_streams_are_told() -> None:
    """Bright patches of the context whose streams are long are found to be so; with lengths at random they are not."""
    rng = torch.Generator().manual_seed(0)
    maps, share = torch.randn(40, 50, generator=rng), torch.zeros(40, 50)
    share[:, :5] = 1.0
    maps[:, 20] = 10.0
    length = torch.ones(40, 50) + 0.1 * torch.rand(40, 50, generator=rng)
    by_chance = kv.bright_dots(maps, torch.rand(40, 50, generator=rng), share)
    length[:, 20] = 8.0
    told = kv.bright_dots(maps, length, share, brightest=0.97)
    assert told.norm_auc > 0.75 and told.typical > 6 and abs(by_chance.norm_auc - 0.5) < 0.1
    assert 0.5 <= told.number <= 2


def test_nothing_is_changed() -> None:
    """No weight moves, and a block that is not there is refused."""
    classifier = known("class token")
    before = {name: weight.clone() for name, weight in classifier.tower.state_dict().items()}
    kv.best_keys(classifier, 3, COSINE)
    kv.best_pairs(classifier, 1)
    with pytest.raises(LayerError, match="0 to 2"):
        kv.alignment(classifier, 3)
    assert all(torch.equal(weight, before[name]) for name, weight in classifier.tower.state_dict().items())
