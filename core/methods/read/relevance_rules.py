"""Layer-wise relevance propagation through a transformer's block (Chefer et al., arXiv:2012.09838, section 3.1 and 3.2).

Relevance R flows from an output to its inputs in the shares in which they made it:

    linear   R_i = sum_j (x_i w_ji)+ / sum_i' (x_i' w_ji')+ R_j                                            Eq. 3
    product  Y = A v:  R_A = A * (S v^T) / 2,  R_v = v * (A^T S) / 2,  S = R / Y                            Eq. 8
    sum      z = a + b:  a's share is |sum a S| / (|sum a S| + |sum b S|), S = R / z, spread as a * S        Eq. 9, 10
    norms, activations, softmax   hand relevance on as it is

What enters is what leaves, so relevance sums to the same in every layer. Biases get none. Differs from the authors'
program: the two sides of a sum share the relevance of their own image, not of the whole batch; and there is no copy of
the network with rules in its modules: a block is computed again from the stream that enters it (`Replay`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from core.methods.read.segment_view import Replay, View, read_out, replay
from core.models.anatomy import Anatomy

TINY = 1e-9
"""Keeps divisions defined; as the authors have it."""


@dataclass(frozen=True)
class Relevance:
    """Of one block.

    Attributes:
        attention: of each weight of its attention, `[n h t t]`.
        before: of the stream that enters it, `[n t d]`.
    """

    attention: Tensor
    before: Tensor


def ratio(a: Tensor, b: Tensor) -> Tensor:
    """A / b, and 0 where b is 0."""
    return torch.where(b == 0, torch.zeros_like(a), a / (b + torch.where(b < 0, -TINY, TINY)))


def through_linear(relevance: Tensor, x: Tensor, weight: Tensor) -> Tensor:
    """Of a linear map's outputs `[n t j]` to that of its inputs `[n t i]`, for a weight `[j i]`."""
    up, down, high, low = weight.clamp(min=0), weight.clamp(max=0), x.clamp(min=0), x.clamp(max=0)
    share = ratio(relevance, high @ up.T + low @ down.T)
    return high * (share @ up) + low * (share @ down)


def through_product(relevance: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Of a matrix product `[... i j]` to that of its factors `[... i e]` and `[... e j]`, half to each."""
    share = ratio(relevance, a @ b)
    return a * (share @ b.mT) / 2, b * (a.mT @ share) / 2


def through_sum(relevance: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Of a sum `[n t d]` to that of its sides, image by image."""
    share = ratio(relevance, a + b)
    parts = [x * share for x in (a, b)]
    sums = [part.sum((1, 2), keepdim=True) for part in parts]
    whole, total = sums[0].abs() + sums[1].abs(), relevance.sum((1, 2), keepdim=True)
    first, second = (part * ratio(ratio(own.abs(), whole) * total, own) for part, own in zip(parts, sums, strict=True))
    return first, second


def through_block(anatomy: Anatomy, layer: int, seen: Replay, relevance: Tensor) -> Relevance:
    """Of the stream that leaves a block `[n t d]` to that of its attention and of the stream that enters it."""
    block, heads = anatomy.blocks[layer], seen.heads
    stays, added = through_sum(relevance, seen.mid, seen.added)
    hidden = through_linear(added, seen.hidden, block.fc2_weight)
    mid = stays + through_linear(hidden, seen.normed2, block.fc1_weight)
    stays, attended = through_sum(mid, seen.before, seen.attended)
    together = through_linear(attended, seen.mixed, block.out_weight)
    together = together.unflatten(-1, (anatomy.heads, anatomy.head_width)).transpose(1, 2)
    attention, value = through_product(together, seen.attention, heads.value)
    query, key = through_product(attention, heads.query, heads.key.mT)
    sides = ((query, block.query_weight), (key.mT, block.key_weight), (value, block.value_weight))
    inner = sum((through_linear(x.transpose(1, 2).flatten(2), seen.normed, weight) for x, weight in sides), torch.zeros_like(stays))
    return Relevance(attention, stays + inner)


@torch.no_grad()
def layerwise_relevance(view: View, text: Tensor) -> Iterator[Relevance]:
    """Relevance for a text's score, from the last block to the first.

    Args:
        view: the pictures.
        text: one for each picture, `[n k]`.

    Yields:
        For each block; each picture's relevance sums to 1.
    """
    anatomy = view.anatomy
    read = read_out(view)
    share = (read * (text @ anatomy.projection.T)).relu()
    relevance = view.first_row()[..., None] * ratio(share, share.sum(1, keepdim=True))[:, None]
    for layer in reversed(range(anatomy.layers)):
        found = through_block(anatomy, layer, replay(anatomy, layer, view.streams[layer]), relevance)
        yield found
        relevance = found.before
