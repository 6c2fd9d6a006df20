"""Bundles: a few features of a dictionary that belong together, and the features that give way to them.

Formed in relate/co_activation.py from which features fire together, without any label.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class BundlesConfig:
    """How many there are."""

    bundles: int
    features: int


class Bundles(nn.Module):
    """Patterns of codes, and which features are each other's rivals.

    Attributes:
        patterns: typical codes of each bundle's members, 0 elsewhere `[b k]`.
        place: the slot, as a number, in which a feature or bundle was seen to act; -1 where none is known `[k]`, `[b]`.
    """

    patterns: Tensor
    feature_place: Tensor
    bundle_place: Tensor

    def __init__(self, config: BundlesConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("patterns", torch.zeros(config.bundles, config.features))
        self.register_buffer("feature_place", torch.full((config.features,), -1, dtype=torch.int64))
        self.register_buffer("bundle_place", torch.full((config.bundles,), -1, dtype=torch.int64))

    def rivals(self, bundle: int) -> Tensor:
        """Features that act in the same slot as a bundle and are not its members `[k]` bool."""
        place = self.bundle_place[bundle]
        return (self.feature_place == place) & (place >= 0) & (self.patterns[bundle] == 0)

    def packed(self) -> dict[str, Tensor]:
        """For a file: only the members of each pattern, their places `[b m]` and codes `[b m]` as float16."""
        most = max(1, int((self.patterns != 0).sum(1).max()))
        found = self.patterns.abs().topk(most, dim=1).indices
        places = {"feature_place": self.feature_place, "bundle_place": self.bundle_place}
        return places | {"members": found.short(), "codes": self.patterns.gather(1, found).half()}

    def unpack(self, tensors: dict[str, Tensor]) -> Bundles:
        """Take in what `packed` gave."""
        self.feature_place.copy_(tensors["feature_place"])
        self.bundle_place.copy_(tensors["bundle_place"])
        self.patterns.zero_().scatter_(1, tensors["members"].long(), tensors["codes"].to(self.patterns.dtype))
        return self
