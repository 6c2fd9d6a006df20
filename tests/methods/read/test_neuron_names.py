"""Names of neurons: a planted one is found, nothing is said of noise, and what always stands at a place is no name."""

from __future__ import annotations

import torch

from core.methods.read.neuron_names import NameSettings, name_neurons, strongest

SETTINGS = NameSettings(exemplars=8)


def drawn(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """200 pictures of 6 patches, 5 words, each at a random patch or nowhere, and 3 neurons of noise."""
    rng = torch.Generator().manual_seed(seed)
    place = torch.randint(0, 12, (200, 5), generator=rng)
    words = (place[:, :, None] == torch.arange(6)).float()
    return torch.randn(200, 3, 6, generator=rng), words


def test_a_planted_word_is_found_and_noise_has_no_name() -> None:
    """The first neuron follows the third word; the others follow nothing."""
    activations, words = drawn()
    activations[:, 0] += 9 * words[:, 2]
    found = name_neurons(activations, words, SETTINGS)
    assert int(found.word[0]) == 2 and found.said.tolist() == [True, False, False]
    assert found.share[0] == 1 and 0.8 < found.gain[0] < 1


def test_what_always_stands_there_is_no_name() -> None:
    """A neuron that looks at the first patch, where a word always is, is not called by it."""
    activations, words = drawn(1)
    words[:, 4, 0] = 1.0
    activations[:, 1, 0] += 9
    found = name_neurons(activations, words, SETTINGS)
    assert not found.said[1]
    assert strongest(activations, 8).usual(words)[1, 4] == 1


def test_a_name_that_other_pictures_do_not_bear_out_is_not_said() -> None:
    """A neuron that follows a word in every other picture alone."""
    activations, words = drawn(2)
    activations[::2, 2] += 9 * words[::2, 0]
    assert not name_neurons(activations, words, SETTINGS).said[2]


def test_exemplars_by_hand() -> None:
    """The strongest pictures and patches, and what these show."""
    activations = torch.tensor([[[0.0, 1.0]], [[5.0, 0.0]], [[0.0, 3.0]]])
    found = strongest(activations, 2)
    assert found.pictures.tolist() == [[1, 2]] and found.patches.tolist() == [[0, 1]]
    words = torch.tensor([[[0.0, 0.0]], [[0.6, 0.0]], [[1.0, 0.4]]])
    assert found.shown(words).tolist() == [[0.5]]
    assert torch.allclose(found.usual(words), torch.tensor([[1 / 3]]))
