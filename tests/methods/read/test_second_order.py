"""The second-order lens: equal to the plain equations on every family of towers, true of a forward that is really changed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from core.foundations.errors import LayerError, SettingError, ShapeError
from core.foundations.trace import Trace
from core.methods.read.second_order import (
    Directions,
    DirectionSettings,
    EffectMoments,
    Flow,
    StrongestEffects,
    coefficients,
    effects,
    first_direction,
    flow,
    norms,
    project,
    replaced,
    total,
    toward,
)
from core.models.anatomy import Anatomy, Seen, anatomy_of, see
from tests.methods.read.slow_second_order import (
    Whole,
    effects_by_matrices,
    effects_plain,
    embed,
    first_direction_plain,
    forward,
    through_head,
)
from tests.models.tiny_towers import KINDS, open_clip_tower, pictures

IMAGES = 3


@cache
def looked(kind: str) -> tuple[nn.Module, Anatomy, Seen, Whole]:
    """A tower in double precision, three pictures seen the fast way, and the same forward in plain words."""
    tower = KINDS[kind]().double()
    anatomy, images = anatomy_of(tower), pictures(IMAGES).double()
    with torch.no_grad(), Trace(tower, [anatomy.start_name]) as trace:
        tower(images)
    return tower, anatomy, see(tower, images, anatomy, activations=[0, 1]), forward(anatomy, trace[anatomy.start_name])


def post(anatomy: Anatomy, seen: Seen, row: Tensor) -> Tensor:
    """The last norm, its spread frozen, and the projection, without biases: `[n d]` to `[n k]`."""
    return (anatomy.norm_post.centre(row) / seen.sigma_post[:, None] * anatomy.norm_post.weight) @ anatomy.projection


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layer", [0, 1])
def test_factorised_is_brute_force(kind: str, layer: int) -> None:
    """Effects, their norms, what they say toward texts, and their sum."""
    _, anatomy, seen, whole = looked(kind)
    assert torch.allclose(embed(anatomy, whole.streams[-1]), seen.embedding, atol=1e-12)
    plain = torch.stack([effects_plain(anatomy, seen, layer, image) for image in range(IMAGES)])
    c, ways = coefficients(seen, anatomy, layer), flow(anatomy, layer)
    texts = torch.randn(5, anatomy.joint, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    assert plain.abs().max() > 1e-3
    assert torch.allclose(effects(c, ways), plain, atol=1e-12)
    assert torch.allclose(effects(c, ways, torch.tensor([7, 3])), plain[:, [7, 3]], atol=1e-12)
    assert torch.allclose(norms(c, ways), plain.norm(dim=2), atol=1e-9)
    assert torch.allclose(toward(c, ways.readers(texts)), plain @ texts.T, atol=1e-12)
    assert torch.allclose(total(c, ways), plain.sum(1), atol=1e-12)
    assert torch.allclose(effects_by_matrices(anatomy, seen, layer, 0, ways.pairs), plain[0], atol=1e-12)


def test_single_precision_is_near_enough() -> None:
    """1e-6 of the largest effect, and of the largest norm."""
    tower = open_clip_tower()
    anatomy = anatomy_of(tower)
    seen = see(tower, pictures(IMAGES), anatomy, activations=[0])
    plain = torch.stack([effects_plain(anatomy, seen, 0, image) for image in range(IMAGES)])
    c, ways = coefficients(seen, anatomy, 0), flow(anatomy, 0)
    assert (effects(c, ways) - plain).abs().max() < 1e-6 * plain.abs().max()
    assert (norms(c, ways) - plain.norm(dim=2)).abs().max() < 1e-6 * plain.norm(dim=2).max()


@pytest.mark.parametrize("kind", KINDS)
def test_zeroing_a_neuron_takes_away_its_effect(kind: str) -> None:
    """The neuron leaves the value inputs of later attentions and nothing else: the embedding changes by -phi exactly."""
    _, anatomy, seen, whole = looked(kind)
    ways, c = flow(anatomy, 0), coefficients(seen, anatomy, 0)
    for neuron in (0, 17, 63):
        contribution = whole.activations[0][..., neuron, None] * anatomy.blocks[0].fc2_weight[:, neuron]
        row = seen.row(whole.streams[-1])
        for layer, block in enumerate(anatomy.blocks[1:], 1):
            value = block.norm1.centre(whole.streams[layer] - contribution) / block.norm1.spread(whole.streams[layer])[..., None]
            value = (value * block.norm1.weight + block.norm1.bias) @ block.value_weight.T + block.value_bias
            heads = torch.einsum("nhij,njhe->nihe", whole.attention[layer], value.unflatten(-1, (anatomy.heads, -1)))
            row = row + seen.row(heads.flatten(2) @ block.out_weight.T + block.out_bias - whole.attended[layer])
        norm, bias = anatomy.norm_post, anatomy.projection_bias
        changed = post(anatomy, seen, row) + (norm.bias @ anatomy.projection) + bias
        found = changed - seen.embedding
        assert torch.allclose(found, -effects(c, ways, torch.tensor([neuron]))[:, 0], atol=1e-12)


@pytest.mark.parametrize("kind", ["open_clip", "quick gelu", "layer scale", "no norm before"])
def test_zeroing_a_neuron_in_the_stock_modules(kind: str) -> None:
    """The same through open_clip's own attention, asked with the true queries and keys and the changed values."""
    tower, anatomy, seen, whole = looked(kind)
    neuron, row = 5, anatomy.row(whole.streams[-1])
    contribution = whole.activations[0][..., neuron, None] * tower.transformer.resblocks[0].mlp.c_proj.weight[:, neuron]
    contribution = tower.transformer.resblocks[0].ls_2(contribution)
    for layer, block in enumerate(tower.transformer.resblocks):
        if layer:
            stream = whole.streams[layer]
            normed = block.ln_1(stream)
            spread = (stream.var(-1, unbiased=False, keepdim=True) + block.ln_1.eps).sqrt()
            less = (contribution - contribution.mean(-1, keepdim=True)) / spread * block.ln_1.weight
            with torch.no_grad():
                true, changed = (block.ls_1(block.attn(normed, normed, v, need_weights=False)[0])[:, 0] for v in (normed, normed - less))
            row = row + changed - true
    found = post(anatomy, seen, row) + tower.ln_post.bias @ tower.proj - seen.embedding
    ways, c = flow(anatomy, 0), coefficients(seen, anatomy, 0)
    assert torch.allclose(found, -effects(c, ways, torch.tensor([neuron]))[:, 0], atol=1e-10)


@pytest.mark.parametrize("kind", ["open_clip", "layer scale", "timm registers", "timm query norm", "timm unnormed", "timm mean, then norm"])
def test_all_sources_add_up_to_what_attention_says(kind: str) -> None:
    """Start, earlier attention, neurons and biases, each through the last layer's attention, are its first-order term."""
    _, anatomy, seen, whole = looked(kind)
    last, block = anatomy.layers - 1, anatomy.blocks[-1]

    def through(source: Tensor) -> Tensor:
        normed = block.norm1.centre(source) / seen.sigma1[last][..., None] * block.norm1.weight
        images = range(len(source))
        return torch.stack([sum(through_head(anatomy, seen, i, last, h, normed[i]) for h in range(anatomy.heads)) for i in images])

    found = through(whole.streams[0])
    for layer in range(last):
        ways, here = flow(anatomy, layer), anatomy.blocks[layer]
        to_last = torch.tensor([pair[0] == last for pair in ways.pairs])
        found += through(whole.attended[layer]) + through(here.fc2_bias.expand_as(whole.streams[0]))
        found += total(coefficients(seen, anatomy, layer) * to_last[:, None], ways)
    fixed = (block.value_weight @ block.norm1.bias + block.value_bias) @ block.out_weight.T
    found += post(anatomy, seen, fixed.expand(IMAGES, -1))
    assert torch.allclose(found, post(anatomy, seen, anatomy.row(whole.attended[last]) - block.out_bias), atol=1e-12)


def test_linear_in_the_activations_and_nothing_without_weights() -> None:
    """Twice the activation is twice the effect, and a neuron that writes nothing has none: no bias is handed out."""
    _, anatomy, seen, _ = looked("open_clip")
    c = coefficients(seen, anatomy, 0)
    other = replace(seen, activations={0: torch.rand_like(seen.activations[0])})
    both = replace(seen, activations={0: 2 * seen.activations[0] - other.activations[0]})
    assert torch.allclose(coefficients(both, anatomy, 0), 2 * c - coefficients(other, anatomy, 0))
    block = replace(anatomy.blocks[0], fc2_weight=anatomy.blocks[0].fc2_weight.clone())
    block.fc2_weight[:, 4] = 0
    silent = replace(anatomy, blocks=(block, *anatomy.blocks[1:]))
    found = effects(coefficients(seen, silent, 0), flow(silent, 0))
    assert (found[:, 4] == 0).all() and (found[:, 5] != 0).all()


def test_unit_effects_are_parts_of_the_unit_embedding() -> None:
    """Each picture's are divided by its embedding's norm."""
    _, anatomy, seen, _ = looked("open_clip")
    plain, unit = coefficients(seen, anatomy, 0), coefficients(seen, anatomy, 0, unit=True)
    assert torch.allclose(unit * seen.embedding.norm(dim=1)[:, None, None], plain)


def many(layer: int, count: int = 60) -> tuple[Flow, Tensor]:
    """Coefficients of many pictures."""
    tower = open_clip_tower().double()
    anatomy = anatomy_of(tower)
    return flow(anatomy, layer), coefficients(see(tower, pictures(count).double(), anatomy, activations=[layer]), anatomy, layer)


def learn(ways: Flow, c: Tensor, settings: DirectionSettings, batch: int = 16) -> Directions:
    """Both passes, batch by batch."""
    return first_direction(ways, lambda: c.split(batch), settings)


def test_effects_have_few_dimensions() -> None:
    """No more than there are later heads."""
    ways, c = many(1)
    phi = effects(c, ways)
    assert len(ways.pairs) == 4 and all(torch.linalg.matrix_rank(phi[:, neuron]) <= 4 for neuron in range(ways.units))


@pytest.mark.parametrize("most", [20, 5])
def test_direction_by_gram_is_by_svd(most: int) -> None:
    """With more kept pictures than pairs, and with fewer: direction, sign, share, which pictures, and the sparsity."""
    ways, c = many(0)
    phi = effects(c, ways)
    found = learn(ways, c, DirectionSettings(share=1.0, most=most, least=1))
    centred = (phi - phi.mean(0)).norm(dim=2)
    assert len(ways.pairs) == 8 and torch.allclose(found.mean, phi.mean(0))
    for neuron in range(ways.units):
        direction, share, order = first_direction_plain(phi[:, neuron], most)
        assert torch.allclose(found.direction[neuron], direction, atol=1e-6)
        assert torch.isclose(found.share[neuron], share) and torch.equal(found.pictures[neuron], order)
        assert torch.allclose(found.norms[neuron], centred[order, neuron])
    energy = centred.square().sum(0)
    assert torch.allclose(found.top_energy, found.norms.square().sum(1) / energy)
    assert torch.allclose(found.above_uniform.double(), (centred.square() > energy / 60).double().mean(0))
    assert torch.allclose(project(c, found), ((phi - phi.mean(0)) * found.direction).sum(2))


def test_passes_can_be_split_and_merged() -> None:
    """Two halves on their own, merged, are the whole."""
    ways, c = many(0)
    settings = DirectionSettings(share=0.2, least=2)
    halves = [EffectMoments(ways).add(c[:25]), EffectMoments(ways).add(c[25:])]
    moments = halves[0].merge(halves[1]).merge(EffectMoments(ways))
    parts = [StrongestEffects(moments, settings).add(c[s], torch.arange(60)[s]) for s in (slice(0, 40), slice(40, 60))]
    merged, whole = parts[0].merge(parts[1]).directions(), learn(ways, c, settings, batch=60)
    for name, value in vars(whole).items():
        assert torch.allclose(getattr(merged, name), value) if isinstance(value, Tensor) else getattr(merged, name) == value


def test_planted_way_is_found() -> None:
    """With one head left that writes anything, every neuron's effect is one direction, known beforehand."""
    tower = open_clip_tower().double()
    anatomy = anatomy_of(tower)
    for block in anatomy.blocks[1:]:
        block.out_weight[:, 8 if block is anatomy.blocks[2] else 0 :] = 0
    ways, seen = flow(anatomy, 0), see(tower, pictures(40).double(), anatomy, activations=[0])
    found = learn(ways, coefficients(seen, anatomy, 0), DirectionSettings())
    written = ways.matrices(slice(None))[:, ways.pairs.index((2, 0))]
    assert (nn.functional.cosine_similarity(written, found.direction, dim=1).abs() > 0.999).all()
    assert torch.allclose(found.share, torch.ones_like(found.share))


def test_planted_neuron_is_found_among_others() -> None:
    """A neuron that speaks one way on a few pictures, under noise; the others have no direction to speak of."""
    rng = torch.Generator().manual_seed(0)
    ways = Flow(0, tuple((1, h) for h in range(12)), torch.randn(12, 32, 6, generator=rng), torch.randn(12, 32, 40, generator=rng))
    c, way = 0.02 * torch.randn(500, 12, 6, generator=rng), torch.randn(12, generator=rng)
    c[:10, :, 2] += way * (3 + torch.rand(10, 1, generator=rng))
    found = learn(ways, c, DirectionSettings(), batch=100)
    right = (way[:, None] * ways.matrices(slice(None))[2]).sum(0)
    assert nn.functional.cosine_similarity(right, found.direction[2], dim=0) > 0.999
    assert found.share[2] > 0.99 and found.share[[0, 1, 3, 4, 5]].max() < 0.5
    assert found.top_energy[2] > 0.95 and found.above_uniform[2] == 0.02 and found.top_energy[0] < 0.2
    assert set(found.pictures[2].tolist()) == set(range(10))


def by_hand() -> tuple[Flow, Tensor]:
    """One pair, two neurons that write (3, 4) and nothing; the first's coefficients are 0, 0, 0, 4."""
    values = torch.tensor([[[1.0, 0.0]]])
    return Flow(0, ((1, 0),), values, torch.tensor([[[3.0, 4.0]]])), torch.tensor([0.0, 0, 0, 4])[:, None, None].repeat(1, 1, 2)


def test_directions_by_hand() -> None:
    """Centred coefficients -1, -1, -1, 3 times a vector of length 5."""
    ways, c = by_hand()
    found = learn(ways, c, DirectionSettings(share=0.25, least=1), batch=3)
    assert torch.allclose(found.direction[0], torch.tensor([0.6, 0.8])) and torch.allclose(found.mean[0], torch.tensor([3.0, 4]))
    assert found.threshold[0] == 15 and found.pictures[0].tolist() == [3] and found.share[0] == 1
    assert torch.isclose(found.top_energy[0], torch.tensor(0.75)) and found.above_uniform[0] == 0.25
    assert torch.allclose(project(c, found)[:, 0], torch.tensor([-5.0, -5, -5, 15]))
    assert (found.direction[1] == 0).all() and found.share[1] == 0 and found.top_energy[1] == 0 and (project(c, found)[:, 1] == 0).all()


def test_most_of_the_kept_effects_are_on_the_positive_side() -> None:
    """Of 0, 0, 0, 4 all four kept: three lie below the mean, so the direction turns round; by their squares it does not."""
    ways, c = by_hand()
    found = learn(ways, c, DirectionSettings(share=1.0, least=1))
    assert torch.allclose(found.direction[0], torch.tensor([-0.6, -0.8]))
    found = learn(ways, c, DirectionSettings(share=1.0, least=1, sign="energy"))
    assert torch.allclose(found.direction[0], torch.tensor([0.6, 0.8]))


def test_fewer_pictures_than_are_kept() -> None:
    """Places that nothing took count for nothing."""
    ways, c = by_hand()
    found = learn(ways, c, DirectionSettings(least=7))
    assert found.pictures[0, 0] == 3 and (found.pictures[:, 4:] == -1).all() and found.threshold[0] == 5
    assert torch.isclose(found.top_energy[0], torch.tensor(1.0))


def test_replacing_effects() -> None:
    """All become their mean; small and large are the two halves of all; along the direction nothing is lost if there is but one."""
    ways, c = by_hand()
    found = learn(ways, c, DirectionSettings(share=0.25, least=1))
    embedding = torch.tensor([[1.0, 2.0]]).repeat(4, 1)
    assert torch.allclose(replaced(embedding, c, ways, found, "all")[3], torch.tensor([1.0 - 9, 2 - 12]))
    assert torch.allclose(replaced(embedding, c, ways, found, "direction"), embedding)
    ways, c = many(0)
    found, embedding = learn(ways, c, DirectionSettings()), torch.randn(60, 16, dtype=torch.float64)
    apart = [replaced(embedding, c, ways, found, what) - embedding for what in ("all", "small", "large")]
    assert torch.allclose(apart[0], apart[1] + apart[2]) and apart[2].abs().max() > 1e-3
    assert torch.allclose(apart[0], -(effects(c, ways) - found.mean).sum(1))


class Largest(TorchDispatchMode):
    """Remembers how many numbers the largest tensor had."""

    numbers = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        output = function(*args, **(kwargs or {}))
        for tensor in output if isinstance(output, tuple | list) else (output,):
            if isinstance(tensor, Tensor):
                self.numbers = max(self.numbers, tensor.untyped_storage().nbytes() // tensor.element_size())
        return output


def test_no_token_neuron_width_tensor_is_built() -> None:
    """What is built stays below t u d even here, where the model is as small as can be."""
    tower = open_clip_tower()
    anatomy = anatomy_of(tower)
    seen = see(tower, pictures(1), anatomy, activations=[0])
    with Largest() as largest:
        c, ways = coefficients(seen, anatomy, 0), flow(anatomy, 0)
        norms(c, ways), toward(c, ways.readers(torch.randn(20, 16))), effects(c, ways, torch.arange(8)), total(c, ways)
        learn(ways, c, DirectionSettings())
    plain = anatomy.tokens * ways.units * anatomy.width
    assert 0 < largest.numbers < plain
    with Largest() as largest:
        effects_plain(anatomy, seen, 0, 0)
    assert largest.numbers >= plain


def test_errors_say_what_to_do() -> None:
    """The last layer, activations that were not kept, texts of another model, settings out of bounds."""
    _, anatomy, seen, _ = looked("open_clip")
    with pytest.raises(LayerError, match="give one of 0 to 1"):
        flow(anatomy, 2)
    with pytest.raises(LayerError, match="give one of 0 to 1"):
        coefficients(seen, anatomy, -1)
    with pytest.raises(LayerError, match=r"activations=\[0\]"):
        coefficients(replace(seen, activations={}), anatomy, 0)
    with pytest.raises(ShapeError, match=r"\[m 16\]"):
        flow(anatomy, 0).readers(torch.zeros(2, 15))
    for wrong in ({"share": 0.0}, {"least": 0}, {"least": 8, "most": 7}):
        with pytest.raises(SettingError, match="share"):
            DirectionSettings(**wrong)
