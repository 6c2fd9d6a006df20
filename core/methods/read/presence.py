"""Is it there at all? One calibrated probability that a picture shows what a text says.

    p(I, t) = sigmoid(w . f(I, t) + b)        (ours; f3 reads the token maps of papers/inner_workings_thesis.md, section 2.5)

    f1  z of the cosine             (<e, t> - m t) / sqrt(t C t),  m and C of the embeddings of training pictures
    f2  lead over the world's words f1 less the mean z of the ten words of the world that stand highest in this picture
    f3  z of the token map's peak   the mean of its three brightest patches, against all patches of training pictures
    f4  z of the patches' own say   the same of what patches say by themselves
    f5  vote                        log mean_i exp <Q(t), K(x_i)> + <G(t), H e> + c(t),  x_i what LN1 of the last layer gives
    f6  familiarity                 how near the text is to what the model reads it as (core.models.clip.Clip.near)

A heat map always has a brightest place, and a cosine has another level for every text; so each is held against what
training pictures give for the very same text, for which a mean and a covariance suffice: any text's own mean and
spread follow from them without looking at a picture again. The vote is learned (MIL-style, one picture says yes where a
patch does): Q, G and c are one small network over the text and its familiarity, K one over a patch; where a world has
none it is 0. All is fitted on pictures of training by core/train (presence).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import ShapeError
from core.methods.read.decompose import per_image, pull_back
from core.methods.read.segment_view import View, project

EVIDENCE = ("cosine", "lead", "token map", "patches", "vote", "familiarity")
"""What speaks for a text, in the order of a rule's weights."""
RIVALS = 10
"""Words of the world whose mean z a text is held against."""
PEAK = 3
"""Brightest patches that count as a map's peak."""
TEXT_SCALE = 10.0
"""Texts less their mean are short; the vote reads them this much longer."""
NEAR_SCALE, NEAR_MIDDLE = 4.0, 0.75
"""The vote reads a familiarity less its middle, this much longer."""


@dataclass(frozen=True)
class Moments:
    """Mean `[k]` and covariance `[k k]` of rows; what any direction gives on the average, and its spread, follows."""

    mean: Tensor
    covariance: Tensor

    @staticmethod
    def of(rows: Tensor) -> Moments:
        """Of rows `[n k]`."""
        mean = rows.mean(0)
        return Moments(mean, (rows - mean).T @ (rows - mean) / len(rows))

    def z(self, values: Tensor, directions: Tensor) -> Tensor:
        """Values `[n m]` of directions `[m k]`, less their mean, in their spread."""
        spread = ((directions @ self.covariance) * directions).sum(-1).clamp(min=1e-12).sqrt()
        return (values - directions @ self.mean) / spread


@dataclass(frozen=True)
class Rule:
    """What tells present from absent in one world.

    Attributes:
        whole: of embeddings, unit vectors.
        tokens: of what heads write from a patch, in units of the score.
        patches: of what patches say, unit vectors.
        weights: of EVIDENCE, each in [-inf, inf] `[6]`.
        bias: of the logistic function.
        threshold: probability from which on a text counts as there.
        vote: `text [h k+1]`, `asked [2r+1 h]`, `patch [h d]`, `key [r h]`, `own [r k]`, each with a `_bias`; and `scale [3]`. Empty where
            there is none.
    """

    whole: Moments
    tokens: Moments
    patches: Moments
    weights: Tensor
    bias: float
    threshold: float = 0.5
    vote: dict[str, Tensor] = field(default_factory=dict)

    def to(self, device: torch.device) -> Rule:
        """The same rule on a device."""
        return rule_from_tensors({name: tensor.to(device) for name, tensor in rule_to_tensors(self).items()})


def evidence(rule: Rule, view: View, texts: Tensor, words: Tensor, near: Tensor) -> Tensor:
    """What speaks for texts in pictures.

    Args:
        rule: of the world.
        view: the pictures, n of them.
        texts: unit vectors `[m k]`.
        words: of the world `[a k]`; their mean is what all texts share.
        near: how familiar each text is `[m]`, in [-1, 1].

    Returns:
        `[n m 6]`, in the order of EVIDENCE.

    Raises:
        ShapeError: where texts are of another width than the embedding, or their familiarity is of other texts.
    """
    if texts.ndim != 2 or texts.shape[1] != words.shape[1] or len(near) != len(texts):
        raise ShapeError(f"Expected texts [m {words.shape[1]}] and [m], got {list(texts.shape)} and {list(near.shape)}.")
    anatomy, seen, mean = view.anatomy, view.seen, words.mean(0)
    whole = view.kept("whole", lambda: F.normalize(seen.embedding, dim=-1))
    rivals = view.kept("rivals", lambda: rule.whole.z(whole @ words.T, words).topk(min(RIVALS, len(words)), -1).values.mean(-1))
    cosine = rule.whole.z(whole @ texts.T, texts)
    rows = view.kept("token rows", lambda: view.written()[:, anatomy.extra :] * per_image(seen, True))
    pulled = pull_back(anatomy, texts - mean)
    says = view.kept("spoken", lambda: F.normalize(project(anatomy, seen.last)[:, anatomy.extra :], dim=-1))
    maps = [rule.tokens.z(_peak(rows @ pulled.T), pulled), rule.patches.z(_peak(says @ (texts - mean).T), texts - mean)]
    vote = votes(rule.vote, view, vote_texts(texts - mean, near), whole)
    return torch.stack([cosine, cosine - rivals[:, None], *maps, vote, near.expand_as(vote)], -1)


def _peak(values: Tensor) -> Tensor:
    """The brightest patches' mean: `[n t m]` to `[n m]`."""
    return values.topk(min(PEAK, values.shape[1]), 1).values.mean(1)


def vote_texts(texts: Tensor, near: Tensor) -> Tensor:
    """Texts less their mean `[m k]` and their familiarity `[m]` as the vote reads them: `[m k+1]`."""
    return torch.cat([TEXT_SCALE * texts, NEAR_SCALE * (near[:, None] - NEAR_MIDDLE)], 1)


def votes(vote: dict[str, Tensor], view: View, texts: Tensor, whole: Tensor) -> Tensor:
    """The learned vote for texts `[m k+1]` in pictures with embeddings `[n k]`: `[n m]`; 0 where there is none."""
    if not vote:
        return texts.new_zeros(len(whole), len(texts))
    keys = view.kept("vote keys", lambda: keys_of(vote, view.seen.normed[-1][:, view.anatomy.extra :]))
    return vote_of(vote, texts, keys, whole)


def _linear(vote: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return F.linear(x, vote[name], vote[f"{name}_bias"])


def keys_of(vote: dict[str, Tensor], normed: Tensor) -> Tensor:
    """What patches `[n t d]` answer with: `[n t r]`."""
    return _linear(vote, "key", F.gelu(_linear(vote, "patch", normed)))


def vote_of(vote: dict[str, Tensor], texts: Tensor, keys: Tensor, whole: Tensor) -> Tensor:
    """The vote from texts `[m k+1]` as `vote_texts` gives them, keys `[n t r]` and embeddings `[n k]`: `[n m]`."""
    rank = keys.shape[-1]
    asked, given, level = _linear(vote, "asked", F.gelu(_linear(vote, "text", texts))).split([rank, rank, 1], -1)
    patches = (keys @ asked.T).logsumexp(1) - math.log(keys.shape[1])
    own = _linear(vote, "own", TEXT_SCALE * whole) @ given.T / rank**0.5
    return vote["scale"][0] + vote["scale"][1] * patches + vote["scale"][2] * own + level[:, 0]


@torch.no_grad()
def presence(rule: Rule, view: View, texts: Tensor, words: Tensor, near: Tensor) -> Tensor:
    """How probable it is that texts are in pictures at all: `[n m]` in [0, 1]; arguments and errors as of `evidence`."""
    return (evidence(rule, view, texts, words, near) @ rule.weights + rule.bias).sigmoid()


def rule_to_tensors(rule: Rule) -> dict[str, Tensor]:
    """For a safetensors file; covariances in half precision, scaled to their largest number."""
    found = {"weights": rule.weights, "line": torch.tensor([rule.bias, rule.threshold])}
    for name in ("whole", "tokens", "patches"):
        moments: Moments = getattr(rule, name)
        most = moments.covariance.abs().max()
        found |= {f"{name}.mean": moments.mean, f"{name}.most": most, f"{name}.covariance": (moments.covariance / most).half()}
    return found | {f"vote.{name}": tensor.half() for name, tensor in rule.vote.items()}


def rule_from_tensors(tensors: dict[str, Tensor]) -> Rule:
    """Back again."""

    def moments(name: str) -> Moments:
        return Moments(tensors[f"{name}.mean"], tensors[f"{name}.covariance"].float() * tensors[f"{name}.most"])

    bias, threshold = tensors["line"].tolist()
    vote = {name.removeprefix("vote."): tensor.float() for name, tensor in tensors.items() if name.startswith("vote.")}
    return Rule(moments("whole"), moments("tokens"), moments("patches"), tensors["weights"], bias, threshold, vote)
