"""Cells: several latents paint one picture, each in its share."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from core.foundations.records import Curve, Handle
from core.foundations.region import Region
from core.studio.playing import Cells, Step, play, still

SIDE = 8
HANDLE = Handle("h", "direction", "", "", "", (), 1.0, 1.0, 1.0, Curve((), (), ()))
LEFT = np.arange(SIDE)[None].repeat(SIDE, 0) < SIDE // 2


class Adding:
    """A handle adds its strength."""

    def act(self, handle: Handle, latent: Tensor, strength: float) -> Tensor:
        """Add."""
        return latent + strength


def soft(region: Region, before: Cells, moved: Cells) -> np.ndarray:
    """A rim of one column at a half."""
    share = region.allowed.astype(np.float32)
    share[:, 1:][share[:, 1:] < share[:, :-1]] = 0.5
    return share


def painted(cells: Cells) -> np.ndarray:
    """Every latent paints its own value."""
    return cells.shown(np.stack([np.full((SIDE, SIDE, 3), round(float(one.mean())), np.uint8) for one in cells.latents]))[0, ..., 0]


def test_a_soft_rim_is_painted_by_both() -> None:
    """Inside by the moved latent alone, outside by the other one, to the level."""
    steps = [Step(HANDLE, 100.0, Region.of(LEFT))]
    cells = play(torch.zeros(1, 1, 1), SIDE, steps, Adding(), soft)
    assert painted(cells)[0].tolist() == [100, 100, 100, 100, 50, 0, 0, 0] and np.allclose(cells.shares.sum(0), 1)
    assert cells.reached[0].tolist() == [True] * 5 + [False] * 3
    hard = play(torch.zeros(1, 1, 1), SIDE, steps, Adding())
    assert painted(hard)[0].tolist() == [100] * 4 + [0] * 4 and set(np.unique(hard.shares)) == {0.0, 1.0}


def test_a_seam_is_an_edge_that_only_the_mixing_makes() -> None:
    """None where the paintings are alike, where the picture has an edge there anyway, or where none share a pixel."""
    cells = play(torch.zeros(1, 1, 1), SIDE, [Step(HANDLE, 100.0, Region.of(LEFT))], Adding(), soft)
    flat = np.stack([np.full((SIDE, SIDE, 3), value, np.uint8) for value in (0, 102)])
    assert cells.seam(flat) == pytest.approx(0.4, abs=0.01)
    assert cells.seam(np.stack([flat[1], flat[1]])) == 0
    edged = flat // 2
    edged[:, :, 4:] += 200
    assert cells.seam(edged) == 0
    assert play(torch.zeros(1, 1, 1), SIDE, [Step(HANDLE, 100.0, Region.of(LEFT))], Adding()).seam(flat) == 0
    assert play(torch.zeros(1, 1, 1), SIDE, [], Adding()).seam(flat[:1]) == 0


def test_latents_that_are_nowhere_the_foremost_are_not_painted() -> None:
    """Two regions that meet at their rims take three latents, not four, and the shares are made up again."""
    steps = [Step(HANDLE, 100.0, Region.of(LEFT)), Step(HANDLE, 40.0, Region.of(LEFT[:, ::-1]))]
    cells = play(torch.zeros(1, 1, 1), SIDE, steps, Adding(), soft)
    assert sorted(cells.latents.flatten().tolist()) == [40.0, 100.0, 140.0] or len(cells.latents) == 2
    assert np.allclose(cells.shares.sum(0), 1) and painted(cells)[0, 0] == 100 and painted(cells)[0, -1] == 40


def test_a_region_that_may_grow_is_looked_at_though_it_holds_nothing_yet() -> None:
    """What an edit makes of its part is inside; one that cannot grow is passed over, and nothing is looked at."""
    nothing, looked = np.zeros((SIDE, SIDE), bool), list[Cells]()

    def grown(region: Region, before: Cells, moved: Cells) -> np.ndarray:
        looked.append(moved)
        return LEFT.astype(np.float32)

    cells = play(torch.zeros(1, 1, 1), SIDE, [Step(HANDLE, 9.0, Region.of(nothing, part="hat"))], Adding(), grown)
    assert painted(cells)[0].tolist() == [9] * 4 + [0] * 4 and looked[0].latents.flatten().tolist() == [9.0]
    cells = play(torch.zeros(1, 1, 1), SIDE, [Step(HANDLE, 9.0, Region.of(nothing))], Adding(), grown)
    assert len(looked) == 1 and not painted(cells).any() and not cells.reached.any()


def test_in_a_hurry_nothing_is_looked_at() -> None:
    """A region is what was drawn of it, and everything where nothing was drawn of it yet; on fewer pixels the shares are the same."""
    nothing, half = np.zeros((SIDE, SIDE), bool), Region.of(LEFT, "the hair", part="hair")
    steps = still([Step(HANDLE, 1.0, half), Step(HANDLE, 2.0, Region.of(nothing, part="hat")), Step(HANDLE, 3.0)])
    assert [step.within for step in steps] == [Region.of(LEFT, "the hair"), None, None]
    cells = play(torch.zeros(1, 1, 1), SIDE, [Step(HANDLE, 100.0, half)], Adding(), soft).smaller(4)
    assert cells.shares.shape == (2, 4, 4) and cells.reached.shape == (4, 4)
    assert cells.shown(np.stack([np.full((4, 4, 3), value, np.uint8) for value in (0, 100)]))[0, 0, :, 0].tolist() == [100, 100, 0, 0]


def test_a_rim_on_a_rim_needs_no_latent_of_its_own() -> None:
    """Of two parts that meet, the few pixels that both share are painted as the larger one is; a region drawn by hand stays exact."""
    narrow = np.zeros((SIDE, SIDE), bool)
    narrow[0, 0] = True

    def within(region: Region, before: Cells, moved: Cells) -> np.ndarray:
        return np.where(region.mask, 1.0, 0.0).astype(np.float32)

    def latents(part: str) -> list[float]:
        right = LEFT[:, ::-1] | narrow  # the second part touches the first one in one pixel of 33
        steps = [Step(HANDLE, 100.0, Region.of(LEFT, part=part)), Step(HANDLE, 40.0, Region.of(right, part=part and "hair"))]
        return sorted(play(torch.zeros(1, 1, 1), SIDE, steps, Adding(), within).latents.flatten().tolist())

    assert latents("") == [40.0, 100.0, 140.0] and latents("face") == [40.0, 100.0]


def test_larger_parts_come_first() -> None:
    """Whatever was asked for first: where the smaller part is, is seen in what the larger one became."""
    met: list[tuple[str, float]] = []

    def within(region: Region, before: Cells, moved: Cells) -> np.ndarray:
        met.append((region.part, float(before.latents.max())))
        return region.mask.astype(np.float32)

    steps = [Step(HANDLE, 40.0, Region.of(LEFT, part="hair")), Step(HANDLE, 100.0, Region.of(np.ones_like(LEFT), part="person"))]
    play(torch.zeros(1, 1, 1), SIDE, steps, Adding(), within)
    assert met == [("person", 0.0), ("hair", 100.0)]
