"""What each line does, measured: `python -m core.train.faces.handles` begins with it.

Every line, in every group of layers, is added to a few usual faces that nothing was learned from, a little and a lot, either way; each
picture is read again by the teachers. A face is a file under `runs/`, so that a measurement that was interrupted goes on.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from core.foundations.files import load_tensors, numbers_digest, save_tensors
from core.methods.write.steer import Effects
from core.models.face_directions import SPANS, FaceDirections
from core.models.working_faces import WorkingFaces, latents_of, load_working_faces
from core.train import loop
from core.train.faces.lines import Lines
from core.train.faces.teachers.seeing import Teachers
from core.worlds.faces.attributes import ATTRIBUTES, attributes
from core.worlds.faces.reading import in_steps

FIRST = 500_000
"""Seed of the first face."""


@dataclass(frozen=True)
class Measuring:
    """Everything that decides what is measured.

    Attributes:
        faces: how many.
        usual: how far their styles are from the mean style, in parts of the whole way.
        sizes: how much of a line is added.
        identity: how dear a change of the identity is, beside a step of what has to stay.
        ground: added to the diagonal of the covariance of w, in parts of its mean.
        apart: how much dearer what groups of layers do not do alike is, beside what they all do. Few faces have a style for each
            layer; where this is 0, the coarse layers alone are bent until the readers say what is wished, and a smile is a swollen cheek.
    """

    faces: int = 6
    usual: float = 0.75
    sizes: tuple[float, ...] = (0.4, 1.2)
    identity: float = 2.0
    ground: float = 0.02
    apart: float = 15.0


def measured(lines: Lines, settings: Measuring) -> Effects:
    """What the lines do to faces, the ones that were not measured yet by a process on each core, and what a step of theirs costs."""
    made_of = repr((settings.usual, settings.sizes, SPANS, numbers_digest({"lines": lines.of})))
    folder = loop.RUNS / "faces_effects" / hashlib.sha256(made_of.encode()).hexdigest()[:8]
    folder.mkdir(parents=True, exist_ok=True)
    missing = [face for face in range(settings.faces) if not _path(folder, face).is_file()]
    with ProcessPoolExecutor(os.cpu_count(), initializer=partial(torch.set_num_threads, 1)) as pool:
        for face in pool.map(partial(_measure, folder, lines, settings), missing):
            print(f"what the lines do to face {face + 1} of {settings.faces} is measured", flush=True)
    found = [load_tensors(_path(folder, face)) for face in range(settings.faces)]
    return joined([one["values"] for one in found], [one["identity"].float() for one in found], lines, settings)


def _path(folder: Path, face: int) -> Path:
    return folder / f"{face:04d}.safetensors"


@torch.inference_mode()
def _measure(folder: Path, lines: Lines, settings: Measuring, face: int) -> int:
    painter, teachers = load_working_faces(), Teachers()
    real = painter.real
    start = latents_of(real.broadcast(real.truncated(real.style(real.latents([FIRST + face])), settings.usual)))
    save_tensors(_path(folder, face), turned(painter, teachers, start, lines, settings.sizes))
    return face


def turned(painter: WorkingFaces, teachers: Teachers, start: Tensor, lines: Lines, sizes: tuple[float, ...]) -> dict[str, Tensor]:
    """What is read of a face `[1 d s 1]` with each line added, more and then less: values `[k sizes 2 a]`, identities `[k sizes 2 d]`."""
    directions = unit_directions(lines)
    values, identity = [], []
    for unit in torch.eye(directions.cost.shape[0]):
        step = directions.along(unit)[None, :, :, None]
        for size in sizes:
            for sign in (1, -1):
                picture = painter.decode(start + sign * size * step)
                seen = teachers.read(picture)
                values.append(attributes(picture, seen)[0])
                identity.append(seen.identity[0])
    shape = (directions.cost.shape[0], len(sizes), 2, -1)
    return {"values": torch.stack(values).view(shape), "identity": torch.stack(identity).view(shape).half()}


def unit_directions(lines: Lines) -> FaceDirections:
    """The lines alone, without handles."""
    count, width = lines.of.shape
    directions = FaceDirections((), count, width, measures=len(ATTRIBUTES))
    directions.lines.copy_(lines.of)
    return directions


def joined(values: list[Tensor], identity: list[Tensor], lines: Lines, settings: Measuring) -> Effects:
    """Slopes on each face for each size, as if on a face of its own, and the cost: how unlikely a step is, and how far from the identity.

    Args:
        values: of each face `[k sizes 2 a]`.
        identity: of each face `[k sizes 2 d]`.
    """
    sizes = torch.tensor(settings.sizes)[:, None]
    slopes = [
        (in_steps(one[:, :, 0].flatten(0, 1)) - in_steps(one[:, :, 1].flatten(0, 1))).view_as(one[:, :, 0]) / (2 * sizes) for one in values
    ]
    moved = torch.stack(slopes).permute(0, 2, 1, 3).flatten(0, 1)
    whose = torch.stack([(one[:, :, 0] - one[:, :, 1]) / (2 * sizes) for one in identity]).permute(0, 2, 1, 3).flatten(0, 1)
    # A step of the identity is half a unit of one less the cosine, which is half the squared distance of two vectors of length 1.
    away = torch.einsum("fkd,fld->kl", whose, whose) / len(whose)
    return Effects(moved, unlikely(lines, settings.ground, settings.apart) + settings.identity * away)


def unlikely(lines: Lines, ground: float, apart: float) -> Tensor:
    """How far a step leads away from where styles lie, as a quadratic form `[k k]`.

    Squared standard deviations of its mean over the slots, and, so much dearer, those of what each group of slots adds to the mean.
    """
    width = len(lines.covariance)
    precision = torch.linalg.inv(lines.covariance + ground * lines.covariance.diagonal().mean() * torch.eye(width))
    across = lines.of @ precision @ lines.of.T
    shares = torch.tensor([(last - first) / SPANS[-1][1] for first, last in SPANS])
    mean = shares[:, None] * shares
    return torch.kron(across, mean + (1 + apart) * (torch.diag(shares) - mean))
