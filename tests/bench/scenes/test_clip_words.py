"""Whether words are true of scenes: by hand, against captions, and on neurons whose words are known to be right."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.bench.scenes.clip import band_of, role_by_texts
from core.bench.scenes.clip_words import area, areas, shuffled, strongest_word, true_words
from core.foundations.records import HeadCard, NeuronCard, Word
from core.foundations.seeds import numpy_rng
from core.methods.read.ablate import TermMeans
from core.models.phrases import split_phrases
from core.studio.lenses import Lenses
from core.worlds.scenes.captions import caption
from core.worlds.scenes.compose import draw_scenes, sample
from core.worlds.scenes.world import vocabulary


def test_area_by_hand() -> None:
    """Perfect order 1, reversed 0, all tied one half."""
    true = np.array([False, False, True, True])
    assert area(np.array([1.0, 2, 3, 4]), true) == 1 and area(np.array([4.0, 3, 2, 1]), true) == 0
    assert area(np.ones(4), true) == 0.5 and area(np.array([1.0, 3, 2, 4]), true) == 0.75


def test_what_captions_say_is_true() -> None:
    """Every phrase of an exact caption whose part is seen; and nothing that no caption could say."""
    scenes = sample(numpy_rng("true words"), 25)
    _, owner = draw_scenes(scenes)
    found, pool = true_words(scenes, owner), {text for texts in vocabulary().values() for text in texts}
    phrases = {phrase for text in pool for phrase in split_phrases(text)}
    for i, words in enumerate(found):
        said = {phrase for word in words for phrase in split_phrases(word)}
        exact = set(split_phrases(caption(scenes, i)))
        assert len(exact - said) <= 4 * int(scenes.count[i]), "only parts that are hidden are not true"
        assert {"one character", "two characters", "three characters", "four characters"} & exact <= said
        assert len(words & pool) >= 3 and exact & said <= phrases


def card(neuron: int, *words: tuple[str, float]) -> NeuronCard:
    return NeuronCard(0, neuron, tuple(Word(*word) for word in words), (), 0.5, ())


def test_neurons_whose_words_are_right() -> None:
    """A neuron that is strong where its word is true has all of the area, one of another word half; rare words do not count."""
    rng = np.random.default_rng(0)
    truth = {"red": rng.random(400) < 0.3, "cat": rng.random(400) < 0.3, "rare": np.arange(400) < 3}
    strengths = {0: np.stack([truth["red"] + 0.1 * rng.random(400), truth["red"] + 0.1 * rng.random(400), rng.random(400)], 1)}
    cards = [card(0, ("cold", -2.0), ("red", 1.0)), card(1, ("cat", 1.0)), card(2, ("rare", 1.0))]
    assert strongest_word(cards[0]) == "red" and strongest_word(card(3, ("cold", -1.0))) is None
    found = areas(cards, strengths, truth)
    assert len(found) == 2 and found[0] == 1 and abs(found[1] - 0.5) < 0.1


def test_shuffled_words_are_the_same_words() -> None:
    """Each once, on other neurons."""
    cards = tuple(card(i, (f"word {i}", 1.0)) for i in range(30))
    lenses = Lenses((), (), torch.zeros(0, 4), TermMeans(), (), cards, {}, {}, {}, {})
    other = shuffled(lenses).neurons
    assert sorted(c.words[0].text for c in other) == sorted(c.words[0].text for c in cards)
    assert [c.neuron for c in other] == list(range(30)) and other != cards


def test_roles_by_texts_and_their_band() -> None:
    """What most of the explained variance is about; a band holds the share and is a point where all are right."""
    words = (Word("shark", 0.2), Word("red background", 0.15), Word("blue background", 0.15))
    head = HeadCard(0, 0, "mixed", 0.0, words, (), 0.1)
    pool = ("shark", "red background", "blue background")
    lenses = Lenses(pool, ("heads", "grounds", "grounds"), torch.zeros(3, 4), TermMeans(), (head,), (), {}, {}, {}, {})
    assert role_by_texts(lenses, head) == "grounds"
    low, high = band_of([True] * 30 + [False] * 10)
    assert 0.55 < low < 0.75 < high < 0.95 and band_of([True] * 5) == pytest.approx((1, 1))
