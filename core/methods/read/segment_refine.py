"""What is done to maps afterwards: several into one, along the picture's colours, and where to cut.

    mixture   weighted mean of maps scaled to [0, 1]; their weighted geometric mean; or the mean of their ranks
    guided    q = mean(a) . I + mean(b), a = (cov(I) + e 1)^-1 cov(I, p), b = mean(p) - a . mean(I), in each window
              (He, Sun and Tang, "Guided image filtering", TPAMI 2013, section 3.5, Eq. 16 to 18: a colour guide)
    likeness  p_i' = sum_j softmax_j(cos(x_i, x_j) / T) p_j, over patches; the affinity of self-self attention
              (ClearCLIP, arXiv:2407.12442) on features of one's choice, applied to a map instead of to values
    cut       at the mean, at a number, or at Otsu's threshold (IEEE Trans. SMC 1979): most variance between both sides

The guided filter is a local linear model of the heat in the colours: where the picture has an edge, so may the heat
have. It stands in the place of a conditional random field, which needs a package, many iterations and more settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import SettingError, ShapeError

Mixture = Literal["sum", "product", "ranks"]
BINS = 256
"""How finely Otsu's threshold is searched for."""


def scaled(maps: Tensor) -> Tensor:
    """Each map `[... h w]` from its least value to its largest, in [0, 1]; 0 everywhere where it is constant."""
    low, high = maps.amin((-2, -1), keepdim=True), maps.amax((-2, -1), keepdim=True)
    width = high - low
    return torch.where(width > 0, (maps - low) / torch.where(width > 0, width, 1), torch.zeros_like(maps))


def ranks(maps: Tensor) -> Tensor:
    """Each value's share of values below it in its map `[... h w]`, ties in the middle, in [0, 1]."""
    flat = maps.flatten(-2).contiguous()
    order = flat.sort(-1).values
    below, upto = torch.searchsorted(order, flat), torch.searchsorted(order, flat, right=True)
    return ((below + upto - 1) / 2 / max(1, flat.shape[-1] - 1)).view(maps.shape).to(maps.dtype)


def mix(maps: Sequence[Tensor], weights: Sequence[float], how: Mixture) -> Tensor:
    """Several maps of the same things into one.

    Args:
        maps: each `[... h w]`, any range.
        weights: one for each, not negative, not all 0.
        how: "sum" where either may speak, "product" where both have to, "ranks" where their scales mean nothing.

    Returns:
        `[... h w]` in [0, 1].

    Raises:
        SettingError: where the weights do not fit.
    """
    if len(weights) != len(maps) or min(weights) < 0 or sum(weights) <= 0:
        raise SettingError(f"Each of the {len(maps)} maps needs a weight of 0 or more, and one above 0; got {list(weights)}.")
    shares = [weight / sum(weights) for weight in weights]
    if how == "product":
        # The small number keeps a place that one map puts at its least from being lost to all others.
        return torch.stack([share * (scaled(m) + 1e-3).log() for m, share in zip(maps, shares, strict=True)]).sum(0).exp()
    level = ranks if how == "ranks" else scaled
    return torch.stack([share * level(m) for m, share in zip(maps, shares, strict=True)]).sum(0)


class Guide:
    """The guided filter of one lot of pictures: what does not depend on the heat is worked out once.

    Args:
        guide: RGB `[n 3 h w]` in [0, 1].
        radius: of the window, in pixels; the window has 2 radius + 1 of them along each axis.
        eps: how much variance of colour counts as none, in squared units of [0, 1].

    Raises:
        SettingError: where the radius is below 1 or eps is not above 0.
    """

    def __init__(self, guide: Tensor, radius: int, eps: float) -> None:
        if radius < 1 or not eps > 0:
            raise SettingError(f"A guided filter needs a radius of at least 1 and an eps above 0, got {radius} and {eps}.")
        colours = guide if guide.dtype == torch.float64 else guide.float()
        self.colours = colours - colours.mean((2, 3), keepdim=True)  # so that variances do not drown in single precision
        self.rows, self.columns = (_windows(size, radius, colours) for size in guide.shape[-2:])
        self.mean = self._box(self.colours)
        cov = self._box(self.colours[:, :, None] * self.colours[:, None]) - self.mean[:, :, None] * self.mean[:, None]
        self.inverse = torch.linalg.inv(cov.permute(0, 3, 4, 1, 2) + eps * torch.eye(3).to(colours)).permute(0, 3, 4, 1, 2)

    def _box(self, x: Tensor) -> Tensor:
        return self.rows @ x @ self.columns.T  # two products cost less than running sums at the sizes that towers see

    def __call__(self, heat: Tensor) -> Tensor:
        """Bring a heat `[n m h w]` to the edges of the pictures; ShapeError where the sizes differ."""
        if heat.shape[-2:] != self.colours.shape[-2:] or len(heat) != len(self.colours):
            raise ShapeError(f"Heat {list(heat.shape)} and guide {list(self.colours.shape)} need the same n, h and w. Resize one of them.")
        heats = heat.to(self.colours)
        level = self._box(heats)
        cross = [self._box(self.colours[:, c, None] * heats) - self.mean[:, c, None] * level for c in range(3)]
        found, start = torch.zeros_like(heats), level
        for c in range(3):
            slope = sum(self.inverse[:, c, k, None] * cross[k] for k in range(3))
            found += self._box(slope) * self.colours[:, c, None]
            start = start - slope * self.mean[:, c, None]
        return (found + self._box(start)).to(heat.dtype)


def guided(heat: Tensor, guide: Tensor, radius: int, eps: float) -> Tensor:
    """Bring a heat to the edges of a picture, once; see `Guide`.

    Args:
        heat: `[n m h w]`.
        guide: RGB `[n 3 h w]` in [0, 1].
        radius: of the window, in pixels.
        eps: how much variance of colour counts as none.

    Returns:
        `[n m h w]`; a constant heat stays as it is.

    Raises:
        SettingError: where the radius is below 1 or eps is not above 0.
        ShapeError: where heat and guide have different sizes.
    """
    return Guide(guide.double() if heat.dtype == torch.float64 else guide, radius, eps)(heat)


def _windows(size: int, radius: int, like: Tensor) -> Tensor:
    """What a window around each place of an axis takes from every other `[size size]`; beyond the border nothing counts."""
    places = torch.arange(size, device=like.device)
    inside = ((places[:, None] - places).abs() <= radius).to(like.dtype)
    return inside / inside.sum(1, keepdim=True)


def spread_by_likeness(maps: Tensor, features: Tensor, temperature: float) -> Tensor:
    """Let patches share what they say with patches like them.

    Args:
        maps: `[n m gh gw]`.
        features: of the patches, `[n t d]`; what all patches of a picture have in common is taken out first.
        temperature: the smaller, the fewer patches count as like.

    Returns:
        `[n m gh gw]`; each value a weighted mean of the old ones.
    """
    x = F.normalize(features - features.mean(1, keepdim=True), dim=-1)
    shares = (x @ x.mT / temperature).softmax(-1)
    return (maps.flatten(2) @ shares.mT).view(maps.shape)


def otsu(heat: Tensor) -> Tensor:
    """The threshold that parts each map `[... h w]` in [0, 1] into two with the most variance between them: `[...]`."""
    flat = heat.flatten(-2).flatten(0, -2) if heat.ndim > 2 else heat.flatten()[None]
    bins = (flat * BINS).long().clamp(0, BINS - 1)
    counts = torch.zeros(len(flat), BINS, dtype=torch.float64, device=heat.device)
    counts.scatter_add_(1, bins, torch.ones_like(bins, dtype=torch.float64))
    middles = (torch.arange(BINS, dtype=torch.float64, device=heat.device) + 0.5) / BINS
    below, mass = counts.cumsum(1), (counts * middles).cumsum(1)
    total, moment = below[:, -1:], mass[:, -1:]
    between = (moment * below - mass * total) ** 2 / (below * (total - below)).clamp(min=1)
    # Between two clusters the variance is the same at every cut; the middle of these is the fairest.
    best = between >= between.amax(1, keepdim=True) * (1 - 1e-9)
    edges = torch.arange(1, BINS + 1, dtype=torch.float64, device=heat.device) / BINS
    return ((best * edges).sum(1) / best.sum(1)).to(heat.dtype).view(heat.shape[:-2])
