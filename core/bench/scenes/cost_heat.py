"""What the decomposition and heat maps for 100 texts cost beside a plain forward; a part of `clip_cost`.

Towers of the public shapes with random weights and random pictures: the cost does not depend on what they say. In every
round the stock forward and ours (the forward that sees, all terms of heads and MLPs, the maps of 100 texts) run one after
the other, and the ratio is taken within the round; figures are medians over the rounds, of processor time, summed over all
threads, not of the time that passes on a clock. The plain way
(tests/methods/read/slow_decompose.py) builds every term of equation 2.6 in the joint space, [n l h t k], before it meets a
text; all layers do the same work, so it is timed on some of them where all would take minutes. Memory is what lives at
once beside weights and pictures.
"""

from __future__ import annotations

import importlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from core.bench.scenes.cost_second_order import MB, Ledger
from core.foundations.seeds import torch_rng
from core.methods.read.decompose import Terms
from core.methods.read.decompose_heat import decompose_with_heat
from core.models.anatomy import Anatomy, anatomy_of, see

TEXTS = 100

TOGETHER = 4
"""Pictures at once on ViT-B-32. With one alone, fetching the weights again weighs more: that figure stands beside."""

TOWERS: dict[str, dict[str, int]] = {
    "b32": {"patch_size": 32, "width": 768, "layers": 12, "heads": 12, "output_dim": 512},
    "l14": {"patch_size": 14, "width": 1024, "layers": 24, "heads": 16, "output_dim": 768},
}
"""ViT-B-32 and ViT-L-14."""

PLAIN = "tests.methods.read.slow_decompose"
"""The slow reference that the tests compare the fast path with; imported when it is timed."""


@dataclass(frozen=True)
class Case:
    """A tower, pictures, texts."""

    tower: nn.Module
    anatomy: Anatomy
    images: Tensor
    texts: Tensor

    def ours(self) -> tuple[Terms, Tensor]:
        """Everything from the pictures."""
        seen = see(self.tower, self.images, self.anatomy)
        return decompose_with_heat(seen, self.anatomy, self.texts)


def tower_case(name: str, count: int) -> Case:
    """A tower with random weights and `count` random pictures."""
    from open_clip.transformer import VisionTransformer

    with torch.device("meta"):
        tower = VisionTransformer(image_size=224, mlp_ratio=4.0, **TOWERS[name])
    tower.to_empty(device="cpu")
    rng = torch_rng("bench heat", TEXTS)
    for weight in tower.parameters():
        reach = 1.0 if weight.ndim == 1 else (3 / weight[0].numel()) ** 0.5
        weight.data.uniform_(-reach, reach, generator=rng)
    anatomy = anatomy_of(tower.eval().requires_grad_(False))
    images = torch.randn(count, 3, 224, 224, generator=rng)
    return Case(tower, anatomy, images, torch.randn(TEXTS, anatomy.joint, generator=rng))


def seconds(call: Callable[..., Any], *given: Any) -> tuple[float, float]:
    """Processor seconds of a call, what it costs whoever else is using the machine, and seconds on the wall."""
    began, at = time.process_time(), time.perf_counter()
    call(*given)
    return time.process_time() - began, time.perf_counter() - at


def rounds(case: Case, count: int) -> dict[str, float]:
    """Medians over the rounds: ours over the stock forward, in processor time and on the wall; the forward's processor ms a picture."""
    pairs = [(seconds(case.tower, case.images), seconds(case.ours)) for _ in range(count)]
    return {
        "ratio": statistics.median(ours[0] / stock[0] for stock, ours in pairs),
        "wall_ratio": statistics.median(ours[1] / stock[1] for stock, ours in pairs),
        "forward_ms": 1000 * statistics.median(stock[0] for stock, _ in pairs) / len(case.images),
    }


def memory(call: Callable[..., Any], *given: Any) -> float:
    """Megabytes that live at once, at the most."""
    with Ledger() as ledger:
        call(*given)
    return ledger.peak / MB


def plainly(case: Case, forward_ms: float, layers: int) -> dict[str, float]:
    """The plain way for one picture, its own forward included, on the first layers, scaled to all, which do the same work.

    Returns:
        ratio over a stock forward; mb; and, where it ran on all layers, the deviation: the largest difference of the two
        ways' maps, of the largest number.
    """
    slow: Any = importlib.import_module(PLAIN)
    scale, anatomy = case.anatomy.layers / layers, replace(case.anatomy, blocks=case.anatomy.blocks[:layers])
    stream = slow.stream_before_blocks(case.tower, case.images, anatomy)
    with Ledger() as ledger:
        began = time.process_time()
        maps = slow.heat(slow.plain(stream, anatomy), case.texts)
        spent = time.process_time() - began
    found = {"ratio": 1000 * scale * spent / forward_ms, "mb": scale * ledger.peak / MB}
    return found | ({"deviation": float((case.ours()[1] - maps).abs().max() / maps.abs().max())} if scale == 1 else {})


@torch.no_grad()
def heat_cost(quick: bool) -> dict[str, Any]:
    """Decomposition and heat maps for 100 texts, on both shapes.

    Returns:
        heatmap_ratio: processor time of ours over that of a stock forward; the worst of the next three.
        heatmap_ratio_b32: ViT-B-32, several pictures at once, which share the reading of the weights.
        heatmap_ratio_l14: ViT-L-14, one picture.
        heatmap_ratio_b32_single: ViT-B-32, one picture.
        heatmap_wall_ratio_...: the same three on the wall, which whoever else uses the machine disturbs.
        heatmap_plain_ratio_b32, heatmap_plain_ratio_l14: the plain way over a stock forward, one picture, processor time.
        heatmap_forward_cpu_ms_b32, heatmap_forward_cpu_ms_l14: processor time of a stock forward, one picture.
        heatmap_mb_..., heatmap_plain_mb_..., heatmap_forward_mb_...: most memory beside weights and pictures, one picture.
        heatmap_deviation: largest difference of the two ways' maps on ViT-B-32, of the largest number.
        settings: counts, on how many layers the plain way was timed, and what the times and the memory count.
    """
    rounds_of = {"b32": 5, "b32_single": 9, "l14": 2} if quick else {"b32": 25, "b32_single": 51, "l14": 9}
    plain_layers = {"b32": 12, "l14": 2 if quick else 24}
    found: dict[str, Any] = {}
    for name, layers in plain_layers.items():
        case = tower_case(name, 1)
        single = "l14" if name == "l14" else "b32_single"
        # Also the first runs, which take longer than others.
        found |= {f"heatmap_forward_mb_{name}": memory(case.tower, case.images), f"heatmap_mb_{name}": memory(case.ours)}
        measured = rounds(case, rounds_of[single])
        found |= {f"heatmap_ratio_{single}": measured["ratio"], f"heatmap_wall_ratio_{single}": measured["wall_ratio"]}
        found[f"heatmap_forward_cpu_ms_{name}"] = measured["forward_ms"]
        plain = plainly(case, measured["forward_ms"], layers)
        found |= {f"heatmap_plain_ratio_{name}": plain["ratio"], f"heatmap_plain_mb_{name}": plain["mb"]}
        found |= {"heatmap_deviation": plain["deviation"]} if name == "b32" else {}
    together = rounds(tower_case("b32", TOGETHER), rounds_of["b32"])
    found |= {"heatmap_ratio_b32": together["ratio"], "heatmap_wall_ratio_b32": together["wall_ratio"]}
    return {
        "heatmap_ratio": max(found[f"heatmap_ratio_{case}"] for case in ("b32", "b32_single", "l14")),
        **found,
        "settings": {
            "texts": TEXTS,
            "pictures_b32": TOGETHER,
            "rounds": rounds_of,
            "plain_layers": plain_layers,
            "times": "processor time of all threads, and on the wall where it says so; medians over the rounds",
            "memory": "bytes of all tensors alive at once beside weights and pictures; not what lives inside one operation",
        },
    }
