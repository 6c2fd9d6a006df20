"""The search for what turns concepts, on turns that are made by hand: what is summed, what is good enough, and which are chosen."""

from __future__ import annotations

from dataclasses import replace

import torch

from core.foundations.concepts import Concept, Member, Unit
from core.train.faces.concept_steps import apart, loudness_in_place, slots_of
from core.train.faces.concept_trials import (
    NAMES,
    PARTS,
    Settings,
    Tried,
    Turn,
    chosen,
    good,
    packed,
    promising,
    shy,
    summed,
    unpacked,
)

WIDE, LONG, SIZE, EARS = (NAMES.index(name) for name in ("nose width", "nose length", "nose size", "ear size"))
SETTINGS = Settings()


def turn(width: float, length: float = 0.0, lost: tuple[str, ...] = ()) -> Turn:
    """One that moves the nose's width and length."""
    moved = torch.zeros(len(NAMES))
    moved[WIDE], moved[LONG] = width, length
    return Turn(moved, lost, 0.9, 0.8)


def concept(size: int) -> Concept:
    """One of one unit of the generator, at a size in pixels."""
    unit = Unit("generator", f"real.stages.{size}.c2", 0)
    return Concept(f"rosetta:{size}", "nose", (Member(unit, unit, 1.0, 1.0, 0.0, 1.0, 2.0),), 0.0, level=0.5)


def test_turns_both_ways_are_summed() -> None:
    """Louder makes it narrower on two faces of two; on one of them it does not come back the other way."""
    found = summed(3, WIDE, [(turn(-1.0, 0.3), turn(1.0, 0.1)), (turn(-0.6, 0.2), turn(-0.2, 0.0, ("mouth",)))])
    assert found.sign == -1 and found.right == 0.75 and found.kept == 0.75
    assert abs(found.moved - 0.6) < 1e-6 and found.other == "nose length" and abs(found.beside - 0.1 / 0.6) < 1e-6


def test_what_is_good_moves_enough_the_right_way_and_little_else() -> None:
    fine = Tried(0, WIDE, 1, 0.8, 0.9, 0.9, 0.3, "nose length", 0.9, 0.8)
    assert good(fine, SETTINGS) and promising(fine, SETTINGS)
    for worse in ({"moved": 0.4}, {"right": 0.7}, {"kept": 0.7}, {"beside": 0.8}, {"whole": 0.5}):
        assert not good(fine._replace(**worse), SETTINGS)
        assert promising(fine._replace(**worse), SETTINGS), "a few faces may say a little less"
    assert not promising(fine._replace(moved=0.2), SETTINGS)


def test_what_is_shy_is_sure_and_far_from_someone_else() -> None:
    little = Tried(0, WIDE, 1, 0.3, 0.9, 0.9, 0.3, "nose length", 0.9, 0.85)
    assert shy(little, SETTINGS)
    for other in ({"moved": 0.6}, {"right": 0.7}, {"kept": 0.7}, {"beside": 0.8}, {"whole": 0.75}):
        assert not shy(little._replace(**other), SETTINGS)


def test_no_shape_and_no_concept_is_chosen_twice() -> None:
    first = Tried(0, WIDE, 1, 1.0, 0.9, 0.9, 0.1, "nose length", 0.9, 0.8)
    same_shape, same_concept = first._replace(concept=1, moved=0.8), first._replace(shape=LONG, moved=0.9)
    other, bad = first._replace(concept=2, shape=EARS, moved=0.6), first._replace(concept=4, shape=LONG, right=0.5)
    unsound = first._replace(concept=5, shape=SIZE)
    assert chosen([other, same_concept, bad, same_shape, unsound, first], SETTINGS) == [first, other]


def test_a_turn_lies_on_the_disk_as_it_was() -> None:
    spreads = torch.full((len(NAMES),), 2.0)
    pair = (turn(0.5, lost=("mouth", "hair length")), turn(-0.25))
    for one, again in zip(pair, unpacked(packed(pair, spreads), spreads), strict=True):
        assert again.lost == one.lost and torch.equal(again.moved, one.moved) and abs(again.whole - one.whole) < 1e-6


def test_coarse_slots_are_left_alone_but_for_coarse_units() -> None:
    assert slots_of(concept(8)) == slice(0, 4) and slots_of(concept(16)) == slice(4, 7) and slots_of(concept(64)) == slice(4, 13)


def test_a_concept_is_as_loud_as_it_is_where_it_is() -> None:
    """In its unit's spreads above its mean: the mean over places above its level, or over the loudest where it is nowhere."""
    maps = torch.ones(1, 1, 8, 8)
    maps[0, 0, :2, :4] = 5.0
    assert float(loudness_in_place(concept(8), {"real.stages.8.c2": maps})) == 2.0
    quiet = replace(concept(8), level=9.0)
    assert float(loudness_in_place(quiet, {"real.stages.8.c2": maps})) == 2.0


def test_ways_that_are_alike_are_one() -> None:
    """The surest stays; the opposite way is the same one."""
    ways = torch.eye(3)[:, None]
    ways = torch.cat([ways, -ways[:1] * 0.8 + ways[1:2] * 0.6])
    assert apart(ways, torch.tensor([0.5, 0.9, 0.7, 0.8]), 0.7) == [1, 3, 2]


def test_every_part_has_shapes_to_be_told_apart() -> None:
    assert len(NAMES) == len(PARTS) == len(set(NAMES))
