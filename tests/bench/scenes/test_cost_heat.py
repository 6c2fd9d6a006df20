"""The cost of heat maps: the programme runs, on towers small enough for a test, and both ways agree."""

from __future__ import annotations

import pytest

from core.bench.scenes import cost_heat


def test_every_figure_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times say nothing on such towers; the figures' names, the memory and the deviation do."""
    small = {"patch_size": 56, "width": 16, "layers": 12, "heads": 2, "output_dim": 8}
    monkeypatch.setattr(cost_heat, "TOWERS", {"b32": small, "l14": small | {"layers": 4}})
    found = cost_heat.heat_cost(quick=True)
    names = ("ratio_b32", "ratio_b32_single", "ratio_l14", "plain_ratio_b32", "plain_ratio_l14", "mb_b32", "plain_mb_l14", "forward_mb_b32")
    walls = ("wall_ratio_b32", "wall_ratio_b32_single", "wall_ratio_l14")
    assert all(found[f"heatmap_{name}"] > 0 for name in (*names, *walls, "forward_cpu_ms_b32", "forward_cpu_ms_l14"))
    assert "processor time" in found["settings"]["times"]
    assert found["heatmap_ratio"] == max(found["heatmap_ratio_b32"], found["heatmap_ratio_b32_single"], found["heatmap_ratio_l14"])
    assert found["heatmap_deviation"] < 1e-4
    assert found["heatmap_plain_mb_b32"] > found["heatmap_mb_b32"] > found["heatmap_forward_mb_b32"]
