"""Naming photographs and finding them by a word, beside chance, the most frequent answer, and supervised baselines.

    zero-shot     argmax over names t of <x, t>
    ridge         argmax over kinds of the closed-form regression of one-hot kinds on x, each picture left out in turn
    nearest mean  argmax over kinds of <x, mean of the kind's other pictures>

The supervised ones stand on the same embeddings and see the answers of all other pictures: they say how much of the
kinds lies in the embedding, whatever the words make of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from core.bench.mask_folder import embed_names
from core.bench.split import shared_out
from core.models.clip import Clip

RIDGE = 0.1
"""Penalty of the supervised baseline, for unit vectors; not tuned."""
BATCH = 16


@torch.no_grad()
def embeddings(clip: Clip, images: Tensor) -> Tensor:
    """Unit vectors `[n k]` of pictures `[n 3 h w]` in [0, 1], shared out among processes."""
    return torch.cat([found for (found,) in shared_out(images.split(BATCH), lambda some: [clip.embed(some)])]).to(images)


def top_share(scores: Tensor, labels: Tensor, k: int = 1) -> float:
    """Share of rows of scores `[n m]` whose label `[n]` is among the k best; NaN where there are none."""
    best = scores.topk(min(k, scores.shape[1]), 1).indices
    return float((best == labels[:, None]).any(1).double().mean())


def mean_over(scores: Tensor, labels: Tensor) -> float:
    """Share that is right, for each label on its own, and the mean of these."""
    right = scores.argmax(1) == labels
    return float(torch.stack([right[labels == label].double().mean() for label in labels.unique()]).mean())


def ridge_left_out(vectors: Tensor, labels: Tensor, penalty: float = RIDGE) -> Tensor:
    """Scores of a ridge regression for each row, fitted on all others.

    Args:
        vectors: `[n k]`.
        labels: `[n]`.
        penalty: on the squared weights.

    Returns:
        `[n m]` float64. Exact and in one go: what is left out changes a prediction by its residual / (1 - leverage).
    """
    x = F.pad(vectors.double(), (0, 1), value=1.0)
    wanted = F.one_hot(labels).double()
    gram = x.T @ x + penalty * torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    hat = x @ torch.linalg.solve(gram, x.T)
    leverage = hat.diagonal()[:, None].clamp(max=1 - 1e-9)
    return (hat @ wanted - leverage * wanted) / (1 - leverage)


def means_left_out(vectors: Tensor, labels: Tensor) -> Tensor:
    """Cosine `[n m]` of each vector `[n k]` with the mean of each label's other vectors; 0 where there is no other."""
    own = F.one_hot(labels).to(vectors)
    sums = own.T @ vectors
    left = sums - own[:, :, None] * vectors[:, None]
    return (F.normalize(left, dim=-1) @ vectors[:, :, None])[..., 0]


def retrieval(vectors: Tensor, texts: Tensor, labels: Tensor, k: int = 1) -> float:
    """Share of texts `[m k]` that have a picture of their label `[n]` among the k pictures nearest to them."""
    best = (texts @ vectors.T).topk(min(k, len(vectors)), 1).indices
    return float((labels[best] == torch.arange(len(texts), device=labels.device)[:, None]).any(1).double().mean())


def naming(vectors: Tensor, kinds: tuple[Tensor, Tensor], classes: tuple[Tensor, Tensor]) -> dict[str, float]:
    """Everything about words, for one way to show the pictures.

    Args:
        vectors: `[n k]`.
        kinds: the kinds' vectors `[m k]`, and of each picture its kind `[n]`, -1 for none.
        classes: the classes' vectors, and of each picture its class, -1 for none.
    """
    (kind_texts, kind), (texts, label) = kinds, classes
    scores, named = vectors[kind >= 0] @ kind_texts.T, vectors[label >= 0]
    kind, label = kind[kind >= 0], label[label >= 0]
    return {
        "kind": top_share(scores, kind),
        "mean of kinds": mean_over(scores, kind),
        "class": top_share(named @ texts.T, label),
        "class top-5": top_share(named @ texts.T, label, 5),
        "retrieval": retrieval(named, texts, label),
        "retrieval-5": retrieval(named, texts, label, 5),
    }


def chance(kind: Tensor, label: Tensor) -> dict[str, dict[str, float]]:
    """What guessing gives, blindly and with the most frequent answer, for kinds and classes `[n]` with -1 for none."""
    counts, classes = kind[kind >= 0].bincount().double(), label[label >= 0].bincount().double()
    within = classes / classes.sum()
    blind = {"kind": 1 / len(counts), "mean of kinds": 1 / len(counts), "class": 1 / len(classes)}
    blind |= {"class top-5": min(1.0, 5 / len(classes)), "retrieval": float(within.mean())}
    often = {"kind": float(counts.max() / counts.sum()), "mean of kinds": 1 / len(counts), "class": float(within.max())}
    return {"chance": blind, "most frequent": often}


def supervised(vectors: Tensor, kind: Tensor) -> dict[str, dict[str, float]]:
    """What is had of kinds `[n]`, -1 for none, from the same vectors `[n k]` with the other pictures' answers."""
    known, kind = vectors[kind >= 0], kind[kind >= 0]
    ways = {"nearest mean, left out": means_left_out(known, kind), "ridge, left out": ridge_left_out(known, kind)}
    return {name: {"kind": top_share(scores, kind), "mean of kinds": mean_over(scores, kind)} for name, scores in ways.items()}


def indices(names: Sequence[str], found: Sequence[str | None]) -> Tensor:
    """The place of each among the names `[n]`, -1 for None."""
    return torch.tensor([-1 if name is None else names.index(name) for name in found])


def said(clip: Clip, names: Sequence[str], template: str = "{}") -> Tensor:
    """Names as unit vectors `[m k]`, bare or in a sentence."""
    return embed_names(clip, names, [template])
