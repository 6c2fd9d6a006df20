"""Where the weights stand in open_clip's and in timm's vision transformers, and what of them fits no equation of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from core.models.blocks import Anatomy, Block, Norm, refusal


def same_code(module: nn.Module, family: type, methods: Sequence[str]) -> None:
    """ModelError where a subclass computes something else than its family."""
    for method in methods:
        if getattr(type(module), method) is not getattr(family, method):
            raise refusal(module, f"it has a {method} of its own")


def _norm(module: nn.Module, like: Tensor) -> Norm:
    """A layer norm's numbers; none for an identity."""
    ones, zeros = torch.ones_like(like), torch.zeros_like(like)
    if isinstance(module, nn.Identity):
        return Norm(ones, zeros, 0.0, identity=True)
    if not isinstance(module, nn.LayerNorm):
        raise refusal(module, "only layer norms are known")
    weight, bias = (None if p is None else p.detach() for p in (module.weight, module.bias))
    return Norm(ones if weight is None else weight, zeros if bias is None else bias, module.eps)


def _absent(owner: nn.Module, *modules: nn.Module | None) -> None:
    """ModelError where a module stands in the way of the plain equation."""
    for module in modules:
        if module is not None and not isinstance(module, (nn.Identity, nn.Dropout)):
            raise refusal(owner, f"a {type(module).__name__} stands where the plain block has nothing")


def _linear(layer: nn.Linear, scale: nn.Module | None = None) -> tuple[Tensor, Tensor]:
    """Weight and bias, times LayerScale's factors where there are any."""
    weight = layer.weight.detach()
    bias = weight.new_zeros(len(weight)) if layer.bias is None else layer.bias.detach()
    if scale is None or isinstance(scale, nn.Identity):
        return weight, bias
    gamma = getattr(scale, "gamma", None)
    if not isinstance(gamma, Tensor):
        raise refusal(scale, "it scales in a way that is not LayerScale's")
    return weight * gamma.detach()[:, None], bias * gamma.detach()


def _attention(inner: tuple[Tensor, Tensor], out: nn.Linear, scale: nn.Module, norms: Sequence[nn.Module | None]) -> dict[str, Any]:
    """A block's attention from the stacked weights and biases of query, key and value, `[3a d]` and `[3a]`."""
    roles = ("query", "key", "value")
    found: dict[str, Any] = {f"{role}_weight": weight for role, weight in zip(roles, inner[0].detach().chunk(3), strict=True)}
    found |= {f"{role}_bias": bias for role, bias in zip(roles, inner[1].detach().chunk(3), strict=True)}
    found |= {f"{role}_norm": None if isinstance(norm, nn.Identity) else norm for role, norm in zip(roles, norms, strict=False)}
    found["out_weight"], found["out_bias"] = _linear(out, scale)
    return found


def _mlp(fc1: nn.Linear, activation: nn.Module, fc2: nn.Linear, scale: nn.Module) -> dict[str, Any]:
    """A block's MLP."""
    found: dict[str, Any] = {"activation": activation}
    found["fc1_weight"], found["fc1_bias"] = _linear(fc1)
    found["fc2_weight"], found["fc2_bias"] = _linear(fc2, scale)
    return found


def _refuse_size(tower: nn.Module, built: tuple[int, int], asked: tuple[int, int] | None) -> None:
    """ModelError where images have another size than a tower's positions."""
    if asked is not None and asked != built:
        raise refusal(
            tower,
            f"its positions are of images of {built[0]} x {built[1]}, not of {asked[0]} x {asked[1]}",
            "Bring the images to that size, or use a timm tower with dynamic_img_size=True",
        )


def open_clip_anatomy(tower: Any, image_size: tuple[int, int] | None = None) -> Anatomy:
    """The anatomy of an open_clip VisionTransformer; ModelError where it takes images of another size."""
    _refuse_size(tower, tuple(tower.image_size), image_size)
    if tower.attn_pool is not None:
        raise refusal(tower, "it pools by attention")
    if tower.pool_type == "none" or (tower.pool_type == "avg" and not tower.final_ln_after_pool):
        raise refusal(tower, "its last norm comes before the mean over tokens, so that each token is scaled by itself")
    like = tower.class_embedding.detach()
    projection = torch.eye(len(like)).to(like) if tower.proj is None else tower.proj.detach()
    blocks = tuple(_open_clip_block(f"transformer.resblocks.{i}", block, like) for i, block in enumerate(tower.transformer.resblocks))
    heads = {getattr(block.attn, "num_heads", 0) for block in tower.transformer.resblocks}.pop()
    return Anatomy(
        blocks=blocks,
        heads=heads,
        head_width=len(blocks[0].query_bias) // heads,
        width=len(like),
        extra=1,
        grid=tuple(tower.grid_size),
        image_size=tuple(tower.image_size),
        norm_post=_norm(tower.ln_post, like),
        projection=projection,
        projection_bias=projection.new_zeros(projection.shape[1]),
        read_out=slice(1, None) if tower.pool_type == "avg" else slice(0, 1),
        start_name="ln_pre",
        norm_post_name="ln_post",
    )


def _open_clip_block(name: str, block: Any, like: Tensor) -> Block:
    """One of an open_clip tower's blocks, plain or custom."""
    from open_clip.transformer import CustomResidualAttentionBlock, ResidualAttentionBlock

    attention, mlp = block.attn, block.mlp
    norms: tuple[nn.Module | None, nn.Module | None] = (None, None)
    if type(block) is CustomResidualAttentionBlock:
        if attention.scaled_cosine or attention.scale_heads:
            raise refusal(attention, "its attention is scaled")
        _absent(block, block.ln_attn, attention.ln_inner, mlp.ln)
        norms = (attention.ln_q, attention.ln_k)
    elif type(block) is not ResidualAttentionBlock or hasattr(block, "ln_1_kv"):
        raise refusal(block, "its blocks are not of the plain kind")
    elif attention.in_proj_weight is None or attention.bias_k is not None or attention.add_zero_attn:
        raise refusal(attention, "its attention is not plain self-attention")
    weight = attention.in_proj_weight
    bias = weight.new_zeros(len(weight)) if attention.in_proj_bias is None else attention.in_proj_bias
    return Block(
        name=name,
        norm1=_norm(block.ln_1, like),
        norm2=_norm(block.ln_2, like),
        norm1_name=f"{name}.ln_1",
        activation_name=f"{name}.mlp.gelu",
        mlp_name=f"{name}.ls_2",
        **_attention((weight, bias), attention.out_proj, block.ls_1, norms),
        **_mlp(mlp.c_fc, mlp.gelu, mlp.c_proj, block.ls_2),
    )


def _timm_size(trunk: Any, asked: tuple[int, int] | None) -> tuple[tuple[int, int], tuple[int, int]]:
    """The size of a timm tower's images, and the rows and columns of its patches on them; ModelError where they do not fit."""
    embed = trunk.patch_embed
    size = embed.img_size if asked is None else asked
    if size is None:
        raise refusal(trunk, "it has no size of its own", "Say how large the images are")
    if not trunk.dynamic_img_size:
        _refuse_size(trunk, tuple(embed.img_size), asked)
    elif any(length <= 0 or length % patch for length, patch in zip(size, embed.patch_size, strict=True)):
        patch = " x ".join(map(str, embed.patch_size))
        raise refusal(trunk, f"images of {size[0]} x {size[1]} do not fall into patches of {patch}", f"Use multiples of {patch}")
    return tuple(size), tuple(embed.dynamic_feat_size(size))


def timm_anatomy(
    trunk: Any, prefix: str, head: nn.Module, image_size: tuple[int, int] | None = None, family: type | None = None
) -> Anatomy:
    """The anatomy of a timm VisionTransformer, with what open_clip may put behind it.

    Args:
        image_size: of the images, where its size is dynamic; its own where None.
        family: a kind of it whose own ways to place and read out tokens the caller knows; the plain one where None.
    """
    from timm.models.vision_transformer import VisionTransformer

    same_code(trunk, family or VisionTransformer, ("forward", "forward_features", "forward_head", "pool", "_pos_embed"))
    if trunk.attn_pool is not None:
        raise refusal(trunk, "it pools by attention")
    if trunk.global_pool not in ("token", "avg"):
        raise refusal(trunk, f"its pooling is {trunk.global_pool or 'none'!r}, which is no sum over tokens")
    after = not isinstance(trunk.fc_norm, nn.Identity)
    if not isinstance(trunk.norm, nn.Identity) and (after or trunk.global_pool == "avg"):
        raise refusal(trunk, "its last norm comes before the mean over tokens, so that each token is scaled by itself")
    size, grid = _timm_size(trunk, image_size)
    blocks = tuple(_timm_block(f"{prefix}blocks.{i}", block) for i, block in enumerate(trunk.blocks))
    like = blocks[0].out_bias
    projection, projection_bias = _head(trunk, head, like)
    attention = trunk.blocks[0].attn
    return Anatomy(
        blocks=blocks,
        heads=attention.num_heads,
        head_width=attention.head_dim,
        width=len(like),
        extra=trunk.num_prefix_tokens,
        grid=grid,
        image_size=size,
        norm_post=_norm(trunk.fc_norm if after else trunk.norm, like),
        projection=projection,
        projection_bias=projection_bias,
        read_out=slice(0, 1) if trunk.global_pool == "token" else slice(0 if trunk.pool_include_prefix else trunk.num_prefix_tokens, None),
        start_name=f"{prefix}norm_pre",
        norm_post_name=f"{prefix}{'fc_norm' if after else 'norm'}",
    )


def _head(trunk: Any, head: nn.Module, like: Tensor) -> tuple[Tensor, Tensor]:
    """The one linear map behind the last norm, `[d k]` and `[k]`: a classifier, a projection, or the identity."""
    layers = [module for module in (trunk.head, *head.children()) if not isinstance(module, (nn.Identity, nn.Dropout))]
    if not layers:
        return torch.eye(len(like)).to(like), torch.zeros_like(like)
    if len(layers) > 1 or not isinstance(layers[0], nn.Linear):
        raise refusal(layers[-1], "what follows the last norm is not one linear map")
    weight, bias = _linear(layers[0])
    return weight.T, bias


def _refuse_unusual(block: Any) -> None:
    """ModelError where a timm block is more than one attention, then one MLP, each behind its norm."""
    from timm.layers import Attention, Mlp
    from timm.models.vision_transformer import Block as TimmBlock

    if type(block) is not TimmBlock:
        raise refusal(block, "its blocks are not of the plain kind: one attention, then one MLP, each behind its norm")
    if type(block.attn) is not Attention or block.attn.gate is not None:
        raise refusal(block.attn, "its attention is not plain self-attention")
    if type(block.mlp) is not Mlp:
        raise refusal(block.mlp, "its MLP is gated or otherwise not plain")
    _absent(block, block.attn.norm, block.mlp.norm)


def _timm_block(name: str, block: Any) -> Block:
    """One of a timm tower's blocks."""
    _refuse_unusual(block)
    attention, mlp = block.attn, block.mlp
    like = attention.proj.weight[:, 0].detach()
    return Block(
        name=name,
        norm1=_norm(block.norm1, like),
        norm2=_norm(block.norm2, like),
        norm1_name=f"{name}.norm1",
        activation_name=f"{name}.mlp.act",
        mlp_name=f"{name}.ls2",
        **_attention(_linear(attention.qkv), attention.proj, block.ls1, (attention.q_norm, attention.k_norm)),
        **_mlp(mlp.fc1, mlp.act, mlp.fc2, block.ls2),
    )
