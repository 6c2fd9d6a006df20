"""Mask scores by hand, against scikit-learn, and what has to stay the same whatever the scale, the batch or the order."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from sklearn.metrics import average_precision_score

from core.bench.masks import Ceiling, Figures, Floors, MaskScores, average_precision, centre_prior, leakage, scale_heat
from core.foundations.errors import ShapeError


def drawn(count: int = 6, side: int = 12, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Heats with ties and truths with ignored pixels `[n h w]`."""
    rng = torch.Generator().manual_seed(seed)
    heat = (torch.rand(count, side, side, generator=rng, dtype=torch.float64) * 16).round() / 16
    return heat, torch.randint(-1, 2, (count, side, side), generator=rng)


def test_perfect_and_inverted() -> None:
    """Perfect is 1, 1, 1; inverted has no pixel right."""
    truth = drawn()[1].clamp(min=0)
    assert MaskScores().add(3 * truth.float() - 7, truth).figures == Figures(1, 1, 1)
    inverted = MaskScores().add(1 - truth.float(), truth).figures
    assert inverted.pixel_acc == 0 and inverted.miou == 0 and inverted.map == 0.5  # all ties


def test_by_hand() -> None:
    """Two small images; accuracy and unions are of all pixels together, precision is a mean over images."""
    heat = torch.tensor([[[0.0, 1.0], [0.2, 0.8]], [[0.0, 0.0], [0.0, 1.0]]])
    truth = torch.tensor([[[0, 1], [1, -1]], [[0, 0], [1, 1]]])
    scores = MaskScores().add(heat, truth)
    # First: mean 0.5, said [[0 1][0 1]], one foreground missed. Second: one foreground missed.
    assert scores.table[:, :4].tolist() == [[1, 0, 1, 1], [2, 0, 1, 1]]
    figures = scores.figures
    assert figures.pixel_acc == pytest.approx(5 / 7)
    assert figures.miou == pytest.approx((3 / 5 + 2 / 4) / 2)
    # First ranks two at 1 (right), 0.8 (the missed pixel's background, wrong), 0.2 (the same pixel's foreground, right).
    # Second ranks four items at 1, three of them right, and four at 0, one of them right.
    first, second = 2 / 3 * 1 + 1 / 3 * 3 / 4, 3 / 4 * 3 / 4 + 1 / 4 * 4 / 8
    assert figures.map == pytest.approx((first + second) / 2)


def test_precision_is_scikits() -> None:
    """With ties and ignored pixels, on all items of both classes."""
    heat, truth = drawn()
    found = MaskScores().add(heat, truth).table[:, 4]
    for r, t, value in zip(scale_heat(heat), truth, found, strict=True):
        r, t = r[t >= 0], t[t >= 0]
        expected = average_precision_score(torch.cat([t == 0, t == 1]).numpy(), torch.cat([1 - r, r]).numpy())
        assert float(value) == pytest.approx(expected, abs=1e-12)
    assert average_precision(torch.tensor([3.0, 2, 1]), torch.tensor([True, False, True])) == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_miou_is_not_a_function_of_accuracy() -> None:
    """Counting both classes in one intersection gives acc / (2 - acc); this does not."""
    heat, truth = drawn()
    truth = ((truth > 0) & (torch.arange(12) < 4)).long()  # uneven classes, on which the two differ plainly
    figures = MaskScores().add(heat, truth).figures
    assert abs(figures.miou - figures.pixel_acc / (2 - figures.pixel_acc)) > 0.02


@pytest.mark.parametrize("scale, shift", [(4.0, -8.0), (0.25, 2.0), (1024.0, 1.0)])
def test_scale_does_not_matter(scale: float, shift: float) -> None:
    """Positive affine maps of the heat leave every figure as it is."""
    heat, truth = drawn()
    one, other = (MaskScores().add(h, truth).figures for h in (heat, scale * heat + shift))
    assert all(a == pytest.approx(b, abs=1e-9) for a, b in zip(one.as_dict().values(), other.as_dict().values(), strict=True))


def test_batches_and_merging_do_not_matter() -> None:
    """One by one, in halves that are merged, or all at once."""
    heat, truth = drawn()
    whole, single = MaskScores().add(heat, truth), MaskScores()
    for i in range(6):
        single.add(heat[i : i + 1], truth[i : i + 1])
    halves = MaskScores().add(heat[:2], truth[:2]).merge(MaskScores().add(heat[2:], truth[2:]))
    assert torch.equal(whole.table, single.table) and whole.figures == single.figures == halves.figures


def test_constant_heat_is_defined() -> None:
    """It says background everywhere and ranks nothing; so does one without a single number in it."""
    truth = torch.tensor([[[0, 0], [0, 1]]])
    for heat in (torch.full((1, 2, 2), 5.0), torch.full((1, 2, 2), torch.nan)):
        figures = MaskScores().add(heat, truth).figures
        assert figures == Figures(0.75, 0.375, 0.5)
    holes = torch.tensor([[[torch.nan, 1.0], [2.0, 3.0]]])
    assert torch.equal(scale_heat(holes), torch.tensor([[[0, 0], [0.5, 1]]], dtype=torch.float64))


def test_ignored_pixels_do_not_count() -> None:
    """Whatever is said there; an image with nothing labelled is in no mean; a set with nothing labelled has no score."""
    heat, truth = drawn(2)
    ignored = torch.full_like(truth[:1], -1)
    scores = MaskScores().add(heat, truth)
    before = scores.figures
    assert scores.add(heat[:1], ignored).figures == before
    with pytest.raises(ShapeError, match="No labelled pixel"):
        MaskScores().add(heat[:1], ignored).figures  # noqa: B018
    with pytest.raises(ShapeError, match="same axes"):
        MaskScores().add(heat, truth[:, 1:])


def test_own_masks() -> None:
    """A mask that is given is scored in the place of the mean's."""
    heat, truth = drawn()
    truth = truth.clamp(min=0)
    scores = MaskScores().add(heat, truth, masks=truth > 0).figures
    assert scores.pixel_acc == 1 and scores.miou == 1 and scores.map < 1


def best_by_trial(truth: torch.Tensor, grid: tuple[int, int]) -> tuple[float, float]:
    """Accuracy and mIoU of the best of all masks that are constant in each patch."""
    best = []
    side = truth.shape[-1] // grid[0]
    for bits in itertools.product((False, True), repeat=grid[0] * grid[1]):
        mask = torch.tensor(bits).view(1, *grid).repeat_interleave(side, 1).repeat_interleave(side, 2)
        figures = MaskScores().add(mask.float(), truth, masks=mask).figures
        best.append((figures.pixel_acc, figures.miou))
    return max(a for a, _ in best), max(m for _, m in best)


@pytest.mark.parametrize("seed", range(4))
def test_ceiling_is_the_best_of_all_masks(seed: int) -> None:
    """Against trying every mask on a grid of 3 by 3."""
    truth = (torch.rand(1, 12, 12, generator=torch.Generator().manual_seed(seed)) < torch.linspace(0, 0.9, 12)).long()
    figures = Ceiling((3, 3)).add(truth).figures
    accuracy, overlap = best_by_trial(truth, (3, 3))
    assert figures.pixel_acc == pytest.approx(accuracy) and figures.miou == pytest.approx(overlap)
    rng = torch.Generator().manual_seed(seed)
    for _ in range(50):  # no other values rank better
        other = torch.rand(1, 3, 3, generator=rng).repeat_interleave(4, 1).repeat_interleave(4, 2)
        assert MaskScores().add(other, truth, scaled=False).figures.map <= figures.map + 1e-12


def test_ceiling_is_one_where_truth_lies_on_the_grid() -> None:
    """Patches of one kind each, some of them ignored, and grids that do not divide the size."""
    cells = torch.tensor([[0, 1, 1], [1, -1, 0]])
    truth = cells.repeat_interleave(4, 0).repeat_interleave(4, 1)[None]
    assert Ceiling((2, 3)).add(truth).merge(Ceiling((2, 3)).add(torch.zeros_like(truth))).figures == Figures(1, 1, 1)
    uneven = Ceiling((2, 2)).add(torch.ones(1, 5, 7, dtype=torch.bool))
    assert uneven.counts.sum() == 35


def test_floors() -> None:
    """All foreground has the share of foreground; the centre prior is largest in the middle and cut into a disc."""
    truth = drawn()[1].clamp(min=0)
    rows = Floors((3, 3)).add(truth[:3]).merge(Floors((3, 3)).add(truth[3:])).rows()
    share = float(truth.double().mean())
    assert rows["all foreground"]["pixel_acc"] == pytest.approx(share) and rows["all foreground"]["miou"] == pytest.approx(share / 2)
    assert rows["all foreground"]["map"] == 0.5
    assert all(rows["patch-grid ceiling"][k] >= rows["centre prior"][k] - 1e-9 for k in ("pixel_acc", "miou"))
    prior = centre_prior((5, 7))
    assert prior[2, 3] == prior.max() == 1 and prior[0, 0] == prior.min() == 0 and torch.equal(prior, prior.flip(0, 1))


def test_band_of_one_and_of_many() -> None:
    """It is empty for one image, holds the figures, narrows with more images, and is the same for the same seed."""
    heat, truth = drawn(64)
    one = MaskScores().add(heat[:1], truth[:1]).band(draws=50)
    assert one.low == one.high
    few, many = (MaskScores().add(heat[:n], truth[:n]) for n in (8, 64))
    bands = [scores.band(draws=300) for scores in (few, many)]
    for scores, band in zip((few, many), bands, strict=True):
        inside = zip(*(f.as_dict().values() for f in (band.low, scores.figures, band.high)), strict=True)
        assert all(low <= value <= high for low, value, high in inside)
    assert bands[1].high.miou - bands[1].low.miou < bands[0].high.miou - bands[0].low.miou
    assert many.band(draws=300) == bands[1]


def test_leakage() -> None:
    """Share of the others that is taken in; no number where there are none."""
    mask = torch.tensor([[[True, True], [False, False]]] * 2)
    others = torch.tensor([[[True, False], [True, False]], [[False, False], [False, False]]])
    found = leakage(mask, others)
    assert found[0] == 0.5 and math.isnan(found[1])
