"""Words that pull a picture from its true class to a wrong one, read out of a model's neurons.

    v     = e(wrong) - e(true)
    N     = the k neurons with the largest |<v, r_n>|
    w_j   = sum_{n in N} gamma_j^n <v, r_n>                (papers/inner_workings_thesis.md, section 3.5, equation 3.4)

with r_n the direction of a neuron's second-order effect and gamma_j^n how much of word j it says. gamma may be a sparse
code over texts (section 3.4), or what was measured when the thing that j names was put into pictures; both are codes.

Differs from the authors' code:
- A word's parts are summed over the neurons before the best words are chosen, as the equation says. Theirs keeps the
  entries of single neurons, cuts the list, and makes a set of it, so that a word which many neurons say a little is lost.
- Each word comes with the neurons behind it and what each adds.
- `effects` may rank the words instead: w_j = <v, b_j> with b_j what adding thing j was measured to do to the whole embedding,
  which is what the sum over neurons stands for. The neurons behind a word are told all the same.
- What must not be used, synonyms of the wrong class and its parts, is a mask over the pool that the caller makes: by
  likeness (`alike`, theirs is the same at 0.6) and by whatever else is known of the words. Theirs has a list by hand.

Axes beyond the glossary: j words of a pool; s entries of a code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import SettingError, ShapeError


@dataclass(frozen=True)
class AttackSettings:
    """How words are mined."""

    neurons: int = 100
    """Neurons that are asked, at least 1; 100 in the paper."""
    words: int = 25
    """Words that are kept, at least 1; 25 in the paper."""
    alike: float = 0.6
    """Cosine to a name of the wrong class from which on a word is a synonym, in (0, 1]; the paper's, between sentence vectors."""
    behind: int = 5
    """Neurons that are told of each word, at least 1."""
    used: int = 25
    """Words, those that pull most, of which sentences are made, at least 1."""
    drafts: int = 5
    """Sentences that are tried for each that is used, at least 1; as many as the paper writes, which then draws lots."""
    doubt: float = 2.0
    """How much it takes to think otherwise of a word once sentences were tried, above 0, see `learned`."""
    least: float = 0.2
    """How much of what was thought of the words always stays, see `learned`."""
    fitted: bool = False
    """Whether those sentences are used whose words pull most by all that was tried, in the place of by their own few pictures."""

    def __post_init__(self) -> None:
        """SettingError where a number is outside its bounds."""
        counts = min(self.neurons, self.words, self.behind, self.used, self.drafts)
        if counts < 1 or not 0 < self.alike <= 1 or self.doubt <= 0:
            raise SettingError(f"All counts must be at least 1, alike in (0, 1] and doubt above 0; given {self}.")


@dataclass(frozen=True)
class Codes:
    """What neurons say, in the words of a pool.

    Attributes:
        directions: r_n `[u k]`.
        indices: words of each neuron `[u s]` int64; any where the weight is 0.
        weights: gamma `[u s]`, signed.
        pool: how many words there are, j.
    """

    directions: Tensor
    indices: Tensor
    weights: Tensor
    pool: int

    def __post_init__(self) -> None:
        """ShapeError where the parts do not fit each other."""
        units = len(self.directions)
        if self.directions.ndim != 2 or self.indices.shape != self.weights.shape or self.indices.ndim != 2 or len(self.indices) != units:
            shapes = [tuple(t.shape) for t in (self.directions, self.indices, self.weights)]
            raise ShapeError(f"Expected directions [u k] and codes [u s] of the same neurons, got {shapes}.")
        if self.indices.numel() and not 0 <= int(self.indices.min()) <= int(self.indices.max()) < self.pool:
            raise ShapeError(f"Words are counted from 0 to {self.pool - 1}; the codes name {int(self.indices.max())}.")


class Behind(NamedTuple):
    """A neuron behind a word.

    Attributes:
        neuron: its position among the codes.
        adds: its part of the word's score.
    """

    neuron: int
    adds: float


@dataclass(frozen=True)
class Mined:
    """Words that pull from one class to another, the strongest first.

    Attributes:
        words: positions in the pool.
        scores: w_j, above 0.
        behind: for each word the neurons that add most to it.
    """

    words: tuple[int, ...]
    scores: tuple[float, ...]
    behind: tuple[tuple[Behind, ...], ...]


def direction(true: Tensor, wrong: Tensor) -> Tensor:
    """v, from one class to the other: unit texts `[k]` and `[k]` to `[k]`; ShapeError where they are not of one width."""
    if true.ndim != 1 or true.shape != wrong.shape:
        raise ShapeError(f"Expected two texts [k], got {tuple(true.shape)} and {tuple(wrong.shape)}.")
    return wrong - true


def writers(codes: Codes, v: Tensor, count: int) -> Tensor:
    """The neurons that write most along v `[k]`, either way, most first: positions, at most `count`."""
    along = (codes.directions @ v).abs()
    return along.topk(min(count, len(along))).indices


def word_scores(codes: Codes, v: Tensor, neurons: Tensor) -> Tensor:
    """w_j of equation 3.4 for every word of the pool `[j]`, from v `[k]` and the positions of the neurons that are asked."""
    parts = codes.weights[neurons] * (codes.directions[neurons] @ v)[:, None]
    return parts.new_zeros(codes.pool).index_add_(0, codes.indices[neurons].flatten(), parts.flatten())


def mine(
    codes: Codes,
    v: Tensor,
    allowed: Tensor,
    settings: AttackSettings | None = None,
    neurons: Tensor | None = None,
    effects: Tensor | None = None,
) -> Mined:
    """The words that the neurons along v speak for.

    Args:
        codes: of every neuron.
        v: `[k]`, see `direction`.
        allowed: which words may be used `[j]` bool.
        settings: how many.
        neurons: positions of those that are asked, for baselines; those that write most along v where None.
        effects: of each word's thing on the embedding `[j k]`; where given, words are ranked by these.

    Raises:
        ShapeError: where `allowed` or `effects` are not of the pool's size.
    """
    settings = settings or AttackSettings()
    if allowed.shape != (codes.pool,) or effects is not None and effects.shape != (codes.pool, len(v)):
        raise ShapeError(f"Expected one mark and one effect for each of {codes.pool} words, got {tuple(allowed.shape)}.")
    asked = writers(codes, v, settings.neurons) if neurons is None else neurons
    scores = (word_scores(codes, v, asked) if effects is None else effects @ v).masked_fill(~allowed, -torch.inf)
    best = scores.topk(min(settings.words, codes.pool))
    kept = [(word, score) for word, score in zip(best.indices.tolist(), best.values.tolist(), strict=True) if score > 0]
    behind = tuple(_behind(codes, v, asked, word, settings.behind) for word, _ in kept)
    return Mined(tuple(word for word, _ in kept), tuple(score for _, score in kept), behind)


def ranked(scores: Tensor, allowed: Tensor, count: int) -> Mined:
    """The best words by any other score `[j]`, with no neurons behind them: for baselines such as the most similar words."""
    best = scores.masked_fill(~allowed, -torch.inf).topk(min(count, int(allowed.sum())))
    return Mined(tuple(best.indices.tolist()), tuple(best.values.tolist()), ((),) * len(best.indices))


def learned(there: Tensor, pulled: Tensor, before: Tensor, settings: AttackSettings | None = None) -> Tensor:
    """How much words pull, after sentences of them were tried on pictures.

        w = a b + d,    d = argmin |y - mean(y) - a (x b - mean(x b)) - x d|^2 + doubt |d|^2

    with a from least squares of y on x b, at least `least`. All numbers were chosen on pairs and pictures that no benchmark uses.

    Args:
        there: which words are in each sentence, x `[s j]`.
        pulled: how far its pictures lie along v, y `[s]`.
        before: what was thought of the words, b `[j]`.
        settings: `doubt` and `least` of them.

    Returns:
        `[j]`.
    """
    settings = settings or AttackSettings()
    x, y, b = there.double(), pulled.double() - pulled.double().mean(), before.double()
    expected = x @ b - (x @ b).mean()
    a = ((expected @ y) / expected.square().sum().clamp_min(1e-12)).clamp_min(settings.least)
    d = torch.linalg.solve(x.T @ x + settings.doubt * torch.eye(len(b)).to(x), x.T @ (y - a * expected))
    return (a * b + d).to(before)


def _behind(codes: Codes, v: Tensor, neurons: Tensor, word: int, most: int) -> tuple[Behind, ...]:
    """The neurons that add most to a word."""
    here = (codes.indices[neurons] == word) * codes.weights[neurons]
    adds = here.sum(1) * (codes.directions[neurons] @ v)
    order = adds.argsort(descending=True)[:most].tolist()
    return tuple(Behind(int(neurons[at]), float(adds[at])) for at in order if adds[at] > 0)


def alike(pool: Tensor, names: Tensor, least: float) -> Tensor:
    """Which words are synonyms of a class: sentence vectors of the pool `[j d]` and of the class's names `[m d]` to `[j]` bool."""
    return (F.normalize(pool, dim=1) @ F.normalize(names, dim=1).T).amax(1) >= least
