"""MLPs as keys and values: which neuron brings a class about, and where (papers/vit_mlp_neurons.md, sections 3.1, 3.2 and 4.2).

    MLP(x) = sum_j act(k_j . LN(x) + b_j) v_j,   k_j a row of the first matrix, v_j a column of the second     Geva, 2012.14913
    alignment of value j with class c:  v_j . E_c      section 3.1; with the last norm's scale (v_j - mean) * gamma . E_c
    agreement:  the cosine of the same two                            papers/vit_class_embedding.md, section 4.3
    map of key j:  k_j . LN(x_t) + b_j at every patch t, before the activation

The best keys of a class are those whose values align with it best. Differs from the authors' code: nothing is normalised in
place (theirs corrupts the model); LayerScale is part of a value, since it is part of what enters the stream; with the last
norm's scale, which theirs leaves out, a value is read as the answer reads the stream; maps are computed for the neurons that
are looked at alone, from what one forward left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import LayerError, SettingError
from core.methods.read.class_space import Depths
from core.methods.read.segment_view import apply_norm
from core.models.classifier import Classifier

TINY = 1e-9
"""Keeps divisions defined."""


@dataclass(frozen=True)
class KeySettings:
    """How values are compared with classes, and maps cut."""

    scaled: bool = True
    """Whether a value is centred and scaled as the last norm does it; without, as in the paper."""
    relative: bool = True
    """Whether what all classes share is taken out of each: a choice among them does not feel it. Without, as in the paper."""
    cosine: bool = False
    """Whether lengths are divided out."""
    percentile: float = 0.8
    """Share of a map that lies below its mask."""


@dataclass(frozen=True)
class Keys:
    """The best keys of every class, block by block.

    Attributes:
        neurons: `[l c k]`, best first.
        scores: their alignment, `[l c k]`.
    """

    neurons: Tensor
    scores: Tensor

    def block(self) -> Tensor:
        """The block that holds the best key of each class: `[c]`."""
        return self.scores[:, :, 0].argmax(0)

    def best(self) -> Tensor:
        """Each class's best key of all blocks, as block and neuron: `[c 2]`."""
        block = self.block()
        neuron = self.neurons[block, torch.arange(len(block), device=block.device), 0]
        return torch.stack([block, neuron], 1)


def values_of(classifier: Classifier, layer: int, settings: KeySettings, rng: torch.Generator | None = None) -> Tensor:
    """The values of one block as they enter the stream, or as the last norm scales them: `[u d]`; the weights stay as they are.

    Where there is an `rng` as many values of the same lengths, each in a random direction, stand in for them.
    """
    values, norm = classifier.anatomy.blocks[layer].fc2_weight.T, classifier.anatomy.norm_post
    if rng is not None:
        values = values.norm(dim=1, keepdim=True) * F.normalize(torch.randn(values.shape, generator=rng).to(values), dim=1)
    return norm.centre(values) * norm.weight if settings.scaled else values


def classes_of(classifier: Classifier, settings: KeySettings) -> Tensor:
    """The classes as directions `[d c]`, less their mean where only their differences count."""
    own = classifier.vectors
    return own - own.mean(1, keepdim=True) if settings.relative else own


def alignment(classifier: Classifier, layer: int, settings: KeySettings | None = None) -> Tensor:
    """How every value of a block stands to every class: `[u c]`.

    Args:
        classifier: any.
        layer: first is 0.
        settings: with or without the norm's scale and the lengths.

    Raises:
        LayerError: where there is no such block.
    """
    own, count = settings or KeySettings(), classifier.anatomy.layers
    if not 0 <= layer < count:
        raise LayerError(f"There is no block {layer}; this tower has blocks 0 to {count - 1}.")
    values, classes = values_of(classifier, layer, own), classes_of(classifier, own)
    if own.cosine:
        values, classes = F.normalize(values, dim=1, eps=TINY), F.normalize(classes, dim=0, eps=TINY)
    return values @ classes


def best_keys(classifier: Classifier, count: int = 10, settings: KeySettings | None = None) -> Keys:
    """The keys of every block whose values align best with each class.

    Args:
        classifier: any.
        count: k, for each class in each block.
        settings: as in `alignment`.
    """
    return keys_of([alignment(classifier, layer, settings) for layer in range(classifier.anatomy.layers)], count)


def keys_of(aligned: Sequence[Tensor], count: int) -> Keys:
    """The same from the alignment of every block, each `[u c]`."""
    found = [table.T.contiguous().topk(count, 1) for table in aligned]
    return Keys(torch.stack([one.indices for one in found]), torch.stack([one.values for one in found]))


@torch.no_grad()
def key_maps(classifier: Classifier, depths: Depths, layer: int, neurons: Tensor) -> Tensor:
    """How much each patch matches some keys, before the activation.

    Args:
        classifier: any.
        depths: what one forward of n pictures left.
        layer: first is 0.
        neurons: the same for all pictures `[k]`, or some for each `[n k]`.

    Returns:
        `[n k p]`, of the patches alone.
    """
    block, extra = classifier.anatomy.blocks[layer], classifier.anatomy.extra
    normed = apply_norm(block.norm2, depths.middle(layer)[:, extra:])
    weight, bias = block.fc1_weight[neurons], block.fc1_bias[neurons]
    return (normed @ weight.mT + bias[..., None, :]).mT


def mask_of(maps: Tensor, percentile: float) -> Tensor:
    """Which patches lie above a percentile of their own map: `[... p]` to bool; SettingError where it is none in (0, 1)."""
    if not 0 < percentile < 1:
        raise SettingError(f"A percentile lies between 0 and 1, got {percentile:g}.")
    return maps > maps.quantile(percentile, -1, keepdim=True)


def running_mean(maps: Tensor) -> Tensor:
    """Mean of the maps of all blocks so far, each brought to its own mean and spread: `[l ... p]` to the same shape."""
    level = (maps - maps.mean(-1, keepdim=True)) / maps.std(-1, keepdim=True).clamp(min=TINY)
    steps = torch.arange(1, len(maps) + 1, device=maps.device).view(-1, *[1] * (maps.ndim - 1))
    return level.cumsum(0) / steps


def mask_auc(maps: Tensor, share: Tensor, least: float = 0.5) -> Tensor:
    """How probably a patch of a mask has a larger value than one that has none of it: `[n]`, nan where either is missing.

    Args:
        maps: `[n p]`.
        share: how much of each patch the mask covers `[n p]`; patches between are left out.
        least: from which share on a patch counts as the mask's.
    """
    inside, outside = share >= least, share == 0
    above = (maps[:, :, None] > maps[:, None]).float() + 0.5 * (maps[:, :, None] == maps[:, None])
    pairs = inside[:, :, None] & outside[:, None]
    return (above * pairs).sum((1, 2)) / pairs.sum((1, 2))


def mask_iou(mask: Tensor, share: Tensor, least: float = 0.5) -> Tensor:
    """Patches in both over patches in either: `[n p]` twice to `[n]`."""
    inside = share >= least
    return (mask & inside).sum(1) / (mask | inside).sum(1).clamp(min=1)


def sharing(keys: Keys, chosen: int, count: int = 3) -> Tensor:
    """How many of their best `count` keys of each block every class has in common with a chosen one: `[l c]` whole numbers."""
    best = keys.neurons[..., :count]
    return (best[..., None] == best[:, chosen, None, None]).any(-1).sum(-1)


def class_distances(activations: Tensor) -> Tensor:
    """Distances between classes, in units of their mean (section 4.2, question 4).

    Args:
        activations: mean activation of some keys over each class's pictures, `[c k]`.

    Returns:
        `[c c]`; 1 is the mean distance of two classes.
    """
    distances = torch.cdist(activations, activations)
    off = ~torch.eye(len(distances), dtype=torch.bool, device=distances.device)
    return distances / distances[off].mean().clamp(min=TINY)


@dataclass(frozen=True)
class Pairs:
    """The best pair of values of each class.

    Attributes:
        neurons: `[c 2]`.
        cosine: of their sum with the class, `[c]`.
        single: of the best one alone, `[c]`.
        names: whether their sum points more to the class than to any other, `[c]` bool.
        single_names: the same of the best one alone.
    """

    neurons: Tensor
    cosine: Tensor
    single: Tensor
    names: Tensor
    single_names: Tensor


def best_pairs(classifier: Classifier, layer: int, settings: KeySettings | None = None, rng: torch.Generator | None = None) -> Pairs:
    """For each class the two values whose sum points to it best, all u (u - 1) / 2 pairs tried.

    A sum's product with a class is the sum of two products, and its length follows from the values' Gram matrix, so no pair is
    ever put together (the authors left pairs out for their cost).

    Args:
        classifier: any.
        layer: first is 0.
        settings: with or without the norm's scale.
        rng: where values in random directions, matched in number and length, are to be paired instead.
    """
    own_settings = settings or KeySettings()
    values, classes = values_of(classifier, layer, own_settings, rng), F.normalize(classes_of(classifier, own_settings), dim=0, eps=TINY)
    products, gram = values @ classes, values @ values.T
    square = gram.diagonal()
    length = (square[:, None] + square + 2 * gram).clamp(min=TINY).sqrt()
    length.fill_diagonal_(float("inf"))
    found = []
    for own in products.T:
        score = (own[:, None] + own) / length
        place = int(score.argmax())
        found.append((place // len(own), place % len(own)))
    neurons = torch.tensor(found, device=values.device)
    cosines = products / square.clamp(min=TINY).sqrt()[:, None]
    best, own = cosines.argmax(0), torch.arange(products.shape[1], device=values.device)
    both = products[neurons[:, 0]] + products[neurons[:, 1]]
    cosine = both[own, own] / length[neurons[:, 0], neurons[:, 1]]
    return Pairs(neurons, cosine, cosines[best, own], both.argmax(1) == own, products[best].argmax(1) == own)


@dataclass(frozen=True)
class Dots:
    """What single bright patches away from the object are.

    Attributes:
        number: such patches in each picture on average.
        norm_auc: how probably a dot's stream is longer than another patch's of the context; 0.5 where length says nothing.
        typical: length of the longest stream of a picture's patches over the median's, averaged; far above 1 where a tower
            keeps notes in patches, as those without registers do (Darcet et al., arXiv:2309.16588).
    """

    number: float
    norm_auc: float
    typical: float


def bright_dots(maps: Tensor, length: Tensor, share: Tensor, brightest: float = 0.95) -> Dots:
    """Whether the small bright dots in the maps of keys are patches of large norm, as the paper asks in its section 5.

    Args:
        maps: of one key over each picture `[n p]`.
        length: of the stream at each patch `[n p]`.
        share: of the object in each patch `[n p]`.
        brightest: percentile of a picture's map above which a patch away from the object is a dot.
    """
    outside = share == 0
    dots = outside & (maps > maps.quantile(brightest, 1, keepdim=True))
    auc = mask_auc(length, torch.where(dots, 1.0, torch.where(outside, 0.0, 0.25)))
    typical = length.amax(1) / length.median(1).values
    return Dots(float(dots.sum(1).float().mean()), float(auc.nanmean()), float(typical.mean()))
