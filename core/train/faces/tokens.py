"""What the eyes see of the painted faces, once for all that learns from them.

A file beside each shard of core.train.faces.samples; what is there already is not looked at again.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from core.foundations.files import load_tensors, save_tensors
from core.models.face_encoder import POOL, pooled
from core.models.face_eyes import FaceEyes, load_face_eyes
from core.train.faces.samples import Samples

BATCH = 10


class Tokens:
    """Pooled tokens of the samples on the disk."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples

    def path(self, number: int) -> Path:
        """Where the tokens of a shard lie, or will."""
        return self.samples.folder / f"tokens_{POOL}" / f"{number:04d}.safetensors"

    def shard(self, number: int) -> Tensor:
        """Tokens `[50 l t d]` half: for each block the class token, then patches, pooled to 8 x 8."""
        return load_tensors(self.path(number))["tokens"]

    def look_at_all(self) -> None:
        """Look at what is missing."""
        missing = [number for number in range(self.samples.shards) if not self.path(number).is_file()]
        if not missing:
            return
        eyes = load_face_eyes()
        for number in missing:
            save_tensors(self.path(number), {"tokens": seen(eyes, self.samples.shard(number)[0])})
            print(f"{number + 1} of {self.samples.shards} shards are looked at", flush=True)


@torch.no_grad()
def seen(eyes: FaceEyes, pictures: Tensor) -> Tensor:
    """Pictures `[n 3 h w]` uint8 to pooled tokens `[n l t d]` half."""
    return torch.cat([pooled(eyes.look(some.float() / 255)).half() for some in pictures.split(BATCH)])
