"""Turning handles: by hand, and what every kind must keep."""

from __future__ import annotations

import pytest
import torch

from core.foundations.errors import SettingError
from core.methods.write.turn import turn_bundle, turn_concept, turn_direction, turn_feature
from core.models.bundles import Bundles, BundlesConfig
from core.models.dictionary import Dictionary, DictionaryConfig
from core.models.directions import PartDirections


@pytest.fixture
def axes() -> Dictionary:
    """Four features, each along its own axis, so that codes are coordinates."""
    dictionary = Dictionary(DictionaryConfig(4, 4))
    dictionary.decoder.data = torch.eye(4)
    dictionary.encoder.data = torch.eye(4)
    return dictionary


@pytest.fixture
def bundles() -> Bundles:
    """One bundle of features 0 and 1, whose rival is feature 2; feature 3 acts elsewhere."""
    made = Bundles(BundlesConfig(1, 4))
    made.patterns[0] = torch.tensor([2.0, 1.0, 0, 0])
    made.feature_place.copy_(torch.tensor([0, 0, 0, 1]))
    made.bundle_place.fill_(0)
    return made


LATENT = torch.tensor([[0.0, 0.5, 3.0, 4.0]])


def test_a_feature_is_set_not_added(axes: Dictionary) -> None:
    """Whatever it was before, at strength s its code is s times typical; 0 switches it off."""
    assert turn_feature(LATENT, axes, 2, 2.0, 1.5).tolist() == [[0, 0.5, 3, 4]]
    assert turn_feature(LATENT, axes, 3, 2.0, 0.0).tolist() == [[0, 0.5, 3, 0]]
    once = turn_feature(LATENT, axes, 0, 2.0, 1.0)
    assert torch.equal(turn_feature(once, axes, 0, 2.0, 1.0), once)


def test_a_bundle_comes_and_its_rival_goes(axes: Dictionary, bundles: Bundles) -> None:
    """All the way, half the way, not at all; what acts elsewhere stays."""
    assert turn_bundle(LATENT, axes, bundles, 0, 1.0).tolist() == [[2, 1, 0, 4]]
    assert turn_bundle(LATENT, axes, bundles, 0, 0.5).tolist() == [[1, 0.75, 1.5, 4]]
    assert torch.equal(turn_bundle(LATENT, axes, bundles, 0, 0.0), LATENT)


def test_rivals_never_go_below_nothing(axes: Dictionary, bundles: Bundles) -> None:
    """Beyond full strength the members go on, the rival stays at 0."""
    assert turn_bundle(LATENT, axes, bundles, 0, 2.0)[0, 2] == 0


def test_a_direction_exchanges_what_is_there() -> None:
    """From any part to the wanted one, the other slot untouched, whatever came before."""
    directions = PartDirections({"hat": 3, "coat": 2}, 5)
    directions.slot_hat.copy_(torch.eye(5)[:3] * 4)
    directions.slot_coat.copy_(torch.eye(5)[3:] * 4)
    for hat in range(3):
        for coat in range(2):
            start = (directions.slot_hat[hat] + directions.slot_coat[coat])[None]
            wanted = (directions.slot_hat[1] + directions.slot_coat[coat])[None]
            assert torch.equal(turn_direction(start, directions, "hat", 1, 1.0), wanted)
            assert torch.equal(turn_direction(start, directions, "hat", 1, 0.0), start)


def test_every_picture_is_turned_by_itself(axes: Dictionary, bundles: Bundles) -> None:
    """A batch is its pictures, one after another."""
    batch = torch.rand(5, 4)
    whole = turn_bundle(batch, axes, bundles, 0, 0.7)
    assert torch.allclose(whole[3:4], turn_bundle(batch[3:4], axes, bundles, 0, 0.7))


@pytest.mark.parametrize("strength", [3.5, -4, float("nan"), float("inf"), "1", None])
def test_strengths_are_bounded(axes: Dictionary, strength: object) -> None:
    """A sentence with the bounds, for numbers and for what is none."""
    with pytest.raises(SettingError, match="between -3 and 3"):
        turn_feature(LATENT, axes, 0, 1.0, strength)  # type: ignore[arg-type]


def test_a_concept_brings_the_nearest_of_its_parts() -> None:
    """Each latent its own; one part is a direction; strength 0 changes nothing, and a latent that holds one already stays."""
    directions = PartDirections({"hat": 4}, 3)
    directions.slot_hat.copy_(torch.tensor([[0.0, 0, 0], [1, 0, 0], [5, 0, 0], [6, 1, 0]]))
    latents = directions.slot_hat[[0, 3]] + torch.tensor([0.0, 0, 7])
    turned = turn_concept(latents, directions, "hat", (1, 2), 1.0)
    assert turned.tolist() == [[1, 0, 7], [5, 0, 7]]
    assert torch.equal(turn_concept(latents, directions, "hat", (1, 2), 0.0), latents)
    assert torch.equal(turn_concept(turned, directions, "hat", (1, 2), 1.0), turned)
    assert torch.equal(turn_concept(latents, directions, "hat", (2,), 0.5), turn_direction(latents, directions, "hat", 2, 0.5))
