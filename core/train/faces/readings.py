"""What the teachers see of the painted faces, for all that learns from it: `python -m core.train.faces.readings`.

They lie beside the samples, a file for each shard of theirs; what is there already is not read again, so more are added when more
have been painted. A face takes a third of a second on one thread of an idle machine.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from core.foundations.files import load_tensors, save_tensors
from core.models.face_generator import WEIGHTS, load_face_generator
from core.models.face_seen import FaceSeen, joined
from core.train.faces.samples import Samples, Sampling
from core.train.faces.teachers.seeing import Teachers

AT_ONCE = 2
"""Pictures that are read together."""


class Readings:
    """What was seen of the samples, on the disk.

    Example:
        readings = Readings(samples)
        readings.read_all()
        seen = readings.shard(0)
    """

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self.folder = samples.folder.with_name(f"{samples.folder.name}_seen")

    def path(self, number: int) -> Path:
        """Where a shard's readings lie, or will."""
        return self.folder / f"{number:04d}.safetensors"

    def ready(self) -> list[int]:
        """The shards that have been read, in their order."""
        return [number for number in range(self.samples.shards) if self.path(number).is_file()]

    def shard(self, number: int) -> FaceSeen:
        """What was seen of a shard's faces."""
        return unpacked(load_tensors(self.path(number)))

    def all(self, numbers: list[int] | None = None) -> FaceSeen:
        """What was seen of several shards' faces, all that are ready where None."""
        return joined([self.shard(number) for number in (self.ready() if numbers is None else numbers)])

    def read_all(self, teachers: Teachers | None = None) -> None:
        """Read each shard that has been painted and was not read yet."""
        waiting = [n for n in range(self.samples.shards) if self.samples.path(n).is_file() and not self.path(n).is_file()]
        for number in waiting:
            teachers = teachers or Teachers()
            pictures = self.samples.shard(number)[0]
            save_tensors(self.path(number), packed(read(teachers, pictures)))
            print(f"shard {number}: {len(pictures)} faces are read", flush=True)


def read(teachers: Teachers, pictures: Tensor) -> FaceSeen:
    """What the teachers see of pictures `[n 3 256 256]` uint8."""
    return joined([teachers.read(some.float() / 255) for some in pictures.split(AT_ONCE)])


def packed(seen: FaceSeen) -> dict[str, Tensor]:
    """A record in few bytes: parts in 255ths, landmarks and identity in half precision, all else as it is."""
    parts = (seen.parts * 255).round().to(torch.uint8)
    return {**seen._asdict(), "parts": parts, "identity": seen.identity.half(), "landmarks": seen.landmarks.half()}


def unpacked(tensors: dict[str, Tensor]) -> FaceSeen:
    """The record again, in float32."""
    floats = {name: tensors[name].float() for name in FaceSeen._fields}
    return FaceSeen(**{**floats, "parts": floats["parts"] / 255})


def main() -> None:
    """Read the painted faces that were not read yet; those that are missing are painted first."""
    parser = argparse.ArgumentParser(prog="python -m core.train.faces.readings", description=main.__doc__)
    parser.add_argument("--faces", type=int, default=Sampling.faces, help="how many, from the first one on")
    args = parser.parse_args()
    WEIGHTS.fetch()
    samples = Samples(load_face_generator(), Sampling(faces=args.faces))
    samples.paint_all()
    Readings(samples).read_all()


if __name__ == "__main__":
    main()
