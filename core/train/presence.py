"""Fit the rule that tells present from absent (core.methods.read.presence) to pictures of training whose content is known.

The moments are of all pictures that are looked at. The vote is trained on most of them, by the cross-entropy of its
answers; the five weights and the bias on the rest, which the vote has not seen, by logistic regression: so that it is
trusted as far as it deserves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.seeds import torch_rng
from core.methods.read.presence import EVIDENCE, TEXT_SCALE, Moments, Rule, evidence, rule_from_tensors, rule_to_tensors
from core.methods.read.segment_view import View
from core.models.clip import Clip


@dataclass(frozen=True)
class PresenceMaking:
    """What decides the rule."""

    seed: int = 0
    rank: int = 48
    """Of the vote; 0 leaves it out."""
    passes: int = 4
    """Over all questions."""
    batch: int = 512
    rate: float = 3e-3
    decay: float = 1e-3
    ridge: float = 1e-3
    """On the five weights."""


@dataclass(frozen=True)
class Questions:
    """Pictures, and texts that are in them or not.

    Attributes:
        batches: gives the pictures, `[b 3 h w]` in [0, 1], in their order, anew at each call.
        vectors: of all texts `[m k]`.
        picture: of each question `[q]`.
        text: into vectors `[q]`.
        there: `[q]` bool.
    """

    batches: Callable[[], Iterator[Tensor]]
    vectors: Tensor
    picture: Tensor
    text: Tensor
    there: Tensor


@dataclass
class Gathered:
    """Rows of pictures: their embeddings, what LN1 of the last layer gives of patches, and sums for moments."""

    whole: list[Tensor] = field(default_factory=list)
    normed: list[Tensor] = field(default_factory=list)
    sums: dict[str, tuple[float, Tensor, Tensor]] = field(default_factory=dict)

    def add(self, name: str, rows: Tensor) -> None:
        """Rows `[n d]` into a mean and a covariance."""
        rows = rows.double()
        count, total, square = self.sums.get(name, (0.0, 0.0, 0.0))
        self.sums[name] = (count + len(rows), total + rows.sum(0), square + rows.T @ rows)

    def moments(self, name: str) -> Moments:
        """The mean and the covariance of all rows of a name."""
        count, total, square = self.sums[name]
        mean = total / count
        return Moments(mean.float(), (square / count - mean[:, None] * mean).float())


@torch.no_grad()
def gather(clip: Clip, batches: Iterator[Tensor], words: Tensor, vote: bool) -> Gathered:
    """Look at every picture once."""
    found, blank = Gathered(), blank_rule(clip)
    for images in batches:
        view = View(clip, images)
        evidence(blank, view, words[:1], words)  # its rows are what the rule will read
        found.whole.append(view.kept("whole", lambda: words))
        found.add("whole", found.whole[-1])
        for name, key in (("tokens", "token rows"), ("patches", "spoken")):
            found.add(name, view.kept(key, lambda: words).flatten(0, 1))
        if vote:
            found.normed.append(view.seen.normed[-1][:, view.anatomy.extra :].half())
    return found


def blank_rule(clip: Clip) -> Rule:
    """A rule that knows nothing yet."""
    anatomy = clip.anatomy
    joint, width = (Moments(torch.zeros(size), torch.eye(size)) for size in (anatomy.joint, anatomy.width))
    return Rule(joint, width, joint, torch.zeros(len(EVIDENCE)), 0.0)


def blank_vote(clip: Clip, making: PresenceMaking) -> dict[str, Tensor]:
    """Random weights of the vote."""
    rng, joint = torch_rng("presence", making.seed), clip.anatomy.joint
    sizes = {"query": joint, "key": clip.anatomy.width, "given": joint, "own": joint}
    found = {name: torch.randn(making.rank, size, generator=rng) / size**0.5 for name, size in sizes.items()}
    found |= {f"{name}_bias": torch.zeros(making.rank) for name in sizes} | {"scale": torch.tensor([0.0, 1.0, 1.0])}
    return {name: tensor.requires_grad_() for name, tensor in found.items()}


def train_vote(clip: Clip, rows: Gathered, asked: Questions, words: Tensor, making: PresenceMaking) -> dict[str, Tensor]:
    """The vote from pictures that were looked at, and what is in them."""
    vote, rng = blank_vote(clip, making), torch_rng("presence batches", making.seed)
    whole, normed = TEXT_SCALE * torch.cat(rows.whole), torch.cat(rows.normed)
    texts, there = TEXT_SCALE * (asked.vectors - words.mean(0)), asked.there.float()
    steps = making.passes * len(there) // making.batch
    optimiser = torch.optim.AdamW(list(vote.values()), making.rate, weight_decay=making.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, making.rate, total_steps=max(2, steps))
    for step in range(steps):
        chosen = torch.randint(len(there), (making.batch,), generator=rng)
        logits = pair_votes(vote, texts[asked.text[chosen]], normed[asked.picture[chosen]].float(), whole[asked.picture[chosen]])
        loss = F.binary_cross_entropy_with_logits(logits, there[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(f"vote: step {step} of {steps}, loss {loss.item():.3f}", flush=True)
    return {name: tensor.detach() for name, tensor in vote.items()}


def pair_votes(vote: dict[str, Tensor], texts: Tensor, normed: Tensor, whole: Tensor) -> Tensor:
    """The vote of each pair of a text `[q k]` and a picture `[q t d]`, `[q k]`: `[q]`. The plain form of `vote_of`."""
    keys = F.linear(normed, vote["key"], vote["key_bias"])
    patches = (keys @ F.linear(texts, vote["query"], vote["query_bias"])[..., None])[..., 0].logsumexp(1)
    patches = patches - torch.tensor(float(keys.shape[1])).log()
    own = (F.linear(texts, vote["given"], vote["given_bias"]) * F.linear(whole, vote["own"], vote["own_bias"])).sum(-1)
    return vote["scale"][0] + vote["scale"][1] * patches + vote["scale"][2] * own


@torch.no_grad()
def evidence_of(rule: Rule, clip: Clip, asked: Questions, words: Tensor) -> Tensor:
    """The evidence of every question `[q 5]`."""
    found, start = torch.zeros(len(asked.there), len(EVIDENCE)), 0
    for images in asked.batches():
        some = ((asked.picture >= start) & (asked.picture < start + len(images))).nonzero()[:, 0]
        texts, place = asked.text[some].unique(return_inverse=True)
        says = evidence(rule, View(clip, images), asked.vectors[texts], words)
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


def fit(clip: Clip, words: Tensor, taught: Questions, kept: Questions, making: PresenceMaking) -> tuple[Rule, dict[str, float]]:
    """The rule, and the area under the ROC curve of every kind of evidence alone, and of all, on the questions kept aside."""
    rows = gather(clip, taught.batches(), words, making.rank > 0)
    whole, tokens, patches = (rows.moments(name) for name in ("whole", "tokens", "patches"))
    vote = train_vote(clip, rows, taught, words, making) if making.rank else {}
    rule = rule_from_tensors(rule_to_tensors(Rule(whole, tokens, patches, torch.zeros(len(EVIDENCE)), 0.0, vote=vote)))
    found = evidence_of(rule, clip, kept, words)
    weights, bias = logistic(found, kept.there, making.ridge)
    alone = {name: round(auc(found[:, place], kept.there), 4) for place, name in enumerate(EVIDENCE)}
    return replace(rule, weights=weights, bias=bias), alone | {"all": round(auc(found @ weights, kept.there), 4)}
