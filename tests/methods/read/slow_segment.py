"""For the tests of segmentation: a tower whose answer is known, and the comparisons' equations written out plainly."""

from __future__ import annotations

import torch
from open_clip.transformer import VisionTransformer
from torch import Tensor, nn
from torch.nn import functional as F

from core.models.anatomy import Anatomy, Norm
from core.models.clip import Clip
from tests.models.tiny_towers import SIDE


def clip_around(tower: nn.Module, side: int = SIDE, name: str = "tiny") -> Clip:
    """A tower behind the door; pictures pass unchanged, and texts are not known."""
    return Clip(tower, lambda texts: torch.zeros(len(texts), 16), (0.0,) * 3, (1.0,) * 3, side, 10.0, name).eval()


def unit(*shape: int, seed: int = 0) -> Tensor:
    """Random unit vectors."""
    return F.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


COLOURS = torch.eye(3)
"""Pictures' colours that the planted tower tells apart, and its texts before `planted_texts`."""


def planted_clip(side: int = 32, patch: int = 8, layers: int = 2) -> Clip:
    """A tower whose patches say the mean colour that they show, and nothing else.

    No positions; queries, keys and values are the tokens themselves; the MLPs say nothing. The class token is 0, so it
    looks everywhere alike, and the embedding is the picture's mean colour.
    """
    width = 8
    tower = VisionTransformer(side, patch, width, layers, 1, 1.0, output_dim=3, no_ln_pre=True)
    with torch.no_grad():
        for weight in tower.parameters():
            weight.zero_()
        for colour in range(3):
            tower.conv1.weight[colour, colour] = 1 / patch**2
        for norm in (m for m in tower.modules() if isinstance(m, nn.LayerNorm)):
            norm.weight.fill_(1)
        for block in tower.transformer.resblocks:
            block.attn.in_proj_weight.copy_(torch.eye(width).repeat(3, 1))
            block.attn.out_proj.weight.copy_(torch.eye(width))
        tower.proj.copy_(torch.eye(width)[:, :3])
    return clip_around(tower.eval().requires_grad_(False), side, "planted")


def painted(square: tuple[int, int, int, int], side: int = 32) -> tuple[Tensor, Tensor]:
    """A blue picture `[1 3 h w]` with a red square (top, bottom, left, right), and the square's mask `[1 h w]`."""
    top, bottom, left, right = square
    image, mask = torch.zeros(1, 3, side, side), torch.zeros(1, side, side, dtype=torch.bool)
    image[:, 2] = 1
    mask[:, top:bottom, left:right] = True
    image[0, 0][mask[0]], image[0, 2][mask[0]] = 1.0, 0.0
    return image, mask


def norm(x: Tensor, like: Norm) -> Tensor:
    """Layer norm, written out."""
    if like.identity:
        return x
    return (x - x.mean(-1, keepdim=True)) / (x.var(-1, unbiased=False, keepdim=True) + like.eps).sqrt() * like.weight + like.bias


def forward(anatomy: Anatomy, start: Tensor) -> tuple[Tensor, list[Tensor]]:
    """The blocks with every attention matrix in the graph: embeddings `[n k]` and per layer `[n h t t]`."""
    x, attentions = start, []
    for block in anatomy.blocks:
        y = norm(x, block.norm1)
        q, k, v = (
            F.linear(y, w, b).unflatten(-1, (anatomy.heads, -1)).permute(0, 2, 1, 3)
            for w, b in (
                (block.query_weight, block.query_bias),
                (block.key_weight, block.key_bias),
                (block.value_weight, block.value_bias),
            )
        )
        q, k = (block.query_norm or nn.Identity())(q), (block.key_norm or nn.Identity())(k)
        attention = torch.softmax(torch.einsum("nhie,nhje->nhij", q, k) / anatomy.head_width**0.5, -1).requires_grad_()
        attentions.append(attention)
        together = torch.einsum("nhij,nhje->nihe", attention, v).flatten(2)
        x = x + F.linear(together, block.out_weight, block.out_bias)
        hidden = block.activation(F.linear(norm(x, block.norm2), block.fc1_weight, block.fc1_bias))
        x = x + F.linear(hidden, block.fc2_weight, block.fc2_bias)
    return norm(x[:, anatomy.read_out].mean(1), anatomy.norm_post) @ anatomy.projection + anatomy.projection_bias, attentions


def attention_gradients(anatomy: Anatomy, start: Tensor, texts: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """Per layer the attention `[n h t t]`, and the gradient in it of each image's score with its text `[n k]`."""
    with torch.enable_grad():
        embedding, attentions = forward(anatomy, start.detach())
        gradients = torch.autograd.grad((embedding * texts).sum(), attentions)
    return [a.detach() for a in attentions], list(gradients)


def rolled(factors: list[Tensor], read_out: slice) -> Tensor:
    """The row that is read out of the product of matrices `[n t t]`, the last layer's on the left: `[n t]`."""
    product = factors[0]
    for factor in factors[1:]:
        product = factor @ product
    return product[:, read_out].mean(1)


def relevance_by_gradient(relevance: Tensor, function: object, *inputs: Tensor) -> list[Tensor]:
    """x * dZ/dx (R / Z): the rule for products and, on clamped inputs and weights, for linear maps."""
    with torch.enable_grad():
        inputs = tuple(x.detach().requires_grad_() for x in inputs)
        z = function(*inputs)
        share = torch.where(z == 0, 0, relevance / z)
        return [x.detach() * g for x, g in zip(inputs, torch.autograd.grad(z, inputs, share.detach()), strict=True)]
