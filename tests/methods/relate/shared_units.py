"""Maps of two models with a few units in common; and the estimators that the exact one is held against."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from core.bench.rosetta_planted import spots
from core.foundations.maps import resized
from core.foundations.seeds import torch_rng
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_sums import RosettaSettings

SETTINGS = RosettaSettings(most=16, block=16, shuffles=15)
"""Every shuffle that there is, since few units make few matches by chance."""


def two_models(count: int = 64, seed: int = 0, shared: int = 4, share: float = 1.0) -> dict[str, dict[str, Tensor]]:
    """A hub and another, at two sizes each; the hub's first `shared` units at 16 places are the other's first there, on another scale.

    All units have a template of places of their own, some of which are alike, as in aligned pictures.
    """
    rng = torch_rng("two models", seed)

    def noise(units: int, side: int) -> Tensor:
        template = 3 * F.interpolate(torch.randn(1, units, 2, 2, generator=rng), (side, side), mode="bilinear")
        return torch.randn(count, units, side, side, generator=rng) + template

    common = spots(count, shared, 16, share, rng)
    blur = F.avg_pool2d(common, 2)
    hub = {"small": torch.cat([blur, noise(10, 8)], 1), "large": torch.cat([common, noise(20, 16)], 1)}
    other = {"wide": 100 + 3 * torch.cat([common + 0.02 * torch.randn(common.shape, generator=rng), noise(30, 16)], 1), "odd": noise(12, 7)}
    return {"hub": hub, "other": other}


def mined(maps: dict[str, dict[str, Tensor]], batch: int = 8, settings: RosettaSettings = SETTINGS) -> Rosetta:
    """All images taken in, some at a time."""
    rosetta = Rosetta("hub", settings)
    count = len(next(iter(maps["hub"].values())))
    for start in range(0, count, batch):
        rosetta.add({model: {layer: one[start : start + batch] for layer, one in layers.items()} for model, layers in maps.items()})
    return rosetta.finish()


def plain(x: Tensor, y: Tensor, raw: bool) -> Tensor:
    """The definition, in float64 and at once: correlations `[u v]` of maps `[n u h w]` and `[n v h w]`."""
    size = max(x.shape[2], y.shape[2]), max(x.shape[3], y.shape[3])
    rows = []
    for maps in (x, y):
        flat = resized(maps.double(), size).flatten(2)
        flat = (flat - (flat.mean((0, 2), keepdim=True) if raw else flat.mean(0, keepdim=True))).transpose(0, 1).flatten(1)
        rows.append(flat / flat.norm(dim=1, keepdim=True))
    return rows[0] @ rows[1].T
