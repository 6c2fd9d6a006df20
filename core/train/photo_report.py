"""What a head says of real photographs, after it was trained: for its card and for people, never to choose a setting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from core.bench.photo_naming import indices, top_share
from core.models.dinov2 import MEAN, STD, dinov2
from core.models.text import text_encoder
from core.worlds.photos.pasted import alone
from core.worlds.photos.stamps import backgrounds, class_names, kind_names, stamps


@torch.inference_mode()
def judge_of(side: int, blend: float, text_mean: Tensor, device: torch.device) -> Callable[[Callable[[Tensor], Tensor]], dict[str, Any]]:
    """A judge of maps from rows `[n d]` to unit vectors `[n k]`; the photographs are looked at once.

    Args:
        side: of the pictures, in pixels.
        blend: the class token's share.
        text_mean: what the heads were trained without `[384]`.
        device: where the tower runs.
    """
    cut_outs = stamps()
    images = alone(cut_outs, backgrounds(), side)
    tower, rows = dinov2(side).to(device), []
    mean, std = (torch.tensor(x, device=device).view(3, 1, 1) for x in (MEAN, STD))
    for start in range(0, len(images), 16):
        tokens = tower.forward_features((images[start : start + 16].to(device) - mean) / std)
        rows.append((blend * tokens[:, 0] + (1 - blend) * tokens[:, 1:].mean(1)).cpu())
    seen = torch.cat(rows)
    classes, kinds = class_names(cut_outs), kind_names(cut_outs)
    label, kind = indices(classes, [s.label for s in cut_outs]), indices(kinds, [s.kind for s in cut_outs])
    encoder = text_encoder()

    def judge(head: Callable[[Tensor], Tensor]) -> dict[str, Any]:
        vectors = head(seen)
        names, words = (F.normalize(torch.from_numpy(encoder.embed(list(t))) - text_mean, dim=-1) for t in (classes, kinds))
        scores = vectors[label >= 0] @ names.T
        return {
            "kind": round(top_share(vectors[kind >= 0] @ words.T, kind[kind >= 0]), 4),
            "name": round(top_share(scores, label[label >= 0]), 4),
            "name among five": round(top_share(scores, label[label >= 0], 5), 4),
        }

    return judge
