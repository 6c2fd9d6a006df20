"""What mining costs beside the plain way of the paper, on the same maps, with the same result.

The plain way (papers/inner_workings_thesis.md, equations 4.1 and 4.2): for every pair of layers both maps are brought to the larger size;
one pass over the images for the means and variances, a second that normalises and correlates, in float64 as the authors' code promotes
to. Ours makes no map larger, and multiplies all units
of one size with all of another at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from core.bench.pace import spent
from core.foundations.maps import larger, resized
from core.foundations.seeds import torch_rng
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_sums import RosettaSettings

HUB = {f"{side}.{layer}": (units, side) for side in (4, 8, 16, 32) for layer, units in (("conv1", 64), ("conv2", 64), ("rgb", 3))}
EYE = {f"block{number}": (96, 14) for number in range(12)}
EYE |= {f"stage{stage}.{number}": (units, side) for stage, units, side in ((2, 32, 28), (3, 64, 14), (4, 128, 7)) for number in range(4)}
"""Layers of a StyleGAN, and of a transformer and a ResNet that look at its pictures, in the paper's proportions and an eighth of its
units: units of a layer, and places both ways."""
BATCH = 10

Maps = Mapping[str, Tensor]


def drawn(layers: Mapping[str, tuple[int, int]], count: int, name: str) -> dict[str, Tensor]:
    """Random maps `[n u h w]`."""
    rng = torch_rng("rosetta cost", name)
    return {layer: torch.randn(count, units, side, side, generator=rng).relu() for layer, (units, side) in layers.items()}


def batches(maps: Maps, size: int) -> list[dict[str, Tensor]]:
    """The same in batches."""
    count = len(next(iter(maps.values())))
    return [{layer: one[start : start + size] for layer, one in maps.items()} for start in range(0, count, size)]


def plain_pair(hub: Sequence[Tensor], eye: Sequence[Tensor]) -> Tensor:
    """Two layers' batches `[n u h w]`, correlated in two passes: `[u v]`."""
    size = larger(tuple(hub[0].shape[2:]), tuple(eye[0].shape[2:]))  # type: ignore[arg-type]
    means, spreads = [], []
    for side in (hub, eye):
        total, squares = (torch.zeros(side[0].shape[1], dtype=torch.float64) for _ in range(2))
        seen = 0
        for maps in side:
            large = resized(maps.double(), size)
            total = total + large.sum((0, 2, 3))
            squares = squares + large.square().sum((0, 2, 3))
            seen += large[:, 0].numel()
        mean = total / seen
        means.append(mean)
        spreads.append((squares / seen - mean.square()).sqrt())
    table, seen = torch.zeros(hub[0].shape[1], eye[0].shape[1], dtype=torch.float64), 0
    for one, other in zip(hub, eye, strict=True):
        x, y = (
            (resized(maps.double(), size) - mean[:, None, None]) / spread[:, None, None]
            for maps, mean, spread in zip((one, other), means, spreads, strict=True)
        )
        table += torch.einsum("nuhw,nvhw->uv", x, y)
        seen += x[:, 0].numel()
    return table / seen


def plain_table(hub: Maps, eye: Maps, order: tuple[Sequence[str], Sequence[str]]) -> Tensor:
    """Every pair of layers, one after the other."""
    mine, theirs = (batches(maps, BATCH) for maps in (hub, eye))
    rows = [torch.cat([plain_pair([b[a] for b in mine], [b[c] for b in theirs]) for c in order[1]], 1) for a in order[0]]
    return torch.cat(rows)


def exact_table(hub: Maps, eye: Maps) -> Rosetta:
    """All of it in one pass."""
    rosetta = Rosetta("hub", RosettaSettings(most=32, shuffles=0))
    for one, other in zip(batches(hub, BATCH), batches(eye, BATCH), strict=True):
        rosetta.add({"hub": one, "eye": other})
    return rosetta.finish()


def mining_cost(quick: bool) -> dict[str, Any]:
    """`mining_speedup`, the ratio of processor times in one run, and the largest difference between the two tables."""
    hub, eye = (drawn(layers, 20 if quick else 60, name) for name, layers in (("hub", HUB), ("eye", EYE)))
    rosetta = exact_table(hub, eye)
    order = tuple([layer for group in rosetta.layouts[m].groups for layer in group.layers] for m in ("hub", "eye"))
    kept: list[Tensor] = []
    theirs = spent(lambda: kept.append(plain_table(hub, eye, (order[0], order[1]))))
    ours = min(spent(lambda: exact_table(hub, eye)) for _ in range(2))
    apart = float((rosetta.correlations("eye", raw=True) - kept[0]).abs().max())
    return {
        "mining_speedup": theirs / ours,
        "mining ms": ours,
        "mining plain ms": theirs,
        "mining largest difference": apart,
        "settings": {
            "images": len(hub["8.conv1"]),
            "hub units": sum(u for u, _ in HUB.values()),
            "eye units": sum(u for u, _ in EYE.values()),
        },
    }
