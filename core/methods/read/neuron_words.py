"""Neurons in words: a name for each, and what the active ones say is in a picture.

    r_n ~ sum_j gamma_j^n t_j,      w_j(I) = sum_{n active} gamma_j^n |phi_n(I)|

papers/inner_workings_thesis.md, section 3.4 (sparse descriptions, polysemantic neurons) and, for w_j, the appendix to
chapter 3, "Concept discovery in images". gamma comes from read/sparse_text.py, phi's norms from read/second_order.py.

Differs from the authors' code:
- A word's weights are summed over all active neurons before the best words are chosen, as the equation says. They keep
  the entries of single neurons, cut the list, and make a set of it.
- An effect that points against r_n speaks against the neuron's words: `strengths` gives |phi - mean phi| that sign. Its
  absolute value is the paper's, and both may be handed in.
- A neuron's words are grouped into meanings by their text vectors, so that one with two or more is seen to be
  polysemantic. The paper shows examples and has no measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import SettingError, ShapeError
from core.methods.read.second_order import Directions, Flow, norms, project
from core.models.precision import at_least_single


@dataclass(frozen=True)
class WordSettings:
    """How many words are shown, and which of them are different meanings."""

    words: int = 4
    """Words in a neuron's name, at least 1; 4 in the paper."""
    large: float = 0.5
    """Of the largest positive weight, what a word needs to count as a meaning, in (0, 1]."""
    apart: float = 0.3
    """Cosine below which two words mean different things, in [-1, 1]; between atoms centred by their pool."""
    concepts: int = 10
    """Words for a picture, at least 1; 10 in the paper."""

    def __post_init__(self) -> None:
        """SettingError where a number is outside its bounds."""
        if self.words < 1 or self.concepts < 1 or not 0 < self.large <= 1 or not -1 <= self.apart <= 1:
            raise SettingError(f"words and concepts must be at least 1, large in (0, 1], apart in [-1, 1]; given {self}.")


@dataclass(frozen=True)
class NeuronName:
    """One neuron in words.

    Attributes:
        neuron: its position.
        words: largest weight first; none for a silent neuron.
        weights: gamma of each word; below 0 where the neuron speaks against it.
        meanings: the words of large weight that the neuron speaks for, those that mean alike together; none where it only speaks
            against.
    """

    neuron: int
    words: tuple[str, ...]
    weights: tuple[float, ...]
    meanings: tuple[tuple[str, ...], ...]

    @property
    def polysemantic(self) -> bool:
        """Whether the neuron stands for two or more things."""
        return len(self.meanings) > 1

    @property
    def label(self) -> str:
        """Such as "+snowy +frost -swelling"."""
        return " ".join(("-" if weight < 0 else "+") + word for word, weight in zip(self.words, self.weights, strict=True))


@dataclass(frozen=True)
class Concepts:
    """What the active neurons say is in one picture.

    Attributes:
        words: highest weight first, only those with a weight above 0.
        weights: w_j of each word.
        neurons: for each word the active neurons that speak for it, the one that adds most first.
        active: how many neurons are active.
    """

    words: tuple[str, ...]
    weights: tuple[float, ...]
    neurons: tuple[tuple[int, ...], ...]
    active: int


def name_neurons(
    indices: Tensor, weights: Tensor, words: Sequence[str], atoms: Tensor, settings: WordSettings | None = None
) -> tuple[NeuronName, ...]:
    """Names from sparse codes.

    Args:
        indices: which words make up each neuron's direction `[u s]`; any where the weight is 0.
        weights: gamma `[u s]`, signed.
        words: m words.
        atoms: their vectors `[m k]`, those that the codes were made with: centred by the pool, because CLIP's raw text
            vectors all lie close together.

    Raises:
        ShapeError: indices and weights, or words and atoms, do not fit each other.
    """
    settings = settings or WordSettings()
    indices = _checked(indices, weights, words)
    if atoms.ndim != 2 or len(atoms) != len(words):
        raise ShapeError(f"Expected one vector for each of {len(words)} words, got {tuple(atoms.shape)}.")
    order = weights.abs().argsort(1, descending=True)[:, : settings.words]
    indices, weights = indices.gather(1, order), weights.gather(1, order)
    vectors = F.normalize(at_least_single(atoms), dim=1)[indices]
    near = (vectors @ vectors.transpose(1, 2) >= settings.apart).tolist()
    names = []
    for neuron, (row, sizes) in enumerate(zip(indices.tolist(), weights.tolist(), strict=True)):
        used = [place for place, size in enumerate(sizes) if size]
        # A word of negative weight is what the neuron speaks against, and nothing that it stands for.
        large = [place for place in used if sizes[place] > 0 and sizes[place] >= settings.large * max(sizes)]
        meanings = tuple(tuple(words[row[place]] for place in group) for group in _groups(large, near[neuron]))
        names.append(NeuronName(neuron, tuple(words[row[p]] for p in used), tuple(sizes[p] for p in used), meanings))
    return tuple(names)


def strengths(c: Tensor, ways: Flow, found: Directions) -> Tensor:
    """Norms of the centred effects, negative where they point against r_n: coefficients `[n a u]` to `[n u]`."""
    return norms(c - found.centre, ways) * torch.where(project(c, found) < 0, -1.0, 1.0)


def concepts(
    strength: Tensor, threshold: Tensor, indices: Tensor, weights: Tensor, words: Sequence[str], settings: WordSettings | None = None
) -> tuple[Concepts, ...]:
    """The words that the active neurons of each picture add up to.

    Args:
        strength: of every neuron in every picture `[n u]`, from `strengths`; its absolute value is the paper's.
        threshold: above which a neuron is active `[u]`, `Directions.threshold`: the 98th percentile of its norms.
        indices: which words make up each neuron's direction `[u s]`; several layers may be put one after another.
        weights: gamma `[u s]`, signed.
        words: m words.

    Raises:
        ShapeError: the neurons of the arguments do not fit each other.
    """
    settings = settings or WordSettings()
    indices = _checked(indices, weights, words)
    if strength.shape[1:] != threshold.shape or len(threshold) != len(indices):
        raise ShapeError(f"Strengths {tuple(strength.shape)}, thresholds {tuple(threshold.shape)} and {len(indices)} codes do not fit.")
    active = (strength.abs() >= threshold) & (strength != 0)
    return tuple(
        _concepts_of(here.nonzero()[:, 0], row, indices, weights, words, settings.concepts)
        for here, row in zip(active, strength, strict=True)
    )


def _concepts_of(active: Tensor, strength: Tensor, indices: Tensor, weights: Tensor, words: Sequence[str], most: int) -> Concepts:
    """One picture's: strengths `[u]`, positions of the active neurons."""
    parts = strength[active, None] * weights[active]
    scores = parts.new_zeros(len(words)).index_add_(0, indices[active].flatten(), parts.flatten())
    best = scores.topk(min(most, len(words)))
    kept = [(word, score) for word, score in zip(best.indices.tolist(), best.values.tolist(), strict=True) if score > 0]
    speakers = []
    for word, _ in kept:
        added = (parts * (indices[active] == word)).sum(1)
        order = added.argsort(descending=True)
        speakers.append(tuple(active[order[added[order] > 0]].tolist()))
    return Concepts(tuple(words[word] for word, _ in kept), tuple(score for _, score in kept), tuple(speakers), len(active))


def _groups(places: list[int], near: list[list[bool]]) -> list[list[int]]:
    """Places joined by chains of near pairs, in the order of their first."""
    groups: list[list[int]] = []
    for place in places:
        joined = [group for group in groups if any(near[place][other] for other in group)]
        groups = [group for group in groups if group not in joined]
        groups.append(sorted([place, *(other for group in joined for other in group)]))
    return sorted(groups)


def _checked(indices: Tensor, weights: Tensor, words: Sequence[str]) -> Tensor:
    """The indices, 0 where the weight is 0 and any may stand; ShapeError where codes and words do not fit."""
    if indices.ndim != 2 or indices.shape != weights.shape:
        raise ShapeError(f"Expected indices and weights [u s] alike, got {tuple(indices.shape)} and {tuple(weights.shape)}.")
    indices = torch.where(weights == 0, 0, indices)
    if indices.numel() and not 0 <= int(indices.min()) <= int(indices.max()) < len(words):
        raise ShapeError(f"Words are counted from 0 to {len(words) - 1}; the codes name {int(indices.min())} to {int(indices.max())}.")
    return indices
