"""What the decomposition and heat maps for 100 texts cost beside a plain forward; a part of `clip_cost`.

Towers of the public shapes with random weights and random pictures: the cost does not depend on what they say. In every
round the stock forward and ours (the forward that sees, all terms of heads and MLPs, the maps of 100 texts) run one after
the other, and the ratio is taken within the round; figures are medians over the rounds. The plain way
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

from core.bench.cost_second_order import MB, Ledger
from core.foundations.seeds import torch_rng
from core.methods.read.decompose import Terms, decompose, heat
from core.models.anatomy import Anatomy, anatomy_of, see

TEXTS = 100

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
        return decompose(seen, self.anatomy), heat(seen, self.anatomy, self.texts)

    def plain(self, layers: int) -> Tensor:
        """The maps `[n m t]` of the first layers from the paper's equations, whose forward is its own."""
        slow: Any = importlib.import_module(PLAIN)
        stream = slow.stream_before_blocks(self.tower, self.images, self.anatomy)
        return slow.heat(slow.plain(stream, replace(self.anatomy, blocks=self.anatomy.blocks[:layers])), self.texts)


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


def seconds(call: Callable[..., Any], *given: Any) -> float:
    """How long a call took."""
    began = time.perf_counter()
    call(*given)
    return time.perf_counter() - began


def rounds(case: Case, count: int) -> dict[str, float]:
    """Medians over the rounds: ours over the stock forward, and the forward's milliseconds a picture."""
    case.ours()
    pairs = [(seconds(case.tower, case.images), seconds(case.ours)) for _ in range(count)]
    return {
        "ratio": statistics.median(ours / stock for stock, ours in pairs),
        "forward_ms": 1000 * statistics.median(stock for stock, _ in pairs) / len(case.images),
    }


def memory(call: Callable[..., Any], *given: Any) -> float:
    """Megabytes that live at once, at the most."""
    with Ledger() as ledger:
        call(*given)
    return ledger.peak / MB


def plainly(case: Case, forward_ms: float, layers: int) -> dict[str, float]:
    """The plain way on the first layers, scaled to all of them, which do the same work: over a stock forward, and its MB."""
    scale = case.anatomy.layers / layers
    return {"ratio": 1000 * scale * seconds(case.plain, layers) / forward_ms, "mb": scale * memory(case.plain, layers)}


def deviation(case: Case) -> float:
    """The largest difference of the two ways' maps, of the largest number."""
    ours, plain = case.ours()[1], case.plain(case.anatomy.layers)
    return float((ours - plain).abs().max() / plain.abs().max())


@torch.no_grad()
def heat_cost(quick: bool) -> dict[str, Any]:
    """Decomposition and heat maps for 100 texts, on both shapes.

    Returns:
        heatmap_ratio: ours over a stock forward, one picture at a time; the worse of the two shapes.
        heatmap_ratio_b32, heatmap_ratio_l14: each by itself.
        heatmap_ratio_b32_many: ViT-B-32 with several pictures at once, which share the reading of the weights.
        heatmap_plain_ratio_b32, heatmap_plain_ratio_l14: the plain way over a stock forward.
        heatmap_mb_..., heatmap_plain_mb_..., heatmap_forward_mb_...: most memory beside weights and pictures.
        heatmap_deviation: largest difference of the two ways' maps on ViT-B-32, of the largest number.
        settings: counts, and on how many layers the plain way was timed.
    """
    many, counts = 8, {"b32": 15 if quick else 51, "l14": 3 if quick else 9}
    layers = {"b32": 6 if quick else 12, "l14": 2 if quick else 24}
    found: dict[str, Any] = {}
    for name, count in counts.items():
        case = tower_case(name, 1)
        measured = rounds(case, count)
        plain = plainly(case, measured["forward_ms"], layers[name])
        found |= {f"heatmap_ratio_{name}": measured["ratio"], f"heatmap_forward_ms_{name}": measured["forward_ms"]}
        found |= {f"heatmap_plain_ratio_{name}": plain["ratio"], f"heatmap_plain_mb_{name}": plain["mb"]}
        found[f"heatmap_forward_mb_{name}"] = memory(case.tower, case.images)
        found[f"heatmap_mb_{name}"] = memory(case.ours)
    found["heatmap_ratio_b32_many"] = rounds(tower_case("b32", many), 3 if quick else 15)["ratio"]
    return {
        "heatmap_ratio": max(found["heatmap_ratio_b32"], found["heatmap_ratio_l14"]),
        **found,
        "heatmap_deviation": deviation(tower_case("b32", 1)),
        "settings": {
            "texts": TEXTS,
            "pictures": 1,
            "pictures_many": many,
            "rounds": counts,
            "plain_layers": layers,
            "threads": torch.get_num_threads(),
        },
    }
