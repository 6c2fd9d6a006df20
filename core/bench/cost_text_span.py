"""What TextSpan costs, beside the plain way of algorithm 1 (papers/inner_workings_thesis.md), in one run.

The shape is that of the last four layers of ViT-L-14: 64 heads of width 64 in 768 joint dimensions, 5,000 images, 3,500
texts, 60 picks. Outputs and texts are random, for the cost does not depend on what they say. Both ways start from the same
outputs `[n a k]`. The plain way keeps them all and would take the better part of an hour: it is timed on some heads and picks and scaled
by their number, which is exact, since heads and picks cost the same each.
"""

from __future__ import annotations

import importlib
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.foundations.seeds import torch_rng
from core.methods.read.text_span import HeadMoments, HeadSpace, Span, TextSpanSettings, text_span

PLAIN = "tests.methods.read.slow_text_span"
"""The slow reference that the tests compare the fast path with; imported when it is timed."""


@dataclass(frozen=True)
class Shape:
    """What is timed."""

    heads: int = 64
    own: int = 64
    joint: int = 768
    images: int = 5000
    texts: int = 3500
    picks: int = 60
    batch: int = 250
    plain_heads: int = 2
    """Heads on which the plain way is timed."""
    plain_picks: int = 8
    """Picks on which the plain way is timed."""


FULL = Shape()
QUICK = Shape(heads=16, images=2000, plain_heads=1, plain_picks=4)


def _batches(shape: Shape, maps: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Own values `[n a d]` and outputs `[n a k]`, batch by batch; the spectrum falls, as heads' do, and the mean is not 0."""
    rng = torch_rng("cost_text_span", shape.images)
    for start in range(0, shape.images, shape.batch):
        count = min(shape.batch, shape.images - start)
        own = torch.randn(count, shape.heads, shape.own, generator=rng) * torch.linspace(2, 0.2, shape.own) + 0.5
        yield own, torch.einsum("nad,adk->nak", own, maps)


def _fast(shape: Shape, maps: Tensor, texts: Tensor, from_own: bool) -> tuple[Span, float, float]:
    """The span, the seconds that it took without the making of the outputs, and the MB that the moments held."""
    begin = time.perf_counter()
    moments = HeadMoments(shape.heads, shape.joint, HeadSpace.of(maps))
    spent = time.perf_counter() - begin
    for own, outputs in _batches(shape, maps):
        begin = time.perf_counter()
        moments.add_own(own) if from_own else moments.add(outputs)
        spent += time.perf_counter() - begin
    begin = time.perf_counter()
    span = text_span(moments, texts, TextSpanSettings(shape.picks))
    return span, spent + time.perf_counter() - begin, moments.megabytes


def _plain(shape: Shape, outputs: Tensor, texts: Tensor) -> tuple[list[list[int]], float]:
    """The first picks of some heads `[n a k]`, and the seconds that all heads and picks would take."""
    slow = importlib.import_module(PLAIN)
    fixed, rounds, picked = 0.0, 0.0, []
    for head in range(shape.plain_heads):
        begin = time.perf_counter()
        axes = slow.span_of(outputs[:, head], shape.own)
        centred, projected = outputs[:, head] - outputs[:, head].mean(0), texts @ axes.T @ axes
        fixed += time.perf_counter() - begin
        begin = time.perf_counter()
        picked.append(slow.pick(centred, projected, shape.plain_picks)[0])
        rounds += time.perf_counter() - begin
    return picked, (fixed + rounds * shape.picks / shape.plain_picks) * shape.heads / shape.plain_heads


def _peak_mb(work: Callable[[], Any]) -> float:
    """Resident memory at its highest during the work, less what was resident before, in MB.

    The kernel's high-water mark is set back first. Where that cannot be done, it is the growth of the process's highest
    ever, which is too small if something larger ran before.
    """
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")

    def high() -> float:
        if not status.is_file():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        return float(next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))) * 1.024e-3

    if reset.exists():
        reset.write_text("5")
    before = high()
    work()
    return high() - before


def text_span_cost(quick: bool) -> dict[str, Any]:
    """Time and memory of TextSpan, one thread or as many as torch has.

    Args:
        quick: fewer heads, images and timed picks.

    Returns:
        `textspan_speedup`, plain over fast from the same outputs; `textspan_mb`, the fast path's highest extra resident
        memory, a batch of outputs included; beside them seconds, state, the cache that the plain way needs, and settings.
    """
    shape, rng = QUICK if quick else FULL, torch_rng("cost_text_span", 0)
    maps = torch.randn(shape.heads, shape.own, shape.joint, generator=rng) / shape.joint**0.5
    texts = torch.nn.functional.normalize(torch.randn(shape.texts, shape.joint, generator=rng) + 0.5, dim=1)
    # The first run warms the libraries, so that the plain way is not flattered by coming second.
    peak = _peak_mb(lambda: _fast(shape, maps, texts, False))
    span, joint_seconds, state = _fast(shape, maps, texts, False)
    own_span, own_seconds, _ = _fast(shape, maps, texts, True)
    outputs = torch.cat([outputs[:, : shape.plain_heads] for _, outputs in _batches(shape, maps)])
    picked, plain_seconds = _plain(shape, outputs, texts)
    agree = [span.picks[head, : len(picks)].tolist() == picks for head, picks in enumerate(picked)]
    return {
        "textspan_speedup": plain_seconds / joint_seconds,
        "textspan_mb": peak,
        "textspan_speedup_own": plain_seconds / own_seconds,
        "textspan_seconds": joint_seconds,
        "textspan_seconds_own": own_seconds,
        "textspan_plain_seconds": plain_seconds,
        "textspan_state_mb": state,
        "textspan_plain_mb": 4e-6 * shape.images * shape.heads * shape.joint,
        "textspan_same_picks": sum(agree) / len(agree),
        "textspan_own_same_picks": (own_span.picks == span.picks).double().mean().item(),
        "settings": asdict(shape)
        | {
            "threads": torch.get_num_threads(),
            "plain_scaled": f"from {shape.plain_heads} of {shape.heads} heads and {shape.plain_picks} of {shape.picks} picks",
            "memory": "resident high-water mark less what was resident before; batches of outputs included",
        },
    }
