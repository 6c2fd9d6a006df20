"""Sparse features by hooks: on a tiny random pipeline's U-Net, on a tower, and on a layer of which everything is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.bench.hub.families import tiny_stable_diffusion
from core.foundations.errors import LayerError, ModelError, SettingError, ShapeError
from core.methods.relate.learn_dictionary import DictionarySettings
from core.models.dictionary import Dictionary, DictionaryConfig
from core.models.painters import PublicPainter
from core.studio import layer_features as module
from core.studio.layer_features import LayerFeatures, Prompt, pipeline_features, tower_features
from tests.models.test_clip import tiny_clip
from tests.models.tiny_towers import SIDE

LAYER = "down_blocks.1.attentions.0"
SMALL = DictionarySettings(size=24, k=3, steps=30, batch=128)


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> PublicPainter:
    return PublicPainter(tiny_stable_diffusion(tmp_path_factory.mktemp("pipeline")))


def prompts(count: int = 4) -> list[Prompt]:
    return [Prompt(("a cat", "a dog")[seed % 2], seed) for seed in range(count)]


def hooks(network: nn.Module) -> int:
    return sum(len(one._forward_hooks) for one in network.modules())


def test_a_block_of_a_pipeline_is_collected_learned_and_seen(painter: PublicPainter) -> None:
    features = pipeline_features(painter, LAYER)
    rows = features.collect(prompts(), most=40)
    assert rows.shape == (40, 16) and torch.equal(rows, features.collect(prompts(), most=40))
    dictionary = features.learn(prompts(), SMALL)
    seen = features.see(Prompt("a cat", 1), dictionary)
    assert seen.codes.shape == (24, 4, 4) and (seen.codes >= 0).all() and (seen.codes > 0).any()
    assert np.array_equal(seen.output, painter.paint(["a cat"], [1], steps=1).images[0])  # looking changes nothing
    assert hooks(features.network) == 0


def test_a_turned_feature_changes_the_picture_and_zero_does_not(painter: PublicPainter) -> None:
    features = pipeline_features(painter, LAYER)
    dictionary = features.learn(prompts(), SMALL)
    plain = painter.paint(["a dog"], [3], steps=1).images[0]
    assert np.array_equal(features.turn(Prompt("a dog", 3), dictionary, {0: 0.0}), plain)
    assert not np.array_equal(features.turn(Prompt("a dog", 3), dictionary, {0: 50.0}), plain)
    assert np.array_equal(features.turn(Prompt("a dog", 3), dictionary, {0: 50.0}, torch.zeros(8, 8)), plain)
    assert np.array_equal(painter.paint(["a dog"], [3], steps=1).images[0], plain) and hooks(features.network) == 0


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many runs there are, no more rows than twice what is asked for lie there; the first runs have their share of them."""
    network, longest, cat = nn.Sequential(nn.Identity()), [], torch.cat
    features = LayerFeatures(network, "0", network)
    monkeypatch.setattr(module.torch, "cat", lambda some, *rest: longest.append(sum(map(len, some))) or cat(some, *rest))
    rows = features.collect((torch.full((1, 2, 8, 8), float(n)) for n in range(50)), most=100)
    assert len(rows) == 100 and max(longest) <= 200
    assert 30 < (rows[:, 0] < 25).sum() < 70 and len(rows[:, 0].unique()) > 20


def planted() -> tuple[LayerFeatures, Dictionary]:
    """Feature 0 is the first unit, feature 1 the second; both come through as they are."""
    dictionary = Dictionary(DictionaryConfig(2, 2)).requires_grad_(False)
    dictionary.decoder.copy_(torch.eye(2))
    dictionary.encoder.copy_(torch.eye(2))
    dictionary.scale.fill_(2.0)
    network = nn.Sequential(nn.Identity(), nn.Identity())
    return LayerFeatures(network, "0", network), dictionary


def test_maps_and_turns_by_hand() -> None:
    features, dictionary = planted()
    x = torch.zeros(1, 2, 2, 2)
    x[0, 0, 0, 1] = 4.0
    seen = features.see(x, dictionary)
    assert seen.codes[0].tolist() == [[0, 2], [0, 0]] and seen.codes[1].abs().sum() == 0 and torch.equal(seen.output, x)
    turned = features.turn(x, dictionary, {1: 3.0}, torch.tensor([[1, 0], [0, 0]]))
    assert turned[0, 1].tolist() == [[6, 0], [0, 0]] and torch.equal(turned[0, 0], x[0, 0])


def test_labels_are_the_words_where_it_is_active() -> None:
    features, dictionary = planted()
    one, other = torch.zeros(1, 2, 2, 2), torch.zeros(1, 2, 2, 2)
    one[:, 0], other[:, 1] = 1.0, 1.0
    found = features.labels([(one, ("cat", "big")), (other, ("dog", "big")), (one, ("cat",)), (other, ("dog",))], dictionary)
    assert [word.text for word in found[0]][0] == "cat" and [word.text for word in found[1]][0] == "dog"
    assert all(word.text not in ("dog",) for word in found[0])


def test_a_tower_is_turned_with_its_class_token_left_alone() -> None:
    clip = tiny_clip()
    layer = "transformer.resblocks.1"
    features, pictures = tower_features(clip, layer), torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    dictionary = Dictionary(DictionaryConfig(32, 40, active=4, each=True)).requires_grad_(False)
    seen = features.see(pictures, dictionary)
    assert seen.codes.shape == (40, 3, 3) and torch.allclose(seen.output, clip.embed(pictures))
    before = clip.embed(pictures)
    assert torch.allclose(features.turn(pictures, dictionary, {3: 0.0}), before, atol=1e-6)
    assert not torch.allclose(features.turn(pictures, dictionary, {3: 5.0}), before, atol=1e-3)


def test_what_does_not_fit_is_refused_and_no_hook_stays(painter: PublicPainter) -> None:
    features, dictionary = pipeline_features(painter, LAYER), Dictionary(DictionaryConfig(5, 6))
    with pytest.raises(ShapeError):
        features.see(Prompt("a cat"), dictionary)
    with pytest.raises(ShapeError, match="of 5 units, the layer .* has 16"):
        features.turn(Prompt("a cat"), dictionary, {0: 1.0})
    for wrong in ({6: 1.0}, {-1: 1.0}, {0: 201.0}, {0: float("nan")}):
        with pytest.raises(SettingError):
            features.turn(Prompt("a cat"), dictionary, wrong)
    with pytest.raises(LayerError, match="nearest"):
        pipeline_features(painter, "down_blocks.1.attention").collect(prompts(1))
    with pytest.raises(SettingError, match="Nothing was given"):
        features.collect([])
    assert hooks(features.network) == 0
    with pytest.raises(ModelError, match="neither a U-Net"):
        pipeline_features(type("P", (), {"pipeline": object()})(), LAYER)  # type: ignore[arg-type]


def test_a_diffusion_transformer_comes_through_the_same_door() -> None:
    """Its tokens are places; what is turned there reaches the noise that it predicts."""
    from diffusers import DiTTransformer2DModel

    torch.manual_seed(0)
    network = DiTTransformer2DModel(
        num_attention_heads=2, attention_head_dim=8, in_channels=4, num_layers=2, sample_size=8, patch_size=2, num_embeds_ada_norm=10
    ).eval()
    for weight in network.parameters():
        nn.init.normal_(weight, std=0.2)
    noise = torch.randn(1, 4, 8, 8)

    def run(kind: int) -> torch.Tensor:
        return network(noise, timestep=torch.tensor([5]), class_labels=torch.tensor([kind])).sample

    features = LayerFeatures(network, "transformer_blocks.0", run)
    dictionary = features.learn(range(4), SMALL)
    assert features.see(1, dictionary).codes.shape == (24, 4, 4)
    turned = features.turn(1, dictionary, {2: 20.0}, torch.eye(8)[:1].expand(8, 8))
    assert turned.shape == run(1).shape and not torch.allclose(turned, run(1), atol=1e-4) and hooks(network) == 0
