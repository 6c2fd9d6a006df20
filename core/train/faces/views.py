"""Painted faces as photographs might show them: mirrored, a little nearer, aside or askew, in another light, less sharp.

What the teachers saw goes along: places move with the picture, sides change names in the mirror, all else stays as it was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.files import load_tensors, save_tensors
from core.foundations.seeds import numpy_rng
from core.models.face_eyes import FaceEyes
from core.models.face_seen import FaceSeen
from core.train.faces.readings import Readings, packed, unpacked
from core.train.faces.samples import Samples
from core.train.faces.teachers.parser import PAIRS
from core.train.faces.teachers.seeing import mirrored
from core.train.faces.tokens import seen as looked_at


@dataclass(frozen=True)
class View:
    """How far a view may be from the picture.

    Attributes:
        seed: of all.
        zoom: most that it is nearer or farther, as a factor.
        shift: most that it is moved, as a share of the side.
        turn: most that it is askew, in degrees.
        light: most that brightness and contrast differ, as a factor.
        colour: most that saturation differs, as a factor.
        blurred: how often detail is lost.
    """

    seed: int = 5
    zoom: float = 1.1
    shift: float = 0.03
    turn: float = 5.0
    light: float = 1.35
    colour: float = 1.4
    blurred: float = 0.4


def mirror(pictures: Tensor, seen: FaceSeen) -> tuple[Tensor, FaceSeen]:
    """Pictures `[n 3 h w]` and what is seen of them, in the mirror."""
    order = list(range(seen.parts.shape[1]))
    for one, other in PAIRS:
        order[one], order[other] = other, one
    return pictures.flip(3), seen._replace(landmarks=mirrored(seen.landmarks), parts=seen.parts[:, order].flip(3))


def moved(pictures: Tensor, seen: FaceSeen, zoom: float, turn: float, shift: tuple[float, float]) -> tuple[Tensor, FaceSeen]:
    """Pictures and what is seen of them, nearer by a factor, turned by an angle in radians, and moved by shares of the side."""
    cos, sin = math.cos(turn), math.sin(turn)
    out = torch.tensor([[cos, -sin], [sin, cos]]) * zoom
    back = torch.linalg.inv(out)
    aside = 2 * torch.tensor(shift)
    grid_of = torch.cat([back, -(back @ aside)[:, None]], 1).expand(len(pictures), 2, 3)

    def pulled(maps: Tensor) -> Tensor:
        grid = F.affine_grid(grid_of, [*maps.shape], align_corners=False)
        return F.grid_sample(maps, grid, padding_mode="border", align_corners=False)

    marks = ((seen.landmarks * 2 - 1) @ out.T + aside + 1) / 2
    return pulled(pictures), seen._replace(landmarks=marks, parts=pulled(seen.parts))


def relit(pictures: Tensor, settings: View, rng: np.random.Generator) -> Tensor:
    """Pictures in another light, and at times less sharp."""
    bright, contrast, colour = np.exp(rng.uniform(-1, 1, 3) * np.log([settings.light, settings.light, settings.colour]))
    tint = torch.from_numpy(rng.uniform(0.93, 1.07, 3).astype(np.float32))[:, None, None]
    mean = pictures.mean((1, 2, 3), keepdim=True)
    grey = pictures.mean(1, keepdim=True)
    lit = (((grey + (pictures - grey) * colour) - mean) * contrast + mean * bright) * tint
    if rng.random() < settings.blurred:
        side = int(pictures.shape[-1] * rng.uniform(0.3, 0.8))
        small = F.interpolate(lit, side, mode="bilinear", antialias=True)
        lit = F.interpolate(small, pictures.shape[-1], mode="bilinear")
    return lit.clamp(0, 1)


def view(pictures: Tensor, seen: FaceSeen, settings: View, rng: np.random.Generator) -> tuple[Tensor, FaceSeen]:
    """Another view of one face `[1 3 h w]`."""
    if rng.random() < 0.5:
        pictures, seen = mirror(pictures, seen)
    zoom = float(np.exp(rng.uniform(-1, 1) * np.log(settings.zoom)))
    turn = math.radians(rng.uniform(-settings.turn, settings.turn))
    x, y = rng.uniform(-settings.shift, settings.shift, 2)
    pictures, seen = moved(pictures, seen, zoom, turn, (float(x), float(y)))
    return relit(pictures, settings, rng), seen


class Views:
    """One view of each face of some shards, with its tokens, on the disk."""

    def __init__(self, samples: Samples, settings: View) -> None:
        self.samples, self.settings = samples, settings
        self.folder = samples.folder.with_name(f"{samples.folder.name}_views_{settings.seed}")

    def path(self, number: int) -> Path:
        """Where a shard's views lie, or will."""
        return self.folder / f"{number:04d}.safetensors"

    def shard(self, number: int) -> tuple[Tensor, Tensor, FaceSeen]:
        """Pictures `[50 3 256 256]` uint8, pooled tokens `[50 l t d]` half, and what is to be seen."""
        tensors = load_tensors(self.path(number))
        return tensors.pop("pictures"), tensors.pop("tokens"), unpacked(tensors)

    def look_at(self, eyes: FaceEyes, readings: Readings, numbers: list[int]) -> None:
        """Make and look at those of some shards that are missing."""
        for number in (number for number in numbers if not self.path(number).is_file()):
            pictures, seen = self.samples.shard(number)[0], readings.shard(number)
            views = [
                view(pictures[i : i + 1].float() / 255, seen.at([i]), self.settings, numpy_rng("view", self.settings.seed, number, i))
                for i in range(len(pictures))
            ]
            shown = torch.cat([(picture * 255).round().to(torch.uint8) for picture, _ in views])
            told = FaceSeen(*(torch.cat(tensors) for tensors in zip(*(told for _, told in views), strict=True)))
            save_tensors(self.path(number), {**packed(told), "pictures": shown, "tokens": looked_at(eyes, shown)})
            print(f"shard {number}: {len(shown)} views are looked at", flush=True)
