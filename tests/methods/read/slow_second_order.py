"""Second-order effects from equations 3.1, 3.2, B.1 and B.4 of papers/inner_workings_thesis.md, one picture, layer and head at a time.

Slow on purpose: it builds what every neuron adds to every token, `[t u d]`, as the authors' program does. The tests
compare the fast path with it, and the benchmark `clip_cost` times it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.models.anatomy import Anatomy, Norm, Seen


@dataclass
class Whole:
    """Everything that a forward computes: the stream before each block and at the end, attention, and what is added."""

    streams: list[Tensor]
    attention: list[Tensor]
    heads: list[Tensor]
    attended: list[Tensor]
    activations: list[Tensor]
    mlps: list[Tensor]


def apply_norm(norm: Norm, x: Tensor) -> Tensor:
    return x if norm.identity else norm.centre(x) / norm.spread(x)[..., None] * norm.weight + norm.bias


def forward(anatomy: Anatomy, stream: Tensor) -> Whole:
    """All blocks in plain words, from the stream before the first `[n t d]`; every token asks."""
    whole, shape = Whole([stream], [], [], [], [], []), (anatomy.heads, anatomy.head_width)
    for block in anatomy.blocks:
        normed = apply_norm(block.norm1, stream)
        query = (normed @ block.query_weight.T + block.query_bias).unflatten(-1, shape)
        key = (normed @ block.key_weight.T + block.key_bias).unflatten(-1, shape)
        value = (normed @ block.value_weight.T + block.value_bias).unflatten(-1, shape)
        query = block.query_norm(query) if block.query_norm else query
        key = block.key_norm(key) if block.key_norm else key
        attention = (torch.einsum("nihe,njhe->nhij", query, key) * anatomy.head_width**-0.5).softmax(-1)
        heads = torch.einsum("nhij,njhe->nihe", attention, value)
        attended = heads.flatten(2) @ block.out_weight.T + block.out_bias
        stream = stream + attended
        activations = block.activation(apply_norm(block.norm2, stream) @ block.fc1_weight.T + block.fc1_bias)
        mlp = activations @ block.fc2_weight.T + block.fc2_bias
        stream = stream + mlp
        for kept, new in zip(vars(whole).values(), (stream, attention, heads, attended, activations, mlp), strict=True):
            kept.append(new)
    return whole


def embed(anatomy: Anatomy, stream: Tensor) -> Tensor:
    """The embedding `[n k]` of the last stream `[n t d]`."""
    if anatomy.blend is None:
        read = apply_norm(anatomy.norm_post, anatomy.row(stream))
    else:
        tokens = apply_norm(anatomy.norm_post, stream)
        read = anatomy.blend * tokens[:, 0] + (1 - anatomy.blend) * tokens[:, anatomy.extra :].mean(1)
    return read @ anatomy.projection + anatomy.projection_bias


def entering(anatomy: Anatomy, seen: Seen, layer: int, image: int, later: int) -> Tensor:
    """What every neuron of a layer adds to every token, equation 3.1, through the LN1 of a later layer: `[t u d]`."""
    norm, sigma = anatomy.blocks[later].norm1, seen.sigma1[later][image]
    contribution = seen.activations[layer][image][:, :, None] * anatomy.blocks[layer].fc2_weight.T
    return norm.centre(contribution) / sigma[:, None, None] * norm.weight


def through_head(anatomy: Anatomy, seen: Seen, image: int, later: int, head: int, normed: Tensor) -> Tensor:
    """What a head makes in the embedding of part of its input, already through LN1: `[t ... d]` to `[... k]`."""
    block, post = anatomy.blocks[later], anatomy.norm_post
    part = slice(head * anatomy.head_width, (head + 1) * anatomy.head_width)
    out = normed @ block.value_weight[part].T @ block.out_weight[:, part].T
    row = torch.einsum("t,t...d->...d", seen.attention[later][image, head], out)
    return (post.centre(row) / seen.sigma_post[image] * post.weight) @ anatomy.projection


def effects_plain(anatomy: Anatomy, seen: Seen, layer: int, image: int) -> Tensor:
    """phi of every neuron for one picture `[u k]`."""
    weight = anatomy.blocks[layer].fc2_weight
    found = weight.new_zeros(weight.shape[1], anatomy.joint)
    for later in range(layer + 1, anatomy.layers):
        normed = entering(anatomy, seen, layer, image, later)
        for head in range(anatomy.heads):
            found += through_head(anatomy, seen, image, later, head, normed)
    return found


def effects_by_matrices(anatomy: Anatomy, seen: Seen, layer: int, image: int, pairs: Sequence[tuple[int, int]]) -> Tensor:
    """The same by equation 3.3's second factor, P W_VO w, made anew for every picture and head: `[u k]`."""
    activations, columns, post = seen.activations[layer][image], anatomy.blocks[layer].fc2_weight, anatomy.norm_post
    found = columns.new_zeros(columns.shape[1], anatomy.joint)
    for later, head in pairs:
        block, part = anatomy.blocks[later], slice(head * anatomy.head_width, (head + 1) * anatomy.head_width)
        normed = block.norm1.centre(columns.T) * block.norm1.weight
        written = (post.centre(normed @ block.value_weight[part].T @ block.out_weight[:, part].T) * post.weight) @ anatomy.projection
        share = (seen.attention[later][image, head] / seen.sigma1[later][image] / seen.sigma_post[image]) @ activations
        found += share[:, None] * written
    return found


def first_direction_plain(phi: Tensor, keep: int) -> tuple[Tensor, Tensor, Tensor]:
    """One neuron from all its effects `[n k]`: direction, its share of the squares, positions of the kept pictures."""
    centred = phi - phi.mean(0)
    order = centred.norm(dim=1).argsort(descending=True)[:keep]
    _, sizes, right = torch.linalg.svd(centred[order], full_matrices=False)
    positive = (centred[order] @ right[0] > 0).sum() * 2
    sign = 1.0 if positive > len(order) or (positive == len(order) and (centred[order] @ right[0]).sum() > 0) else -1.0
    return sign * right[0], sizes[0] ** 2 / (sizes**2).sum(), order
