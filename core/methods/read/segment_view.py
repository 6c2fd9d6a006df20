"""One batch of pictures as a tower sees it: what the segmenting methods need, each computed once and on first use.

The parts of a block are those of papers/inner_workings_thesis.md, section 2.1. The stock forward leaves LN1's outputs
and the stream between the blocks; all else (queries, full attention, the MLP's insides) is computed again from these,
layer by layer, because no method needs all layers at once and [l n h t t] would be the largest thing in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.trace import Trace
from core.methods.read.decompose import written
from core.models.anatomy import Anatomy, Block, Norm, Seen
from core.models.clip import Clip

Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Heads:
    """Queries, keys and values of one layer, each `[n h t e]`, e the width of a head."""

    query: Tensor
    key: Tensor
    value: Tensor

    def attention(self) -> Tensor:
        """What the layer really attends to, `[n h t t]`, each row a distribution."""
        return (self.query @ self.key.transpose(2, 3) * self.query.shape[-1] ** -0.5).softmax(-1)


def apply_norm(norm: Norm, x: Tensor) -> Tensor:
    """Layer norm of `[... d]`, or x where there is none."""
    return x if norm.identity else F.layer_norm(x, norm.weight.shape, norm.weight, norm.bias, norm.eps)


def heads_of(anatomy: Anatomy, layer: int, normed: Tensor) -> Heads:
    """Queries, keys and values from what LN1 gives, `[n t d]`; queries and keys after their own norms."""
    block = anatomy.blocks[layer]

    def split(weight: Tensor, bias: Tensor, norm: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        x = F.linear(normed, weight, bias).unflatten(-1, (anatomy.heads, anatomy.head_width)).transpose(1, 2)
        return norm(x) if norm else x

    return Heads(
        split(block.query_weight, block.query_bias, block.query_norm),
        split(block.key_weight, block.key_bias, block.key_norm),
        split(block.value_weight, block.value_bias),
    )


def mixed(attention: Tensor, value: Tensor) -> Tensor:
    """Values `[n h t e]` under attention `[n h t t]`, heads side by side: `[n t a]`."""
    return (attention @ value).transpose(1, 2).flatten(2)


def mlp(block: Block, mid: Tensor) -> Tensor:
    """What the MLP adds to the stream `[n t d]` between attention and MLP."""
    hidden = block.activation(F.linear(apply_norm(block.norm2, mid), block.fc1_weight, block.fc1_bias))
    return F.linear(hidden, block.fc2_weight, block.fc2_bias)


def project(anatomy: Anatomy, x: Tensor) -> Tensor:
    """The stream `[n t d]` read out at every token, as at the class token: `[n t k]`."""
    return apply_norm(anatomy.norm_post, x) @ anatomy.projection + anatomy.projection_bias


@dataclass
class View:
    """One batch of pictures.

    Attributes:
        clip: the model.
        images: `[n 3 h w]` in [0, 1], at the model's size.
    """

    clip: Clip
    images: Tensor

    def __post_init__(self) -> None:
        """Nothing has been seen yet."""
        self._activations: dict[int, Tensor] = {}
        self._kept: dict[Any, Any] = {}

    def kept(self, key: Any, make: Callable[[], Kept]) -> Kept:
        """What depends on the pictures alone, made on first use and kept under a key for the next text."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def written(self, first: int = 0) -> Tensor:
        """What all heads from a layer on write from every token, `[n t d]`."""
        layers = range(first, self.anatomy.layers)
        return self.kept(("written", first), lambda: written(self.seen, self.anatomy, layers))

    @cached_property
    def anatomy(self) -> Anatomy:
        """The tower's weights by their roles."""
        return self.clip.anatomy

    @cached_property
    def seen(self) -> Seen:
        """One stock forward, with what the lenses need of it."""
        return self.clip.see(self.images)

    def activations(self, layers: Sequence[int]) -> dict[int, Tensor]:
        """After the activation function: layer to `[n t u]`."""
        if missing := [layer for layer in layers if layer not in self._activations]:
            self.__dict__["seen"] = seen = self.clip.see(self.images, missing)
            self._activations |= seen.activations
        return {layer: self._activations[layer] for layer in layers}

    @cached_property
    def streams(self) -> tuple[Tensor, ...]:
        """The stream before the first block and after each, `[n t d]`."""
        names = [self.anatomy.start_name, *(block.name for block in self.anatomy.blocks)]
        with torch.no_grad(), Trace(self.clip.tower, names) as trace:
            self.clip.tower(self.clip.normalise(self.images))
            return tuple(trace[name] for name in names)

    def attention(self, layer: int) -> Tensor:
        """Full attention of one layer, `[n h t t]`."""
        return heads_of(self.anatomy, layer, self.seen.normed[layer]).attention()

    def first_row(self) -> Tensor:
        """The tokens that are read out, as weights `[n t]`: 1 at the class token, or spread over the tokens of a mean."""
        return self.seen.weights

    def patches(self, tokens: Tensor) -> Tensor:
        """Without class and register tokens: `[... t]` to `[... gh gw]`."""
        return tokens[..., self.anatomy.extra :].unflatten(-1, self.anatomy.grid)

    def stream_gradients(self, texts: Tensor, first: int = 0) -> Iterator[dict[int, Tensor]]:
        """How each text's score moves with the stream after each block, from some layer on.

        The score is the embedding times the text, its norm frozen as in the thesis. A zero is added to each block's
        output and the gradient is taken in that zero: no parameter is asked for a gradient, so none keeps one.

        Args:
            texts: `[n m k]`.
            first: the first layer whose gradient is wanted; nothing before it enters the graph.

        Yields:
            For each of the m texts, layer to `[n t d]`.
        """
        zeros: dict[int, Tensor] = {}

        def probe(layer: int) -> Callable[[Tensor], Tensor]:
            def add(output: Tensor) -> Tensor:
                zeros[layer] = torch.zeros_like(output, requires_grad=True)
                return (output.detach() if layer == first else output) + zeros[layer]

            return add

        blocks = self.anatomy.blocks
        with torch.enable_grad():
            with Trace(self.clip.tower, [], {blocks[layer].name: probe(layer) for layer in range(first, len(blocks))}):
                output = self.clip.tower(self.clip.normalise(self.images))
            embedding = output[0] if isinstance(output, tuple) else output
            scores = [(embedding * text).sum() for text in texts.unbind(1)]
        for score in scores:
            found = torch.autograd.grad(score, list(zeros.values()), retain_graph=score is not scores[-1])
            yield dict(zip(zeros, found, strict=True))


def read_out(view: View) -> Tensor:
    """The row after the last norm, before the projection: `[n d]`."""
    norm, seen = view.anatomy.norm_post, view.seen
    row = seen.row(seen.last)
    return row if norm.identity else norm.centre(row) / seen.sigma_post[:, None] * norm.weight + norm.bias


@dataclass(frozen=True)
class Replay:
    """One block computed again with everything in sight.

    Attributes:
        before: the stream that enters, `[n t d]`.
        normed: after LN1.
        heads: queries, keys and values.
        attention: `[n h t t]`.
        mixed: values under attention, `[n t a]`.
        attended: what attention adds to the stream, `[n t d]`.
        normed2: after LN2.
        hidden: after the activation, `[n t u]`.
        added: what the MLP adds to the stream, `[n t d]`.
    """

    before: Tensor
    normed: Tensor
    heads: Heads
    attention: Tensor
    mixed: Tensor
    attended: Tensor
    normed2: Tensor
    hidden: Tensor
    added: Tensor

    @property
    def mid(self) -> Tensor:
        """The stream between attention and MLP."""
        return self.before + self.attended


def replay(anatomy: Anatomy, layer: int, before: Tensor) -> Replay:
    """Compute one block again from the stream that enters it, `[n t d]`."""
    block = anatomy.blocks[layer]
    normed = apply_norm(block.norm1, before)
    heads = heads_of(anatomy, layer, normed)
    attention = heads.attention()
    together = mixed(attention, heads.value)
    attended = F.linear(together, block.out_weight, block.out_bias)
    normed2 = apply_norm(block.norm2, before + attended)
    hidden = block.activation(F.linear(normed2, block.fc1_weight, block.fc1_bias))
    added = F.linear(hidden, block.fc2_weight, block.fc2_bias)
    return Replay(before, normed, heads, attention, together, attended, normed2, hidden, added)


def attention_gradient(anatomy: Anatomy, layer: int, before: Tensor, after: Tensor) -> Tensor:
    """How a score moves with one layer's attention, the stream that enters it held still.

    Args:
        before: the stream that enters the block, `[n t d]`.
        after: the score's gradient in the stream that leaves it, `[n t d]`.

    Returns:
        `[n h t t]`.
    """
    block = anatomy.blocks[layer]
    with torch.no_grad():
        heads = heads_of(anatomy, layer, apply_norm(block.norm1, before))
        attended = F.linear(mixed(heads.attention(), heads.value), block.out_weight, block.out_bias)
    with torch.enable_grad():
        mid = (before + attended).detach().requires_grad_()
        through_mlp = torch.autograd.grad(mlp(block, mid), mid, after)[0]
    # attended = W_O sum_j A_ij v_j, so dA_ij = (W_O^T g_i) v_j; the gradient passes the MLP's residual as it is.
    pulled = ((after + through_mlp) @ block.out_weight).unflatten(-1, (anatomy.heads, anatomy.head_width)).transpose(1, 2)
    return pulled @ heads.value.transpose(2, 3)
