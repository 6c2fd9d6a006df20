"""Neurons in words: names by hand, meanings kept apart, concepts added up as the equation says, planted ones found."""

from __future__ import annotations

import pytest
import torch

from core.foundations.errors import SettingError, ShapeError
from core.methods.read.neuron_words import WordSettings, concepts, name_neurons, strengths
from core.methods.read.second_order import DirectionSettings, EffectMoments, Flow, StrongestEffects, effects
from core.methods.read.sparse_text import SparseTextSettings, TextPool, sparse_text

WORDS = ("cat", "kitten", "ship", "boat", "warm", "cold")
ATOMS = torch.tensor(
    [[1.0, 0, 0], [0.8, 0.6, 0], [0, 0, 2.0], [0, 0.1, 1], [0, 1, 0.1], [0, -3.0, 0]],
)
"""Cat and kitten, ship and boat lie together; cold is the opposite of warm; lengths must not matter."""


def named(indices: list[int], weights: list[float], **settings: float):
    return name_neurons(torch.tensor([indices]), torch.tensor([weights]), WORDS, ATOMS, WordSettings(**settings))[0]


def test_name_by_hand() -> None:
    """Largest first, signs kept, zeros left out, no more than asked for."""
    found = named([2, 0, 5, 3, 1], [0.1, 0.9, -0.4, 0.0, 0.6], words=3)
    assert found.words == ("cat", "kitten", "cold") and found.weights == pytest.approx((0.9, 0.6, -0.4))
    assert found.label == "+cat +kitten -cold" and found.neuron == 0
    assert found.meanings == (("cat", "kitten"),) and not found.polysemantic


def test_two_meanings_are_seen() -> None:
    """Cats and boats are two; a small weight is no meaning, unless small ones count."""
    found = named([0, 3, 1, 2], [0.9, 0.8, 0.7, 0.6])
    assert found.meanings == (("cat", "kitten"), ("boat", "ship")) and found.polysemantic
    assert not named([0, 2], [0.9, 0.3]).polysemantic
    assert named([0, 2], [0.9, 0.3], large=0.2).polysemantic
    assert not named([0, 1], [1.0, 1.0], apart=0.79).polysemantic
    assert named([0, 1], [1.0, 1.0], apart=0.81).polysemantic


def test_what_is_spoken_against_is_no_meaning() -> None:
    """+warm -cold stands for warmth, +warm +cold for two things, and -cold alone for nothing, however strong it is."""
    assert named([4, 5], [1.0, -0.9]).meanings == (("warm",),)
    assert named([4, 5], [1.0, 0.9]).polysemantic
    assert named([5, 4], [-1.0, 0.4]).meanings == (("warm",),), "large is measured among what is spoken for"
    assert named([5], [-1.0]).meanings == ()


def test_chains_join_meanings() -> None:
    """The first and the last are apart, but the one between is near to both."""
    angles = torch.tensor([0.0, 1.2, 0.6])
    atoms = torch.stack([angles.cos(), angles.sin()], 1)
    code = (torch.tensor([[0, 1, 2]]), torch.tensor([[1.0, 0.9, 0.8]]))
    assert name_neurons(*code, WORDS[:3], atoms, WordSettings(apart=0.6))[0].meanings == (("cat", "kitten", "ship"),)


def test_a_silent_neuron_has_no_name() -> None:
    """No words, no meanings."""
    found = named([0, 0], [0.0, 0.0])
    assert found.words == () and found.meanings == () and found.label == "" and not found.polysemantic


CODES = (torch.tensor([[0, 2], [2, 5], [1, 4]]), torch.tensor([[1.0, 0.5], [2.0, -1.0], [1.0, 1.0]]))


def test_codes_of_sparse_text_are_taken_as_they_come() -> None:
    """What the pursuit gives, ended early for directions that a word or nothing rebuilds: -1 stands behind the end."""
    pool = TextPool.of(torch.randn(len(WORDS), 8, generator=torch.Generator().manual_seed(0)))
    code = sparse_text(torch.stack([pool.atoms[2] * 3, torch.zeros(8), -pool.atoms[4]]), pool, SparseTextSettings(3))
    assert (code.indices == -1).any()
    found = name_neurons(code.indices, code.coefficients, WORDS, pool.atoms)
    assert [name.label for name in found] == ["+ship", "", "-warm"]
    said = concepts(torch.tensor([[1.0, 1.0, -2.0]]), torch.ones(3), code.indices, code.coefficients, WORDS)[0]
    assert said.words == ("ship", "warm") and said.weights == pytest.approx((3.0, 2.0)) and said.active == 3


def test_concepts_by_hand() -> None:
    """w_j sums gamma |phi| over active neurons; words spoken against are not shown; speakers stand in order."""
    strength = torch.tensor([[3.0, 2.0, 0.9], [-3.0, 0.5, 1.0]])
    first, second = concepts(strength, torch.ones(3), *CODES, WORDS)
    assert first.words == ("ship", "cat") and first.weights == pytest.approx((5.5, 3.0))
    assert first.neurons == ((1, 0), (0,)) and first.active == 2
    # The first neuron points the other way round: it takes away from cat and ship.
    assert second.words == ("kitten", "warm") and second.weights == (1.0, 1.0) and second.neurons == ((2,), (2,))
    paper = concepts(strength.abs(), torch.ones(3), *CODES, WORDS)[1]
    assert paper.words[0] == "cat" and paper.weights[0] == 3.0


def test_nothing_active_says_nothing() -> None:
    """Below the threshold, or silent with a threshold of nothing."""
    for strength, threshold in ((0.5, 1.0), (0.0, 0.0)):
        found = concepts(torch.full((1, 3), strength), torch.full((3,), threshold), *CODES, WORDS)[0]
        assert found.words == () and found.weights == () and found.active == 0


def test_only_so_many_concepts() -> None:
    """The best are kept, the sums are over all."""
    found = concepts(torch.tensor([[3.0, 2.0, 5.0]]), torch.ones(3), *CODES, WORDS, WordSettings(concepts=1))[0]
    assert found.words == ("ship",) and found.weights == pytest.approx((5.5,))


@pytest.mark.parametrize("sign", ["count", "energy"])
def test_planted_concepts_are_found(sign: str) -> None:
    """Neurons that write words' vectors on chosen pictures: each picture's concepts are the words planted in it.

    Whichever side of a neuron's direction was called positive: a word's weight and the effect's sign turn together.
    """
    rng = torch.Generator().manual_seed(0)
    atoms = torch.nn.functional.normalize(torch.randn(50, 64, generator=rng), dim=1)
    # One pair whose head hands every neuron on as it is: neuron n writes the vector of word n.
    ways = Flow(0, ((1, 0),), torch.eye(50)[None], atoms[None])
    c, present = 0.01 * torch.randn(400, 1, 50, generator=rng), torch.rand(400, 50, generator=rng) < 0.015
    c[:, 0][present] += 1
    moments = EffectMoments(ways).add(c)
    found = StrongestEffects(moments, DirectionSettings(share=0.05, sign=sign)).add(c).directions()
    words = tuple(f"word {number}" for number in range(50))
    code = (torch.arange(50)[:, None], (found.direction * atoms).sum(1, keepdim=True))
    said = concepts(strengths(c, ways, found), found.threshold, *code, words)
    right = [{words[place] for place in row.nonzero()[:, 0].tolist()} for row in present]
    seen = [set(one.words[: len(wanted)]) for one, wanted in zip(said, right, strict=True)]
    assert sum(len(a & b) for a, b in zip(seen, right, strict=True)) > 0.97 * sum(map(len, right))
    centred = (effects(c, ways) - found.mean).norm(dim=2)
    assert torch.allclose(strengths(c, ways, found).abs(), centred, atol=1e-5)
    assert ((code[1] > 0).float().mean() == 1) == (sign == "energy")


def test_errors_say_what_does_not_fit() -> None:
    """Codes, words and vectors of different counts; settings out of bounds."""
    with pytest.raises(ShapeError, match="one vector for each of 6"):
        name_neurons(*CODES, WORDS, ATOMS[:5])
    with pytest.raises(ShapeError, match="alike"):
        name_neurons(CODES[0], CODES[1][:, :1], WORDS, ATOMS)
    with pytest.raises(ShapeError, match="name 0 to 5"):
        concepts(torch.ones(1, 3), torch.ones(3), *CODES, WORDS[:5])
    with pytest.raises(ShapeError, match="do not fit"):
        concepts(torch.ones(1, 4), torch.ones(3), *CODES, WORDS)
    for wrong in ({"words": 0}, {"concepts": 0}, {"large": 0.0}, {"apart": 2.0}):
        with pytest.raises(SettingError, match="apart"):
            WordSettings(**wrong)
