"""What TextSpan costs, beside the plain way of algorithm 1 (papers/inner_workings_thesis.md), in one run.

The shape is that of the last four layers of ViT-L-14: 64 heads of width 64 in 768 joint dimensions, 5,000 images, 3,500
texts, 60 picks. Outputs and texts are random, for the cost does not depend on what they say. Both ways start from the same
outputs `[n a k]`. The plain way keeps them all and would take the better part of an hour: it is timed on some heads and picks and scaled
by their number, which is exact, since heads and picks cost the same each.

Memory is counted by a `Ledger`, tensor by tensor: all that the moments, the texts' search and its result allocate, at the
highest. Batches, maps and texts stand before it and are not counted. How far the process's resident memory grows would say
nothing: what ran before leaves freed blocks behind, and whatever is made in those does not make the process grow.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from core.bench.scenes.cost_second_order import MB, Ledger
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


class Stopwatch:
    """Adds up the seconds that pass inside `with`, entered as often as one likes.

    Attributes:
        seconds: so far, by the wall's clock.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> None:
        """Start."""
        self._began = time.perf_counter()

    def __exit__(self, *raised: object) -> None:
        """Stop."""
        self.seconds += time.perf_counter() - self._began


def _fast(shape: Shape, maps: Tensor, texts: Tensor, from_own: bool, watch: AbstractContextManager[Any]) -> tuple[Span, float]:
    """The span, and the MB that the moments hold; `watch` is entered for all but the making of the batches."""
    with watch:
        moments = HeadMoments(shape.heads, shape.joint, HeadSpace.of(maps))
    for own, outputs in _batches(shape, maps):
        with watch:
            moments.add_own(own) if from_own else moments.add(outputs)
    with watch:
        span = text_span(moments, texts, TextSpanSettings(shape.picks))
    return span, moments.megabytes


def _timed(shape: Shape, maps: Tensor, texts: Tensor, from_own: bool) -> tuple[Span, float]:
    """The span, and the seconds that it took without the making of the batches."""
    watch = Stopwatch()
    span, _ = _fast(shape, maps, texts, from_own, watch)
    return span, watch.seconds


def _memory(shape: Shape, maps: Tensor, texts: Tensor) -> tuple[float, float]:
    """The most MB that live at once on the fast path beside batches, maps and texts; and the MB that its moments hold.

    Raises:
        RuntimeError: the most is below what the moments alone hold, which are part of it: then it was not counted rightly.
    """
    ledger = Ledger()
    _, state = _fast(shape, maps, texts, False, ledger)
    peak = ledger.peak / MB
    if peak < state:
        raise RuntimeError(f"TextSpan's memory is counted wrongly: {peak:.1f} MB at the most, but its moments alone hold {state:.1f} MB.")
    return peak, state


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


def text_span_cost(quick: bool) -> dict[str, Any]:
    """Time and memory of TextSpan, one thread or as many as torch has.

    Args:
        quick: fewer heads, images and timed picks.

    Returns:
        textspan_speedup: plain over fast, from the same outputs.
        textspan_mb: the most that lives at once on the fast path: moments, search and result; not batches, maps and texts.
        textspan_speedup_own: plain over fast from the heads' own values.
        textspan_seconds, textspan_seconds_own, textspan_plain_seconds: what the ratios are of.
        textspan_state_mb: what the moments hold between batches; part of textspan_mb.
        textspan_plain_mb: all outputs, which the plain way keeps, and nothing else of it.
        textspan_same_picks, textspan_own_same_picks: share of the timed heads on which plain and fast agree; share of all
            picks on which both fast ways do.
        settings: counts, what was scaled, what the clock and the memory count.

    Raises:
        RuntimeError: the memory was not counted rightly.
    """
    shape, rng = QUICK if quick else FULL, torch_rng("cost_text_span", 0)
    maps = torch.randn(shape.heads, shape.own, shape.joint, generator=rng) / shape.joint**0.5
    texts = torch.nn.functional.normalize(torch.randn(shape.texts, shape.joint, generator=rng) + 0.5, dim=1)
    # The first run warms the libraries, so that the plain way is not flattered by coming second.
    peak, state = _memory(shape, maps, texts)
    span, joint_seconds = _timed(shape, maps, texts, False)
    own_span, own_seconds = _timed(shape, maps, texts, True)
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
            "plain_scaled": f"from {shape.plain_heads} of {shape.heads} heads and {shape.plain_picks} of {shape.picks} picks",
            "times": "wall clock",
            "memory": "bytes of all tensors alive at once: moments, search, result; not batches, maps, texts, nor inside one operation",
        },
    }
