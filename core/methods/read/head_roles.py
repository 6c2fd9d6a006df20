"""What a head is about: how well attributes can be read from it, and what its own texts say.

    read:     R2 = 1 - |Y - X W|^2 / |Y - mean Y|^2 on pictures held out,  W = argmin |Y - X W|^2 + ridge |W|^2
    texts:    kappa_g = (share of the explained variance that texts about g carry - their share of the pool)
                        / (1 - their share of the pool)

papers/inner_workings_thesis.md, section 2.4 and table 2.2, names heads by hand ("we manually annotated the role of each
head"). Here no one looks and no truth is asked: Y is what the whole model says of a picture along the directions in
which texts about g differ, so that a head is named after the question whose answer can best be had from it alone. What
stands out among its TextSpan texts joins the name: many heads know the ground, few know the glasses besides. Where the
truth is known, the same R2 with the truth as Y judges the names. Kappa, after Cohen (1960), is 0 where a head's texts
are what the pool would give anyhow and 1 where all are about one thing. Greedy picks carry unequal variance, so few of
them may decide: a share must lie well above what as many random texts reach.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from core.foundations.errors import SettingError, ShapeError
from core.foundations.records import MIXED
from core.foundations.statistics import NormalEquations
from core.methods.read.text_span import Span


@dataclass
class RoleSums:
    """What a regression of attributes on heads' outputs needs of the pictures, seen once and then forgotten.

    Attributes:
        heads: a, how many.
        width: d, of a head's values, its own or in the joint space.
        attributes: for each the number of its columns.
        equations: per head, of a 1 and the values against all columns.
        squares: sum of the squared columns `[p]`.
    """

    heads: int
    width: int
    attributes: dict[str, int]
    equations: list[NormalEquations] = field(init=False)
    squares: Tensor = field(init=False)

    def __post_init__(self) -> None:
        """Start from nothing."""
        columns = sum(self.attributes.values())
        self.equations = [NormalEquations(1 + self.width, columns) for _ in range(self.heads)]
        self.squares = torch.zeros(columns, dtype=torch.float64)

    def add(self, values: Tensor, attributes: Mapping[str, Tensor]) -> RoleSums:
        """Take in outputs `[n a d]` and, for every attribute, one-hots or values `[n p]`; ShapeError where they do not fit."""
        if values.ndim != 3 or values.shape[1:] != (self.heads, self.width):
            raise ShapeError(f"Expected outputs [n a d] of {self.heads} heads of width {self.width}, got {tuple(values.shape)}.")
        given = {name: tuple(attributes[name].shape) for name in self.attributes if name in attributes}
        wanted = {name: (len(values), columns) for name, columns in self.attributes.items()}
        if given != wanted:
            raise ShapeError(f"Expected attributes of the shapes {wanted}, got {given}.")
        y = torch.cat([attributes[name].to("cpu", torch.float64) for name in self.attributes], 1)
        self.squares += y.square().sum(0)
        ones = values.new_ones(len(values), 1)
        for head, equations in enumerate(self.equations):
            equations.add(torch.cat([ones, values[:, head].detach()], 1), y)
        return self

    def merge(self, other: RoleSums) -> RoleSums:
        """Take in what another accumulator saw of the same heads and attributes."""
        if (self.heads, self.width, self.attributes) != (other.heads, other.width, other.attributes):
            raise ShapeError("Only sums over the same heads and attributes can be merged.")
        self.squares += other.squares
        for mine, theirs in zip(self.equations, other.equations, strict=True):
            mine.merge(theirs)
        return self


@dataclass(frozen=True)
class RoleScores:
    """How well attributes can be read from heads, linearly.

    Attributes:
        attributes: their names.
        r2: on held-out pictures `[a g]`; 1 is perfect, 0 no better than their mean, and it can fall below.
    """

    attributes: tuple[str, ...]
    r2: Tensor

    @property
    def roles(self) -> tuple[str, ...]:
        """For each head the attribute that is read best."""
        return tuple(self.attributes[best] for best in self.r2.argmax(1).tolist())


def role_scores(fitted: RoleSums, held: RoleSums, ridge: float = 1e-3) -> RoleScores:
    """Held-out R2 of every attribute on every head, by ridge regression from sums alone.

    With the weights W of the fitted side, |Y - X W|^2 = Y^T Y - 2 W^T X^T Y + W^T X^T X W on the held-out side.
    One-hots of many classes span more directions than a narrow head has, which bounds their R2: an attribute that is to be
    compared with others is better given by fewer columns, such as its classes' text embeddings along their first axes.

    Args:
        fitted: sums over the pictures that the weights come from.
        held: sums over other pictures.
        ridge: in units of a head's mean variance, 0 or more; 1e-3 leaves what matters and tames what does not vary.

    Raises:
        ShapeError: where the two sides differ in heads or attributes, or one is empty.
        SettingError: where the ridge is negative.
    """
    if ridge < 0:
        raise SettingError(f"A ridge is 0 or more, got {ridge}.")
    if (fitted.heads, fitted.width, fitted.attributes) != (held.heads, held.width, held.attributes):
        raise ShapeError("Both sides must be sums over the same heads and attributes.")
    if not all(equations.count for side in (fitted, held) for equations in side.equations):
        raise ShapeError("Each side needs at least one picture.")
    rows = [_r2(fit, test, held.squares, fitted.attributes, ridge) for fit, test in zip(fitted.equations, held.equations, strict=True)]
    return RoleScores(tuple(fitted.attributes), torch.stack(rows))


def _r2(fit: NormalEquations, test: NormalEquations, squares: Tensor, attributes: dict[str, int], ridge: float) -> Tensor:
    """One head's R2 for every attribute `[g]`."""
    weights = _ridge_weights(fit, ridge)
    error = squares - 2 * (weights * test.cross).sum(0) + (weights * (test.gram @ weights)).sum(0)
    spread = squares - test.cross[0].square() / test.count
    error, spread, whole = (torch.stack([p.sum() for p in part.split(list(attributes.values()))]) for part in (error, spread, squares))
    # An attribute that does not vary is not read from anything.
    return torch.where(spread > 1e-9 * whole, 1 - error / spread.clamp_min(torch.finfo(torch.float64).tiny), 0)


def _ridge_weights(sums: NormalEquations, ridge: float) -> Tensor:
    """Weights `[1+d p]`, whose first row is the intercept, which is not penalised."""
    mean, target = sums.gram[0, 1:] / sums.count, sums.cross[0] / sums.count
    gram = sums.gram[1:, 1:] / sums.count - torch.outer(mean, mean)
    cross = sums.cross[1:] / sums.count - torch.outer(mean, target)
    weight = (ridge + 1e-12) * gram.diagonal().mean() + torch.finfo(torch.float64).tiny
    slopes = torch.linalg.solve(gram + weight * torch.eye(len(gram), dtype=torch.float64), cross)
    return torch.cat([(target - mean @ slopes)[None], slopes])


@dataclass(frozen=True)
class RoleSettings:
    """When an attribute stands out among a head's texts."""

    first: int = 20
    """Picks that count; later ones fill up what is left and say little."""
    least: float = 0.2
    """Kappa below which a head is mixed, in [0, 1]."""
    luck: float = 2.0
    """Standard deviations above the share that as many random texts would carry."""
    second: float = 0.5
    """A second attribute joins the name if its kappa is at least this share of the first's, in (0, 1]."""
    readable: float = 0.2
    """R2 below which nothing is read from a head, in [0, 1]."""

    def __post_init__(self) -> None:
        """SettingError where a number is outside its bounds."""
        bounded = 0 <= self.least <= 1 and 0 < self.second <= 1 and 0 <= self.readable <= 1
        if self.first < 1 or self.luck < 0 or not bounded:
            raise SettingError(f"Picks are 1 or more, kappa, R2 and the second's share lie in [0, 1], luck is 0 or more; given {self}.")


@dataclass(frozen=True)
class HeadRole:
    """What a head seems to be about.

    Attributes:
        name: one attribute, or two joined by "and", the stronger first; "mixed" where none stands out.
        attributes: the same apart; empty where mixed.
        confidence: R2 or kappa of the first, in [0, 1]; of the best that did not suffice where mixed.
        shares: for every tag of the pool the share of the explained variance that its texts carry, in [0, 1].
    """

    name: str
    attributes: tuple[str, ...]
    confidence: float
    shares: dict[str, float]


def reading_axes(texts: Tensor, count: int = 8) -> Tensor:
    """The directions in which texts about one thing differ `[k c]`, each as long as they spread along it; at most `count`.

    Args:
        texts: unit vectors `[m k]`, m of 2 or more.
    """
    if texts.ndim != 2 or len(texts) < 2:
        raise ShapeError(f"Directions lie between two texts [m k] or more, got {tuple(texts.shape)}.")
    centred = (texts - texts.mean(0)).double()
    _, sizes, axes = torch.linalg.svd(centred, full_matrices=False)
    return axes[:count].T * sizes[:count]


def role_from_readings(scores: RoleScores, texts: Sequence[HeadRole], settings: RoleSettings | None = None) -> tuple[HeadRole, ...]:
    """Every head's role: what is read best from it, joined by what stands out among its texts where that is something else.

    Args:
        scores: how well the whole model's answers are read from the head, for every attribute.
        texts: the roles that its texts alone suggest, of the same heads.

    Raises:
        ShapeError: where there are not as many of one as of the other.
    """
    settings = settings or RoleSettings()
    if len(texts) != len(scores.r2):
        raise ShapeError(f"Scores and texts must be of the same heads, got {len(scores.r2)} and {len(texts)}.")
    found = []
    for read, r2, of_texts in zip(scores.roles, scores.r2.amax(1).tolist(), texts, strict=True):
        confidence = min(max(r2, 0.0), 1.0)
        if confidence < settings.readable:
            found.append(HeadRole(MIXED, (), confidence, of_texts.shares))
            continue
        names = (read, *(name for name in of_texts.attributes[:1] if name != read))
        found.append(HeadRole(" and ".join(names), names, confidence, of_texts.shares))
    return tuple(found)


def role_from_texts(span: Span, tags: Sequence[str], settings: RoleSettings | None = None) -> tuple[HeadRole, ...]:
    """Every head's role from the texts that TextSpan picked for it, without any truth (thesis table 2.2, by hand there).

    Args:
        span: over a heads.
        tags: for every text of the pool what it is about, such as "head", "colour", "count", "place"; m of them.
        settings: when something stands out.

    Raises:
        ShapeError: where the picks point outside the tags.
    """
    settings = settings or RoleSettings()
    if not tags or int(span.picks.max()) >= len(tags):
        raise ShapeError(
            f"The picks reach text {int(span.picks.max())}, but there are {len(tags)} tags; give one for every text of the pool."
        )
    names = tuple(sorted(set(tags)))
    numbers = torch.tensor([names.index(tag) for tag in tags])
    pool = torch.bincount(numbers, minlength=len(names)).double() / len(tags)
    picks = span.picks[:, : settings.first]
    gains = (span.gains[:, : settings.first] * (picks >= 0)).double()
    weights = gains / gains.sum(1, keepdim=True).clamp_min(1e-12)
    shares = weights.new_zeros(len(picks), len(names)).scatter_add_(1, numbers[picks.clamp_min(0)], weights)
    kappas = (shares - pool) / (1 - pool).clamp_min(1e-12)
    # The share of random texts under the same weights: its variance is that of one text times the weights' squares.
    luck = settings.luck * (pool * (1 - pool) * weights.square().sum(1, keepdim=True)).sqrt()
    stands = (kappas >= settings.least) & (shares - pool > luck)
    return tuple(_role(names, *rows, settings.second) for rows in zip(shares.tolist(), kappas.tolist(), stands.tolist(), strict=True))


def _role(names: tuple[str, ...], shares: list[float], kappas: list[float], stands: list[bool], second: float) -> HeadRole:
    """One head's role."""
    ranked = sorted(range(len(names)), key=lambda g: -kappas[g])
    first = next((g for g in ranked if stands[g]), None)
    by_name = dict(zip(names, shares, strict=True))
    if first is None:
        return HeadRole(MIXED, (), min(max(kappas[ranked[0]], 0.0), 1.0), by_name)
    others = [g for g in ranked if g != first and stands[g] and kappas[g] >= second * kappas[first]]
    attributes = tuple(names[g] for g in (first, *others[:1]))
    return HeadRole(" and ".join(attributes), attributes, min(kappas[first], 1.0), by_name)
