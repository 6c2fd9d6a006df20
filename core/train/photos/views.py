"""What DINOv2 sees of the pictures with names: each pasted several times on random grounds, seen once, kept as means.

A view is four rows of 384 numbers after the last norm: the class token, and the means of all patch tokens, of those on
the thing, and of those beside it. The head is trained on these, so the tower need not run again.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from core.foundations.files import ROOT, load_tensors, save_tensors
from core.foundations.half import half
from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.models.dinov2 import MEAN, PATCH, STD, dinov2
from core.worlds.photos.grounds import ground
from core.worlds.photos.named import Named

PARTS = ("whole", "patches", "inside", "outside")
CHUNK = 512


@dataclass(frozen=True)
class ViewMaking:
    """How the pictures are looked at."""

    side: int = 224
    views: int = 3
    """Of each picture."""
    least: float = 0.45
    """How large a thing is at least, as a share of the side."""
    batch: int = 16
    """Pictures at once."""


@dataclass(frozen=True)
class Views:
    """Rows of all views, picture after picture, `[n v 384]` each.

    Attributes:
        whole: of the class token.
        patches: mean of all patch tokens.
        inside: mean of the patch tokens on the thing, weighted by how much of each it covers.
        outside: of those beside it.
    """

    whole: Tensor
    patches: Tensor
    inside: Tensor
    outside: Tensor


def pasted(image: Image.Image, rng: np.random.Generator, making: ViewMaking) -> tuple[np.ndarray, np.ndarray]:
    """A cut-out on a random ground: RGB uint8 `[s s 3]`, and how much of each place it covers `[s s]` in [0, 1]."""
    side = making.side
    length = rng.uniform(making.least, 1.0) * side
    scale = length / max(image.size)
    width, height = (max(8, round(edge * scale)) for edge in image.size)
    small = image.resize((width, height), Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.BOX)
    if rng.random() < 0.5:
        small = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    top, left = int(rng.integers(0, side - height + 1)), int(rng.integers(0, side - width + 1))
    canvas = Image.fromarray(np.ascontiguousarray(ground(rng, side))).convert("RGBA")
    canvas.alpha_composite(small, (left, top))
    cover = np.zeros((side, side), np.float32)
    cover[top : top + height, left : left + width] = np.asarray(small)[..., 3] / 255
    return np.asarray(canvas.convert("RGB")), cover


@torch.inference_mode()
def rows_of(tower: Any, rgb: np.ndarray, cover: np.ndarray, device: torch.device) -> Tensor:
    """The four rows of pictures `[n s s 3]` with covers `[n s s]`: `[n 4 384]`."""
    mean, std = (torch.tensor(x, device=device).view(3, 1, 1) for x in (MEAN, STD))
    with half(device):  # twice as fast, and the rows are kept in half precision anyway
        tokens = tower.forward_features((to_tensor(rgb).to(device) - mean) / std).float()
    share = F.avg_pool2d(torch.from_numpy(cover).to(device)[:, None], PATCH).flatten(1)
    patches = tokens[:, 1:]
    inside, outside = (torch.einsum("nt,ntd->nd", w / w.sum(1, keepdim=True).clamp(min=1e-3), patches) for w in (share, 1 - share))
    return torch.stack([tokens[:, 0], patches.mean(1), inside, outside], 1)


def look(pictures: list[Named], making: ViewMaking, device: torch.device, folder: Path | None = None) -> Views:
    """All views of all pictures; goes on where an earlier run stopped."""
    folder = folder or ROOT / "runs" / "photo_views"
    tower, kept = dinov2(making.side).to(device), []
    key = _key(pictures, making)
    for start in range(0, len(pictures), CHUNK):
        path = folder / f"{key}-{start}.safetensors"
        if not path.is_file():
            rows = _look_at(tower, pictures[start : start + CHUNK], start, making, device)
            save_tensors(path, {"rows": rows.half()})
            print(f"views {start + len(rows)}/{len(pictures)}", flush=True)
        kept.append(load_tensors(path)["rows"])
    return Views(*torch.cat(kept).float().unbind(2))


def _key(pictures: list[Named], making: ViewMaking) -> str:
    """Of all that decides the rows: another picture or setting has another."""
    sha = hashlib.sha256(repr(making).encode())
    for picture in pictures:
        sha.update(picture.data)
    return sha.hexdigest()[:16]


def _look_at(tower: Any, pictures: list[Named], start: int, making: ViewMaking, device: torch.device) -> Tensor:
    """`[n v 4 384]`; each view depends on its picture's number and its own alone."""

    def batch(first: int) -> tuple[np.ndarray, np.ndarray]:
        images = [picture.image for picture in pictures[first : first + making.batch]]
        views = [
            pasted(i, numpy_rng("photo view", start + first + n, v), making) for n, i in enumerate(images) for v in range(making.views)
        ]
        return np.stack([rgb for rgb, _ in views]), np.stack([cover for _, cover in views])

    with ThreadPoolExecutor(1) as ahead:  # pasting takes as long as looking
        found = [rows_of(tower, *views, device) for views in ahead.map(batch, range(0, len(pictures), making.batch))]
    return torch.cat(found).unflatten(0, (len(pictures), making.views))


def settings_of(making: ViewMaking) -> dict[str, Any]:
    """For a card."""
    return asdict(making)
