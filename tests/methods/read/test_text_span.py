"""TextSpan from mean and covariance: the picks of the paper's own loop, bounded, and blind to what it should not see."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from core.bench.scenes import cost_text_span
from core.foundations.errors import LayerError, SettingError, ShapeError
from core.methods.read.decompose import DecomposeSettings, decompose
from core.methods.read.text_span import HeadMoments, HeadSpace, Span, TextSpanSettings, head_maps, own_values, text_span
from core.models.anatomy import anatomy_of, see
from tests.methods.read.slow_text_span import text_span_plain
from tests.models.tiny_towers import KINDS, SIDE

HEADS, OWN, JOINT, IMAGES, TEXTS = 3, 10, 24, 300, 120


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


MAPS = noise(HEADS, OWN, JOINT, seed=1)
OWN_VALUES = noise(IMAGES, HEADS, OWN, seed=2) * torch.linspace(2, 0.2, OWN) + 1
VALUES = torch.einsum("nad,adk->nak", OWN_VALUES, MAPS)
POOL = F.normalize(noise(TEXTS, JOINT, seed=3) + 0.5, dim=1)
SPACE = HeadSpace.of(MAPS)
SCORINGS = {"unit": TextSpanSettings(14), "paper": TextSpanSettings(14, "paper", OWN)}


def moments(values: Tensor = VALUES, space: HeadSpace | None = SPACE) -> HeadMoments:
    return HeadMoments(values.shape[1], values.shape[2], space).add(values)


def test_moments_by_hand() -> None:
    """Two images of one head in two dimensions."""
    sums = HeadMoments(1, 2).add(torch.tensor([[[1.0, 2]], [[3.0, 8]]]))
    assert sums.count == 2 and sums.mean.tolist() == [[2, 5]] and sums.covariance.tolist() == [[[1, 3], [3, 9]]]


def test_streaming_is_one_shot_and_merged_is_whole() -> None:
    """Batch by batch, merged from two, and all at once; in the space, and from the heads' own values."""
    whole, streamed, left, right = (HeadMoments(HEADS, JOINT, SPACE) for _ in range(4))
    whole.add(VALUES)
    for part in VALUES.split(70):
        streamed.add(part)
    left.add_own(OWN_VALUES[:111]).merge(right.add(VALUES[111:])).merge(HeadMoments(HEADS, JOINT, SPACE))
    for other in (streamed, left):
        assert other.count == IMAGES
        assert torch.allclose(other.mean, whole.mean) and torch.allclose(other.scatter, whole.scatter)


def test_space_is_orthonormal_and_loses_nothing() -> None:
    """Coordinates turned back are the outputs; so are their moments."""
    assert torch.allclose(SPACE.basis @ SPACE.basis.transpose(1, 2), torch.eye(OWN, dtype=torch.float64).expand(HEADS, -1, -1), atol=1e-12)
    assert torch.allclose(SPACE.lift @ SPACE.basis, MAPS)
    inside, outside = moments(), moments(space=None)
    assert torch.allclose(inside.joint_mean(), VALUES.mean(0)) and torch.allclose(outside.joint_mean(), VALUES.mean(0))
    assert torch.allclose(SPACE.basis.transpose(1, 2) @ inside.covariance @ SPACE.basis, outside.covariance)
    assert inside.megabytes < outside.megabytes


@pytest.mark.parametrize("scoring", SCORINGS)
@pytest.mark.parametrize("space", [SPACE, None], ids=["space", "joint"])
def test_picks_are_those_of_the_plain_loop(scoring: str, space: HeadSpace | None) -> None:
    """At the true rank, head by head; the same reconstruction and the same explained variance."""
    settings, unit = SCORINGS[scoring], scoring == "unit"
    span = text_span(moments(space=space), POOL, settings)
    rebuilt, five = span.project(VALUES), span.project(VALUES, picks=5)
    for head in range(HEADS):
        slow = text_span_plain(VALUES[:, head], POOL, OWN, OWN, unit, centred=unit)
        assert span.picks[head].tolist() == slow[0] + [-1] * 4
        assert torch.allclose(rebuilt[:, head], slow[1], atol=1e-8)
        picks, slow_five, explained = text_span_plain(VALUES[:, head], POOL, 5, OWN, unit, centred=unit)
        assert torch.allclose(five[:, head], slow_five, atol=1e-9) and span.explained[head, 4] == pytest.approx(explained, abs=1e-9)


@pytest.mark.parametrize("scoring", SCORINGS)
def test_explained_variance_is_monotone_bounded_and_ends_at_one(scoring: str) -> None:
    """Never above as many principal directions; all of it at the rank."""
    span = text_span(moments(), POOL, SCORINGS[scoring])
    assert span.rank.tolist() == [OWN] * HEADS and (span.gains >= 0).all()
    assert (span.explained <= span.bound + 1e-12).all() and (span.explained[:, OWN - 1 :] > 1 - 1e-6).all()
    spectrum = torch.linalg.eigvalsh(torch.cov(VALUES[:, 0].T, correction=0)).flip(0)
    assert torch.allclose(span.bound[0, :OWN], spectrum.cumsum(0)[:OWN] / spectrum.sum())
    assert torch.allclose(span.variance, VALUES.var(0, correction=0).sum(1))


def test_directions_stand_at_right_angles() -> None:
    """Of length 1 up to the rank and 0 behind; no text twice; the reconstruction differs from row to row and starts at the mean."""
    span = text_span(moments(), POOL, SCORINGS["unit"])
    gram = span.directions @ span.directions.transpose(1, 2)
    assert torch.allclose(gram, torch.diag((torch.arange(14) < OWN).double()).expand(HEADS, -1, -1), atol=1e-10)
    assert all(len(set(picks)) == OWN for picks in span.picks[:, :OWN].tolist())
    assert span.project(VALUES, 3).std(0).min() > 0 and torch.allclose(span.project(VALUES, 3).mean(0), VALUES.mean(0))


def test_unit_scoring_explains_more_than_the_papers() -> None:
    """That is what it is for."""
    unit, paper = (text_span(moments(), POOL, settings).explained[:, 3].mean() for settings in SCORINGS.values())
    assert unit > paper


def planted() -> tuple[Tensor, Tensor, Span]:
    """A head that writes along text 7, and less along text 30, among small noise."""
    weights = noise(400, 2, seed=5) * torch.tensor([3.0, 1.5])
    values = weights @ POOL[[7, 30]] + 0.05 * noise(400, JOINT, seed=6) + 4
    return values, weights, text_span(moments(values[:, None], None), POOL, TextSpanSettings(4))


def test_planted_attributes_are_picked_first() -> None:
    """In the order of their variance, and two picks explain nearly all."""
    span = planted()[2]
    assert span.picks[0, :2].tolist() == [7, 30] and span.explained[0, 1] > 0.95


def test_order_of_images_and_a_constant_do_not_matter() -> None:
    """Shuffled rows and a shifted head give the same picks."""
    values, _, span = planted()
    shuffled = values[torch.randperm(400, generator=torch.Generator().manual_seed(0))]
    for other in (shuffled, values + 7 * POOL[50]):
        again = text_span(moments(other[:, None], None), POOL, TextSpanSettings(4))
        assert torch.equal(again.picks, span.picks) and torch.allclose(again.explained, span.explained)


def test_lengths_of_texts_matter_to_the_papers_scoring_alone() -> None:
    """Unit scoring gives the same picks for rescaled texts."""
    scaled = POOL * torch.linspace(0.2, 5, TEXTS)[:, None]
    unit, paper = ([text_span(moments(), pool, s).picks for pool in (POOL, scaled)] for s in SCORINGS.values())
    assert torch.equal(*unit) and not torch.equal(*paper)


def test_rank_is_the_spectrums_under_single_precision() -> None:
    """Rounding of float32 adds no direction and changes no pick, though it fills the joint space."""
    exact = text_span(moments(space=None), POOL, SCORINGS["unit"])
    rounded = text_span(moments(VALUES.float(), None), POOL.float(), SCORINGS["unit"])
    assert rounded.rank.tolist() == [OWN] * HEADS and torch.equal(rounded.picks, exact.picks)
    assert text_span(moments(), POOL, TextSpanSettings(14, rank=4)).rank.tolist() == [4] * HEADS
    assert text_span(moments(), POOL, TextSpanSettings(14, "paper")).rank.tolist() == [OWN] * HEADS


def test_many_heads_are_as_one() -> None:
    """More than a chunk holds, of different ranks: the same as each alone."""
    values = noise(200, 19, 12, seed=8)
    values[:, 4, 5:], values[:, 11] = 0, 1
    pool = noise(50, 12, seed=9)
    together = text_span(moments(values, None), pool, TextSpanSettings(12))
    assert together.rank[[3, 4, 11]].tolist() == [12, 5, 0] and (together.picks[11] == -1).all()
    assert not together.explained[11].any()
    for head in (0, 4, 7, 8, 18):
        alone = text_span(moments(values[:, head : head + 1], None), pool, TextSpanSettings(12))
        assert torch.equal(alone.picks[0], together.picks[head])


def test_a_small_pool_ends_early() -> None:
    """Fewer texts than directions: all are picked once, and what they span is explained."""
    span = text_span(moments(), POOL[:4], TextSpanSettings(8))
    assert sorted(span.picks[0, :4].tolist()) == [0, 1, 2, 3] and (span.picks[:, 4:] == -1).all()
    assert (span.explained[:, 3:] == span.explained[:, 3:4]).all() and span.explained[0, 3] < 1


@pytest.mark.parametrize("kind", KINDS)
def test_own_values_are_the_heads_terms(kind: str) -> None:
    """Through the maps they are the decomposition's terms, on every family of towers; so are their moments."""
    tower = KINDS[kind]()
    anatomy = anatomy_of(tower)
    seen = see(tower, torch.randn(12, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0)), anatomy)
    heads = [(2, 1), (1, 3), (2, 0)]
    own, maps = own_values(seen, anatomy, heads, unit=True), head_maps(anatomy, heads)
    terms = decompose(seen, anatomy, DecomposeSettings(unit=True)).attention
    terms = torch.stack([terms[:, layer, head] for layer, head in heads], 1)
    assert torch.allclose(torch.einsum("nad,adk->nak", own, maps), terms, atol=1e-5)
    space = HeadSpace.of(maps)
    inside, joint = HeadMoments(3, terms.shape[2], space).add_own(own), HeadMoments(3, terms.shape[2], space).add(terms)
    assert torch.allclose(inside.scatter, joint.scatter, atol=1e-5) and torch.allclose(inside.mean, joint.mean, atol=1e-5)
    with pytest.raises(LayerError, match="no layer and head"):
        head_maps(anatomy, [(0, 4)])


def test_cost_is_measured_on_the_same_picks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The benchmark's two ways agree, and its figures are there."""
    small = cost_text_span.Shape(3, 8, 32, 100, 60, 8, 40, plain_heads=2, plain_picks=4)
    monkeypatch.setattr(cost_text_span, "QUICK", small)
    found = cost_text_span.text_span_cost(quick=True)
    assert found["textspan_same_picks"] == found["textspan_own_same_picks"] == 1
    assert found["textspan_speedup"] > 0 and found["textspan_mb"] >= 0 and found["settings"]["plain_heads"] == 2


def test_what_does_not_fit_is_refused() -> None:
    """Other heads, other widths, outputs outside the space, too few images, settings outside their bounds."""
    with pytest.raises(ShapeError, match="of 3 heads"):
        HeadMoments(HEADS, JOINT).add(VALUES[:, :2])
    with pytest.raises(ShapeError, match="outside the heads' space"):
        moments(VALUES + 1)
    with pytest.raises(ShapeError, match="given a HeadSpace"):
        HeadMoments(HEADS, JOINT).add_own(OWN_VALUES)
    with pytest.raises(ShapeError, match="own values"):
        HeadMoments(HEADS, JOINT, SPACE).add_own(VALUES)
    with pytest.raises(ShapeError, match="The space is of"):
        HeadMoments(HEADS + 1, JOINT, SPACE)
    with pytest.raises(ShapeError, match="same heads"):
        moments().merge(moments(space=None))
    with pytest.raises(ShapeError, match="one matrix per head"):
        HeadSpace.of(MAPS[0])
    with pytest.raises(ShapeError, match="two images"):
        text_span(moments(VALUES[:1]), POOL)
    with pytest.raises(ShapeError, match="k = 24"):
        text_span(moments(), POOL[:, :5])
    with pytest.raises(ShapeError, match=r"\[a k\]"):
        text_span(moments(), POOL).project(VALUES[:, 0])
    for wrong in ({"picks": 0}, {"scoring": "best"}, {"rank": 0}, {"noise": 1.0}):
        with pytest.raises(SettingError):
            TextSpanSettings(**wrong)
