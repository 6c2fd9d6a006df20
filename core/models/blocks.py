"""A vision transformer's weights by their roles, whichever library it comes from.

A pre-norm transformer adds to one stream: x += W_O sum_h a_h W_V^h LN1(x), then x += MLP(LN2(x)), and is read out as
P LN_post of the class token (papers/inner_workings_thesis.md, section 2.1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from core.foundations.errors import ModelError


@dataclass(frozen=True)
class Norm:
    """A layer norm, or none at all.

    Attributes:
        weight: `[d]`, ones where the norm has none.
        bias: `[d]`, zeros where the norm has none.
        eps: as the module has it.
        identity: there is no norm here: nothing is centred and nothing is scaled.
    """

    weight: Tensor
    bias: Tensor
    eps: float
    identity: bool = False

    def mean(self, x: Tensor) -> Tensor:
        """What the norm subtracts from `[... d]`: `[...]`."""
        return x.new_zeros(x.shape[:-1]) if self.identity else x.mean(-1)

    def spread(self, x: Tensor) -> Tensor:
        """What the norm divides `[... d]` by, sqrt(variance + eps): `[...]`."""
        # torch's own variance takes ten times as long on a CPU.
        return x.new_ones(x.shape[:-1]) if self.identity else (self.centre(x).square().mean(-1) + self.eps).sqrt()

    def centre(self, x: Tensor) -> Tensor:
        """`[... d]` less its own mean, which is linear in x."""
        return x if self.identity else x - x.mean(-1, keepdim=True)


@dataclass(frozen=True)
class Block:
    """One layer: attention, then MLP. a = heads x head width, u neurons.

    LayerScale is folded into `out_*` and `fc2_*`, so what they give is what enters the stream.

    Attributes:
        name: module path, as for Trace.
        query_weight: `[a d]`; `key_weight` and `value_weight` likewise; their biases `[a]`, zeros where there are none.
        out_weight: `[d a]`.
        out_bias: `[d]`.
        query_norm: of queries `[... head_width]`, or None; `key_norm` likewise.
        fc1_weight: `[u d]`; fc1_bias `[u]`.
        activation: from fc1 to fc2, the module itself.
        fc2_weight: `[d u]`; fc2_bias `[d]`.
        norm1_name: module path of the first norm.
        activation_name: module path of the activation; its output is `[n t u]`.
        mlp_name: module path of what gives the MLP's output after LayerScale `[n t d]`.
    """

    name: str
    norm1: Norm
    query_weight: Tensor
    query_bias: Tensor
    key_weight: Tensor
    key_bias: Tensor
    value_weight: Tensor
    value_bias: Tensor
    out_weight: Tensor
    out_bias: Tensor
    query_norm: Callable[[Tensor], Tensor] | None
    key_norm: Callable[[Tensor], Tensor] | None
    norm2: Norm
    fc1_weight: Tensor
    fc1_bias: Tensor
    activation: Callable[[Tensor], Tensor]
    fc2_weight: Tensor
    fc2_bias: Tensor
    norm1_name: str
    activation_name: str
    mlp_name: str


@dataclass(frozen=True)
class Anatomy:
    """A tower's weights by their roles. They share the tower's memory, without gradients.

    Attributes:
        blocks: first to last.
        heads: in each block.
        head_width: of one head.
        width: d of the stream.
        extra: class and register tokens, which stand first, the class token before the registers.
        grid: rows and columns of patches, of images of `image_size`.
        image_size: height and width in pixels; on another size the patches would stand elsewhere.
        norm_post: before the projection.
        projection: `[d k]`, the identity where the tower has none.
        projection_bias: `[k]`, zeros but for classifiers.
        read_out: the tokens whose mean is read out: `slice(0, 1)` is the class token alone; others where the tower
            takes the mean of the patches before its last norm.
        blend: None, or the class token's share where the tower reads a LN_post(class token) + (1 - a) mean LN_post(patches).
            Each token is then weighed by its own 1/sigma, so the row's weights depend on the picture.
        start_name: module path of what gives the stream before the first block.
        norm_post_name: module path of the last norm.
    """

    blocks: tuple[Block, ...]
    heads: int
    head_width: int
    width: int
    extra: int
    grid: tuple[int, int]
    image_size: tuple[int, int]
    norm_post: Norm
    projection: Tensor
    projection_bias: Tensor
    read_out: slice
    start_name: str
    norm_post_name: str
    blend: float | None = None

    @property
    def layers(self) -> int:
        """How many blocks."""
        return len(self.blocks)

    @property
    def tokens(self) -> int:
        """Class, register and patch tokens together."""
        return self.extra + self.grid[0] * self.grid[1]

    @property
    def joint(self) -> int:
        """Width of the embedding."""
        return self.projection.shape[1]

    def row(self, x: Tensor) -> Tensor:
        """What is read out of tokens where no blend is: `[n t d]` to `[n d]`."""
        return x[:, self.read_out].mean(1)

    def shares(self, like: Tensor) -> Tensor:
        """How much of each token `[n t d]` is read out, before the last norm weighs it: `[n t]`, each row sums to 1."""
        shares = like.new_zeros(like.shape[:2])
        if self.blend is None:
            shares[:, self.read_out] = 1 / len(range(*self.read_out.indices(like.shape[1])))
        else:
            shares[:, 0], shares[:, self.extra :] = self.blend, (1 - self.blend) / (like.shape[1] - self.extra)
        return shares


def refusal(module: nn.Module, reason: str, then: str = "Use a plain vision transformer with a class token") -> ModelError:
    """The error for a module that does not fit: why, as half a sentence, and what to do."""
    return ModelError(f"{type(module).__name__} cannot be taken apart: {reason}. {then}.")
