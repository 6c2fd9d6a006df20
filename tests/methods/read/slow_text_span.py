"""TextSpan as algorithm 1 of papers/inner_workings_thesis.md has it, line by line: every image kept, every text read at every pick.

Slow on purpose: the tests compare the fast path with it, and the benchmark `clip_cost` times it.
"""

from __future__ import annotations

import torch
from torch import Tensor


def span_of(outputs: Tensor, rank: int, centred: bool = True) -> Tensor:
    """The first right-singular vectors of the outputs `[n k]`: rows `[rank k]`."""
    return torch.linalg.svd(outputs - outputs.mean(0) if centred else outputs, full_matrices=False)[2][:rank]


def pick(outputs: Tensor, texts: Tensor, count: int, unit: bool = True) -> tuple[list[int], Tensor]:
    """The rounds of algorithm 1 on centred outputs `[n k]` and projected texts `[m k]`: the picks, and the reconstruction."""
    left, remaining, rebuilt = outputs.clone(), texts.clone(), torch.zeros_like(outputs)
    picks: list[int] = []
    for _ in range(count):
        products = remaining @ left.T
        scores = products.std(1, correction=0)
        if unit:
            scores = scores / remaining.norm(dim=1).clamp_min(1e-9)
        scores[picks] = -1
        tied = scores >= scores.max() * (1 - 1e-6)
        best = int(remaining.norm(dim=1).masked_fill(~tied, -1).argmax())
        picks.append(best)
        direction = remaining[best] / remaining[best].norm()
        part = (left @ direction)[:, None] * direction
        rebuilt += part
        left = left - part
        remaining = remaining - (remaining @ direction)[:, None] * direction
    return picks, rebuilt


def text_span_plain(
    outputs: Tensor, texts: Tensor, count: int, rank: int, unit: bool = True, centred: bool = True
) -> tuple[list[int], Tensor, float]:
    """One head, from all its outputs `[n k]`.

    Returns:
        The picks, the reconstruction `[n k]`, and the share of the variance that it explains.
    """
    axes = span_of(outputs, rank, centred)
    mean = outputs.mean(0)
    picks, rebuilt = pick(outputs - mean, texts @ axes.T @ axes, count, unit)
    return picks, mean + rebuilt, (rebuilt.square().sum() / (outputs - mean).square().sum()).item()
