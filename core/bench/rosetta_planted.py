"""A rare unit that two models share, planted: found by the exact correlation, missed by the estimator of the paper's authors.

Two models see the same images. Every unit fires on 2 % of them, a smooth spot somewhere on an otherwise blank map; one unit of each is
the other's with a little noise, all others fire on images of their own. It counts as found where the two are each other's
nearest, and nearer than any two units that have nothing to do with each other.

The authors' estimator, written plainly from their code (reference.md, section 3): the mean over batches of the cosine of the maps, less
the data's mean and over a spread that is the root of the mean variance within batches.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from core.foundations.maps import resized
from core.foundations.seeds import torch_rng
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_matches import MatchSettings, mine
from core.methods.relate.rosetta_sums import RosettaSettings

SHARE, UNITS, SIDE, BATCH = 0.02, 31, 16, 10
"""How often a unit fires, units of a model, places of a map both ways, and images of the authors' batches."""


class Outcome(NamedTuple):
    """Shares of the plantings in which the pair was found."""

    ours: float
    authors: float
    concepts: float
    strangers: float


def spots(count: int, units: int, side: int, share: float, rng: torch.Generator) -> Tensor:
    """Maps `[n u h w]` that are blank on most images: on a share of them, at least one, a smooth spot somewhere."""
    images = torch.rand(count, units, generator=rng).argsort(0) < max(1, round(share * count))
    places = torch.rand(count, units, 2, 1, generator=rng) * side
    grid = torch.arange(side) + 0.5
    down, across = (torch.exp(-((grid - places[:, :, axis]) ** 2) / side) for axis in range(2))
    return images[:, :, None, None] * down[..., :, None] * across[..., None, :] * 4


def authors(x: Tensor, y: Tensor, batch: int) -> Tensor:
    """The authors' estimator, `[u v]` of maps `[n u h w]` and `[n v h w]`; each batch is divided by its own lengths."""
    size = max(x.shape[2], y.shape[2]), max(x.shape[3], y.shape[3])
    rows = []
    for maps in (x, y):
        flat = resized(maps.double(), size).flatten(2)
        variance = torch.stack([part.var((0, 2)) for part in flat.split(batch)]).mean(0)
        rows.append((flat - flat.mean((0, 2))[:, None]) / variance.sqrt()[:, None])
    cosines = []
    for one, other in zip(rows[0].split(batch), rows[1].split(batch), strict=True):
        first, second = (part.transpose(0, 1).flatten(1) for part in (one, other))
        cosines.append((first / first.norm(dim=1, keepdim=True)) @ (second / second.norm(dim=1, keepdim=True)).T)
    return torch.stack(cosines).mean(0)


def planted(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Maps `[n u h w]` of two models; unit 0 is shared."""
    rng = torch_rng("rosetta planted", seed)
    x, y = (spots(count, UNITS, SIDE, SHARE, rng) for _ in range(2))
    x[:, 0] = y[:, 0] + 0.02 * torch.randn(y[:, 0].shape, generator=rng)
    return x, y


def stands_out(table: Tensor) -> bool:
    """Whether units 0 are each other's nearest, and nearer than any two others."""
    return int(table[0].argmax()) == 0 == int(table[:, 0].argmax()) and bool(table[0, 0] > table[1:, 1:].max())


def run_planted(quick: bool) -> Outcome:
    """Twenty plantings, or five, in 100 images each."""
    found = []
    for seed in range(5 if quick else 20):
        x, y = planted(100, seed)
        rosetta = Rosetta("hub", RosettaSettings(most=SIDE, shuffles=15)).add({"hub": {"a": x}, "other": {"a": y}}).finish()
        theirs = authors(x, y, BATCH)
        concepts = mine(rosetta, MatchSettings(buddies=2)).concepts
        only = [(one.hub.unit.channel, one.best["other"].unit.channel) for one in concepts] == [(0, 0)]
        found.append((stands_out(rosetta.correlations("other")), stands_out(theirs), only, float(theirs[1:, 1:].median())))
    return Outcome(*torch.tensor(found, dtype=torch.float64).mean(0).tolist())
