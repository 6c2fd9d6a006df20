"""Mixtures, ranks, the guided filter, likeness and Otsu's cut: by hand and against plain loops."""

from __future__ import annotations

import pytest
import torch

from core.foundations.errors import SettingError, ShapeError
from core.methods.read.segment_refine import BINS, guided, mix, otsu, ranks, scaled, spread_by_likeness

RNG = torch.Generator().manual_seed(0)


def test_scaled_and_ranks_by_hand() -> None:
    """Least is 0, largest is 1; ties share the middle rank; a constant map is 0, its ranks one half."""
    maps = torch.tensor([[[2.0, 4.0], [3.0, 3.0]], [[5.0, 5.0], [5.0, 5.0]]])
    assert scaled(maps).tolist() == [[[0, 1], [0.5, 0.5]], [[0, 0], [0, 0]]]
    assert ranks(maps).tolist() == [[[0, 1], [0.5, 0.5]], [[0.5, 0.5], [0.5, 0.5]]]
    assert torch.equal(ranks(maps), ranks(maps**3))


def test_mixtures() -> None:
    """One map is itself; "product" wants both, "sum" either; no map weighs less than nothing."""
    a, b = torch.tensor([[[0.0, 1, 1, 0]]]), torch.tensor([[[0.0, 0, 1, 1]]])
    assert torch.allclose(mix([3 * a - 1], [2.0], "sum"), a)
    assert mix([a, b], [1, 1], "sum").tolist() == [[[0, 0.5, 1, 0.5]]]
    both = mix([a, b], [1, 1], "product")[0, 0]
    assert both[2] == both.max() and both[2] > 10 * both[1] and both[1] == both[3] > both[0]
    assert torch.allclose(mix([a, b], [1, 3], "sum"), torch.tensor([[[0, 0.25, 1, 0.75]]]))
    assert torch.equal(mix([a, b], [1, 0], "ranks"), ranks(a))
    for weights in ([1.0], [0.0, 0.0], [-1.0, 2.0]):
        with pytest.raises(SettingError, match="weight"):
            mix([a, b], weights, "sum")


def guided_plain(heat: torch.Tensor, guide: torch.Tensor, radius: int, eps: float) -> torch.Tensor:
    """The guided filter window by window, for one heat `[h w]` and one picture `[3 h w]`."""
    height, width = heat.shape
    windows = {
        (y, x): (slice(max(0, y - radius), y + radius + 1), slice(max(0, x - radius), x + radius + 1))
        for y in range(height)
        for x in range(width)
    }
    lines = {}
    for place, (rows, columns) in windows.items():
        colours, p = guide[:, rows, columns].flatten(1), heat[rows, columns].flatten()
        mean = colours.mean(1)
        cov = colours @ colours.T / len(p) - torch.outer(mean, mean)
        slope = torch.linalg.inv(cov + eps * torch.eye(3, dtype=heat.dtype)) @ (colours @ p / len(p) - mean * p.mean())
        lines[place] = torch.cat([slope, (p.mean() - slope @ mean)[None]])
    out = torch.zeros_like(heat)
    for (y, x), (rows, columns) in windows.items():
        near = [lines[r, c] for r in range(height)[rows] for c in range(width)[columns]]
        line = torch.stack(near).mean(0)
        out[y, x] = line[:3] @ guide[:, y, x] + line[3]
    return out


def test_guided_filter_is_the_plain_one() -> None:
    """Window by window, at the borders too."""
    guide, heat = torch.rand(2, 3, 6, 7, generator=RNG, dtype=torch.float64), torch.rand(2, 2, 6, 7, generator=RNG, dtype=torch.float64)
    found = guided(heat, guide, 2, 0.01)
    for n in range(2):
        for m in range(2):
            assert torch.allclose(found[n, m], guided_plain(heat[n, m], guide[n], 2, 0.01))


def test_guided_filter_finds_the_edge() -> None:
    """A heat smeared over an edge of the picture comes back to it; a constant stays; a picture without edges only smooths."""
    guide = torch.zeros(1, 3, 16, 16)
    guide[..., 8:] = torch.tensor([1.0, 0.5, 0.0])[:, None, None]
    smeared = torch.linspace(0, 1, 16).expand(1, 1, 16, 16).clone()
    found = guided(smeared, guide, 4, 1e-4)
    across = found[0, 0, 8]
    assert across[8] - across[7] > 0.3 > 4 * (smeared[0, 0, 8, 8] - smeared[0, 0, 8, 7])
    same = torch.full((1, 1, 16, 16), 0.7)
    assert torch.allclose(guided(same, guide, 4, 1e-4), same, atol=1e-4)
    with pytest.raises(ShapeError, match="same n, h and w"):
        guided(smeared, guide[..., 1:], 4, 1e-4)
    with pytest.raises(SettingError, match="radius"):
        guided(smeared, guide, 0, 1e-4)


def test_likeness_shares_within_groups() -> None:
    """Two kinds of patches: what one says, all of its kind say, and the other kind does not hear it."""
    kinds = torch.tensor([[0, 0, 1, 1]])
    features = torch.nn.functional.one_hot(kinds, 2).double()
    maps = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]], dtype=torch.float64)
    assert torch.allclose(spread_by_likeness(maps, features, 0.01), torch.tensor([[[[0.5, 0.5], [0, 0]]]], dtype=torch.float64))
    assert torch.allclose(spread_by_likeness(maps, features, 1e6), torch.full_like(maps, 0.25), atol=1e-5)


def test_otsu_parts_two_clusters() -> None:
    """The cut lies in the gap, in its middle where all of it is as good; and is the best of all by trial."""
    heat = torch.tensor([[[0.1, 0.1, 0.12], [0.8, 0.85, 0.9]], [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]])
    cut = otsu(heat)
    assert cut.shape == (2,) and 0.3 < cut[0] < 0.7 and 0.4 < cut[1] < 0.6
    drawn = torch.rand(1, 20, 20, generator=RNG) ** 3
    bins = (drawn[0].flatten() * BINS).long()

    def between(k: int) -> float:
        low, high = drawn.flatten()[bins < k], drawn.flatten()[bins >= k]
        return len(low) * len(high) * float(low.mean() - high.mean()) ** 2 if len(low) and len(high) else 0.0

    best = max(between(k) for k in range(1, BINS))
    assert between(round(float(otsu(drawn)) * BINS)) > 0.999 * best
    assert otsu(drawn[0]).shape == ()


def test_guided_filter_in_single_precision() -> None:
    """Flat colours far from the picture's mean, a wide window: within a hundred-thousandth of double precision."""
    guide = torch.full((1, 3, 96, 96), 0.9)
    guide[..., 48:], guide[:, :, :10] = 0.1, 0.0
    heat = torch.rand(1, 3, 96, 96, generator=RNG)
    exact = guided(heat.double(), guide, 20, 1e-4)
    assert torch.allclose(guided(heat, guide, 20, 1e-4).double(), exact, atol=1e-5) and exact.std() > 1e-3
