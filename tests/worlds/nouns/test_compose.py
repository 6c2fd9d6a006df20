"""The artwork, drawing, reading colours, and the split."""

from __future__ import annotations

import numpy as np
import pytest

from core.foundations.errors import StudioError
from core.worlds.nouns.art import BARE, SLOTS, _decode, load_art
from core.worlds.nouns.compose import draw, owners, sample, to_indices, to_rgb
from core.worlds.nouns.splits import draw_split, has_held_out_pair, is_held_out
from core.worlds.nouns.world import Nouns


def test_counts_are_the_published_ones() -> None:
    """254 heads and 23 glasses with a bare one each, 30 bodies, 143 accessories, 2 backgrounds."""
    art = load_art()
    assert {slot: art.count(slot) for slot in SLOTS} == {"background": 2, "body": 30, "accessory": 143, "head": 255, "glasses": 24}
    assert art.palette.shape == (241, 3)


def test_decodes_runs_by_hand() -> None:
    """Two rows between columns 3 and 5, at row 2: 1 1 / 0 2."""
    canvas = _decode("0x00" + "02050403" + "0201" + "0100" + "0102")
    assert canvas[2, 3:5].tolist() == [1, 1] and canvas[3, 3:5].tolist() == [0, 2]
    assert (canvas > 0).sum() == 3


def test_facts_of_the_artwork() -> None:
    """All bodies share one mask; the accessory "none" is empty; 22 glasses share one mask."""
    art = load_art()
    bodies = art.layers["body"] > 0
    assert (bodies == bodies[0]).all()
    assert not art.layers["accessory"][art.position("accessory", "none")].any()
    masks = {(layer > 0).tobytes() for layer in art.layers["glasses"][:23]}
    assert len(masks) == 2


def test_front_covers_back() -> None:
    """Every pixel shows the foremost opaque layer, and its owner says which that is."""
    rows = sample(np.random.default_rng(0), 20, bare=0.3)
    drawn, owner, art = draw(rows), owners(rows), load_art()
    for row, picture, own in zip(rows, drawn, owner, strict=True):
        for y, x in [(0, 0), (12, 14), (25, 15), (31, 16)]:
            opaque = [place for place, slot in enumerate(SLOTS) if art.layers[slot][row[place], y, x]]
            assert own[y, x] == opaque[-1]
            assert picture[y, x] == art.layers[SLOTS[opaque[-1]]][row[opaque[-1]], y, x]


def test_colours_there_and_back() -> None:
    """Every colour of the palette is its own nearest; a colour beside one is drawn to it."""
    drawn = draw(sample(np.random.default_rng(1), 50))
    assert (to_indices(to_rgb(drawn)) == drawn).all()
    near = np.clip(to_rgb(drawn[:1]).astype(int) + 1, 0, 255).astype(np.uint8)
    assert (to_rgb(to_indices(near)) == to_rgb(drawn[:1])).mean() > 0.9


def test_the_split_is_fixed_and_disjoint() -> None:
    """Training never meets a held-out composition or pair; the shares are as stated; every part is still seen."""
    rng = np.random.default_rng(0)
    train, test = draw_split(rng, 3000, False), draw_split(rng, 300, True)
    assert not is_held_out(train).any() and is_held_out(test).all() and not has_held_out_pair(train).any()
    share = is_held_out(sample(rng, 50_000)).mean()
    assert 0.05 < share < 0.08
    big = draw_split(rng, 40_000, False)
    assert all(len(np.unique(big[:, place])) >= load_art().count(slot) - 1 for place, slot in enumerate(SLOTS))


def test_the_split_is_the_same_on_every_machine() -> None:
    """Written down from the first run; a change of hash would let training see what benchmarks use."""
    rows = np.array([[0, 1, 2, 3, 4], [1, 7, 9, 200, 3], [0, 29, 142, 253, 22], [1, 0, 0, 0, 0]])
    many = sample(np.random.default_rng(5), 1000)
    assert is_held_out(rows).tolist() == [False, False, False, False]
    assert int(is_held_out(many).sum()) == 60


def test_world_refuses_what_does_not_exist() -> None:
    """With the names of what does."""
    world = Nouns()
    with pytest.raises(StudioError, match="no 'tail'. It has background, body"):
        world.compose(0, {"tail": "x"})
    with pytest.raises(StudioError, match="no head called 'giraffe'"):
        world.compose(0, {"head": "giraffe"})


def test_masks_are_disjoint_and_cover_the_canvas() -> None:
    """Every pixel belongs to exactly one slot."""
    world = Nouns()
    composition = world.compose(3)
    masks = np.stack([world.mask(composition, slot) for slot in SLOTS])
    assert (masks.sum(0) == 1).all()
    assert not world.mask({**composition, **BARE}, "head").any()
