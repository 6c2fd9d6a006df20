"""Train the faces' tail (core.models.face_tail) against the real generator: `python -m core.train.faces.tail`.

Faces are painted by the real generator, and of each a few pieces of its maps are kept on the disk, with the colours that the
picture has there once 4 x 4 pixels are one. Half of the faces are one style throughout, as the mapping gives it, truncated from
nearly usual to not at all; others have the styles of two faces, or every slot a little off, since a portrait that was taken in
does not lie where the mapping's styles lie. The loss is the squared difference of colours that are not clamped.

Held out are whole pictures of other faces, drawn the same way. Beside the tail stand the generator's own last stage folded,
which is what the training starts from, and a linear head on [x, x times the next style's factors] by least squares.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from torch import Tensor

from core.foundations.files import halved, load_tensors, numbers_digest, save_tensors, save_weights
from core.foundations.seeds import numpy_rng
from core.models.face_generator import USE, WEIGHTS, load_face_generator
from core.models.face_tail import BEHIND, MARGIN, NAME, SHRINK, FaceTail, Factors, factors_of
from core.models.mobile_stylegan import MobileStyleGAN
from core.train import loop
from core.train.loop import Schedule, machine, train

KINDS = ("one style", "two faces", "slots apart")
"""Of w+ that are drawn."""
ENOUGH = 32.0
"""PSNR in dB, the median over held-out pictures, from which the weights are kept."""


@dataclass(frozen=True)
class Painting:
    """Everything that decides what is learned from."""

    seed: int = 1
    faces: int = 160
    held_out: int = 64
    crops: int = 4
    """Pieces of each face."""
    side: int = 64
    """Places of a piece both ways, without the margin."""
    kinds: tuple[float, float, float] = (0.5, 0.25, 0.25)
    """Shares, in the order of KINDS."""
    truncation: tuple[float, float] = (0.4, 1.0)
    apart: float = 0.5
    """Most that a slot is moved by, in standard deviations of w."""


@dataclass(frozen=True)
class TailTraining:
    """Everything else that decides the weights."""

    steps: int = 3000
    batch: int = 8
    """Pieces of one step."""
    rate: float = 1e-3


class Piece(NamedTuple):
    """Maps with their margin `[k u h w]`, colours without `[k 3 h w]`, and the factors of one face."""

    maps: Tensor
    colours: Tensor
    factors: Factors


def draw(generator: MobileStyleGAN, settings: Painting, rng: np.random.Generator) -> tuple[Tensor, int]:
    """A random w+ `[1 slots d]` and its kind."""
    kind = int(rng.choice(len(KINDS), p=settings.kinds))
    share = rng.uniform(*settings.truncation)
    w = generator.truncated(generator.style(generator.latents(rng.integers(2**31, size=2).tolist())), share)
    styles = generator.broadcast(w[:1]).clone()
    if KINDS[kind] == "two faces":  # half of them within the slots that only the tail sees
        first = generator.slots - BEHIND if rng.random() < 0.5 else 1
        styles[:, rng.integers(first, generator.slots) :] = w[1]
    elif KINDS[kind] == "slots apart":
        spread = generator.style(generator.latents(list(range(256)))).std(0)
        noise = torch.from_numpy(rng.standard_normal(styles.shape, dtype=np.float32))
        styles = styles + rng.uniform(0, settings.apart) * spread * noise
    return styles, kind


@torch.no_grad()
def paint(generator: MobileStyleGAN, styles: Tensor) -> tuple[Tensor, Tensor]:
    """Maps `[n u h w]` and the real picture's colours at their size, not clamped, `[n 3 h w]`."""
    maps = level = None
    for level in generator.levels(styles):
        maps = level.last if level.size == generator.sizes[-2] else maps
    assert maps is not None and level is not None
    return maps, F.avg_pool2d(generator.picture(level, styles, bounded=False), SHRINK)


def pieces(maps: Tensor, colours: Tensor, settings: Painting, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Random pieces of the maps `[k u h w]` with a margin on every side, and their colours `[k 3 h w]` without."""
    size, side = maps.shape[-1], settings.side
    corners = rng.integers(MARGIN, size - side - MARGIN + 1, size=(settings.crops, 2))
    whole = side + 2 * MARGIN
    cut = [maps[0, :, y - MARGIN : y - MARGIN + whole, x - MARGIN : x - MARGIN + whole] for y, x in corners]
    return torch.stack(cut), torch.stack([colours[0, :, y : y + side, x : x + side] for y, x in corners])


class Faces:
    """Painted faces on the disk, one file each; what is there already is not painted again."""

    def __init__(self, generator: MobileStyleGAN, settings: Painting) -> None:
        self.generator, self.settings = generator, settings
        made_of = repr((replace(settings, faces=0, held_out=0), numbers_digest(generator.state_dict())))
        self.folder = loop.RUNS / NAME / hashlib.sha256(made_of.encode()).hexdigest()[:8]

    def path(self, split: str, number: int) -> Path:
        """Where a face lies, or will."""
        return self.folder / split / f"{number:05d}.safetensors"

    @torch.no_grad()
    def paint_all(self) -> None:
        """Paint what is missing, the held-out ones first."""
        for split, count in (("held_out", self.settings.held_out), ("training", self.settings.faces)):
            missing = [number for number in range(count) if not self.path(split, number).is_file()]
            for done, number in enumerate(missing, count - len(missing) + 1):
                self.paint_one(split, number)
                if done % 16 == 0 or done == count:
                    print(f"{split}: {done} of {count} faces are painted", flush=True)

    def paint_one(self, split: str, number: int) -> None:
        """Paint a face, and keep its pieces, or all of it where it is held out."""
        rng = numpy_rng(NAME, split, self.settings.seed, number)
        styles, kind = draw(self.generator, self.settings, rng)
        maps, colours = paint(self.generator, styles)
        if split == "training":
            maps, colours = pieces(maps, colours, self.settings, rng)
        factors = factors_of(self.generator, styles)._asdict()
        save_tensors(self.path(split, number), {**halved({"maps": maps, "colours": colours}), **factors, "kind": torch.tensor(kind)})

    def whole(self, number: int) -> tuple[Piece, str]:
        """A held-out face, and its kind."""
        tensors = load_tensors(self.path("held_out", number))
        factors = Factors(**{name: tensors[name] for name in Factors._fields})
        return Piece(tensors["maps"].float(), tensors["colours"].float(), factors), KINDS[int(tensors["kind"])]

    def piece(self, number: int, place: int) -> Piece:
        """One piece of a face to learn from; the others are not read."""
        with safe_open(self.path("training", number), "pt") as file:
            maps, colours = (file.get_slice(name)[place : place + 1].float() for name in ("maps", "colours"))
            return Piece(maps, colours, Factors(*(file.get_tensor(name) for name in Factors._fields)))

    def batch(self, step: int, count: int) -> Piece:
        """Pieces of random faces, the same for the same step."""
        rng = numpy_rng(NAME, "batch", self.settings.seed, step)
        drawn = [self.piece(int(rng.integers(self.settings.faces)), int(rng.integers(self.settings.crops))) for _ in range(count)]
        factors = Factors(*(torch.cat(parts) for parts in zip(*(piece.factors for piece in drawn), strict=True)))
        return Piece(torch.cat([piece.maps for piece in drawn]), torch.cat([piece.colours for piece in drawn]), factors)


def inner(maps: Tensor) -> Tensor:
    """Without the margin, `[n u h w]`."""
    return maps[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN]


class LinearHead:
    """The baseline: colours as a linear function of [x, x times its factors, 1], by least squares."""

    def __init__(self, faces: Faces, count: int) -> None:
        gram, target = torch.zeros(()), torch.zeros(())
        for number in range(count):
            for place in range(faces.settings.crops):
                piece = faces.piece(number, place)
                rows = self.rows(inner(piece.maps), piece.factors).double()
                gram = gram + rows.T @ rows
                target = target + rows.T @ piece.colours.permute(0, 2, 3, 1).flatten(0, 2).double()
        # Maps of one scale, so that a little on the diagonal is little for all.
        ridge = 1e-6 * gram.diagonal().mean() * torch.eye(len(gram), dtype=torch.float64)
        self.weight = torch.linalg.solve(gram + ridge, target).float()

    @staticmethod
    def rows(maps: Tensor, factors: Factors) -> Tensor:
        """What it sees `[places 2u+1]`."""
        both = torch.cat([maps, maps * factors.taken[:, :, None, None], torch.ones_like(maps[:, :1])], 1)
        return both.permute(0, 2, 3, 1).flatten(0, 2)

    def __call__(self, maps: Tensor, factors: Factors) -> Tensor:
        """Maps `[1 u h w]` to RGB `[1 3 h w]`."""
        return (self.rows(maps, factors) @ self.weight).T.reshape(1, 3, *maps.shape[2:])


def psnr(colours: Tensor, real: Tensor) -> float:
    """Peak signal to noise of two pictures `[1 3 h w]`, both clamped to [0, 1], in dB."""
    return float(-10 * torch.log10((colours.clamp(0, 1) - real.clamp(0, 1)).square().mean().clamp(min=1e-10)))


@torch.no_grad()
def judged(faces: Faces, heads: dict[str, FaceTail | LinearHead]) -> dict[str, dict[str, float]]:
    """PSNR in dB of each head over whole held-out pictures: median, worst, and the median of each kind of w+."""
    found: dict[str, list[float]] = {name: [] for name in heads}
    kinds: list[str] = []
    for number in range(faces.settings.held_out):
        piece, kind = faces.whole(number)
        kinds.append(kind)
        for name, head in heads.items():
            found[name].append(psnr(head(piece.maps, piece.factors), piece.colours))
    rows = {}
    for name, values in found.items():
        by_kind = {kind: np.median([v for v, k in zip(values, kinds, strict=True) if k == kind]) for kind in sorted(set(kinds))}
        row = {"median": np.median(values), "worst": min(values), **by_kind}
        rows[name] = {key: round(float(value), 2) for key, value in row.items()}
    return rows


class Both(io.TextIOBase):
    """Text to the terminal, and to a file that another can follow."""

    def __init__(self, terminal: TextIO, file: TextIO) -> None:
        self.streams = (terminal, file)

    def write(self, text: str) -> int:
        """Write it to both, at once."""
        for stream in self.streams:
            stream.write(text)
            stream.flush()
        return len(text)


@contextlib.contextmanager
def logged(path: Path) -> Iterator[None]:
    """All that is printed inside is also added to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file, contextlib.redirect_stdout(Both(sys.stdout, file)):
        yield


def fitted(faces: Faces, settings: TailTraining) -> tuple[FaceTail, float]:
    """The trained tail, as it will be kept, and the seconds that it took."""
    tail = FaceTail.folded(faces.generator)
    optimiser = torch.optim.Adam(tail.parameters(), settings.rate)

    def loss_of(step: int) -> tuple[Tensor, dict[str, float]]:
        piece = faces.batch(step, settings.batch)
        loss = F.mse_loss(inner(tail(piece.maps, piece.factors)), piece.colours)
        return loss, {"dB": float(-10 * loss.detach().log10())}

    made_of = (faces.settings, settings, faces.folder.name)
    seconds = train(NAME, tail, optimiser, Schedule(settings.steps, settings.rate, decay_from=0.3), loss_of, made_of=made_of)
    return tail.half().float().eval(), seconds


def make(painting: Painting, settings: TailTraining) -> None:
    """Paint, train, or go on, judge, and write the weights where they are good enough."""
    WEIGHTS.fetch()
    faces = Faces(load_face_generator(), painting)
    faces.paint_all()
    tail, seconds = fitted(faces, settings)
    linear = LinearHead(faces, min(40, painting.faces))
    quality = judged(faces, {"tail": tail, "folded, not trained": FaceTail.folded(faces.generator), "linear head": linear})
    for name, row in quality.items():
        print(f"{name:22s}{row}", flush=True)
    if quality["tail"]["median"] < ENOUGH:
        print(f"Nothing is kept: the median is below {ENOUGH} dB.", flush=True)
        return
    save_weights(NAME, halved(tail.state_dict()), card_of(tail, painting, settings, seconds, quality))


def card_of(tail: FaceTail, painting: Painting, settings: TailTraining, seconds: float, quality: dict[str, dict[str, float]]) -> dict:
    """What is to be known of the weights."""
    return {
        "world": "faces",
        "model": "FaceTail",
        "architecture": {"taken": len(tail.depth1), "within": len(tail.depth2)},
        "made_from": {WEIGHTS.package: WEIGHTS.sha256},
        "training": {"painting": asdict(painting), **asdict(settings), "seconds": round(seconds)},
        "machine": machine(torch.device("cpu")),
        "data": "the generator's own maps and pictures; none is kept",
        "licence": USE,
        "quality": {"pictures": painting.held_out, "PSNR in dB against the real picture brought to 256 px": quality},
    }


def main() -> None:
    """Make `assets/faces_tail.safetensors`; what it says is also added to a file under `runs/`."""
    parser = argparse.ArgumentParser(prog="python -m core.train.faces.tail", description=main.__doc__)
    parser.add_argument("--faces", type=int, default=Painting.faces, help="to learn from; 5 MB and a full forward each")
    parser.add_argument("--steps", type=int, default=TailTraining.steps)
    args = parser.parse_args()
    with logged(loop.RUNS / NAME / "log.txt"):
        make(Painting(faces=args.faces), TailTraining(steps=args.steps))


if __name__ == "__main__":
    main()
