"""What tells whether a text is in a picture at all, for any CLIP: learned from pictures and words alone, with no truth about either.

    s(I, t) = sum_e f_e(I, t) / r_e       the evidence f of core.methods.read.presence, each kind in units of its spread r over all pairs
    p(I, t) = sigmoid(g (s - q) / r)      q what one pair in ten exceeds, r the spread of s

Hardly any word of a long pool is in a given picture, so that all words held against all pictures are, nearly all, pairs that do not belong
together: their scores say what a text reaches by chance. Each kind of evidence weighs the same, because nobody says which one is right;
familiarity, which is no evidence of a picture, is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from core.methods.read.presence import EVIDENCE, Moments, Rule, evidence
from core.methods.read.segment_view import View
from core.models.clip import Clip

CHANCE = 0.1
"""Share of the pairs by chance that are called present."""
WEIGHTS = (1.0, 1.0, 1.0, 1.0, 0.0, 0.0)
"""Of EVIDENCE, in units of each kind's spread."""
GAIN = 2.0
"""How steeply a probability goes from absent to present, for each spread of the scores."""
STILL = 1e-6
"""Evidence that is spread less says nothing."""
MOST_WORDS = 400
"""Words that are held against every picture."""


@dataclass
class Gathered:
    """Sums of rows of pictures, for moments."""

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


def blank_rule(clip: Clip) -> Rule:
    """A rule that knows nothing yet."""
    anatomy, device = clip.anatomy, clip.mean.device
    joint, width = (Moments(torch.zeros(size, device=device), torch.eye(size, device=device)) for size in (anatomy.joint, anatomy.width))
    return Rule(joint, width, joint, torch.zeros(len(EVIDENCE), device=device), 0.0)


@torch.no_grad()
def moments_of(clip: Clip, batches: Iterable[Tensor], words: Tensor) -> Rule:
    """A rule that knows the moments of pictures `[n 3 h w]`, and nothing else yet."""
    found, blank = Gathered(), blank_rule(clip)
    for images in batches:
        view = View(clip, images)
        evidence(blank, view, words[:1], words, torch.ones(1, device=words.device))  # its rows are what the rule will read
        found.add("whole", view.kept("whole", lambda: words))
        for name, key in (("tokens", "token rows"), ("patches", "spoken")):
            found.add(name, view.kept(key, lambda: words).flatten(0, 1))
    return Rule(found.moments("whole"), found.moments("tokens"), found.moments("patches"), blank.weights, blank.bias)


@torch.no_grad()
def by_chance(clip: Clip, pictures: Callable[[], Iterable[Tensor]], words: Tensor, near: Tensor) -> Rule:
    """A rule whose threshold is what texts reach by chance.

    Args:
        clip: any whose tower can be taken apart.
        pictures: batches `[n 3 h w]` in [0, 1], the same each time; they are looked at twice.
        words: the pool `[m k]`, unit vectors on the model's device.
        near: how familiar each is `[m]`.

    Returns:
        `core.methods.read.presence.Rule`, of threshold 0.5 and without a vote.
    """
    rule = moments_of(clip, pictures(), words)
    some = torch.linspace(0, len(words) - 1, min(MOST_WORDS, len(words)), device=words.device).long()
    found = torch.cat([evidence(rule, View(clip, images), words[some], words, near[some]) for images in pictures()]).flatten(0, 1)
    apart = found.std(0)
    weights = torch.where(apart > STILL, torch.tensor(WEIGHTS).to(found) / apart.clamp(min=STILL), torch.zeros_like(apart))
    scores = found @ weights
    spread, cut = float(scores.std().clamp(min=STILL)), float(scores.sort().values[int((1 - CHANCE) * (len(scores) - 1))])
    return replace(rule, weights=GAIN * weights / spread, bias=-GAIN * cut / spread)
