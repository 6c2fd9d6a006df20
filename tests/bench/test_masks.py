"""Mask scores by hand, against scikit-learn, and what has to stay the same whatever the scale, the batch or the order."""

from __future__ import annotations

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score

from core.bench.masks import BLIND, Ceiling, Figures, Floors, MaskScores, average_precision, centre_prior, leakage, middle_spot, scale_heat
from core.bench.scenes import segment
from core.bench.scenes.truth import Questions
from core.foundations.errors import ShapeError
from tests.methods.read.slow_segment import COLOURS, painted, planted_clip


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
    assert rows["nothing"] == pytest.approx({"pixel_acc": 1 - share, "miou": (1 - share) / 2, "map": 0.5})
    assert list(rows) == [*BLIND, "patch-grid ceiling"]
    assert all(rows["patch-grid ceiling"][k] >= rows["centre prior"][k] - 1e-9 for k in ("pixel_acc", "miou"))
    prior = centre_prior((5, 7))
    assert prior[2, 3] == prior.max() == 1 and prior[0, 0] == prior.min() == 0 and torch.equal(prior, prior.flip(0, 1))


def block(side: int, top: int, left: int, size: int) -> torch.Tensor:
    """A truth `[1 side side]` of one square."""
    truth = torch.zeros(1, side, side, dtype=torch.long)
    truth[:, top : top + size, left : left + size] = 1
    return truth


def test_spot_lies_in_the_middle() -> None:
    """A sixteenth of each side, and one pixel at least."""
    assert torch.equal(middle_spot((64, 64)), block(64, 30, 30, 4)[0] > 0)
    assert middle_spot((5, 7)).nonzero().tolist() == [[2, 3]]
    assert middle_spot((32, 16)).nonzero().tolist() == [[15, 7], [16, 7]]


def test_blind_floors_of_a_small_thing_by_hand() -> None:
    """A truth of 1/16 of the picture around the spot, which is 1/16 of the truth; both classes' items in one ranking."""
    truth = block(64, 24, 24, 16)
    rows = Floors((8, 8)).add(truth).rows()
    assert rows["nothing"] == {"pixel_acc": 15 / 16, "miou": 15 / 32, "map": 0.5}
    right = (15 * 256 + 16) / 4096  # all background and the spot; 240 pixels of the thing are missed
    spot = rows["spot in the middle"]
    assert spot["pixel_acc"] == right and spot["miou"] == pytest.approx((3840 / 4080 + 16 / 256) / 2)
    # 4096 items at 1, the right ones hits; 4096 at 0, the hits among them the missed pixels' foreground.
    assert spot["map"] == pytest.approx(right * right + (1 - right) / 2) and spot["map"] > 0.91


def test_spot_is_right_where_the_truth_is_and_wrong_beside_it() -> None:
    """All figures 1 where the two coincide; beside it the thing is missed and the spot too much, over the whole set."""
    on, beside = block(64, 30, 30, 4), block(64, 0, 0, 4)
    assert Floors((8, 8)).add(on).rows()["spot in the middle"] == {"pixel_acc": 1, "miou": 1, "map": 1}
    both = Floors((8, 8)).add(on).merge(Floors((8, 8)).add(beside))
    spot = both.rows()["spot in the middle"]
    assert spot["pixel_acc"] == 1 - 32 / 8192 and spot["miou"] == pytest.approx((8144 / 8176 + 16 / 48) / 2)
    wrong = 32 / 4096
    assert spot["map"] == pytest.approx((1 + (1 - wrong) ** 2 + wrong / 2) / 2)


def test_best_of_the_floors() -> None:
    """Each figure from the floor that is highest in it, and never from the ceiling."""
    floors = Floors((8, 8)).add(block(64, 0, 0, 16).bool())
    rows = floors.rows()
    assert floors.best == Figures(15 / 16, rows["nothing"]["miou"], rows["spot in the middle"]["map"])
    assert rows["patch-grid ceiling"] == {"pixel_acc": 1, "miou": 1, "map": 1}
    most = Floors((8, 8)).add(1 - block(64, 0, 0, 16))
    assert most.best.pixel_acc == 15 / 16 == most.rows()["all foreground"]["pixel_acc"]


def test_figures_of_the_segment_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Red squares in blue pictures on a planted tower: the floors beside our own method, and exactly the agreed figures."""
    pictures, truth = painted((8, 16, 8, 24))
    images = (pictures.permute(0, 2, 3, 1).numpy() * 255).astype(np.uint8)
    clip = planted_clip()
    clip.texts = lambda texts: COLOURS[:1].expand(len(texts), -1)
    questions = Questions(images, ["red"], ["body"], truth.numpy() > 0, truth.numpy() == 0)
    names = ("studio", "tokens", "chefer", "attention")
    monkeypatch.setattr(segment, "METHODS", {name: segment.METHODS[name] for name in names})
    monkeypatch.setattr(segment, "request_ms", lambda sight, asked: 7.0)
    monkeypatch.setattr(segment, "Sight", lambda *parts: None)
    monkeypatch.setattr(segment, "load_clip", lambda _: clip)
    monkeypatch.setattr(segment, "load_lenses", lambda _: SimpleNamespace(texts=COLOURS, directions=None))
    monkeypatch.setattr(segment, "ask", lambda *_, held_out: questions)
    told = {"presence_auc": 0.99, "absent_called_present": 0.01, "present_called_absent": 0.02}
    monkeypatch.setattr(segment, "presences", lambda *_, held_out: SimpleNamespace(about=None))
    monkeypatch.setattr(segment, "questions_of", lambda *_: None)
    monkeypatch.setattr(segment, "presence_rows", lambda *_: {"presence": told})
    found = segment.run(quick=True)
    keys = ("pixel_acc", "miou", "map")
    agreed = [*keys, *(f"best_other_{k}" for k in keys), *(f"floor_{k}" for k in keys), "ceiling_miou"]
    assert set(found.figures) == {*agreed, *told, "request_p50_ms"}
    rivals = ["tokens", "chefer", "chefer, words against it", "attention"]
    assert {name for name in found.baselines if name.split(",")[0] in names[1:]} == {
        *rivals, *(f"{name}, cut as ours" for name in rivals), "tokens, named by the model"
    }  # fmt: skip
    for key in keys:
        several = [row[key] for name, row in found.baselines.items() if name.split(", cut")[0] in rivals]
        assert found.figures[f"best_other_{key}"] == max(several)
    assert all(found.figures[f"floor_{k}"] == max(found.baselines[name][k] for name in BLIND) for k in keys)
    assert found.baselines["nothing"]["pixel_acc"] == 7 / 8 <= found.figures["floor_pixel_acc"] and found.figures["ceiling_miou"] == 1


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
