"""One door for every vision transformer: its weights by their roles, and one instrumented forward.

The residual stream of papers/inner_workings_thesis.md, section 2.1, is the same in every library; where its parts
stand is not. `anatomy_of` reads them from the modules and refuses what does not fit; `see` runs the stock forward, with
its fast fused attention, and keeps what cannot be had afterwards.

Of the attention only the row that is read out is computed, from the captured LN1 outputs: never [n h t t].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from core.foundations.errors import LayerError, ModelError, ShapeError
from core.foundations.trace import Trace
from core.models.blocks import Anatomy, Block, Norm, refusal
from core.models.one_headed import OneHeaded
from core.models.photo_tower import PhotoTower
from core.models.precision import refuse_half
from core.models.towers import open_clip_anatomy, same_code, timm_anatomy

__all__ = ["Anatomy", "Block", "Norm", "Seen", "anatomy_of", "row_attention", "see"]


@dataclass(frozen=True)
class Seen:
    """What one forward leaves for the lenses. "The row" is the class token, or the mean of the tokens that are read out.

    Attributes:
        embedding: `[n k]`, before unit norm.
        weights: `[n t]`, the tokens that make up the row; sums to 1 over t.
        start: `[n d]`, the row of the stream before the first block.
        normed: per layer `[n t d]`, what LN1 gives.
        sigma1: per layer `[n t]`, what LN1 divided by.
        attention: per layer `[n h t]`, the row's attention after the softmax; sums to 1 over t.
        mlp: per layer `[n d]`, the row of what the MLP adds, after LayerScale.
        last: `[n t d]`, the stream after the last block.
        mean_post: `[n]`, what the last norm subtracts.
        sigma_post: `[n]`, what the last norm divides by.
        activations: layer to `[n t u]`, after the activation function, for the layers that were asked for.
    """

    embedding: Tensor
    weights: Tensor
    start: Tensor
    normed: tuple[Tensor, ...]
    sigma1: tuple[Tensor, ...]
    attention: tuple[Tensor, ...]
    mlp: tuple[Tensor, ...]
    last: Tensor
    mean_post: Tensor
    sigma_post: Tensor
    activations: dict[int, Tensor]

    def row(self, x: Tensor) -> Tensor:
        """What is read out of tokens: `[n t d]` to `[n d]`."""
        return weighed(self.weights, x)


def weighed(weights: Tensor, x: Tensor) -> Tensor:
    """The mean of tokens `[n t d]` under weights `[n t]`: `[n d]`."""
    return (weights[:, None] @ x)[:, 0]


def anatomy_of(tower: nn.Module, image_size: tuple[int, int] | None = None) -> Anatomy:
    """Read a vision tower's weights by their roles.

    Args:
        tower: an open_clip VisionTransformer (whatever stands in place of conv1), an open_clip TimmModel around a timm
            VisionTransformer, a bare timm VisionTransformer, whose classifier then is the projection, a PhotoTower, or the first
            head of a distilled one (OneHeaded).
        image_size: height and width of its images; the size that it was built for where None. Only a timm tower with
            `dynamic_img_size` takes others.

    Raises:
        ModelError: where the tower cannot be taken apart exactly: another family, attention pooling, a mean of tokens
            after the last norm, scaled or gated attention, parallel blocks, gated MLPs; half precision; images of a
            size that it was not built for.
    """
    from open_clip.timm_model import TimmModel
    from open_clip.transformer import VisionTransformer as OpenClipTower
    from timm.models.deit import VisionTransformerDistilled
    from timm.models.vision_transformer import VisionTransformer as TimmTower

    refuse_half(tower)
    if isinstance(tower, OneHeaded):
        return timm_anatomy(tower.trunk, "trunk.", nn.Sequential(), image_size, VisionTransformerDistilled)
    if isinstance(tower, PhotoTower):
        return replace(timm_anatomy(tower.trunk, "trunk.", nn.Sequential(tower.head), image_size), blend=tower.blend)
    if isinstance(tower, OpenClipTower):
        same_code(tower, OpenClipTower, ("forward", "_embeds", "_pool", "_global_pool"))
        return open_clip_anatomy(tower, image_size)
    if isinstance(tower, TimmModel):
        if not isinstance(tower.trunk, TimmTower):
            raise refusal(tower.trunk, "only vision transformers can be taken apart")
        return timm_anatomy(tower.trunk, "trunk.", tower.head, image_size)
    if isinstance(tower, TimmTower):
        return timm_anatomy(tower, "", nn.Sequential(), image_size)
    raise refusal(tower, "only the vision transformers of open_clip and timm can be taken apart")


def see(tower: nn.Module, images: Tensor, anatomy: Anatomy, activations: Sequence[int] = (), gradients: bool = False) -> Seen:
    """One stock forward, with what the lenses need of it.

    Args:
        tower: the one that `anatomy` was read from.
        images: `[n 3 h w]`, normalised as the tower wants them.
        activations: layers, first is 0, whose activations are wanted.
        gradients: keep the graph, so that everything can be differentiated in the images.

    Raises:
        LayerError: where a layer does not exist.
        ModelError: where the tower drops things at random because it is in training mode.
        ShapeError: where the images are no `[n 3 h w]`, or not of the anatomy's size.
    """
    _check_images(images, anatomy)
    if wrong := [layer for layer in activations if not 0 <= layer < anatomy.layers]:
        raise LayerError(f"There is no layer {wrong[0]}; this tower has layers 0 to {anatomy.layers - 1}.")
    _refuse_noise(tower)
    kept: dict[str, Any] = {}
    with nullcontext() if gradients else torch.no_grad():
        with Trace(tower, [], _readers(anatomy, activations, kept)) as trace:
            kept["trace"] = trace
            output = tower(images.to(anatomy.projection.dtype))
        # The readers hold what they read, and it holds them: left alone, it would all wait for the garbage collector.
        read = dict(kept)
        kept.clear()
        return _seen(anatomy, read, output[0] if isinstance(output, tuple) else output, activations)


def row_attention(anatomy: Anatomy, layer: int, normed: Tensor, weights: Tensor) -> Tensor:
    """The attention of the row that is read out.

    For one query the keys need not be built: q (W_K x) = (q W_K) x, and the key's bias moves every logit alike.

    Args:
        normed: what LN1 of that layer gives, `[n t d]`.
        weights: the tokens that make up the row, `[n t]`.

    Returns:
        `[n h t]`, after the softmax.
    """
    block, shape = anatomy.blocks[layer], (anatomy.heads, anatomy.head_width)
    read_out = anatomy.read_out if anatomy.blend is None else slice(None)
    queries = nn.functional.linear(normed[:, read_out], block.query_weight, block.query_bias).unflatten(-1, shape)
    queries = (block.query_norm(queries) if block.query_norm else queries) * anatomy.head_width**-0.5
    if block.key_norm is None and queries.shape[1] == 1:
        pulled = torch.einsum("nhe,hed->nhd", queries[:, 0], block.key_weight.unflatten(0, shape))
        return (pulled @ normed.transpose(1, 2)).softmax(-1)
    keys = nn.functional.linear(normed, block.key_weight, block.key_bias).unflatten(-1, shape)
    keys = block.key_norm(keys) if block.key_norm else keys
    # Head by head, because where the mean of many tokens is read out each of them is a query.
    share = weights[:, read_out]
    rows = [weighed(share, (queries[:, :, head] @ keys[:, :, head].transpose(1, 2)).softmax(-1)) for head in range(anatomy.heads)]
    return torch.stack(rows, 1)


def _seen(anatomy: Anatomy, read: dict[str, Any], embedding: Tensor, activations: Sequence[int]) -> Seen:
    """The record, from what the readers kept."""
    blocks, last = anatomy.blocks, read[anatomy.blocks[-1].name]
    normed = tuple(read[block.norm1_name] for block in blocks)
    weights, row = anatomy.shares(normed[0]), lambda x: x  # the readers have kept the row alone
    if anatomy.blend is None:
        end = anatomy.row(last)
        sigma_post = anatomy.norm_post.spread(end)
    else:
        # sum_t a_t LN(x_t) = LN' of sum_t w_t x_t, where w_t = a_t sigma / sigma_t and LN' divides by sigma = 1 / sum a_t / sigma_t.
        shares = weights / anatomy.norm_post.spread(last)
        sigma_post = 1 / shares.sum(1)
        weights = shares * sigma_post[:, None]
        row = partial(weighed, weights)
        end = row(last)
    return Seen(
        embedding=embedding,
        weights=weights,
        start=row(read[anatomy.start_name][0]),
        normed=normed,
        sigma1=tuple(read[name][1] for name in (anatomy.start_name, *(block.name for block in blocks[:-1]))),
        attention=tuple(row_attention(anatomy, layer, normed[layer], weights) for layer in range(anatomy.layers)),
        mlp=tuple(row(read[block.mlp_name]) for block in blocks),
        last=last,
        mean_post=anatomy.norm_post.mean(end),
        sigma_post=sigma_post,
        activations={layer: read[blocks[layer].activation_name] for layer in activations},
    )


def _readers(anatomy: Anatomy, activations: Sequence[int], kept: dict[str, Any]) -> dict[str, Callable[[Tensor], Tensor]]:
    """For every traced layer a function that keeps what is wanted of its output and hands the output on unchanged."""

    def reader(name: str, take: Callable[[Tensor], Any]) -> Callable[[Tensor], Tensor]:
        def read(output: Tensor) -> Tensor:
            # Most layers are read for one row or one number a token; the trace need not hold on to the rest.
            kept["trace"].outputs.clear()
            kept[name] = take(output)
            return output

        return read

    def entering(norm: Norm) -> Callable[[Tensor], Any]:
        return lambda x: (row(x), norm.spread(x))

    # How much of each token a blend reads is known only at the end.
    row: Callable[[Tensor], Tensor] = anatomy.row if anatomy.blend is None else lambda x: x
    blocks = anatomy.blocks
    streams = (anatomy.start_name, *(block.name for block in blocks[:-1]))
    takes = {name: entering(block.norm1) for name, block in zip(streams, blocks, strict=True)}
    takes |= {block.mlp_name: row for block in blocks}
    whole = [blocks[-1].name, *(block.norm1_name for block in blocks), *(blocks[layer].activation_name for layer in activations)]
    return {name: reader(name, take) for name, take in (takes | dict.fromkeys(whole, lambda x: x)).items()}


def _check_images(images: Tensor, anatomy: Anatomy) -> None:
    """ShapeError where images would stand on other patches than the anatomy says."""
    if images.ndim != 4:
        raise ShapeError(f"Expected images [n 3 h w], got {tuple(images.shape)}.")
    if tuple(images.shape[2:]) != anatomy.image_size:
        height, width = anatomy.image_size
        raise ShapeError(
            f"These weights were read for images of {height} x {width}, got {images.shape[2]} x {images.shape[3]}. Resize the images, "
            "or, where the tower's size is dynamic, read them for this size: anatomy_of(tower, (height, width))."
        )


def _refuse_noise(tower: nn.Module) -> None:
    """ModelError where a forward would drop something at random."""
    for name, module in tower.named_modules():
        shares = (getattr(module, key, 0) for key in ("p", "prob", "drop_prob", "dropout"))
        if module.training and any(isinstance(share, float) and share > 0 for share in shares):
            raise ModelError(f"The layer {name!r} drops at random while training, so its parts do not add up. Call tower.eval() first.")
