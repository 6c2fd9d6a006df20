"""The decomposition written straight from the paper's equations, without any of the fast path's short cuts.

Papers/inner_workings_thesis.md: the residual updates (2.3, with the layer norms of appendix A), every term x_i^lh =
alpha_i^lh W_VO^lh LN(z_i) (2.5), its place in the joint space (2.6), and the texts only then. Attention is built whole,
matrices W_VO are multiplied out, and every term goes through the last norm by itself. Of the fast path it takes only
the weights. In double precision where the tower is.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.foundations.trace import Trace
from core.models.anatomy import Anatomy, Block, Norm


@dataclass
class Plain:
    """What the equations give.

    Attributes:
        embedding: `[n k]`.
        start: `[n k]`.
        tokens: `[n l h t k]`, c_i,l,h of equation 2.6.
        mlp: `[n l k]`.
        bias: `[n k]`.
        attention: `[n l h t]` of the row that is read out.
    """

    embedding: Tensor
    start: Tensor
    tokens: Tensor
    mlp: Tensor
    bias: Tensor
    attention: Tensor


def normalise(norm: Norm, x: Tensor) -> Tensor:
    if norm.identity:
        return x
    mean = x.mean(-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(-1, keepdim=True)
    return norm.weight * (x - mean) / torch.sqrt(variance + norm.eps) + norm.bias


def head_slices(anatomy: Anatomy) -> list[slice]:
    return [slice(head * anatomy.head_width, (head + 1) * anatomy.head_width) for head in range(anatomy.heads)]


def attention_of(block: Block, part: slice, normed: Tensor, width: int) -> Tensor:
    """`[n t t]`, every token's attention to every token in one head."""
    queries = normed @ block.query_weight[part].T + block.query_bias[part]
    keys = normed @ block.key_weight[part].T + block.key_bias[part]
    queries = block.query_norm(queries) if block.query_norm else queries
    keys = block.key_norm(keys) if block.key_norm else keys
    return torch.softmax(queries @ keys.transpose(1, 2) / width**0.5, -1)


def stream_before_blocks(tower: nn.Module, images: Tensor, anatomy: Anatomy) -> Tensor:
    """`[n t d]`, what the tower's own stem gives."""
    with torch.no_grad(), Trace(tower, [anatomy.start_name]) as trace:
        tower(images)
    return trace[anatomy.start_name]


@torch.no_grad()
def plain(stream: Tensor, anatomy: Anatomy, reference: bool = False) -> Plain:
    """Everything, from the stream before the first block.

    Args:
        reference: give mean, beta and b_O to all terms in equal shares, as the paper's appendix A does; otherwise each
            term is centred by its own mean, and the biases stand apart.
    """
    attentions, inputs, mlp = [], [], []
    x = stream
    for block in anatomy.blocks:
        normed = normalise(block.norm1, x)
        attention = [attention_of(block, part, normed, anatomy.head_width) for part in head_slices(anatomy)]
        attentions.append(attention)
        inputs.append(normed)
        for part, a in zip(head_slices(anatomy), attention, strict=True):
            x = x + a @ (normed @ block.value_weight[part].T + block.value_bias[part]) @ block.out_weight[:, part].T
        x = x + block.out_bias
        hidden = block.activation(normalise(block.norm2, x) @ block.fc1_weight.T + block.fc1_bias)
        added = hidden @ block.fc2_weight.T + block.fc2_bias
        mlp.append(added)
        x = x + added
    weights = row_weights(anatomy, x)
    rows = [[(weights[:, :, None] * a).sum(1) for a in attention] for attention in attentions]
    written = [
        [from_tokens(block, part, row, normed) for part, row in zip(head_slices(anatomy), heads, strict=True)]
        for block, heads, normed in zip(anatomy.blocks, rows, inputs, strict=True)
    ]
    start, final, *mlp = ((weights[..., None] * tokens).sum(1) for tokens in (stream, x, *mlp))
    return to_joint(
        start, written, mlp, final, torch.stack([torch.stack(heads, 1) for heads in rows], 1), anatomy, reference, sigma_of(anatomy, x)
    )


def spread_of(norm: Norm, x: Tensor) -> Tensor:
    """`[...]`."""
    return torch.ones_like(x[..., 0]) if norm.identity else (x.var(-1, unbiased=False) + norm.eps).sqrt()


def row_weights(anatomy: Anatomy, last: Tensor) -> Tensor:
    """How much of each token of the last stream `[n t d]` is in the row `[n t]`."""
    weights = torch.zeros_like(last[..., 0])
    if anatomy.blend is None:
        weights[:, anatomy.read_out] = 1
    else:
        weights[:, 0], weights[:, anatomy.extra :] = anatomy.blend, (1 - anatomy.blend) / (last.shape[1] - anatomy.extra)
        weights /= spread_of(anatomy.norm_post, last)
    return weights / weights.sum(1, keepdim=True)


def sigma_of(anatomy: Anatomy, last: Tensor) -> Tensor:
    """What the last norm divides the row by `[n]`."""
    if anatomy.blend is None:
        return spread_of(anatomy.norm_post, (row_weights(anatomy, last)[..., None] * last).sum(1))
    shares = row_weights(anatomy, last) * spread_of(anatomy.norm_post, last)
    return 1 / (shares / shares.sum(1, keepdim=True) / spread_of(anatomy.norm_post, last)).sum(1)


def from_tokens(block: Block, part: slice, row: Tensor, normed: Tensor) -> Tensor:
    """`[n t d]`, x_i^lh of equation 2.5 with the matrix W_VO multiplied out."""
    both = block.out_weight[:, part] @ block.value_weight[part]
    return row[..., None] * (normed @ both.T + block.out_weight[:, part] @ block.value_bias[part])


def to_joint(
    start: Tensor,
    written: list[list[Tensor]],
    mlp: list[Tensor],
    final: Tensor,
    weights: Tensor,
    anatomy: Anatomy,
    reference: bool,
    sigma: Tensor,
) -> Plain:
    norm, count = anatomy.norm_post, 2 * anatomy.layers + 1
    mean = torch.zeros(len(final), 1).to(final) if norm.identity else final.mean(-1, keepdim=True)

    def term(x: Tensor, share: int) -> Tensor:
        shape = (-1,) + (1,) * (x.ndim - 1)
        if reference:
            return (norm.weight * (x - mean.view(shape) / share) / sigma.view(shape) + norm.bias / share) @ anatomy.projection
        own = torch.zeros_like(x[..., :1]) if norm.identity else x.mean(-1, keepdim=True)
        return (norm.weight * (x - own) / sigma.view(shape)) @ anatomy.projection

    tokens, layers = written[0][0].shape[1], []
    for block, heads in zip(anatomy.blocks, written, strict=True):
        extra = block.out_bias / (anatomy.heads * tokens) if reference else 0
        layers.append(torch.stack([term(head + extra, count * anatomy.heads * tokens) for head in heads], 1))
    bias = anatomy.projection_bias.expand(len(final), -1)
    if not reference:
        bias = bias + norm.bias @ anatomy.projection + sum(term(block.out_bias.expand_as(final), 1) for block in anatomy.blocks)
    read = final if norm.identity else norm.weight * (final - mean) / sigma[:, None] + norm.bias
    embedding = read @ anatomy.projection + anatomy.projection_bias
    mlps = torch.stack([term(row, count) for row in mlp], 1)
    return Plain(embedding, term(start, count), torch.stack(layers, 1), mlps, bias, weights)


def heat(found: Plain, texts: Tensor) -> Tensor:
    """`[n m t]`, after the joint space."""
    return torch.einsum("nlhtk,mk->nmt", found.tokens, texts)
