"""How good masks are, exactly as Chefer et al. score them (arXiv:2012.09838; shared/reference.md, section 6).

    pixel accuracy = sum correct / sum labelled, over the whole set
    mIoU           = (IoU_background + IoU_foreground) / 2, each = sum of intersections / sum of unions, over the whole set
    mAP            = mean over images of the average precision of 2 h w items: [1 - r, r] against the one-hot truth

r is the heat, scaled in each image from its least to its largest value; foreground is r above its mean; a constant
heat names nothing and ranks nothing. Pixels of truth -1 do not count. From each image only four counts and its
precision are kept, so that a run adds up from parts, and an interval can be drawn from the images afterwards.

mIoU is not acc / (2 - acc), which is what one gets by counting both classes in one intersection, as a later
program does (shared/reference.md, section 6).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import torch
from torch import Tensor

from core.foundations.errors import ShapeError

IGNORED = -1
"""The truth of pixels that do not count."""

BLIND = ("all foreground", "nothing", "centre prior", "spot in the middle")
"""Rows of what does not look at the picture."""

LEVELS = 4096
"""How finely the ceiling tells shares of foreground apart."""


@dataclass(frozen=True)
class Figures:
    """Three scores in [0, 1]: pixel accuracy, mean intersection over union, mean average precision."""

    pixel_acc: float
    miou: float
    map: float

    def as_dict(self) -> dict[str, float]:
        """Under the names that benchmarks write."""
        return asdict(self)


@dataclass(frozen=True)
class Band:
    """Between what and what each figure lies."""

    low: Figures
    high: Figures


def scale_heat(heat: Tensor) -> Tensor:
    """Each map from its least value to its largest.

    Args:
        heat: `[n h w]`, any range; what is no number counts as the least.

    Returns:
        `[n h w]` float64 in [0, 1]; 0 everywhere where the map is constant.
    """
    heat = heat.detach().double()
    known = torch.where(heat.isfinite(), heat, torch.full_like(heat, torch.inf))
    low = known.amin((1, 2), keepdim=True)
    low = torch.where(low.isfinite(), low, torch.zeros_like(low))
    heat = torch.where(heat.isfinite(), heat, low) - low
    high = heat.amax((1, 2), keepdim=True)
    return torch.where(high > 0, heat / torch.where(high > 0, high, 1), torch.zeros_like(heat))


def average_precision(scores: Tensor, hits: Tensor) -> float:
    """Area under the precision-recall curve as a sum over distinct scores, ties taken together.

    Args:
        scores: `[n]`, higher is surer.
        hits: `[n]` bool.

    Returns:
        In [0, 1]; NaN where there is no hit. As in scikit-learn's average_precision_score.
    """
    scores, order = scores.sort(descending=True)
    ends = torch.cat([(scores[1:] != scores[:-1]).nonzero()[:, 0], torch.tensor([len(scores) - 1], device=scores.device)])
    found = hits[order].double().cumsum(0)[ends]
    precision = found / (ends + 1)
    return float((found.diff(prepend=found.new_zeros(1)) * precision).sum() / found[-1])


def image_precision(r: Tensor, truth: Tensor) -> float:
    """Average precision of one map `[h w]` in [0, 1] and its truth `[h w]`, both classes' items in one ranking."""
    labelled = truth != IGNORED
    if not labelled.any():
        return float("nan")
    r, said = r[labelled].double(), truth[labelled] == 1
    return average_precision(torch.cat([1 - r, r]), torch.cat([~said, said]))


def confusion(masks: Tensor, truth: Tensor) -> Tensor:
    """Labelled pixels by truth and by what is said.

    Args:
        masks: `[n h w]` bool.
        truth: `[n h w]`, 1 foreground, 0 background, -1 ignored.

    Returns:
        `[n 4]` float64: background said background, background said foreground, foreground said background,
        foreground said foreground.
    """
    pairs = [(truth == t) & (masks == s) for t in (0, 1) for s in (False, True)]
    return torch.stack([p.sum((1, 2)) for p in pairs], 1).double()


def figures_from(counts: Tensor, precision: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The three figures of summed counts `[... 4]` and a mean precision `[...]`; a class that nobody has or says counts as 1."""
    bb, bf, fb, ff = counts.unbind(-1)
    unions = (bb + bf + fb, ff + bf + fb)
    overlap = [torch.where(u > 0, i / u.clamp(min=1), torch.ones_like(u)) for i, u in zip((bb, ff), unions, strict=True)]
    return (bb + ff) / counts.sum(-1), (overlap[0] + overlap[1]) / 2, precision


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean `[...]` over images of `[n]` under `[... n]`, without those that are no number."""
    known = values.isfinite()
    return weights[..., known] @ values[known] / weights[..., known].sum(-1)


@dataclass
class MaskScores:
    """Scores of many images, added batch by batch; two of these can be merged.

    Attributes:
        rows: for each batch `[n 5]` float64: the four counts of `confusion`, and the image's average precision.
    """

    rows: list[Tensor] = field(default_factory=list)

    def add(self, heat: Tensor, truth: Tensor, masks: Tensor | None = None, scaled: bool = True) -> MaskScores:
        """Take in a batch.

        Args:
            heat: `[n h w]`, any range.
            truth: `[n h w]`, 1 foreground, 0 background, -1 ignored; or bool.
            masks: `[n h w]` bool, what is said to be foreground; the scaled heat above its mean where None.
            scaled: whether each map is scaled to [0, 1] first; False where it is in [0, 1] already and means shares.

        Raises:
            ShapeError: where the maps and the truth do not have the same axes.
        """
        if heat.ndim != 3 or heat.shape != truth.shape or (masks is not None and masks.shape != truth.shape):
            shapes = [tuple(t.shape) for t in (heat, truth, masks) if t is not None]
            raise ShapeError(f"Heat, truth and masks need the same axes [n h w], got {shapes}. Bring them to one size first.")
        r = scale_heat(heat) if scaled else heat.detach().double()
        truth = truth.to(r.device, torch.int8)
        masks = r > r.mean((1, 2), keepdim=True) if masks is None else masks.to(r.device)
        precision = torch.tensor([image_precision(a, t) for a, t in zip(r, truth, strict=True)], dtype=torch.float64)
        if scaled:  # a constant map ranks nothing: of its items, all tied, half are hits
            precision[((r.amax((1, 2)) == 0).cpu()) & precision.isfinite()] = 0.5
        self.rows.append(torch.cat([confusion(masks, truth).cpu(), precision[:, None]], 1))
        return self

    def merge(self, other: MaskScores) -> MaskScores:
        """Take in what another run scored."""
        self.rows += other.rows
        return self

    @property
    def table(self) -> Tensor:
        """All images `[n 5]`."""
        return torch.cat(self.rows) if self.rows else torch.zeros(0, 5, dtype=torch.float64)

    @property
    def figures(self) -> Figures:
        """Over all images; ShapeError where nothing with a labelled pixel was added."""
        table = self._table()
        values = figures_from(table[:, :4].sum(0), _mean(table[:, 4], torch.ones(len(table), dtype=torch.float64)))
        return Figures(*(float(v) for v in values))

    def band(self, level: float = 0.95, draws: int = 1000, seed: int = 0) -> Band:
        """Percentile bootstrap over images (Efron, 1979): images are drawn again with replacement, and all is scored anew.

        Args:
            level: how much of the draws lies between low and high.
            draws: how many times the images are drawn.
            seed: of the draws.
        """
        table, rng = self._table(), torch.Generator().manual_seed(seed)
        chosen = torch.randint(len(table), (draws, len(table)), generator=rng)
        weights = torch.zeros(draws, len(table), dtype=torch.float64).scatter_add_(1, chosen, torch.ones(chosen.shape, dtype=torch.float64))
        values = torch.stack(figures_from(weights @ table[:, :4], _mean(table[:, 4], weights)))
        low, high = (torch.nanquantile(values, q, 1).tolist() for q in ((1 - level) / 2, (1 + level) / 2))
        return Band(Figures(*low), Figures(*high))

    def _table(self) -> Tensor:
        table = self.table
        if table[:, :4].sum() == 0:
            raise ShapeError("No labelled pixel was scored. Add maps with a truth of 0 and 1 first.")
        return table


def cells_of(size: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """Which patch each pixel lies in: `[h w]` int64 below gh gw, for a size `h w` and a grid `gh gw`."""
    rows, columns = (torch.arange(s) * g // s for s, g in zip(size, grid, strict=True))
    return rows[:, None] * grid[1] + columns


@dataclass
class Ceiling:
    """The best that any heat can score which has one value for each patch.

    The best value of a patch is its share of foreground: it ranks best, and for each of the other two figures
    the best mask takes all patches whose share lies above one threshold, which is searched for over the whole set.

    Attributes:
        grid: patches per axis, gh gw.
        counts: labelled background and foreground pixels of patches of each share `[2 LEVELS+1]`.
        precisions: each image's average precision.
    """

    grid: tuple[int, int]
    counts: Tensor = field(default_factory=lambda: torch.zeros(2, LEVELS + 1, dtype=torch.float64))
    precisions: list[float] = field(default_factory=list)

    def add(self, truth: Tensor) -> Ceiling:
        """Take in truths `[n h w]`, 1 foreground, 0 background, -1 ignored; or bool."""
        truth = truth.detach().cpu().to(torch.int8)
        cell = cells_of((truth.shape[1], truth.shape[2]), self.grid)
        kinds = torch.zeros(2, len(truth), self.grid[0] * self.grid[1], dtype=torch.float64)
        for kind in (0, 1):
            kinds[kind].index_add_(1, cell.flatten(), (truth == kind).flatten(1).double())
        share = kinds[1] / kinds.sum(0).clamp(min=1)
        level = (share * LEVELS).round().long().flatten()
        for kind in (0, 1):
            self.counts[kind].index_add_(0, level, kinds[kind].flatten())
        self.precisions += [image_precision(r, t) for r, t in zip(share[:, cell], truth, strict=True)]
        return self

    def merge(self, other: Ceiling) -> Ceiling:
        """Take in what another run saw on the same grid."""
        self.counts += other.counts
        self.precisions += other.precisions
        return self

    @property
    def figures(self) -> Figures:
        """Each figure at its own best threshold."""
        above = torch.nn.functional.pad(self.counts.flip(1).cumsum(1).flip(1), (0, 1))
        total = self.counts.sum(1, keepdim=True)
        counts = torch.stack([(total - above)[0], above[0], (total - above)[1], above[1]], 1)
        precision = torch.tensor(self.precisions, dtype=torch.float64).nanmean()
        accuracy, overlap, _ = figures_from(counts, precision)
        return Figures(float(accuracy.max()), float(overlap.max()), float(precision))


def centre_prior(size: tuple[int, int]) -> Tensor:
    """A heat `[h w]` in [0, 1] that falls with the distance from the middle and looks at nothing: a floor."""
    rows, columns = (torch.linspace(-1, 1, s) if s > 1 else torch.zeros(1) for s in size)
    distance = (rows[:, None] ** 2 + columns**2).sqrt()
    return 1 - distance / distance.max().clamp(min=1e-9)


def middle_spot(size: tuple[int, int]) -> Tensor:
    """A block `[h w]` bool in the middle, a sixteenth of each side and one pixel at least: a floor where things are small."""
    sides = [max(1, s // 16) for s in size]
    rows, columns = (slice((s - side) // 2, (s - side) // 2 + side) for s, side in zip(size, sides, strict=True))
    spot = torch.zeros(size, dtype=torch.bool)
    spot[rows, columns] = True
    return spot


@dataclass
class Floors:
    """What can be had without looking at the picture, and the most that the patches allow.

    Where things are small, `nothing` has nearly every pixel right, and so does `spot`, which ranks nearly all items right too:
    both classes' items stand in one ranking. Where they are large, `everything` and `centre` are the higher floors.

    Attributes:
        everything: all is said to be foreground.
        nothing: all is said to be background; the heat is constant and ranks nothing.
        centre: `centre_prior`, at its mean as every method.
        spot: `middle_spot`, as heat and as mask.
        ceiling: of the patch grid.
    """

    grid: tuple[int, int]
    everything: MaskScores = field(default_factory=MaskScores)
    nothing: MaskScores = field(default_factory=MaskScores)
    centre: MaskScores = field(default_factory=MaskScores)
    spot: MaskScores = field(default_factory=MaskScores)
    ceiling: Ceiling = field(init=False)

    def __post_init__(self) -> None:
        """The ceiling stands on the grid."""
        self.ceiling = Ceiling(self.grid)

    def add(self, truth: Tensor) -> Floors:
        """Take in truths `[n h w]`, 1 foreground, 0 background, -1 ignored; or bool."""
        size, same, everywhere = (truth.shape[1], truth.shape[2]), torch.zeros(truth.shape), torch.ones(truth.shape, dtype=torch.bool)
        spot = middle_spot(size).expand(truth.shape)
        self.everything.add(same, truth, everywhere)
        self.nothing.add(same, truth, ~everywhere)
        self.centre.add(centre_prior(size).expand(truth.shape), truth)
        self.spot.add(spot, truth, spot)
        self.ceiling.add(truth)
        return self

    def merge(self, other: Floors) -> Floors:
        """Take in what another run saw on the same grid."""
        for name, scores in self.named.items():
            scores.merge(other.named[name])
        self.ceiling.merge(other.ceiling)
        return self

    @property
    def named(self) -> dict[str, MaskScores]:
        """The floors by the names of `BLIND`."""
        return dict(zip(BLIND, (self.everything, self.nothing, self.centre, self.spot), strict=True))

    @property
    def best(self) -> Figures:
        """Each figure of the floor that is highest in it."""
        each = [scores.figures.as_dict() for scores in self.named.values()]
        return Figures(**{key: max(row[key] for row in each) for key in each[0]})

    def rows(self) -> dict[str, dict[str, float]]:
        """For a benchmark's table: each floor, then "patch-grid ceiling"."""
        rows = {name: scores.figures.as_dict() for name, scores in self.named.items()}
        return rows | {"patch-grid ceiling": self.ceiling.figures.as_dict()}


def leakage(masks: Tensor, others: Tensor) -> Tensor:
    """Share of what was not asked for that a mask takes in all the same.

    Args:
        masks: `[n h w]` bool, what is said to be foreground.
        others: `[n h w]` bool, the other things' pixels.

    Returns:
        `[n]` in [0, 1]; NaN where there is nothing else.
    """
    return (masks & others).sum((1, 2)).double() / others.sum((1, 2)).double()
