"""Bundles of features that fire together, found without labels.

For every feature i, the anchor: the mean codes of the pictures on which it is active, less the mean codes of
all pictures. What stands out with a lift of at least `lift` belongs to the anchor's bundle, `most` features at
most, the strongest contributions first. papers/swiggle.md turns single features; measured on Nouns those
detect but hardly edit (shared/editing.md, sections 6 and 8), since a part is spread over several.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass
class CoActivation:
    """Sums from which co-activation follows; pictures are seen once and then forgotten.

    Attributes:
        firing: on how many pictures a feature was active `[k]`.
        codes: sum of the codes over all pictures `[k]`.
        joint: sum of the codes over the pictures on which each anchor was active `[k k]`.
    """

    features: int
    count: int = 0
    firing: Tensor = field(init=False)
    codes: Tensor = field(init=False)
    joint: Tensor = field(init=False)

    def __post_init__(self) -> None:
        """Start from nothing."""
        self.firing = torch.zeros(self.features, dtype=torch.float64)
        self.codes = torch.zeros(self.features, dtype=torch.float64)
        self.joint = torch.zeros(self.features, self.features, dtype=torch.float64)

    def add(self, codes: Tensor, active: Tensor) -> CoActivation:
        """Take in codes `[n k]` and who counts as active `[n k]` bool."""
        self.count += len(codes)
        self.firing += active.sum(0).double()
        self.codes += codes.sum(0).double()
        self.joint += (active.float().T @ codes).double()
        return self

    def merge(self, other: CoActivation) -> CoActivation:
        """Take in what another accumulator saw."""
        self.count += other.count
        self.firing += other.firing
        self.codes += other.codes
        self.joint += other.joint
        return self


def bundle_patterns(sums: CoActivation, norms: Tensor, most: int = 8, lift: float = 2.0) -> Tensor:
    """The typical codes of every anchor's bundle.

    Args:
        sums: as accumulated.
        norms: length of each feature's direction `[k]`.
        most: members at most.
        lift: how many times its usual mean a member's code must be.

    Returns:
        `[k k]`, one row an anchor, 0 for features that are no members.
    """
    given = (sums.joint / sums.firing[:, None].clamp_min(1)).float()
    usual = (sums.codes / max(1, sums.count)).float()
    gain = torch.where(given > lift * usual, (given - usual) * norms, 0.0)
    members = gain.topk(min(most, gain.shape[1]), dim=1)
    strong = members.values > 0.1 * members.values[:, :1]
    return torch.zeros_like(given).scatter(1, members.indices, given.gather(1, members.indices) * strong)
