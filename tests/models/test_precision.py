"""Half precision and other sizes: a tower is taken apart right, or refused with a sentence."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.foundations.errors import ModelError, ShapeError
from core.models.anatomy import anatomy_of, see
from core.models.clip import Clip, open_clip_model
from tests.models import tiny_towers as towers
from tests.models.test_clip import TINY, by_length, tiny_clip

HALVES = (torch.float16, torch.bfloat16)
LOSES = {torch.float64: 1e-5, torch.float16: 0.02, torch.bfloat16: 0.15}
"""How far numbers near 1 may stray from those in float32, for all layers together."""


def parted(kind: str, dtype: torch.dtype = torch.float32) -> Clip:
    return Clip(towers.KINDS[kind](), by_length, 0.5, 0.25, towers.SIDE, 20.0).to(dtype)


def images(height: int = towers.SIDE, width: int = towers.SIDE) -> torch.Tensor:
    return torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("dtype", LOSES)
@pytest.mark.parametrize("kind", towers.KINDS)
def test_every_family_is_seen_in_every_precision(kind: str, dtype: torch.dtype) -> None:
    """All that is left for the lenses is in float32 or better, near what the tower in float32 leaves."""
    single, other = parted(kind), parted(kind, dtype)
    expected, seen = single.see(images(), [1]), other.see(images().to(dtype), [1])
    own = torch.float64 if dtype == torch.float64 else torch.float32
    for name in ("embedding", "start", "last", "sigma_post"):
        found, right = getattr(seen, name), getattr(expected, name)
        assert found.dtype == own
        assert torch.allclose(found.float(), right, atol=LOSES[dtype] * float(right.abs().max()))
    assert all(x.dtype == own for x in (*seen.attention, *seen.mlp, *seen.normed, *seen.sigma1, seen.activations[1]))
    assert {block.fc1_weight.dtype for block in other.anatomy.blocks} == {other.anatomy.projection.dtype} == {own}
    assert torch.allclose(other.embed(images()).float(), single.embed(images()), atol=2 * LOSES[dtype])


@pytest.mark.parametrize("dtype", HALVES)
def test_the_copy_is_the_rounded_weights_themselves(dtype: torch.dtype) -> None:
    """No second rounding: what is seen is exactly what a float32 tower of those weights leaves."""
    clip = tiny_clip().to(dtype)
    rounded = tiny_clip().to(dtype)
    rounded.visual.float()
    assert torch.equal(clip.see(images()).embedding, rounded.see(images()).embedding)
    assert clip.mean.dtype == clip.logit_scale.dtype == torch.float32 and torch.equal(clip.mean, tiny_clip().mean)
    assert next(clip.visual.parameters()).dtype == dtype and clip.embed_texts(["a"]).dtype == torch.float32


def test_the_copy_follows_the_tower() -> None:
    """New weights, a move back, training: none is answered from an old copy."""
    clip = tiny_clip().half()
    before = clip.see(images()).embedding
    assert clip.tower is clip.tower
    clip.visual.load_state_dict(towers.stir(towers.open_clip_tower(), seed=5).state_dict())
    assert not torch.allclose(clip.see(images()).embedding, before, atol=0.1)
    clip.float()
    assert clip.tower is clip.visual
    noisy = Clip(towers.open_clip_tower(patch_dropout=0.5), by_length, 0.5, 0.25, towers.SIDE).half()
    noisy.see(images())
    with pytest.raises(ModelError, match="eval"):
        noisy.train().see(images())


def test_weights_of_two_precisions() -> None:
    """As open_clip loads "fp16": matrices in half, norms in float32. Embedded and seen through one copy."""
    clip = tiny_clip()
    for module in clip.visual.modules():
        if isinstance(module, nn.Linear):
            module.half()
    assert torch.allclose(clip.embed(images()), tiny_clip().embed(images()), atol=0.01)
    assert clip.see(images()).embedding.dtype == torch.float32


def test_a_bare_tower_in_half_is_refused() -> None:
    with pytest.raises(ModelError, match=r"computes in float16.*tower.float\(\)"):
        anatomy_of(towers.open_clip_tower().half())


def test_a_public_kind_of_model_in_half(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its texts too."""
    import open_clip

    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny", TINY)
    clip = open_clip_model("tiny")
    pictures, texts = clip.embed(images()), clip.embed_texts(["a dog", "a cat"])
    clip.half()
    assert torch.allclose(clip.embed(images()), pictures, atol=0.02) and torch.allclose(
        clip.embed_texts(["a dog", "a cat"]), texts, atol=0.02
    )


@pytest.mark.parametrize("kind", ["open_clip", "timm registers", "timm mean of patches alone", "class token and patches"])
def test_images_of_another_size_are_refused(kind: str) -> None:
    """8 x 72 has as many patches as 24 x 24, so the tower would take it, with every patch at a wrong place."""
    tower = towers.KINDS[kind]()
    with pytest.raises(ShapeError, match="24 x 24, got 8 x 72"):
        see(tower, images(8, 72), anatomy_of(tower))
    with pytest.raises(ModelError, match="24 x 24, not of 8 x 72"):
        Clip(tower, by_length, 0.5, 0.25, (8, 72)).see(images(8, 72))


@pytest.mark.parametrize("size", [(8, 72), (24, 40), (40, 24), (24, 24), (16, 16)])
def test_a_dynamic_tower_knows_its_patches(size: tuple[int, int]) -> None:
    """Rows and columns are those of the images; a square that is pasted in moves the patches beneath it."""
    tower = towers.timm_tower(dynamic_img_size=True, reg_tokens=2)
    clip = Clip(tower, by_length, 0.5, 0.25, size)
    assert clip.anatomy.grid == (size[0] // 8, size[1] // 8) and clip.anatomy.image_size == size
    plain, dotted = images(*size)[:1], images(*size)[:1]
    dotted[..., -8:, :8] = 1
    moved = (clip.see(plain).normed[0] - clip.see(dotted).normed[0]).abs().sum(-1)[0, clip.anatomy.extra :]
    rows, columns = clip.anatomy.grid
    assert moved.view(rows, columns)[-1, 0] > 0 and int((moved > 1e-6).sum()) == 1
    with pytest.raises(ShapeError, match="anatomy_of"):
        see(tower, images(*reversed(size)) if size[0] != size[1] else images(32, 32), clip.anatomy)


def test_sizes_that_cut_patches_are_refused() -> None:
    tower = towers.timm_tower(dynamic_img_size=True, dynamic_img_pad=True)
    with pytest.raises(ModelError, match="24 x 42 do not fall into patches of 8 x 8"):
        anatomy_of(tower, (24, 42))
