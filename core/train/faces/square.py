"""Train the network that sets a face's square right (core.models.face_square): `python -m core.train.faces.square`.

It learns from faces that the generator painted, which stand as FFHQ cuts them, and from an eighth of StyleGAN2's that one may
learn from. Of each a square is looked at that is a little too large or small, turned and moved, in another light, mirrored half
of the time; the loss is how far the corners of the square that it tells are from the right ones, in hundredths of a side. Held
out are the samples' first faces, and the portraits that are for judging.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.bench.faces.portraits import PACKAGE, others, portraits
from core.foundations.files import halved, numbers_digest, save_weights
from core.foundations.seeds import torch_rng
from core.models.face_generator import USE, WEIGHTS, load_face_generator
from core.models.face_square import HIDDEN, NAME, SHARE, SIDE, WIDTHS, FaceSquare
from core.train.faces.samples import HELD_OUT, SHARD, Samples, Sampling
from core.train.loop import Schedule, machine, train

KEPT = 128
"""Pixels at which the faces are kept."""


@dataclass(frozen=True)
class SquareTraining:
    """Everything that decides the weights."""

    seed: int = 1
    faces: int = 4000
    """Painted ones, the held-out ones with them."""
    steps: int = 2000
    batch: int = 64
    real: float = 1 / 8
    """Share of a batch that StyleGAN2 painted."""
    rate: float = 2e-3
    larger: float = 0.08
    """Standard deviation of the logarithm of the side."""
    turned: float = 0.07
    """The same of the turn, in radians."""
    moved: float = 0.02
    """The same of the middle, in sides, each way."""


class Task(NamedTuple):
    """What is looked at `[n 3 64 64]`, and how the right square lies in it `[n 4]`, as `FaceSquare` tells it."""

    pictures: Tensor
    lies: Tensor


def posed(faces: Tensor, settings: SquareTraining, rng: torch.Generator) -> Task:
    """Squares that are nearly right.

    Args:
        faces: as FFHQ cuts them, `[n 3 s s]` in [0, 1].
        settings: how far off they may be.
        rng: draws it.
    """
    n = len(faces)
    side = (settings.larger * torch.randn(n, generator=rng)).exp()
    angle = settings.turned * torch.randn(n, generator=rng)
    x, y = settings.moved * torch.randn(2, n, generator=rng)
    across, down = side * angle.cos(), side * angle.sin()
    # The sampling's coordinates run from -1 to 1 over a side.
    rows = [torch.stack([SHARE * across, -SHARE * down, 2 * x], 1), torch.stack([SHARE * down, SHARE * across, 2 * y], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), [n, 3, 2 * SIDE, 2 * SIDE], align_corners=False)
    pictures = F.avg_pool2d(F.grid_sample(faces, grid, padding_mode="reflection", align_corners=False), 2)
    back = torch.stack([-(x * angle.cos() + y * angle.sin()) / side, (x * angle.sin() - y * angle.cos()) / side], 1)
    return Task(pictures, torch.cat([back, -side.log()[:, None], -angle[:, None]], 1))


def disguised(task: Task, rng: torch.Generator) -> Task:
    """The same in another light, some of it grey, half of it mirrored."""
    pictures, lies = task
    n = len(pictures)
    light = 1 + 0.25 * torch.randn(n, 1, 1, 1, generator=rng)
    tint = 0.1 * torch.randn(n, 1, 1, 1, generator=rng) + 0.05 * torch.randn(n, 3, 1, 1, generator=rng)
    grey = torch.rand(n, 1, 1, 1, generator=rng) < 0.15
    pictures = (torch.where(grey, pictures.mean(1, keepdim=True), pictures) * light + tint).clamp(0, 1)
    mirrored = torch.rand(n, generator=rng) < 0.5
    pictures = torch.where(mirrored[:, None, None, None], pictures.flip(3), pictures)
    return Task(pictures, torch.where(mirrored[:, None], lies * torch.tensor([-1.0, 1, 1, -1]), lies))


def corners(lies: Tensor) -> Tensor:
    """The corners of squares that lie in others as told `[n 4]`: `[n 4 2]`, from the others' middles, in their sides."""
    half = lies[:, 2].exp() / 2
    across, down = half * lies[:, 3].cos(), half * lies[:, 3].sin()
    signs = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    return torch.stack([torch.stack([lies[:, 0] + i * across - j * down, lies[:, 1] + i * down + j * across], 1) for i, j in signs], 1)


def apart(told: Tensor, right: Tensor) -> Tensor:
    """How far the corners of squares are from the right ones on average `[n]`, in hundredths of the right side."""
    return 100 * (corners(told) - corners(right)).norm(dim=2).mean(1) / right[:, 2].exp()


def small(faces: Tensor) -> Tensor:
    """Pictures `[n 3 256 256]` in [0, 1] as they are kept: uint8 `[n 3 128 128]`."""
    return (F.interpolate(faces, size=(KEPT, KEPT), mode="area") * 255).round().to(torch.uint8)


@torch.no_grad()
def judged(model: FaceSquare, faces: Tensor, settings: SquareTraining) -> dict[str, float]:
    """How far corners are off, in hundredths of a side, over four squares of each of some faces `[n 3 128 128]` uint8."""
    rng = torch_rng(NAME, "judged", settings.seed)
    tasks = [posed(faces.float() / 255, settings, rng) for _ in range(4)]
    right, told = torch.cat([t.lies for t in tasks]), torch.cat([model.both_ways(t.pictures) for t in tasks])
    before, after = apart(torch.zeros_like(right), right), apart(told, right)
    row = {"before": before.mean(), "after": after.mean(), "95 of 100 below": after.quantile(0.95)}
    return {name: round(float(value), 2) for name, value in row.items()}


def fitted(painted: Tensor, real: Tensor, settings: SquareTraining, made_of: object) -> tuple[FaceSquare, float]:
    """The network, as it will be kept, and the seconds that it took.

    Args:
        painted: faces to learn from, uint8 `[n 3 128 128]`.
        real: those that StyleGAN2 painted, the same.
        settings: of the training.
        made_of: what a checkpoint must have been made of.
    """
    torch.manual_seed(settings.seed)
    model = FaceSquare()
    optimiser = torch.optim.AdamW(model.parameters(), settings.rate, weight_decay=1e-2)
    count = round(settings.real * settings.batch)

    def loss_of(step: int) -> tuple[Tensor, dict[str, float]]:
        rng = torch_rng(NAME, "batch", settings.seed, step)
        drawn = [lot[torch.randint(len(lot), (n,), generator=rng)] for lot, n in ((painted, settings.batch - count), (real, count))]
        task = disguised(posed(torch.cat(drawn).float() / 255, settings, rng), rng)
        loss = apart(model(task.pictures), task.lies).mean()
        return loss, {"corners": float(loss.detach())}

    seconds = train(NAME, model, optimiser, Schedule(settings.steps, settings.rate, decay_from=0.2), loss_of, made_of=(settings, made_of))
    return model.half().float().eval(), seconds


def main() -> None:
    """Make `assets/faces_square.safetensors`."""
    settings = SquareTraining()
    WEIGHTS.fetch()
    generator = load_face_generator()
    samples = Samples(generator, Sampling(faces=settings.faces))
    samples.paint_all()
    pictures = torch.cat([small(samples.shard(number)[0].float() / 255) for number in range(samples.shards)])
    first = HELD_OUT // SHARD * SHARD
    digest = numbers_digest(generator.state_dict())
    model, seconds = fitted(pictures[first:], small(others()), settings, (digest, PACKAGE))
    quality = {"painted": judged(model, pictures[:first], settings), "portraits": judged(model, small(portraits(66)), settings)}
    print(quality, flush=True)
    save_weights(NAME, halved(model.state_dict()), card_of(settings, seconds, quality))


def card_of(settings: SquareTraining, seconds: float, quality: dict[str, dict[str, float]]) -> dict:
    """What is to be known of the weights."""
    return {
        "world": "faces",
        "model": "FaceSquare",
        "architecture": {"widths": list(WIDTHS), "hidden": HIDDEN},
        "made_from": {WEIGHTS.package: WEIGHTS.sha256, PACKAGE[1]: PACKAGE[2]},
        "training": {**asdict(settings), "seconds": round(seconds)},
        "machine": machine(torch.device("cpu")),
        "data": "faces that the generator painted, and 197 of StyleGAN2; none is kept",
        "licence": USE,
        "quality": {"corners from FFHQ's, in hundredths of a side": quality},
    }


if __name__ == "__main__":
    main()
