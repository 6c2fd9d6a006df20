"""The judge of sprites: the same as comparing everything, on collections that the renderer makes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.bench.dsprites import judge as sprite_judge
from core.bench.dsprites.judge import GROUP, SLACK, block_sums, collect, iou, nearest, search
from core.foundations.errors import ShapeError
from core.worlds.dsprites import official
from core.worlds.dsprites.factors import COUNTS, everything
from core.worlds.dsprites.render import draw


def made(count: int) -> tuple[np.ndarray, sprite_judge.Collection]:
    """Random pictures `[count 4096]`, near ones among them, as a collection."""
    rng = np.random.default_rng(0)
    sprites = rng.integers(0, COUNTS, (count, 5))
    sprites[: count // 2] = [0, 5, 3, 10, 10] + rng.integers(0, 3, (count // 2, 5)) * [1, 0, 1, 1, 1]
    pictures = draw(sprites).reshape(count, -1)
    bits = np.packbits(pictures, axis=1)
    return pictures.astype(float), collect(bits, block_sums(bits))


def asked(pictures: np.ndarray) -> np.ndarray:
    """Pictures as they are, softened, noisy, mixed, and no pictures at all `[n 4096]`."""
    rng = np.random.default_rng(1)
    noisy = np.clip(pictures[20:26] + rng.normal(0, 0.2, (6, 4096)), 0, 1)
    soft = np.stack([0.5 * one + 0.25 * np.roll(one, 1) + 0.25 * np.roll(one, 64) for one in pictures[10:16]])
    mixed = 0.6 * pictures[30:34] + 0.4 * pictures[-4:]
    return np.concatenate([pictures[-3:], noisy, soft, mixed, rng.random((2, 4096)), np.zeros((1, 4096)), np.ones((1, 4096))])


@pytest.mark.parametrize("start", [1, 3])
def test_the_answer_is_that_of_comparing_everything(monkeypatch: pytest.MonkeyPatch, start: int):
    monkeypatch.setattr(sprite_judge, "BLOCK", 4 * GROUP)
    monkeypatch.setattr(sprite_judge, "BATCH", 5)
    monkeypatch.setattr(sprite_judge, "START", start)
    pictures, among = made(14 * GROUP + 5)
    ink = asked(pictures)
    true = ((ink[:, None] - pictures) ** 2).sum(2)
    places, distance = search(ink, among)
    assert distance == pytest.approx(true.min(1))
    assert true[np.arange(len(ink)), places] == pytest.approx(true.min(1))


def test_bounds_are_bounds():
    pictures, among = made(3 * GROUP)
    ink = asked(pictures)
    groups = sprite_judge._group_bounds(ink, among)
    true = ((ink[:, None] - pictures) ** 2).sum(2) - (ink**2).sum(1, keepdims=True)
    assert (groups <= true.reshape(len(ink), -1, GROUP).min(2) + SLACK).all()


def test_the_first_of_equals_wins():
    pictures = np.repeat(draw(np.array([[2, 3, 4, 5, 6]])).reshape(1, -1), 5, 0)
    bits = np.packbits(pictures, axis=1)
    places, distance = search(pictures[:1].astype(float), collect(bits, block_sums(bits)))
    assert places.tolist() == [0]
    assert distance.tolist() == [0]


def test_block_sums_by_hand():
    """A square of 20 x 20 pixels from 6 to 25: 2, 8, 8 and 2 pixels of its side lie in the first four blocks."""
    sums = block_sums(np.packbits(draw(np.array([[0, 5, 0, 0, 0]])).reshape(1, -1), axis=1)).reshape(8, 8)
    side = np.array([2, 8, 8, 2, 0, 0, 0, 0])
    assert (sums == side[:, None] * side).all()


@pytest.fixture
def small_official(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first 2,100 sprites stand for all official ones: tiny squares, turned by 0 to 2 steps."""
    bits = np.packbits(draw(everything()[:2100]).reshape(2100, -1), axis=1)
    among = collect(bits, block_sums(bits))
    monkeypatch.setattr(sprite_judge, "official_collection", lambda: among)
    monkeypatch.setattr(official, "pictures", lambda sprites: torch.from_numpy(draw(sprites))[:, None].float())


@pytest.mark.usefixtures("small_official")
def test_nearest_names_the_sprite():
    sprites = everything()[[0, 1, 777, 1500]].astype(int)
    ink = torch.from_numpy(draw(sprites)).float()
    ink[0, 60:, 60:] = 0.5  # sixteen pixels of a quarter each
    found = nearest(ink)
    assert (found.sprites == sprites).all()
    assert found.distance == pytest.approx([4, 0, 0, 0])
    assert (nearest(ink[:, None].numpy()).sprites == sprites).all()
    assert nearest(ink[:0]).sprites.shape == (0, 5)


@pytest.mark.usefixtures("small_official")
def test_what_is_not_a_number_counts_as_blank():
    """The nearest to a blank picture has the least ink: 9.6 pixels hold no fewer than 9 x 9 centres."""
    assert nearest(torch.full((1, 64, 64), torch.nan)).distance == pytest.approx([81])


@pytest.mark.usefixtures("small_official")
def test_iou_by_hand():
    """The square from 6 to 25 against its left half, and against itself with a row too much."""
    target = np.array([[0, 5, 0, 0, 0]] * 2)
    ink = draw(target).astype(float)
    ink[0, :, 16:] = 0.4
    ink[1, 26, 6:26] = 0.5
    assert iou(ink, target) == pytest.approx([0.5, 400 / 420])


@pytest.mark.usefixtures("small_official")
def test_iou_takes_the_best_rotation_that_counts_as_the_same():
    """A heart turned by half a turn is another picture, unless half turns are said to be the same."""
    target, turned = np.array([[2, 5, 3, 9, 9]]), np.array([[2, 5, 22, 9, 9]])
    ink = torch.from_numpy(draw(turned)).float()
    assert iou(ink, target)[0] < 0.8
    assert iou(ink, target, np.array([19.5]))[0] == 1


def test_other_sizes_are_refused():
    with pytest.raises(ShapeError, match="64 64"):
        nearest(np.zeros((2, 32, 32)))
