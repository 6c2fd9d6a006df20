"""One door: every family is read rightly, what cannot be taken apart is refused, and nothing stays behind."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from open_clip.transformer import CustomResidualAttentionBlock, VisionTransformer
from torch import nn

from core.foundations.errors import LayerError, ModelError, ShapeError, StudioError
from core.models.anatomy import anatomy_of, row_attention, see
from core.models.blocks import Norm
from tests.models import tiny_towers as towers

kinds = pytest.mark.parametrize("kind", towers.KINDS)


def rebuilt(anatomy, seen):
    """The embedding from the row's own history: start, heads, MLPs, last norm, projection."""
    z = seen.start
    for block, normed, attention, mlp in zip(anatomy.blocks, seen.normed, seen.attention, seen.mlp, strict=True):
        values = (normed @ block.value_weight.T + block.value_bias).unflatten(-1, (anatomy.heads, -1))
        z = z + torch.einsum("nht,nthe->nhe", attention, values).flatten(1) @ block.out_weight.T + block.out_bias + mlp
    norm = anatomy.norm_post
    z = (norm.centre(z) / seen.sigma_post[:, None]) * norm.weight + norm.bias
    return z @ anatomy.projection + anatomy.projection_bias


@torch.no_grad()
def test_two_threads_see_through_one_tower() -> None:
    """Each what its own pictures are, though a third runs the tower without looking."""
    tower, images = towers.open_clip_tower(), [towers.pictures(2, seed) for seed in range(3)]
    anatomy = anatomy_of(tower)
    alone = [see(tower, one, anatomy, activations=[1]) for one in images]

    def look(number: int) -> bool:
        for _ in range(40):
            if number == 2:
                found = torch.equal(tower(images[2]), alone[2].embedding)
            else:
                seen, own = see(tower, images[number], anatomy, activations=[1]), alone[number]
                found = all(map(torch.equal, (*seen.normed, *seen.mlp, seen.activations[1]), (*own.normed, *own.mlp, own.activations[1])))
            if not found:
                return False
        return True

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(look, range(3))) == [True] * 3


@kinds
def test_what_is_seen_makes_up_the_embedding(kind: str) -> None:
    """The stock forward's output, to 1e-5; and the sizes are what the anatomy says."""
    tower, images = towers.KINDS[kind](), towers.pictures()
    anatomy = anatomy_of(tower)
    seen = see(tower, images, anatomy, activations=[1])
    assert torch.equal(seen.embedding, tower(images))
    assert (rebuilt(anatomy, seen) - seen.embedding).norm() <= 1e-5 * seen.embedding.norm()
    assert seen.normed[2].shape == (2, anatomy.tokens, anatomy.width) and seen.embedding.shape == (2, anatomy.joint)
    assert seen.attention[0].shape == (2, anatomy.heads, anatomy.tokens) and list(seen.activations) == [1]
    assert anatomy.layers == 3 and anatomy.grid == (3, 3)
    for attention in seen.attention:
        assert torch.allclose(attention.sum(-1), torch.ones(2, 4), atol=1e-5)


@kinds
def test_blocks_are_the_towers_own(kind: str) -> None:
    """The MLP from the block's weights, and the last norm's numbers, are what the modules computed."""
    tower, images = towers.KINDS[kind](), towers.pictures()
    anatomy = anatomy_of(tower)
    seen = see(tower, images, anatomy, activations=[0, 1, 2])
    for layer, block in enumerate(anatomy.blocks):
        row = seen.row(seen.activations[layer]) @ block.fc2_weight.T + block.fc2_bias
        assert torch.allclose(row, seen.mlp[layer], atol=1e-5)
        # LN1's sigma undoes its scaling: what comes back has the mean of a centred stream and the spread it started with.
        stream = (seen.normed[layer] - block.norm1.bias) / block.norm1.weight * seen.sigma1[layer][..., None]
        assert torch.allclose(block.norm1.spread(stream), seen.sigma1[layer], rtol=1e-4)
    assert block.name in dict(tower.named_modules()) and block.activation is dict(tower.named_modules())[block.activation_name]


@pytest.mark.parametrize("kind", towers.REFUSED)
def test_what_cannot_be_taken_apart_is_refused(kind: str) -> None:
    """With a sentence that says what and why."""
    with pytest.raises(ModelError, match="cannot be taken apart: "):
        anatomy_of(towers.REFUSED[kind]())
    assert issubclass(ModelError, StudioError)


def test_a_subclass_with_its_own_forward_is_refused() -> None:
    """It may compute anything."""

    class Other(VisionTransformer):
        def _pool(self, x):
            return x.amax(1), x

    with pytest.raises(ModelError, match="_pool of its own"):
        anatomy_of(Other(24, 8, 32, 1, 4, 2.0))


def test_gated_attention_is_refused() -> None:
    """timm's sigmoid gate behind the attention."""
    tower = towers.timm_tower()
    tower.blocks[1].attn.gate = nn.Linear(32, 32)
    with pytest.raises(ModelError, match="plain self-attention"):
        anatomy_of(tower)


def test_a_block_of_another_kind_is_refused() -> None:
    """Even a subclass of a known one."""

    class Other(CustomResidualAttentionBlock):
        pass

    tower = towers.open_clip_tower(qk_norm=True)
    tower.transformer.resblocks[0] = Other(32, 4)
    with pytest.raises(ModelError, match="plain kind"):
        anatomy_of(tower)


def test_training_noise_is_refused() -> None:
    """Dropped patches add up to nothing."""
    tower = towers.open_clip_tower(patch_dropout=0.5)
    see(tower, towers.pictures(), anatomy_of(tower))
    with pytest.raises(ModelError, match="eval"):
        see(tower.train(), towers.pictures(), anatomy_of(tower))


def test_wrong_layer_and_wrong_images() -> None:
    """Refused before anything runs; no hook is left."""
    tower = towers.open_clip_tower()
    anatomy = anatomy_of(tower)
    with pytest.raises(LayerError, match="layers 0 to 2"):
        see(tower, towers.pictures(), anatomy, activations=[3])
    with pytest.raises(ShapeError):
        see(tower, towers.pictures()[0], anatomy)
    with pytest.raises(RuntimeError):
        see(tower, towers.pictures()[:, :2], anatomy)
    assert not any(module._forward_hooks for module in tower.modules())


@pytest.mark.parametrize("kind", ["open_clip", "timm registers"])
def test_nothing_stays_behind(kind: str) -> None:
    """No hook, no changed weight, and no tensor that only the garbage collector would find."""
    tower, images = towers.KINDS[kind](), towers.pictures()
    before = {name: weight.clone() for name, weight in tower.state_dict().items()}
    gc.disable()
    try:
        seen = see(tower, images, anatomy_of(tower), activations=[0])
        kept = [weakref.ref(seen.normed[0]), weakref.ref(seen.activations[0])]
        del seen
        assert all(ref() is None for ref in kept)
    finally:
        gc.enable()
    assert not any(module._forward_hooks for module in tower.modules())
    assert all(torch.equal(weight, before[name]) for name, weight in tower.state_dict().items())


def test_gradients_reach_the_images_where_wanted() -> None:
    """Through the attention and the stream alike; the weights get none."""
    tower, images = towers.open_clip_tower(), towers.pictures().requires_grad_()
    anatomy = anatomy_of(tower)
    assert not see(tower, images, anatomy).embedding.requires_grad
    seen = see(tower, images, anatomy, gradients=True)
    (grad,) = torch.autograd.grad(rebuilt(anatomy, seen).sum(), images)
    (stock,) = torch.autograd.grad(tower(images).sum(), images)
    assert torch.allclose(grad, stock, rtol=1e-3, atol=1e-4 * stock.abs().max().item())
    assert all(weight.grad is None for weight in tower.parameters())


def test_row_attention_by_hand() -> None:
    """Two tokens, one head: the class token's query meets both keys."""
    tower = towers.open_clip_tower(width=2, heads=1, layers=1, output_dim=2)
    block = anatomy_of(tower).blocks[0]
    for weight in (block.query_weight, block.key_weight):
        weight.copy_(torch.eye(2))
    block.query_bias.zero_()
    normed = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
    anatomy = anatomy_of(tower)
    found = row_attention(anatomy, 0, normed, anatomy.shares(normed))
    logits = torch.tensor([1.0, 0.0]) / 2**0.5
    assert torch.allclose(found[0, 0], logits.softmax(-1))


def test_norm_by_hand() -> None:
    """Mean 2, variance 1; none does nothing."""
    norm = Norm(torch.ones(2), torch.zeros(2), 0.25)
    x = torch.tensor([1.0, 3.0])
    assert (norm.mean(x).item(), norm.spread(x).item()) == (2.0, pytest.approx(1.25**0.5))
    assert norm.centre(x).tolist() == [-1, 1]
    none = Norm(torch.ones(2), torch.zeros(2), 0.0, identity=True)
    assert (none.mean(x).item(), none.spread(x).item(), none.centre(x).tolist()) == (0, 1, [1, 3])


def test_layer_scale_is_folded_and_plain_weights_are_shared() -> None:
    """A change of the tower's weights is seen at once; LayerScale multiplies what leaves."""
    tower = towers.open_clip_tower(ls_init_value=0.5)
    block, module = anatomy_of(tower).blocks[0], tower.transformer.resblocks[0]
    assert torch.allclose(block.out_weight, module.ls_1.gamma[:, None] * module.attn.out_proj.weight)
    assert torch.allclose(block.fc2_bias, module.ls_2.gamma * module.mlp.c_proj.bias)
    assert block.value_weight.data_ptr() == module.attn.in_proj_weight[64:].data_ptr()
