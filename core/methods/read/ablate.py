"""Mean-ablation: what remains of an embedding when chosen terms say only what they say on average.

    M'(I) = M(I) + sum_{c in chosen} (E[c] - c(I))

Papers/inner_workings_thesis.md, section 2.3, "Evaluating the direct contribution of layers".

Differs from the authors' code: they take the means over the very images that they then score, so a term's own picture
leaks into its replacement; here the means are an accumulator, filled from whatever images the caller holds apart, in
one pass and mergeable. The terms' settings (own or shared centring, unit length or not) must be the same for both.
Biases are a term like the others: with every term chosen nothing of the image is left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from itertools import product

import torch
from torch import Tensor

from core.foundations.errors import LayerError, SettingError, ShapeError
from core.methods.read.decompose import Terms


@dataclass(frozen=True)
class Chosen:
    """A set of terms. Sets are joined with `|`.

    Attributes:
        heads: pairs (layer, head), first is 0.
        mlps: layers.
        start: what entered the first block.
        bias: what belongs to no part of the network.
    """

    heads: frozenset[tuple[int, int]] = frozenset()
    mlps: frozenset[int] = frozenset()
    start: bool = False
    bias: bool = False

    def __or__(self, other: Chosen) -> Chosen:
        """Both sets."""
        return Chosen(self.heads | other.heads, self.mlps | other.mlps, self.start or other.start, self.bias or other.bias)


def head_set(heads: Iterable[tuple[int, int]]) -> Chosen:
    """These heads, as pairs (layer, head)."""
    return Chosen(heads=frozenset((int(layer), int(head)) for layer, head in heads))


def attention_set(layers: Iterable[int], heads: int) -> Chosen:
    """All heads, `heads` in each, of these layers."""
    return Chosen(heads=frozenset(product(layers, range(heads))))


def mlp_set(layers: Iterable[int]) -> Chosen:
    """The MLPs of these layers."""
    return Chosen(mlps=frozenset(layers))


def every_term(layers: int, heads: int) -> Chosen:
    """All that an embedding is made of."""
    return attention_set(range(layers), heads) | mlp_set(range(layers)) | Chosen(start=True, bias=True)


@dataclass
class TermMeans:
    """Means of terms over images that are seen once and then forgotten, summed in float64.

    Attributes:
        count: images seen.
        sums: by the terms' names, without the images' axis.
    """

    count: int = 0
    sums: dict[str, Tensor] = field(default_factory=dict)

    def add(self, terms: Terms) -> TermMeans:
        """Take in the terms of n images."""
        return self.merge(TermMeans(len(terms.start), {part: tensor.detach().double().sum(0) for part, tensor in _parts(terms).items()}))

    def merge(self, other: TermMeans) -> TermMeans:
        """Take in what another accumulator saw; ShapeError where that was of another model."""
        if other.count:
            if self.count and any(self.sums[part].shape != tensor.shape for part, tensor in other.sums.items()):
                raise ShapeError("These terms belong to another model than the means. Use one accumulator for each model.")
            self.sums = {
                part: self.sums[part] + tensor.to(self.sums[part]) if self.count else tensor.clone() for part, tensor in other.sums.items()
            }
            self.count += other.count
        return self

    def mean(self) -> Terms:
        """Terms of one image that is the average, n is 1; SettingError where nothing was seen."""
        if not self.count:
            raise SettingError("There are no means yet. Add the terms of some images that are held apart from those to be ablated.")
        return Terms(**{part: (tensor / self.count).float()[None] for part, tensor in self.sums.items()})


def ablate(terms: Terms, means: TermMeans, chosen: Chosen) -> Tensor:
    """Put averages in the place of chosen terms.

    Args:
        terms: of n images.
        means: over other images, split by the same settings.
        chosen: which terms; none of them gives the embeddings back.

    Returns:
        Embeddings `[n k]`, not of unit length. The change is linear in the set: it adds up over disjoint sets.

    Raises:
        LayerError: where a chosen term does not exist.
        SettingError: where the means are empty.
        ShapeError: where the means belong to another model.
    """
    average = means.mean()
    if any(mean.shape[1:] != part.shape[1:] for mean, part in zip(_parts(average).values(), _parts(terms).values(), strict=True)):
        raise ShapeError("These terms belong to another model than the means. Use one accumulator for each model.")
    heads, mlps = _masks(terms, chosen)
    average = Terms(**{part: tensor.to(terms.start) for part, tensor in _parts(average).items()})
    change = torch.einsum("nlhk,lh->nk", average.attention - terms.attention, heads)
    change = change + torch.einsum("nlk,l->nk", average.mlp - terms.mlp, mlps)
    change = change + float(chosen.start) * (average.start - terms.start) + float(chosen.bias) * (average.bias - terms.bias)
    return terms.total() + change


def _masks(terms: Terms, chosen: Chosen) -> tuple[Tensor, Tensor]:
    """1 where a term is chosen: `[l h]` and `[l]`."""
    heads, mlps = terms.attention.new_zeros(terms.attention.shape[1:3]), terms.mlp.new_zeros(terms.mlp.shape[1])
    layers, count = heads.shape
    for layer, head in chosen.heads:
        if not (0 <= layer < layers and 0 <= head < count):
            raise LayerError(f"There is no head {head} of layer {layer}; there are {layers} layers of {count} heads.")
        heads[layer, head] = 1
    for layer in chosen.mlps:
        if not 0 <= layer < layers:
            raise LayerError(f"There is no MLP of layer {layer}; there are layers 0 to {layers - 1}.")
        mlps[layer] = 1
    return heads, mlps


def _parts(terms: Terms) -> dict[str, Tensor]:
    """The terms by name, without the copies that `asdict` makes."""
    return {part.name: getattr(terms, part.name) for part in fields(terms)}
