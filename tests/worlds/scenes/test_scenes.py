"""Scenes: exact owners, honest captions, a split that holds, and a cue of the stated strength."""

from __future__ import annotations

import numpy as np
import pytest

from core.foundations.seeds import numpy_rng
from core.worlds.nouns.art import SIDE, SLOTS, load_art
from core.worlds.nouns.compose import draw, owners, to_rgb
from core.worlds.nouns.splits import is_held_out
from core.worlds.scenes.captions import PLACES, caption, names_of, place_of, seen_in_training, ways_to_say
from core.worlds.scenes.compose import APART, MOST, Scenes, draw_scenes, join, mask, sample
from core.worlds.scenes.grounds import KINDS, draw_ground
from core.worlds.scenes.habitat import kind_of_heads, sample_habitat
from core.worlds.scenes.world import SceneWorld, framed, vocabulary


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    return sample(numpy_rng("test scenes"), 60)


def test_every_pixel_belongs_to_whom_it_shows(scenes: Scenes) -> None:
    """Where the owner is a Noun's part, the colour is that part's, mirrored where the Noun is; elsewhere the ground's."""
    rgb, owner = draw_scenes(scenes)
    for i in range(len(scenes)):
        assert (rgb[i][owner[i] == 0] == draw_ground(scenes.grounds[i])[owner[i] == 0]).all()
        for k in range(scenes.count[i]):
            art, slots = to_rgb(draw(scenes.nouns[i, k][None]))[0], owners(scenes.nouns[i, k][None])[0]
            if scenes.mirrored[i, k]:
                art, slots = art[:, ::-1], slots[:, ::-1]
            top, left = scenes.corners[i, k]
            window = (slice(top, top + SIDE), slice(left, left + SIDE))
            for place, slot in enumerate(SLOTS[1:], 1):
                shown = mask(owner[i], slot, k)[window]
                assert not (shown & (slots != place)).any()
                assert (rgb[i][window][shown] == art[shown]).all()


def test_who_stands_lower_stands_in_front(scenes: Scenes) -> None:
    """Corners come from back to front, and the front Noun hides nothing of itself."""
    _, owner = draw_scenes(scenes)
    for i in range(len(scenes)):
        count = scenes.count[i]
        assert (np.diff(scenes.corners[i, :count, 0]) >= 0).all()
        drawn = owners(scenes.nouns[i, count - 1][None])[0] > 0
        assert ((owner[i] > 4 * (count - 1)).sum()) == drawn.sum()


def test_nouns_keep_apart(scenes: Scenes) -> None:
    """Two Nouns of a scene lie well apart along one axis, nearly always."""
    gaps = [
        np.abs(scenes.corners[i, a] - scenes.corners[i, b]).max()
        for i in range(len(scenes))
        for a in range(scenes.count[i])
        for b in range(a)
    ]
    assert np.mean(np.array(gaps) >= APART) > 0.8 and set(scenes.count) == {1, 2, 3, 4}


@pytest.mark.parametrize("held_out", [False, True])
def test_the_split_holds(held_out: bool) -> None:
    """Every Noun of a scene lies on its side of the split."""
    scenes = sample(numpy_rng("split"), 40, held_out)
    there = np.arange(MOST) < scenes.count[:, None]
    assert (is_held_out(scenes.nouns[there]) == held_out).all()


def test_a_caption_tells_what_is_there() -> None:
    """Two Nouns, left to right, with their parts, places and ground, in plain words."""
    art = load_art()
    noun = [art.position(s, p) for s, p in (("background", "cool"), ("body", "grayscale-8"), ("accessory", "none"))]
    shark, cat = art.position("head", "shark"), art.position("head", "cat")
    red = art.position("glasses", "square-red")
    nouns = np.array([[[*noun, shark, red], [*noun, cat, red], [*noun, cat, red], [*noun, cat, red]]])
    corners, mirrored = np.array([[[0, 32], [20, 0], [0, 0], [0, 0]]]), np.array([[True, False, False, False]])
    scenes = Scenes(np.array([2]), nouns, corners, mirrored, np.array([[KINDS.index("striped"), 0, 1, 0]]))
    told = caption(scenes, 0)
    assert told.startswith("two characters; a cat with red glasses") and "a shark with red glasses" in told
    assert "at the top right, facing left" in told and told.endswith("on a striped red background")


def test_places_are_nine() -> None:
    """Thirds of where a Noun can stand."""
    assert len(PLACES) == 9 and place_of((0, 0)) == "top left" and place_of((16, 16)) == "middle" and place_of((32, 16)) == "bottom"


def test_some_synonyms_stay_unsaid() -> None:
    """No way to say a part in training is one of its held-back synonyms, and many parts have some."""
    art, held = vocabulary(), 0
    from core.worlds.nouns.catalogue import parts

    for part in parts("head"):
        kept = names_of(part, held_out=True)
        held += bool(kept)
        assert not set(kept) & set(ways_to_say(part)) and not any(map(seen_in_training, kept))
    assert held > 150 and len(art["heads"]) == 254


def test_the_habitat_edition_has_its_cue() -> None:
    """19 of 20 grounds agree with the head in training, half in a test; both kinds are equally common."""
    _, kind, ground = sample_habitat(numpy_rng("habitat"), 400)
    assert 0.9 < (kind == ground).mean() < 0.99 and abs(kind.mean() - 0.5) < 0.02
    scenes, kind, ground = sample_habitat(numpy_rng("habitat"), 400, 0.5, held_out=True)
    assert 0.4 < (kind == ground).mean() < 0.6
    assert (kind_of_heads()[scenes.nouns[:, 0, 3]] == kind).all()


def test_pictures_depend_on_their_seed_alone() -> None:
    """The same picture by itself as anywhere; lots can be joined and taken apart."""
    world = SceneWorld()
    assert (np.asarray(world.picture(3).image) == np.asarray(world.picture(3).image)).all()
    a, b = sample(numpy_rng("a"), 3), sample(numpy_rng("b"), 2)
    both = join([a, b])
    assert len(both) == 5 and (both.take(slice(3, 5)).grounds == b.grounds).all()


def test_a_noun_is_framed_in_the_middle() -> None:
    """Its own pixels stay, and its ground goes on around it, below the shirt as well."""
    rgb = to_rgb(draw(np.zeros((1, 5), int)))[0]
    canvas, (top, left) = framed(rgb)
    assert (top, left) == (16, 16) and (canvas[16:48, 16:48] == rgb).all()
    assert (canvas[48:] == rgb[0, 0]).all() and (canvas[:16] == rgb[0, 0]).all()
