"""Tiny random towers of every family that can be taken apart, and of those that cannot.

Every weight is drawn anew with a spread that makes norms, biases and LayerScale matter: fresh models have biases of
zero and norms of one, on which a forgotten term would not show.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from open_clip.timm_model import TimmModel
from open_clip.transformer import QuickGELU, VisionTransformer
from timm.layers import SwiGLU
from timm.models.deit import VisionTransformerDistilled
from timm.models.vision_transformer import ParallelScalingBlock
from timm.models.vision_transformer import VisionTransformer as TimmTower
from torch import nn

from core.models.one_headed import one_headed
from core.models.photo_tower import PhotoTower

SIDE = 24
"""Height and width of the towers' images."""


def stir(tower: nn.Module, seed: int = 0) -> nn.Module:
    """The tower with every weight drawn anew: matrices near their usual spread, norms and LayerScale around what they were."""
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in tower.named_parameters():
            noise = torch.randn(weight.shape, generator=rng)
            if weight.ndim > 1:
                token = "embed" in name or "token" in name
                weight.copy_(noise * (1.0 if token else weight[0].numel() ** -0.5))
            elif name.endswith("bias") or "embed" in name:
                weight.copy_(0.3 * noise)
            else:
                weight.add_(0.3 * noise)
    return tower.eval().requires_grad_(False)


def open_clip_tower(**changes: object) -> nn.Module:
    """An open_clip tower: 3 layers, 4 heads of width 8, 9 patches and a class token, joint width 16."""
    settings: dict = dict(image_size=SIDE, patch_size=8, width=32, layers=3, heads=4, mlp_ratio=2.0, output_dim=16)
    return stir(VisionTransformer(**(settings | changes)))


def stem_tower() -> nn.Module:
    """As before, with a convolutional stem in place of conv1."""
    tower = VisionTransformer(image_size=SIDE, patch_size=8, width=32, layers=3, heads=4, mlp_ratio=2.0, output_dim=16)
    tower.conv1 = nn.Sequential(nn.Conv2d(3, 8, 4, 4), nn.BatchNorm2d(8), nn.GELU(), nn.Conv2d(8, 32, 2, 2))
    return stir(tower)


def timm_tower(**changes: object) -> nn.Module:
    """A timm tower: 3 layers, 4 heads of width 8, 9 patches, a class token, 10 classes."""
    settings: dict = dict(img_size=SIDE, patch_size=8, embed_dim=32, depth=3, num_heads=4, mlp_ratio=2.0, num_classes=10)
    return stir(TimmTower(**(settings | changes)))


def distilled_tower() -> nn.Module:
    """As a timm tower, with a distillation token behind the class token; its two heads are averaged."""
    return stir(VisionTransformerDistilled(img_size=SIDE, patch_size=8, embed_dim=32, depth=3, num_heads=4, mlp_ratio=2.0, num_classes=10))


def wrapped_tower(pool: str = "token", proj: str = "linear") -> nn.Module:
    """open_clip's wrapper around a timm tower with registers, made small."""
    with torch.device("meta"):  # its own trunk is thrown away: no weight of it is drawn
        tower = TimmModel("vit_small_patch16_224", 16, SIDE, pool=pool, proj=proj, proj_bias=proj == "linear")
    classes = 0 if proj else 16
    tower.trunk = timm_tower(reg_tokens=2, num_classes=classes, global_pool=pool, act_layer=QuickGELU)
    if proj == "linear":
        tower.head.proj = nn.Linear(32, 16)
    return stir(tower)


def photo_tower(blend: float = 0.6) -> nn.Module:
    """Class token and patches read out together, each after the last norm, with LayerScale."""
    return stir(PhotoTower(timm_tower(num_classes=0, init_values=0.5), 16, blend))


KINDS: dict[str, Callable[[], nn.Module]] = {
    "open_clip": open_clip_tower,
    "quick gelu": partial(open_clip_tower, act_layer=QuickGELU),
    "layer scale": partial(open_clip_tower, ls_init_value=0.5),
    "no norm before": partial(open_clip_tower, no_ln_pre=True),
    "mean, then norm": partial(open_clip_tower, pool_type="avg", final_ln_after_pool=True),
    "query norm": partial(open_clip_tower, qk_norm=True),
    "coarse eps": partial(open_clip_tower, norm_layer=partial(nn.LayerNorm, eps=0.3)),
    "stem": stem_tower,
    "timm classifier": timm_tower,
    "timm headless": partial(timm_tower, num_classes=0, pre_norm=True),
    "timm registers": partial(timm_tower, reg_tokens=4, init_values=0.5, no_embed_class=True),
    "timm query norm": partial(timm_tower, qk_norm=True, init_values=0.5, qkv_bias=False),
    "timm mean, then norm": partial(timm_tower, global_pool="avg", reg_tokens=1),
    "timm mean of patches alone": partial(timm_tower, global_pool="avg", class_token=False),
    "timm unnormed": partial(timm_tower, final_norm=False, proj_bias=False),
    "wrapped timm": wrapped_tower,
    "wrapped timm, no projection": partial(wrapped_tower, proj=""),
    "class token and patches": photo_tower,
    "first of two heads": lambda: one_headed(distilled_tower()),
}
"""Every family that can be taken apart, by a name for the tests."""

REFUSED: dict[str, Callable[[], nn.Module]] = {
    "attention pooling": partial(open_clip_tower, attentional_pool=True, attn_pooler_heads=4, pool_type="avg"),
    "norm, then mean": partial(open_clip_tower, pool_type="avg"),
    "cosine attention": partial(open_clip_tower, scaled_cosine_attn=True),
    "scaled heads": partial(open_clip_tower, scale_heads=True),
    "norm in attention": partial(open_clip_tower, scale_attn_inner=True),
    "norm after attention": partial(open_clip_tower, scale_attn=True),
    "norm in the MLP": partial(open_clip_tower, scale_fc=True),
    "timm attention pooling": partial(timm_tower, global_pool="map"),
    "timm norm, then mean": partial(timm_tower, global_pool="avg", fc_norm=False),
    "timm maximum": partial(timm_tower, global_pool="max"),
    "timm norm in attention": partial(timm_tower, scale_attn_norm=True),
    "timm gated attention": partial(timm_tower, attn_layer="diff"),
    "timm gated MLP": partial(timm_tower, mlp_layer=SwiGLU),
    "timm parallel blocks": partial(timm_tower, block_fn=ParallelScalingBlock),
    "timm mean of squares": partial(timm_tower, norm_layer="rmsnorm"),
    "wrapped timm, two layers behind": partial(wrapped_tower, proj="mlp"),
    "a plain CNN": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten()),
}
"""Towers that cannot be taken apart, by why."""


REAL: dict[str, dict] = {
    "ViT-B-32": {"patch_size": 32, "width": 768, "layers": 12, "heads": 12, "output_dim": 512},
    "ViT-L-14": {"patch_size": 14, "width": 1024, "layers": 24, "heads": 16, "output_dim": 768},
}
"""The shapes of two public towers."""


def real_tower(name: str) -> nn.Module:
    """A tower of a public shape with random weights, each drawn once: the library's own start draws them several times."""
    with torch.device("meta"):
        tower = VisionTransformer(image_size=224, mlp_ratio=4.0, **REAL[name])
    tower.to_empty(device="cpu")
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in tower.parameters():
            reach = 0.1 if weight.ndim == 1 else (3 / weight[0].numel()) ** 0.5
            weight.uniform_(-reach, reach, generator=rng)
        for module in tower.modules():
            if isinstance(module, nn.LayerNorm):
                module.weight.add_(1)
    return tower.eval().requires_grad_(False)


def pictures(count: int = 2, seed: int = 0) -> torch.Tensor:
    """Random images `[n 3 h w]`, as normalised ones are."""
    return torch.randn(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))
