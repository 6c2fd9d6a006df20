"""Sparse dictionaries: hand-computed pieces, planted features found, nothing found in noise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from core.foundations.errors import SettingError, ShapeError
from core.methods.relate.learn_dictionary import DictionaryLearner, DictionarySettings, keep_largest, learn_dictionary
from core.models.dictionary import Dictionary, DictionaryConfig
from tests.methods.relate.planted import ACTIVE, WIDTH, cosines, found, planted, unexplained


def test_keep_largest_by_hand() -> None:
    """Of six activations the two largest stay, wherever they are; the cut is the smaller of them."""
    kept, cut = keep_largest(torch.tensor([[1.0, 5.0, 0.0], [2.0, 4.0, 3.0]]), 2)
    assert kept.tolist() == [[0, 5, 0], [0, 4, 0]] and cut == 4


def test_keep_largest_never_keeps_a_zero() -> None:
    """Asked for more than there are."""
    kept, _ = keep_largest(torch.tensor([[0.0, 1.0]]), 2)
    assert (kept > 0).sum() == 1


def test_encode_decode_by_hand() -> None:
    """One feature along the first axis: code (x - centre) / scale, kept above the threshold only."""
    dictionary = Dictionary(DictionaryConfig(2, 1))
    dictionary.decoder.data = torch.tensor([[1.0, 0.0]])
    dictionary.encoder.data = torch.tensor([[1.0, 0.0]])
    dictionary.centre.data = torch.tensor([1.0, 0.0])
    dictionary.scale.fill_(2.0)
    dictionary.threshold.fill_(0.5)
    codes = dictionary.encode(torch.tensor([[6.0, 0.0], [2.5, 0.0]]))
    assert codes.tolist() == [[2.0], [0.0]]
    assert dictionary.decode(codes).tolist() == [[6.0, 0.0], [2.0, 0.0]]
    with pytest.raises(ShapeError, match="reads 2 numbers"):
        dictionary.encode(torch.zeros(1, 3))


@pytest.mark.parametrize("kind", ["batch_topk", "matryoshka"])
def test_planted_features_are_found_as_well_as_by_sae_lens(kind: str) -> None:
    """Nearly all planted vectors come back, no fewer than sae-lens found on the same data (recorded beside this file)."""
    recorded = json.loads((Path(__file__).parent / "cross_check.json").read_text())["sae-lens 6.54.12"]
    settings = DictionarySettings(size=40, kind=kind, k=ACTIVE, steps=700, batch=512, rate=3e-3, whiten=0.0)  # type: ignore[arg-type]
    dictionary = learn_dictionary(planted(20_000)[0], settings)
    test, atoms = planted(2000, seed=1)
    codes = dictionary.encode(test)
    assert found(dictionary.directions(), atoms) >= max(0.9, recorded["found"] - 0.04)
    assert unexplained(dictionary.decode(codes), test) < recorded["fvu"] + 0.03
    assert abs((codes > 0).float().sum(1).mean().item() - ACTIVE) < 1


def test_nothing_is_found_in_noise() -> None:
    """On noise of the same size no feature resembles a planted vector."""
    _, atoms = planted(1)
    settings = DictionarySettings(size=40, k=ACTIVE, steps=300, batch=512)
    dictionary = learn_dictionary(torch.randn(4000, WIDTH, generator=torch.Generator().manual_seed(0)), settings)
    assert cosines(dictionary.directions(), atoms).mean() < 0.5


def test_loss_goes_down_and_rows_keep_norm_one() -> None:
    """For the paper's recipe too."""
    learner = DictionaryLearner(planted(4000)[0], DictionarySettings(size=40, kind="l1", l1=0.03, steps=150, batch=256))
    losses = list(learner.run())
    assert sum(losses[-10:]) < 0.5 * sum(losses[:10])
    assert torch.allclose(learner.dictionary.decoder.norm(dim=1), torch.ones(40), atol=1e-5)


def test_the_same_seed_gives_the_same_dictionary() -> None:
    """To the last bit, on one machine."""
    data, _ = planted(2000)
    settings = DictionarySettings(size=40, k=3, steps=20, batch=128)
    assert torch.equal(learn_dictionary(data, settings).decoder, learn_dictionary(data, settings).decoder)


def test_codes_do_not_depend_on_the_batch() -> None:
    """The threshold is fixed once learned."""
    data, _ = planted(2000)
    dictionary = learn_dictionary(data, DictionarySettings(size=40, k=3, steps=60, batch=256))
    assert torch.allclose(dictionary.encode(data[:50])[7], dictionary.encode(data[7:8])[0], atol=1e-5)


def test_folding_changes_nothing() -> None:
    """The finished dictionary rebuilds plain latents just as the learning one rebuilds whitened ones."""
    data, _ = planted(2000)
    data = data * torch.linspace(0.2, 3, WIDTH) + 4
    learner = DictionaryLearner(data, DictionarySettings(size=40, k=3, steps=60, batch=256))
    list(learner.run())
    plain, inner, white = learner.folded(), learner.dictionary, learner.whitening
    with torch.no_grad():
        codes = inner.encode((data - white.mean) @ white.forth)
        assert torch.allclose(plain.decode(plain.encode(data)), inner.decode(codes) @ white.back + white.mean, atol=1e-3)
    assert torch.equal(plain.encode(data) > 0, codes > 0)
    assert torch.allclose(plain.decoder.norm(dim=1), torch.ones(40), atol=1e-5)


def test_bounds() -> None:
    """k beyond the number of features is refused."""
    with pytest.raises(SettingError, match="k must lie between"):
        DictionarySettings(size=8, k=8)
