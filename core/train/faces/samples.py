"""Faces that the generator painted, for all that learns from them: `python -m core.train.faces.samples`.

Their styles and their pictures of 256 px lie on this machine's disk only, in shards under `runs/`; what is there already is not
painted again. The first `HELD_OUT` of them are never learned from. Free data: any number may be had, at half a second of one core each.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from core.foundations.files import load_tensors, numbers_digest, save_tensors
from core.foundations.seeds import numpy_rng
from core.models.face_generator import WEIGHTS, load_face_generator
from core.models.face_tail import FaceTail, load_face_tail
from core.models.mobile_stylegan import MobileStyleGAN
from core.train import loop
from core.train.faces.tail import Painting, draw

SHARD = 50
"""Faces of one file."""
HELD_OUT = 400
"""Faces that are judged with, the first ones."""


@dataclass(frozen=True)
class Sampling:
    """Everything that decides what is painted."""

    seed: int = 11
    faces: int = 4000
    painting: Painting = field(default_factory=lambda: Painting(kinds=(0.6, 0.2, 0.2), truncation=(0.5, 1.0)))


class Samples:
    """Painted faces on the disk.

    Example:
        samples = Samples(load_face_generator(), Sampling())
        samples.paint_all()
        pictures, styles, kinds = samples.shard(0)
    """

    def __init__(self, generator: MobileStyleGAN, settings: Sampling) -> None:
        self.settings = settings
        made_of = repr((replace(settings, faces=0), numbers_digest(generator.state_dict())))
        self.folder = loop.RUNS / "faces_samples" / hashlib.sha256(made_of.encode()).hexdigest()[:8]

    @property
    def shards(self) -> int:
        """How many files there are, or will be."""
        return -(-self.settings.faces // SHARD)

    def path(self, number: int) -> Path:
        """Where a shard lies, or will."""
        return self.folder / f"{number:04d}.safetensors"

    def shard(self, number: int) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures `[50 3 256 256]` uint8, w+ `[50 slots d]` and kinds of w+ `[50]`, in the order of `tail.KINDS`."""
        tensors = load_tensors(self.path(number))
        return tensors["pictures"], tensors["styles"], tensors["kinds"]

    def paint_all(self) -> None:
        """Paint what is missing, one process on each core."""
        missing = [number for number in range(self.shards) if not self.path(number).is_file()]
        with ProcessPoolExecutor(os.cpu_count(), initializer=_begin, initargs=(self,)) as pool:
            for done, _ in enumerate(pool.map(_paint, missing), self.shards - len(missing) + 1):
                print(f"{done * SHARD} of {self.shards * SHARD} faces are painted", flush=True)


def _begin(samples: Samples) -> None:
    torch.set_num_threads(1)
    globals()["_AT_WORK"] = samples, load_face_generator(), load_face_tail()


def _paint(number: int) -> None:
    """Paint one shard, in a process that has begun."""
    samples, generator, tail = globals()["_AT_WORK"]
    faces = range(number * SHARD, (number + 1) * SHARD)
    save_tensors(samples.path(number), painted(generator, tail, samples.settings, faces))


@torch.no_grad()
def painted(generator: MobileStyleGAN, tail: FaceTail, settings: Sampling, faces: Iterable[int]) -> dict[str, Tensor]:
    """Faces by their numbers, as `Samples.shard` gives them."""
    pictures, styles, kinds = [], [], []
    for face in faces:
        w, kind = draw(generator, settings.painting, numpy_rng("faces_samples", settings.seed, face))
        pictures.append((tail.paint(generator, w) * 255).round().to(torch.uint8))
        styles.append(w)
        kinds.append(kind)
    return {"pictures": torch.cat(pictures), "styles": torch.cat(styles).contiguous(), "kinds": torch.tensor(kinds)}


def main() -> None:
    """Paint the faces, or those that are missing."""
    parser = argparse.ArgumentParser(prog="python -m core.train.faces.samples", description=main.__doc__)
    parser.add_argument("--faces", type=int, default=Sampling.faces, help="how many")
    WEIGHTS.fetch()
    Samples(load_face_generator(), Sampling(faces=parser.parse_args().faces)).paint_all()


if __name__ == "__main__":
    main()
