"""Pictures of few colours whose parts are moved, by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from core.foundations.errors import ShapeError
from core.methods.write.rearrange import Move
from core.methods.write.repaint import Calming, Meant, calmed, loose, nearest_filled, parts_of, repainted, whole


def box(y: int, x: int, h: int, w: int, side: int = 8) -> Tensor:
    """Ones on noughts."""
    picture = torch.zeros(side, side, dtype=torch.long)
    picture[y : y + h, x : x + w] = 1
    return picture


def slowly(picture: Tensor) -> int:
    """How many connected parts there are, by walking through each."""
    left, found = {(y, x) for y in range(picture.shape[0]) for x in range(picture.shape[1])}, 0
    while left:
        found, edge = found + 1, [left.pop()]
        while edge:
            y, x = edge.pop()
            near = [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
            same = [at for at in near if at in left and picture[at] == picture[y, x]]
            left.difference_update(same)
            edge += same
    return found


@pytest.mark.parametrize("colours", [2, 3, 6])
def test_parts_are_those_that_one_can_walk_through(colours: int) -> None:
    picture = torch.randint(colours, (20, 15), generator=torch.Generator().manual_seed(colours))
    labels = parts_of(picture)
    assert int(labels.max()) + 1 == slowly(picture) and all(len(picture[labels == n].unique()) == 1 for n in range(int(labels.max()) + 1))
    with pytest.raises(ShapeError, match="h w"):
        parts_of(picture[None])


def test_loose_pixels_are_small_parts() -> None:
    picture = box(1, 1, 3, 3)
    picture[6, 6], picture[6, 1:3] = 2, 3
    assert loose(picture).nonzero().tolist() == [[6, 1], [6, 2], [6, 6]]


def test_a_part_is_wholly_in_or_out() -> None:
    picture = box(2, 2, 4, 4)
    assert torch.equal(whole(picture, box(1, 1, 4, 4) > 0), picture > 0), "nine of its sixteen places, seven of the ground's"
    speck = box(0, 0, 1, 1) > 0
    assert torch.equal(whole(picture, speck), speck), "none has half of it: the places themselves"


def test_a_hole_takes_what_is_nearest() -> None:
    picture = box(0, 4, 8, 4) + 2 * box(3, 2, 2, 4)
    filled = nearest_filled(picture, box(3, 2, 2, 4) > 0)
    assert torch.equal(filled, box(0, 4, 8, 4))
    assert nearest_filled(picture, torch.ones(8, 8, dtype=torch.bool)) is picture


def test_a_part_is_moved_copied_enlarged_and_removed() -> None:
    picture, region = box(2, 2, 2, 2), box(2, 2, 2, 2) > 0
    side = 1 / 8
    assert torch.equal(repainted(picture, Move((2 * side, -side)), region), box(1, 4, 2, 2))
    assert torch.equal(repainted(picture, Move((4 * side, 0), copy=True), region), box(2, 2, 2, 2) + box(2, 6, 2, 2))
    assert torch.equal(repainted(picture, Move((6 * side, 0)), region), torch.zeros_like(picture)), "out of the picture"
    assert torch.equal(repainted(picture, Move(zoom=2.0), region), box(1, 1, 4, 4))
    assert torch.equal(repainted(picture, Move(remove=True), region), torch.zeros_like(picture))
    assert torch.equal(repainted(picture, Move((side, 0))), box(2, 3, 2, 2)), "all of it"
    assert torch.equal(repainted(picture, Move(), region), picture)


def test_what_colours_cannot_tell_is_left_open() -> None:
    picture = box(2, 2, 2, 2)
    assert repainted(picture, Move(strengthen=2.0), picture > 0) is None and repainted(picture, Move(remove=True)) is None


def test_loose_pixels_come_to_rest() -> None:
    """A painting of one number for each place and colour: what is loose becomes what is meant, and nothing else moves."""
    before, wanted = box(2, 2, 3, 3), box(2, 3, 3, 3)
    painting = wanted.clone()
    painting[6, 6], painting[0, 0] = 2, 1
    latent = 0.2 * torch.nn.functional.one_hot(painting, 3).permute(2, 0, 1)[None].float()
    meant = Meant(wanted, before, latent, lambda seen: seen)
    ends = list(calmed(latent, lambda z: z, meant, Calming(rate=0.1)))
    assert ends and torch.equal(ends[-1].argmax(1)[0], wanted)
    assert not list(calmed(ends[-1], lambda z: z, meant))
    assert float(meant.loss(ends[-1])) < float(meant.loss(latent))
