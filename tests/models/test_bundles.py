"""Bundles in a file: only their members, and nothing lost."""

import torch

from core.models.bundles import Bundles, BundlesConfig


def test_what_is_packed_comes_back_exactly():
    bundles = Bundles(BundlesConfig(5, 12))
    bundles.patterns[torch.arange(5), torch.tensor([3, 0, 11, 7, 7])] = torch.tensor([1.5, 0.25, 2.0, 0.5, 3.0])
    bundles.patterns[2, 4], bundles.patterns[4] = 0.125, 0.0
    bundles.feature_place[3], bundles.bundle_place[1] = 2, 4
    packed = bundles.packed()
    assert packed["members"].shape == packed["codes"].shape == (5, 2)
    again = Bundles(BundlesConfig(5, 12)).unpack(packed)
    assert all(torch.equal(one, other) for one, other in zip(bundles.state_dict().values(), again.state_dict().values(), strict=True))
