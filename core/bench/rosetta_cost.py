"""What mining, guiding and editing by shared units cost beside the plain way, in one run; ratios of processor time."""

from __future__ import annotations

from typing import Any

import torch

from core.bench.record import Measured
from core.bench.rosetta_mining import mining_cost

FIGURES = ("mining_speedup",)
PARTS = {"mining": mining_cost}
"""What is measured; figures and settings of a part begin with its name."""


def run(quick: bool) -> Measured:
    """All parts, one after another."""
    found: dict[str, Any] = {}
    settings: dict[str, Any] = {"quick": quick, "threads": torch.get_num_threads()}
    for name, cost in PARTS.items():
        part = cost(quick)
        settings |= {f"{name} {key}": value for key, value in part.pop("settings").items()}
        found |= part
    rows = {key: {"value": float(value)} for key, value in found.items() if key not in FIGURES}
    return Measured("rosetta_cost", {key: float(found[key]) for key in FIGURES}, rows, settings)
