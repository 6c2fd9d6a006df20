"""TextSpan's cost: its memory is counted by hand, batches are not part of it, and a count that cannot be is refused."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import pytest
import torch

from core.bench.scenes import cost_text_span
from core.bench.scenes.cost_second_order import Ledger
from core.bench.scenes.cost_text_span import Shape, Stopwatch, text_span_cost

SMALL = Shape(3, 8, 32, 100, 60, 8, 40, plain_heads=2, plain_picks=4)


class Blind(Ledger):
    """Sees nothing, as a count of the resident memory does where freed blocks are used again."""

    def _enter(self, tensor: torch.Tensor, size: int) -> None:
        pass


def given(shape: Shape) -> tuple[torch.Tensor, torch.Tensor]:
    """Maps and texts."""
    torch.manual_seed(0)
    return torch.randn(shape.heads, shape.own, shape.joint), torch.randn(shape.texts, shape.joint)


def test_memory_is_that_of_moments_search_and_result() -> None:
    """At least what must live at the end by the shapes alone; and the same however large what stood before was."""
    maps, texts = given(SMALL)
    peak, state = cost_text_span._memory(SMALL, maps, texts)
    a, d, k, p, m = SMALL.heads, SMALL.own, SMALL.joint, SMALL.picks, SMALL.texts
    assert state == pytest.approx(8e-6 * a * (d + d * d + d * k + d * d))  # mean, scatter, basis, lift
    assert peak >= state + 8e-6 * (k * m + a * d * m + a * p * k)  # texts in float64, texts along the heads' axes, directions
    freed = torch.zeros(2**22)
    del freed
    assert cost_text_span._memory(SMALL, maps, texts) == (peak, state)


def test_batches_are_not_counted() -> None:
    """Forty times as many images, batch by batch, cost no more; and who counts batches too, counts so much more."""
    maps, texts = given(SMALL)
    assert cost_text_span._memory(replace(SMALL, images=4000), maps, texts) == cost_text_span._memory(SMALL, maps, texts)
    whole = replace(SMALL, images=4000, batch=4000)
    counted, _ = cost_text_span._memory(whole, maps, texts)
    with Ledger() as everything:
        cost_text_span._fast(whole, maps, texts, False, nullcontext())
    assert everything.peak / 1e6 >= counted + 4e-6 * 4000 * whole.heads * (whole.own + whole.joint)


def test_less_than_the_state_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peak that is smaller than its part fails the benchmark."""
    monkeypatch.setattr(cost_text_span, "QUICK", SMALL)
    monkeypatch.setattr(cost_text_span, "Ledger", Blind)
    with pytest.raises(RuntimeError, match="counted wrongly: 0.0 MB"):
        text_span_cost(quick=True)


def test_every_figure_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The picks agree, the peak holds the state, and the settings say what is counted."""
    monkeypatch.setattr(cost_text_span, "QUICK", SMALL)
    found = text_span_cost(quick=True)
    assert found["textspan_same_picks"] == found["textspan_own_same_picks"] == 1
    assert found["textspan_mb"] > found["textspan_state_mb"] > 0
    assert all(found[f"textspan_{name}"] > 0 for name in ("speedup", "speedup_own", "seconds", "seconds_own", "plain_seconds", "plain_mb"))
    assert "not batches" in found["settings"]["memory"] and found["settings"]["times"] == "wall clock"


def test_stopwatch_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two stretches of a clock that is moved by hand; what passes between them does not count."""
    hours = iter([1.0, 2.0, 10.0, 13.0])
    monkeypatch.setattr(cost_text_span.time, "perf_counter", lambda: next(hours))
    watch = Stopwatch()
    for _ in range(2):
        with watch:
            pass
    assert watch.seconds == 4
