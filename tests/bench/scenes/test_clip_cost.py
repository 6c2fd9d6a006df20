"""All costs in one table: figures apart from rows, and every part's settings said."""

from __future__ import annotations

import pytest

from core.bench.scenes import clip_cost, cost_heat


def test_settings_of_every_part_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each under its part's name, so that none hides another's."""
    parts = {
        "heatmap": lambda quick: {"heatmap_ratio": 1.5, "heatmap_deviation": 0.0, "settings": {"times": "processor time", "texts": 3}},
        "textspan": lambda quick: {"textspan_speedup": 5, "textspan_mb": 7.0, "settings": {"times": "wall clock"}},
        "second_order": lambda quick: {"second_order_speedup": 9.0, "settings": {"times": "wall clock", "texts": 4}},
    }
    monkeypatch.setattr(clip_cost, "PARTS", parts)
    measured = clip_cost.run(quick=True)
    assert measured.figures == {"heatmap_ratio": 1.5, "textspan_speedup": 5.0, "textspan_mb": 7.0, "second_order_speedup": 9.0}
    assert measured.baselines == {"heatmap_deviation": {"value": 0.0}}
    assert measured.settings["quick"] and measured.settings["weights"] == "random" and measured.settings["threads"] >= 1
    assert measured.settings["heatmap texts"] == 3 and measured.settings["second_order texts"] == 4
    assert "heatmap times processor time" in measured.table() and "textspan times wall clock" in measured.table()


def test_heat_maps_are_timed_by_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits costs nothing: only the processor's clock is read."""
    monkeypatch.setattr(cost_heat.time, "process_time", iter([2.0, 5.0]).__next__)
    assert cost_heat.seconds(lambda: None)[0] == 3
