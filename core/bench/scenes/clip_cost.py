"""What the lenses cost on the shapes of public checkpoints, beside the plain way written from the paper's equations."""

from __future__ import annotations

from typing import Any

import torch

from core.bench.record import Measured
from core.bench.scenes.cost_heat import heat_cost
from core.bench.scenes.cost_second_order import second_order_cost
from core.bench.scenes.cost_text_span import text_span_cost

FIGURES = ("heatmap_ratio", "textspan_speedup", "textspan_mb", "second_order_speedup")

PARTS = {"heatmap": heat_cost, "textspan": text_span_cost, "second_order": second_order_cost}
"""What is measured; figures and settings of a part begin with its name."""


def run(quick: bool) -> Measured:
    """All three, one after another; ratios of times taken in this run. The heat maps' times are processor time, all others wall clock."""
    found: dict[str, Any] = {}
    settings: dict[str, Any] = {"weights": "random", "quick": quick, "threads": torch.get_num_threads()}
    for name, cost in PARTS.items():
        part = cost(quick)
        settings |= {f"{name} {key}": value for key, value in part.pop("settings").items()}
        found |= part
    rows = {key: {"value": float(value)} for key, value in found.items() if key not in FIGURES}
    return Measured("clip_cost", {key: float(found[key]) for key in FIGURES}, rows, settings)
