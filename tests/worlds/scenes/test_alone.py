"""Single Nouns, moved, mirrored and on other grounds: pictures and owners agree with the art, and stay on their side of the split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.foundations.seeds import numpy_rng
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.compose import draw, owners, to_rgb
from core.worlds.nouns.splits import is_held_out
from core.worlds.scenes.alone import FARTHEST, calmer, draw_alone, sample_alone, standing


def test_standing_nouns_are_the_art() -> None:
    nouns = sample_alone(numpy_rng("alone"), 8).nouns
    rgb, owner = draw_alone(standing(nouns))
    assert np.array_equal(rgb, to_rgb(draw(nouns))) and np.array_equal(owner, owners(nouns))


def test_a_moved_mirrored_noun_is_the_art_elsewhere() -> None:
    alone = replace(standing(sample_alone(numpy_rng("alone"), 1).nouns), moved=np.array([[-2, 3]]), mirrored=np.array([True]))
    rgb, owner = draw_alone(alone)
    art, slots = to_rgb(draw(alone.nouns))[:, :, ::-1], owners(alone.nouns)[:, :, ::-1]
    assert np.array_equal(rgb[0, :30, 3:], art[0, 2:, :29]) and np.array_equal(owner[0, :30, 3:], slots[0, 2:, :29])
    ground = load_art().palette[load_art().layers["background"][alone.nouns[0, 0], 0, 0]]
    assert (rgb[0, :, :3] == ground).all() and (owner[0, 30:] == 0).all()


def test_another_ground_is_seen_where_no_part_is() -> None:
    nouns = sample_alone(numpy_rng("alone"), 16).nouns
    alone = replace(standing(nouns), own=np.zeros(16, bool), grounds=np.array([[0, 5, 6, 7]] * 16))
    rgb, owner = draw_alone(alone)
    own = to_rgb(draw(nouns))
    assert (rgb[owner > 0] == own[owner > 0]).all()
    assert all(len(np.unique(rgb[i][owner[i] == 0], axis=0)) == 1 for i in range(16))
    assert not (rgb[owner == 0] == own[owner == 0]).all(-1).any()


def test_samples_stay_on_their_side_and_are_the_same_again() -> None:
    for held_out in (False, True):
        alone = sample_alone(numpy_rng("alone", 1), 64, held_out)
        assert (is_held_out(alone.nouns) == held_out).all()
        assert np.abs(alone.moved).max() == FARTHEST and 0 < alone.own.mean() < 1 and 0 < alone.mirrored.mean() < 1
        assert np.array_equal(draw_alone(alone)[0], draw_alone(sample_alone(numpy_rng("alone", 1), 64, held_out))[0])
    assert (alone.nouns[:, SLOTS.index("head")] < 254).all(), "a missing head is no class"


def test_a_beginner_sees_nouns_as_they_are_drawn_and_an_expert_all() -> None:
    alone = sample_alone(numpy_rng("alone", 2), 64)
    calm, free = (calmer(numpy_rng("calm"), alone, share) for share in (0.0, 1.0))
    assert np.array_equal(draw_alone(calm)[0], draw_alone(standing(alone.nouns))[0])
    assert np.array_equal(draw_alone(free)[0], draw_alone(alone)[0])
