"""Mining of words: equation 3.4 by hand, what must not be used, the neurons behind a word, and nothing in shuffled codes."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from core.foundations.errors import SettingError, ShapeError
from core.methods.write.attack import AttackSettings, Codes, alike, direction, learned, mine, ranked, word_scores, writers

CODES = Codes(
    torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]),
    torch.tensor([[0, 1], [1, 2], [2, 0]]),
    torch.tensor([[0.5, 0.25], [1.0, 0.5], [-0.75, 0.1]]),
    4,
)
V = torch.tensor([2.0, 1.0])
ALL = torch.ones(4, dtype=torch.bool)


def test_a_word_s_parts_are_summed_over_neurons() -> None:
    """Each neuron adds gamma <v, r>; a word that two neurons say gets both parts, though neither is its neuron's largest."""
    scores = word_scores(CODES, V, torch.arange(3))
    assert scores.tolist() == pytest.approx([0.5 * 2 + 0.1 * -2, 0.25 * 2 + 1.0, 0.5 * 1 + -0.75 * -2, 0.0])


def test_the_neurons_along_the_way_are_asked() -> None:
    """By the size of <v, r>, whichever sign it has."""
    assert set(writers(CODES, V, 2).tolist()) == {0, 2} and len(writers(CODES, V, 9)) == 3


def test_words_come_with_the_neurons_behind_them() -> None:
    """The strongest first, only those that pull, each with what its neurons add."""
    found = mine(CODES, V, ALL, AttackSettings(neurons=3, words=2))
    assert found.words == (2, 1) and found.scores == pytest.approx((2.0, 1.5))
    assert [(b.neuron, b.adds) for b in found.behind[0]] == [(2, 1.5), (1, 0.5)]
    assert mine(CODES, -V, ALL, AttackSettings(neurons=3)).words == ()


def test_what_must_not_be_used_is_left_out() -> None:
    """By the mask; another ranking keeps the neurons."""
    allowed = torch.tensor([True, True, False, True])
    assert mine(CODES, V, allowed, AttackSettings(neurons=3)).words == (1, 0)
    effects = torch.tensor([[0.0, 3.0], [0.0, 0.0], [9.0, 9.0], [0.1, 0.0]])
    found = mine(CODES, V, allowed, AttackSettings(neurons=3), effects=effects)
    assert found.words == (0, 3) and found.scores == pytest.approx((3.0, 0.2)) and found.behind[0][0].neuron == 0 and found.behind[1] == ()
    assert ranked(torch.tensor([0.1, 0.4, 0.9, 0.2]), allowed, 9).words == (1, 3, 0)


def test_synonyms_are_told_by_likeness() -> None:
    """Cosine, whatever the lengths."""
    pool = torch.tensor([[3.0, 0.0], [0.0, 0.1], [1.0, 1.0]])
    assert alike(pool, torch.tensor([[0.5, 0.0], [0.6, 0.1]]), 0.6).tolist() == [True, False, True]


def test_planted_words_are_found_and_none_in_shuffled_codes() -> None:
    """Neurons along v speak for a planted word; with their codes handed round among all neurons no word stands out."""
    generator = torch.Generator().manual_seed(0)
    directions = F.normalize(torch.randn(300, 16, generator=generator), dim=1)
    v = F.normalize(torch.randn(16, generator=generator), dim=0)
    indices, weights = torch.randint(0, 60, (300, 3), generator=generator), 0.3 * torch.rand(300, 3, generator=generator)
    along = (directions @ v).abs().topk(40).indices
    indices[along, 0], weights[along, 0] = 7, 0.5 * (directions[along] @ v).sign()
    mask = torch.ones(60, dtype=torch.bool)
    found = mine(Codes(directions, indices, weights, 60), v, mask, AttackSettings(neurons=40))
    order = torch.randperm(300, generator=generator)
    chance = mine(Codes(directions, indices[order], weights[order], 60), v, mask, AttackSettings(neurons=40))
    assert found.words[0] == 7 and found.scores[0] > 3 * chance.scores[0]


def test_what_does_not_fit_is_refused() -> None:
    """In a sentence."""
    with pytest.raises(ShapeError):
        direction(torch.ones(2), torch.ones(3))
    with pytest.raises(ShapeError):
        Codes(torch.ones(2, 2), torch.tensor([[9], [0]]), torch.ones(2, 1), 4)
    with pytest.raises(ShapeError):
        mine(CODES, V, torch.ones(3, dtype=torch.bool))
    with pytest.raises(SettingError):
        AttackSettings(words=0)


def test_what_was_tried_moves_what_was_thought() -> None:
    """By hand: one word in each of two sentences, thought alike; and what fits is left as it was thought, but for its size."""
    found = learned(torch.eye(2), torch.tensor([1.0, 0.0]), torch.tensor([0.3, 0.3]), AttackSettings(doubt=1.0))
    assert torch.allclose(found, torch.tensor([0.06 + 0.25, 0.06 - 0.25]))
    before = torch.tensor([0.5, -0.5, 0.1])
    there = torch.tensor([[1.0, 0, 0], [0, 1, 0]])
    assert torch.allclose(learned(there, 2 * there @ before, before), 2 * before, atol=1e-6)
