"""How a transformer decides, judged: masks of heads are exact, the plain way finds the same probes, and a map that is the mask wins."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.bench.nouns import class_cost, class_space, key_value
from core.bench.nouns.decided import HEAD, Judged, Model, held_out, judged, trained_on
from core.foundations.seeds import numpy_rng
from core.methods.read import key_value as kv
from core.models.classifier import classifier_of
from core.models.noun_eyes import EyeConfig, NounEye
from core.worlds.scenes.alone import draw_alone, sample_alone


@pytest.fixture(scope="module")
def model() -> Model:
    """A tiny random transformer in the trained one's place."""
    torch.manual_seed(0)
    tiny = Model.__new__(Model)
    tiny.eye = NounEye(EyeConfig("transformer", width=16, depth=2, heads=2)).eval().requires_grad_(False)
    tiny.classifier = classifier_of(tiny.eye.trunk)
    return tiny


@pytest.fixture(scope="module")
def pictures() -> Judged:
    """Twelve held-out Nouns."""
    return held_out("test", 12)


def test_masks_are_the_heads_own() -> None:
    """A patch's share is that of its pixels which the head owns, wherever the Noun was moved."""
    alone = sample_alone(numpy_rng("test decided"), 5)
    found, (_, owner) = judged(alone), draw_alone(alone)
    assert torch.equal(found.labels, torch.from_numpy(alone.nouns[:, HEAD]).long())
    assert found.share[3, 8 * 2 + 5] == (owner[3, 8:12, 20:24] == HEAD).mean()
    assert np.isclose(found.share.mean(), (owner == HEAD).mean())


def test_training_pictures_have_every_head() -> None:
    """As many of each as were asked for."""
    assert torch.bincount(trained_on("test", 2).labels).tolist() == [2] * 254


def test_the_plain_way_finds_the_same_probes(model: Model, pictures: Judged) -> None:
    """One place, the network run for each picture alone."""
    probes = class_cost.probe_sums(model, pictures).solve()
    tokens = model.classifier.anatomy.tokens
    plain = class_cost.plain_probe(model, pictures, 1, 7, 1.0)
    assert torch.allclose(probes.weight[tokens + 7], plain.float(), atol=1e-4)


def test_the_plain_way_finds_the_same_map_and_curve(model: Model, pictures: Judged) -> None:
    """Gradients of one token after the other, and a pass of the whole network for each count; in another order answers differ."""
    depths, labels = model.depths(pictures), pictures.labels
    paper = class_space.space.importance(model.classifier, depths, labels, class_space.space.PAPER)
    assert torch.allclose(class_cost.plain_map(model, pictures.images[4:5], labels[4:5]), paper[4], atol=1e-6)
    order = class_space.space.order_of(paper[:, 1:])
    said = [class_cost.plain_answers(model, image[None], own, (3, 9, 40)) for image, own in zip(pictures.images, order, strict=True)]
    for place, count in enumerate((3, 9, 40)):
        answers = torch.tensor(said)[:, place]
        assert float(class_space.space.perturbation(model.classifier, depths.streams[0], order, answers, [count])) == 1
    other = [class_cost.plain_answers(model, image[None], own.flip(0), (3,))[0] for image, own in zip(pictures.images, order, strict=True)]
    assert other != [one[0] for one in said]


def test_rows_say_what_was_counted(model: Model, pictures: Judged) -> None:
    """Areas lie between 0 and 1, the exact mask finds the head, chance does not; every depth has its row."""
    depths = model.depths(pictures)
    found = class_space.space.progress(model.classifier, depths, pictures.labels)
    rows = class_space.by_depth(found, pictures.share, class_space.space.votes(model.classifier, depths), pictures.labels)
    assert list(rows) == ["before block 1", "after block 1", "after block 2", "in block 1", "in block 2"]
    probes = class_cost.probe_sums(model, pictures).solve()
    maps = class_space.orders(model, pictures, depths, probes)
    kept = class_space.curves(model, pictures, depths, {name: maps[name] for name in ("oracle", "random")}, 3)
    assert kept["kept by oracle"]["finds the head"] == 1 and 0.3 < kept["kept by random"]["finds the head"] < 0.7
    assert all(0 <= row["most first"] <= 1 for row in kept.values())
    assert set(class_space.cuts(model, depths, pictures.labels)) == {"attention to itself alone", "class token cut off"}


def test_keys_are_judged_by_the_mask(model: Model, pictures: Judged) -> None:
    """The mask itself is found by itself; what a neuron was taught to follow is the one that is learned."""
    depths, keys = model.depths(pictures), kv.best_keys(model.classifier, 3)
    rows, aucs = key_value.by_rank(model, depths, pictures, keys, 1)
    assert list(rows) == ["rank 1", "rank 2", "rank 3"] and aucs.shape == (12, 3)
    learned = torch.zeros(254, dtype=torch.long)
    beside = key_value.others(model, depths, pictures, learned, 1)
    assert beside["map of oracle"]["auc"] == 1 and set(beside["map of oracle"]) == {"auc", "iou"}
    blocks = key_value.by_block(model, depths, pictures, keys, "keys")
    assert sum(row["classes"] for row in blocks.values()) == pytest.approx(1)
    assert set(key_value.pairs(model)) == {"pairs, block 1", "pairs, block 2"}


def test_heads_stand_apart_where_their_keys_say_which_they_are() -> None:
    """Two heads a hundred times as far from each other as their pictures are from them; by noise they are not apart."""
    training = Judged(torch.zeros(6, 1), torch.tensor([0, 1, 0, 1, 0, 1]), torch.zeros(6, 1))
    level = 100.0 * training.labels[:, None] + torch.tensor([-1.0, -1.0, 1.0, 1.0, 0.0, 0.0])[:, None]
    assert key_value.apart(level, training, 2) == pytest.approx(150)
    assert key_value.apart(torch.randn(6, 4, generator=torch.Generator().manual_seed(0)), training, 2) < 2


def test_every_head_s_activity_has_its_spread(model: Model) -> None:
    """Of every block; between one key and all of them hold half, and shares are shares; a key that a head's pictures excite is counted."""
    training = trained_on("test", 1)
    depths = model.depths(training)
    neurons = torch.stack([key_value.by_activation(model, depths, training, layer) for layer in range(2)])
    rows = key_value.spreads(model, depths, training, kv.Keys(neurons[..., None], torch.zeros(2, 254, 1)))
    assert list(rows) == ["activity, block 1", "activity, block 2"]
    assert all(1 <= row["keys hold half"] <= row["of"] == 64 and row["best is excited"] == 1 for row in rows.values())
    shuffled = kv.Keys(neurons[:, torch.arange(254) - 1, None], torch.zeros(2, 254, 1))
    assert all(row["best is excited"] < 1 for row in key_value.spreads(model, depths, training, shuffled).values())


def test_the_whole_study_by_hand(model: Model) -> None:
    """2 blocks of 65 places, ten pictures for the probes and two curves."""
    costs = {"cost of both": {"plain ms": 100.0, "ms": 1.0}}
    told = class_cost.study_cost(model, class_cost.ProbeCost(9.0, 0.001), 0.5, 10, 2, costs)
    assert told == pytest.approx({"plain s": 1.5, "s": 0.502, "times": 1.5 / 0.502})
