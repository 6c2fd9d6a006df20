"""Fit the rule that tells present from absent (core.methods.read.presence) to pictures of training whose content is known.

The moments are of pictures that are looked at. The vote, where a world has one, is trained on others, by the cross-entropy
of its answers; the six weights and the bias on others still, which the vote has not seen, by logistic regression: so that
it is trusted as far as it deserves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from core.methods.read.presence import EVIDENCE, Rule, evidence, rule_from_tensors, rule_to_tensors
from core.methods.read.segment_view import View
from core.models.clip import Clip

RIDGE = 1e-3
"""On the weights of the evidence."""


@dataclass(frozen=True)
class Questions:
    """Pictures, and texts that are in them or not.

    Attributes:
        batches: gives the pictures, `[b 3 h w]` in [0, 1], in their order, anew at each call.
        vectors: of all texts `[m k]`.
        picture: of each question `[q]`.
        text: into vectors `[q]`.
        there: `[q]` bool.
        near: how familiar each text is `[m]`.
    """

    batches: Callable[[], Iterator[Tensor]]
    vectors: Tensor
    picture: Tensor
    text: Tensor
    there: Tensor
    near: Tensor


@torch.no_grad()
def evidence_of(rule: Rule, clip: Clip, asked: Questions, words: Tensor) -> Tensor:
    """The evidence of every question `[q 6]`."""
    found, start = torch.zeros(len(asked.there), len(EVIDENCE)), 0
    for images in asked.batches():
        some = ((asked.picture >= start) & (asked.picture < start + len(images))).nonzero()[:, 0]
        texts, place = asked.text[some].unique(return_inverse=True)
        says = evidence(rule, View(clip, images), asked.vectors[texts], words, asked.near[texts])
        found[some] = says[asked.picture[some] - start, place]
        start += len(images)
    return found


def logistic(rows: Tensor, there: Tensor, ridge: float) -> tuple[Tensor, float]:
    """Weights `[f]` and bias of the logistic regression of `there` `[q]` on rows `[q f]`; columns that never move weigh nothing."""
    mean, spread = rows.mean(0), rows.std(0)
    moves = spread > 1e-9
    x = torch.where(moves, (rows - mean) / spread.clamp(min=1e-9), torch.zeros_like(rows)).double()
    line = torch.zeros(rows.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([line], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = F.binary_cross_entropy_with_logits(x @ line[:-1] + line[-1], there.double()) + ridge * (line[:-1] ** 2).sum()
        value.backward()
        return value

    optimiser.step(loss)
    weights = torch.where(moves, line.detach()[:-1].float() / spread.clamp(min=1e-9), torch.zeros_like(mean))
    return weights, float(line.detach()[-1] - (weights * mean).sum())


def auc(scores: Tensor, there: Tensor) -> float:
    """Area under the ROC curve: how often something that is there scores higher than something that is not, ties half."""
    order, yes = scores.double().unique(return_inverse=True)[1], there.bool()
    below = torch.cumsum(torch.bincount(order[~yes], minlength=int(order.max()) + 1), 0)
    same = torch.bincount(order[~yes], minlength=int(order.max()) + 1)
    wins = (below[order[yes]] - 0.5 * same[order[yes]]).double().sum()
    return float(wins / (yes.sum() * (~yes).sum()))


def fit(clip: Clip, words: Tensor, known: Rule, vote: dict[str, Tensor], kept: Questions) -> tuple[Rule, dict[str, float]]:
    """The rule, and the area under the ROC curve of every kind of evidence alone, and of all, on the questions kept aside.

    Args:
        clip: the model.
        words: of the world `[a k]`.
        known: with the moments, as `moments_of` gives it.
        vote: as it was trained; empty where a world has none.
        kept: questions that the vote has not seen.
    """
    rule = rule_from_tensors(rule_to_tensors(replace(known, vote=vote)))
    found = evidence_of(rule, clip, kept, words)
    weights, bias = logistic(found, kept.there, RIDGE)
    alone = {name: round(auc(found[:, place], kept.there), 4) for place, name in enumerate(EVIDENCE)}
    return replace(rule, weights=weights, bias=bias), alone | {"all": round(auc(found @ weights, kept.there), 4)}
