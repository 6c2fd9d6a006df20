"""What the lenses cost on the shapes of public checkpoints, beside the plain way written from the paper's equations."""

from __future__ import annotations

from core.bench.cost_heat import heat_cost
from core.bench.cost_second_order import second_order_cost
from core.bench.cost_text_span import text_span_cost
from core.bench.record import Measured

FIGURES = ("heatmap_ratio", "textspan_speedup", "textspan_mb", "second_order_speedup")


def run(quick: bool) -> Measured:
    """All three, one after another; ratios of times taken in this run."""
    found = heat_cost(quick) | text_span_cost(quick) | second_order_cost(quick)
    others = {key: float(value) for key, value in found.items() if key not in FIGURES and isinstance(value, (int, float))}
    rows = {key: {"value": value} for key, value in others.items()}
    return Measured("clip_cost", {key: float(found[key]) for key in FIGURES}, rows, {"weights": "random", "quick": quick})
