"""Traits: colours have the words that people use, and maps are the exact ones."""

from __future__ import annotations

import numpy as np
import pytest

from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.compose import owners, sample
from core.worlds.nouns.traits import COLOURS, colour_word, palette_words, pooled, tones, trait_maps, traits


@pytest.mark.parametrize(
    ("rgb", "word"),
    [
        ((0, 0, 0), "black"),
        ((250, 250, 250), "white"),
        ((128, 128, 128), "grey"),
        ((220, 30, 30), "red"),
        ((240, 140, 40), "orange"),
        ((110, 70, 40), "brown"),
        ((250, 230, 60), "yellow"),
        ((225, 205, 175), "beige"),
        ((40, 160, 60), "green"),
        ((30, 150, 150), "teal"),
        ((50, 90, 230), "blue"),
        ((120, 60, 190), "purple"),
        ((250, 130, 190), "pink"),
    ],
)
def test_colours_are_called_what_they_are(rgb: tuple[int, int, int], word: str) -> None:
    assert colour_word(rgb) == word and word in COLOURS


def test_every_colour_of_the_palette_has_a_word() -> None:
    assert palette_words()[0] == -1 and palette_words()[1:].min() >= 0
    assert set(palette_words()[1:]) == set(range(len(COLOURS)))


def test_maps_are_what_is_seen() -> None:
    rows = sample(np.random.default_rng(0), 4)
    names, maps = [trait.name for trait in traits()], trait_maps(rows)
    owner = owners(rows)
    assert maps.shape == (4, len(names), 32, 32)
    for place, slot in enumerate(SLOTS):
        assert np.array_equal(maps[:, names.index(slot)], owner == place)
    colours = slice(len(SLOTS), len(SLOTS) + len(COLOURS))
    assert (maps[:, colours].sum(1) == 1).all(), "every pixel has one colour"
    head = next(i for i, t in enumerate(traits()) if (t.slot, t.part) == ("head", load_art().ids["head"][rows[0, 3]]))
    assert np.array_equal(maps[0, head], owner[0] == 3)
    both = names.index(f"{COLOURS[0]} glasses")
    assert np.array_equal(maps[:, both], maps[:, names.index("glasses")] * maps[:, names.index(COLOURS[0])])


def test_small_maps_are_means_of_large_ones() -> None:
    rows = sample(np.random.default_rng(0), 2)
    large, small = trait_maps(rows), trait_maps(rows, 8)
    assert np.allclose(small[:, 5], pooled(large[:, 5] > 0, 8)) and small.shape[2:] == (8, 8)
    assert all(
        0 <= tone.min() and tone.max() <= 1 for tone in tones(np.random.default_rng(0).integers(0, 256, (1, 4, 4, 3), dtype=np.uint8))
    )
    assert trait_maps(rows, 8, parts=False).shape[1] < small.shape[1]
