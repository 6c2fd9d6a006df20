"""An image's embedding as a sum over layers, heads, tokens and neurons, and heat maps of what the tokens say of a text.

    M(I) = P LN(z),   z = z_0 + sum_lhi x_i^lh + sum_l b_O^l + sum_l MLP^l
    x_i^lh = alpha_i^lh W_O^lh (W_V^lh LN1(z_i) + b_V^lh)

Papers/inner_workings_thesis.md, equations 2.4 to 2.6 and appendix A, "Layer Normalization".

Differs from the authors' code. The last norm's centring is linear, so each term is centred by its own mean, gamma *
(x - mean(x)) / sigma, and what belongs to no term (the b_O, the norm's beta, a classifier's bias) is one term of its own;
the authors give every term an equal share of the sum's mean and of beta, and every head and token a share of b_O, so that
each carries what others wrote. Their split is the mode "reference". The value bias stays with the token that is read:
a head's weights over the tokens sum to 1, so its sum over tokens is the constant W_O b_V. The authors build [n t t h d]
for every layer though one query is used; here heads are summed before W_O, and heat maps never reach the joint space.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Literal

import torch
from torch import Tensor

from core.foundations.errors import LayerError, SettingError, ShapeError
from core.models.anatomy import Anatomy, Block, Seen


@dataclass(frozen=True)
class DecomposeSettings:
    """How a sum is split into terms.

    Attributes:
        mode: "own" centres each term by its own mean; "reference" is the authors' equal shares.
        unit: divide all terms by the embedding's length, so that they add up to a unit vector.
    """

    mode: Literal["own", "reference"] = "own"
    unit: bool = False

    def __post_init__(self) -> None:
        """SettingError where there is no such mode."""
        if self.mode not in ("own", "reference"):
            raise SettingError(f"The mode is 'own' or 'reference', got {self.mode!r}.")


@dataclass(frozen=True)
class Terms:
    """An embedding's parts, in the joint space. They add up to the embedding.

    Attributes:
        start: `[n k]`, of what entered the first block.
        attention: `[n l h k]`, of every head, summed over tokens; with its value bias, without b_O but in the reference mode.
        mlp: `[n l k]`, of every MLP, with its bias.
        bias: `[n k]`, of no part of the network in particular; differs between images by 1/sigma alone.
    """

    start: Tensor
    attention: Tensor
    mlp: Tensor
    bias: Tensor

    def total(self) -> Tensor:
        """`[n k]`, the embedding."""
        return self.start + self.attention.sum((1, 2)) + self.mlp.sum(1) + self.bias


def join_terms(several: Sequence[Terms]) -> Terms:
    """The terms of several lots of images, one after another."""
    return Terms(*(torch.cat([getattr(terms, part.name) for terms in several]) for part in fields(Terms)))


@dataclass(frozen=True)
class NeuronTerms:
    """One MLP's parts; together they are its entry in `Terms.mlp`.

    Attributes:
        neurons: `[n u k]`.
        bias: `[n k]`, of the second layer's bias.
    """

    neurons: Tensor
    bias: Tensor


def decompose(seen: Seen, anatomy: Anatomy, settings: DecomposeSettings | None = None) -> Terms:
    """Split an embedding over layers and heads.

    Args:
        seen: of n images.
        anatomy: of the tower that saw them.

    Returns:
        Terms that add up to `seen.embedding`, or to its unit vector (equation 2.4, and 2.6 summed over tokens).
    """
    settings = settings or DecomposeSettings()
    rows = [_head_rows(seen, anatomy, layer, settings) for layer in range(anatomy.layers)]
    return terms_from(torch.stack(rows, 1), seen, anatomy, settings)


def terms_from(attention: Tensor, seen: Seen, anatomy: Anatomy, settings: DecomposeSettings) -> Terms:
    """The terms, given what every head adds to the stream `[n l h d]`."""
    # The reference counts the stream's start, every attention and every MLP; a head has a share of its layer's share.
    parts, heads = 2 * anatomy.layers + 1, anatomy.heads
    return Terms(
        start=_to_joint(seen.start, seen, anatomy, settings, parts),
        attention=_to_joint(attention, seen, anatomy, settings, parts * heads),
        mlp=_to_joint(torch.stack(seen.mlp, 1), seen, anatomy, settings, parts),
        bias=_bias(seen, anatomy, settings),
    )


def token_terms(
    seen: Seen, anatomy: Anatomy, layers: Sequence[int], heads: Sequence[int], settings: DecomposeSettings | None = None
) -> Tensor:
    """What chosen heads write from every token, in the joint space: large, so for small models and few heads.

    Args:
        seen: of n images.
        layers: which layers, first is 0.
        heads: which heads of each.

    Returns:
        `[n l h t k]`, equation 2.6; the sum over t is `Terms.attention`.

    Raises:
        LayerError: where a layer or a head does not exist.
    """
    settings = settings or DecomposeSettings()
    layers, heads = _chosen(anatomy, layers, heads)
    found = []
    for layer in layers:
        block, weights = anatomy.blocks[layer], seen.attention[layer][:, heads]
        values = torch.einsum("ntd,hed->nhte", seen.normed[layer], _by_head(block.value_weight, anatomy, heads))
        values = (values + _by_head(block.value_bias, anatomy, heads)[:, None]) * weights[..., None]
        tokens = torch.einsum("nhte,hed->nhtd", values, _by_head(block.out_weight.T, anatomy, heads))
        share = anatomy.heads * tokens.shape[2]
        if settings.mode == "reference":
            tokens = tokens + block.out_bias / share
        found.append(_to_joint(tokens, seen, anatomy, settings, (2 * anatomy.layers + 1) * share))
    return torch.stack(found, 1)


def neuron_terms(seen: Seen, anatomy: Anatomy, layer: int, settings: DecomposeSettings | None = None) -> NeuronTerms:
    """What every neuron of one layer adds to the embedding.

    Args:
        seen: of n images, with that layer's activations.
        layer: first is 0.

    Raises:
        LayerError: where the layer does not exist or its activations were not kept.
        SettingError: in the reference mode, which splits no MLP.
    """
    settings = settings or DecomposeSettings()
    if settings.mode == "reference":
        raise SettingError("The reference mode does not split an MLP into neurons. Use the mode 'own'.")
    if layer not in seen.activations:
        raise LayerError(f"The activations of layer {layer} were not kept. Ask for them: see(..., activations=[{layer}]).")
    block, rows = anatomy.blocks[layer], seen.row(seen.activations[layer])
    # gamma * P of each neuron's own direction once for all images; activations and 1/sigma only scale it.
    directions = (anatomy.norm_post.centre(block.fc2_weight.T) * anatomy.norm_post.weight) @ anatomy.projection
    scale = _scale(seen, settings) / seen.sigma_post
    return NeuronTerms(
        neurons=(rows * scale[:, None])[..., None] * directions,
        bias=_to_joint(block.fc2_bias.expand(len(rows), -1), seen, anatomy, settings, 1),
    )


def pull_back(anatomy: Anatomy, texts: Tensor) -> Tensor:
    """The directions in the stream that a text's score reads: <t, P LN(x)> = (<pulled, x> + constants) / sigma.

    Args:
        texts: `[m k]`.

    Returns:
        `[m d]`, with the last norm's centring in it.

    Raises:
        ShapeError: where the texts are of another width than the embedding.
    """
    if texts.ndim != 2 or texts.shape[1] != anatomy.joint:
        raise ShapeError(f"Expected texts [m {anatomy.joint}], got {list(texts.shape)}.")
    return anatomy.norm_post.centre(anatomy.norm_post.weight * (texts.to(anatomy.projection) @ anatomy.projection.T))


def heat(
    seen: Seen,
    anatomy: Anatomy,
    texts: Tensor,
    layers: Sequence[int] | None = None,
    heads: Sequence[int] | None = None,
    unit: bool = False,
) -> Tensor:
    """How much every token adds to an image's score with every text, through the chosen heads.

    The score is <t, embedding>: the sum over tokens, the other heads and the remaining `Terms` together are all of it.

    Args:
        seen: of n images.
        texts: `[m k]`, of any length.
        layers: which layers, first is 0; all where None.
        heads: which heads of each of them; all where None.
        unit: divide by the embedding's length, so that scores are cosines for unit texts.

    Returns:
        `[n m t]`, class and register tokens first (equation 2.6 contracted with texts, c_token of section 2.5).

    Raises:
        LayerError: where a layer or a head does not exist.
        ShapeError: where the texts are of another width than the embedding.
    """
    layers, heads = _chosen(anatomy, layers, heads)
    pulled = pull_back(anatomy, texts)
    images, tokens = seen.normed[0].shape[:2]
    total = _cheapest(anatomy, images, tokens, len(texts), len(layers), len(heads))(seen, anatomy, pulled, layers, heads)
    return total * per_image(seen, unit)


def per_image(seen: Seen, unit: bool) -> Tensor:
    """What the last norm, and the embedding's length where `unit`, make of a score in the stream, `[n 1 1]`."""
    return (_scale(seen, DecomposeSettings(unit=unit)) / seen.sigma_post)[:, None, None]


def written(seen: Seen, anatomy: Anatomy, layers: Sequence[int] | None = None, heads: Sequence[int] | None = None) -> Tensor:
    """What chosen heads together write into the stream from every token: worth keeping where one image meets many texts.

    Args:
        seen: of n images.
        layers: which layers, first is 0; all where None.
        heads: which heads of each of them; all where None.

    Returns:
        `[n t d]`, sum_lh x_i^lh (equation 2.5). Its product with `pull_back`, over sigma_post, is `heat`.

    Raises:
        LayerError: where a layer or a head does not exist.
    """
    layers, heads = _chosen(anatomy, layers, heads)
    total = torch.zeros_like(seen.normed[0])
    for layer in layers:
        out = _by_head(anatomy.blocks[layer].out_weight.T, anatomy, heads).flatten(0, 1)
        total = total + weighted_values(seen, anatomy, layer, heads).flatten(2) @ out
    return total


def heat_by_head(
    seen: Seen, anatomy: Anatomy, texts: Tensor, layers: Sequence[int], heads: Sequence[int] | None = None, unit: bool = False
) -> Tensor:
    """The same for each head by itself.

    Args:
        seen: of n images.
        texts: `[m k]`.
        layers: which layers, first is 0.
        heads: which heads of each of them; all where None.
        unit: as in `heat`.

    Returns:
        `[n l h t m]`; the sum over l and h is `heat`.

    Raises:
        LayerError: where a layer or a head does not exist.
        ShapeError: where the texts are of another width than the embedding.
    """
    layers, heads = _chosen(anatomy, layers, heads)
    pulled = pull_back(anatomy, texts)
    found = []
    for layer in layers:
        values, readers = weighted_values(seen, anatomy, layer, heads), _readers(anatomy, pulled, layer, heads)
        found.append(torch.einsum("nthe,mhe->nhtm", values, readers))
    scale = _scale(seen, DecomposeSettings(unit=unit)) / seen.sigma_post
    return torch.stack(found, 1) * scale[:, None, None, None, None]


def is_cheapest_through_rows(anatomy: Anatomy, images: int, tokens: int, texts: int) -> bool:
    """Whether heat maps of all heads cost least by way of what is written from each token."""
    return _cheapest(anatomy, images, tokens, texts, anatomy.layers, anatomy.heads) is _through_rows


def _cheapest(anatomy: Anatomy, images: int, tokens: int, texts: int, layers: int, heads: int) -> Callable[..., Tensor]:
    """The order of contraction with the fewest multiplications. All three give the same sum over heads and layers.

    A text can be pulled back through W_O and W_V to the stream, which is cheapest for few texts; through W_O to the
    heads' own space, where it meets the values; or not at all, so that the values are pushed through W_O, added up over
    the layers and meet the texts once, which is cheapest for many texts and one image. With t tokens, d the width and
    a layer's 12 t d^2 as the measure, 100 texts on ViT-B-32 (t = 50) and ViT-L-14 (257) cost a sixth to an eighth.
    """
    width, channels = anatomy.width, heads * anatomy.head_width
    values = images * tokens * width * channels
    costs = {
        _through_both: 2 * texts * width * channels + images * tokens * texts * width * heads,
        _through_values: values + texts * width * channels + images * tokens * channels * texts,
        _through_rows: 2 * values + images * tokens * width * texts // layers,
    }
    return min(costs, key=lambda way: costs[way])


def _through_both(seen: Seen, anatomy: Anatomy, pulled: Tensor, layers: Sequence[int], heads: Sequence[int]) -> Tensor:
    """`[n m t]` by pulling the texts back to what enters each layer."""
    total = pulled.new_zeros(len(seen.start), len(pulled), seen.normed[0].shape[1])
    for layer in layers:
        block, readers = anatomy.blocks[layer], _readers(anatomy, pulled, layer, heads)
        directions = torch.einsum("mhe,hed->hmd", readers, _by_head(block.value_weight, anatomy, heads))
        constants = torch.einsum("mhe,he->hm", readers, _by_head(block.value_bias, anatomy, heads))
        scores = (directions.flatten(0, 1) @ seen.normed[layer].transpose(1, 2)).unflatten(1, constants.shape)
        total = total + ((scores + constants[..., None]) * seen.attention[layer][:, heads, None]).sum(1)
    return total


def _through_values(seen: Seen, anatomy: Anatomy, pulled: Tensor, layers: Sequence[int], heads: Sequence[int]) -> Tensor:
    """`[n m t]` by pulling the texts back to the heads' own space."""
    total = pulled.new_zeros(len(seen.start), len(pulled), seen.normed[0].shape[1])
    for layer in layers:
        values = weighted_values(seen, anatomy, layer, heads).flatten(2)
        total = total + _readers(anatomy, pulled, layer, heads).flatten(1) @ values.transpose(1, 2)
    return total


def _through_rows(seen: Seen, anatomy: Anatomy, pulled: Tensor, layers: Sequence[int], heads: Sequence[int]) -> Tensor:
    """`[n m t]` by adding up over the layers what is written from each token."""
    return pulled @ written(seen, anatomy, layers, heads).transpose(1, 2)


def weighted_values(seen: Seen, anatomy: Anatomy, layer: int, heads: Sequence[int]) -> Tensor:
    """alpha_i (W_V LN1(z_i) + b_V), `[n t h e]`, e the head's width."""
    block = anatomy.blocks[layer]
    weight, bias = (_by_head(x, anatomy, heads).flatten(0, 1) for x in (block.value_weight, block.value_bias))
    values = torch.nn.functional.linear(seen.normed[layer], weight, bias).unflatten(-1, (len(heads), -1))
    return values * seen.attention[layer][:, heads].transpose(1, 2)[..., None]


def _readers(anatomy: Anatomy, pulled: Tensor, layer: int, heads: Sequence[int]) -> Tensor:
    """W_O^T of the pulled-back texts, `[m h e]`."""
    out = _by_head(anatomy.blocks[layer].out_weight.T, anatomy, heads)
    return (pulled @ out.flatten(0, 1).T).unflatten(-1, (len(heads), -1))


def _head_rows(seen: Seen, anatomy: Anatomy, layer: int, settings: DecomposeSettings) -> Tensor:
    """What every head adds to the stream, `[n h d]`: first the mean of the tokens that it looks at, then its weights."""
    block: Block = anatomy.blocks[layer]
    looked_at = seen.attention[layer] @ seen.normed[layer]
    values = torch.einsum("nhd,hed->nhe", looked_at, _by_head(block.value_weight, anatomy)) + _by_head(block.value_bias, anatomy)
    rows = torch.einsum("nhe,hed->nhd", values, _by_head(block.out_weight.T, anatomy))
    return rows + block.out_bias / anatomy.heads if settings.mode == "reference" else rows


def _by_head(weight: Tensor, anatomy: Anatomy, heads: Sequence[int] | None = None) -> Tensor:
    """The first axis by heads: `[a ...]` to `[h e ...]`; a copy only where not all heads in their order are wanted."""
    weight = weight.unflatten(0, (anatomy.heads, anatomy.head_width))
    return weight if heads is None or list(heads) == list(range(anatomy.heads)) else weight[list(heads)]


def _to_joint(rows: Tensor, seen: Seen, anatomy: Anatomy, settings: DecomposeSettings, share: int) -> Tensor:
    """Terms of the stream `[n ... d]` through the last norm and the projection, `[n ... k]`; the reference's share is 1/share."""
    norm = anatomy.norm_post
    shape = (-1, *[1] * (rows.ndim - 1))
    if settings.mode == "reference":
        rows = (rows - (seen.mean_post / share).view(shape)) / seen.sigma_post.view(shape) * norm.weight + norm.bias / share
    else:
        rows = norm.centre(rows) / seen.sigma_post.view(shape) * norm.weight
    return rows @ anatomy.projection * _scale(seen, settings).view(shape)


def _bias(seen: Seen, anatomy: Anatomy, settings: DecomposeSettings) -> Tensor:
    """What belongs to no term, `[n k]`."""
    constants = anatomy.projection_bias.expand(len(seen.start), -1)
    if settings.mode == "reference":
        return constants * _scale(seen, settings)[:, None]
    written = torch.stack([block.out_bias for block in anatomy.blocks]).sum(0).expand_as(seen.start)
    constants = constants + anatomy.norm_post.bias @ anatomy.projection
    return _to_joint(written, seen, anatomy, settings, 1) + constants * _scale(seen, settings)[:, None]


def _scale(seen: Seen, settings: DecomposeSettings) -> Tensor:
    """`[n]`: 1, or 1 over the embedding's length."""
    length = seen.embedding.norm(dim=-1)
    return 1 / length if settings.unit else torch.ones_like(length)


def _chosen(anatomy: Anatomy, layers: Sequence[int] | None, heads: Sequence[int] | None) -> tuple[list[int], list[int]]:
    """Both as lists, all where None; LayerError where one does not exist or none is left."""
    chosen = []
    for kind, count, wanted in (("layer", anatomy.layers, layers), ("head", anatomy.heads, heads)):
        chosen.append(list(range(count)) if wanted is None else list(wanted))
        if wrong := [place for place in chosen[-1] if not 0 <= place < count]:
            raise LayerError(f"There is no {kind} {wrong[0]}; this tower has {kind}s 0 to {count - 1}.")
        if not chosen[-1]:
            raise LayerError(f"No {kind} was chosen. Give at least one, or None for all.")
    return chosen[0], chosen[1]
