"""Faces found in photographs, and cut out as FFHQ cuts them: portraits are laid into photographs, and looked for.

A portrait is FFHQ's square of its face, so where it is laid is where its square is to be found. It is laid into one of the sample
photographs that show no person, at a random place, size and turn, in four ways: as people stand in photographs, filling the
picture, small, and lying or upside down. Found is a face whose square's corners are within a fifth of a side on average.
Looked at for nothing are random pieces of the same photographs. Beside the squares stand those of five points alone.

    python -m core.bench faces_found --quick
"""

from __future__ import annotations

import math
import time
from typing import NamedTuple

import numpy as np
from PIL import Image

from core.bench.faces.portraits import portraits
from core.bench.record import Measured
from core.foundations.files import ROOT
from core.foundations.images import to_rgb
from core.foundations.seeds import numpy_rng
from core.models.face_finder import WEIGHTS, FaceFinder, load_face_finder
from core.models.face_square import FaceSquare, load_face_square
from core.worlds.faces.alignment import Frame
from core.worlds.faces.finding import found_faces

GROUNDS = ("cat", "coffee", "flower", "temple")
"""Sample photographs without a person."""
LONGER = 1000
"""Pixels of a photograph's longer side."""
NEAR = 20.0
"""Hundredths of a side that corners may be off on average."""


class Way(NamedTuple):
    """How portraits are laid.

    Attributes:
        sides: least and most of the square's side, in longer sides of the photograph.
        turns: least and most turn with the clock, in degrees.
    """

    sides: tuple[float, float]
    turns: tuple[float, float]


WAYS = {
    "usual": Way((0.12, 0.5), (-25, 25)),
    "filling": Way((0.6, 1.2), (-15, 15)),
    "small": Way((0.06, 0.12), (-15, 15)),
    "lying": Way((0.2, 0.5), (90, 270)),
}


class Laid(NamedTuple):
    """A photograph, and the square of the portrait in it."""

    photograph: Image.Image
    frame: Frame


def ground(name: str, size: tuple[int, int]) -> Image.Image:
    """A sample photograph without a person, brought to a size."""
    return Image.open(ROOT / "assets" / "photos" / f"{name}.jpg").convert("RGB").resize(size, Image.Resampling.BICUBIC)


def laid(portrait: Image.Image, way: Way, rng: np.random.Generator) -> Laid:
    """A portrait in a photograph, its middle at least half a side from every edge where there is room."""
    size = (LONGER, round(LONGER * rng.uniform(0.6, 1)))
    size = size if rng.random() < 0.5 else size[::-1]
    half, angle = LONGER * rng.uniform(*way.sides) / 2, math.radians(rng.uniform(*way.turns))
    x, y = (rng.uniform(half, length - half) if length > 2 * half else length / 2 for length in size)
    frame = Frame(x, y, half * math.cos(angle), half * math.sin(angle))
    side = max(16, min(portrait.width, math.ceil(frame.side)))
    small = portrait.resize((side, side), Image.Resampling.LANCZOS)
    corner, across, down = frame.shares(np.array([(0.0, 0.0), (1, 0), (0, 1)])) * side
    turn = (*np.stack([across - corner, down - corner, corner], 1).ravel().tolist(),)
    photograph = ground(GROUNDS[rng.integers(len(GROUNDS))], size)
    cover = Image.new("L", small.size, 255).transform(size, Image.Transform.AFFINE, turn, Image.Resampling.BILINEAR)
    photograph.paste(small.transform(size, Image.Transform.AFFINE, turn, Image.Resampling.BICUBIC), (0, 0), cover)
    return Laid(photograph, frame)


def off(found: Frame, right: Frame) -> float:
    """How far corners are from the right ones on average, in hundredths of the right side."""
    return 100 * float(np.linalg.norm(found.corners - right.corners, axis=1).mean()) / right.side


def measured(pictures: list[Laid], finder: FaceFinder, square: FaceSquare | None) -> dict[str, float]:
    """Shares found, corners of what was found, faces that are not there in a picture, and seconds of processor time of one."""
    corners, others, began = [], 0, time.process_time()
    for photograph, right in pictures:
        errors = sorted(off(face.frame, right) for face in found_faces(photograph, finder, square))
        corners += [error for error in errors[:1] if error < NEAR]
        others += sum(error >= NEAR for error in errors)
    row = {"found": len(corners) / len(pictures), "others": others / len(pictures)}
    row["seconds"] = (time.process_time() - began) / len(pictures)
    return row | ({"corners": float(np.mean(corners)), "corners_95": float(np.percentile(corners, 95))} if corners else {})


def false_finds(count: int, finder: FaceFinder) -> float:
    """Faces found in a random piece of a photograph without a person, on average; some pieces are turned by quarter turns."""
    found = 0
    for number in range(count):
        rng = numpy_rng("faces_found", "nothing", number)
        whole = ground(GROUNDS[number % len(GROUNDS)], (LONGER, LONGER))
        edge = int(rng.integers(LONGER // 5, LONGER))
        left, top = rng.integers(0, LONGER - edge, 2).tolist()
        found += len(found_faces(whole.crop((left, top, left + edge, top + edge)).rotate(90 * int(rng.integers(4))), finder))
    return found / count


def run(quick: bool) -> Measured:
    """The faces of portraits in photographs, and of none."""
    WEIGHTS.fetch()
    count, pieces = (12, 24) if quick else (66, 200)
    finder, square = load_face_finder(), load_face_square()
    faces = [Image.fromarray(rgb) for rgb in to_rgb(portraits(count))]
    rows = {}
    for name, way in WAYS.items():
        pictures = [laid(face, way, numpy_rng("faces_found", name, number)) for number, face in enumerate(faces)]
        rows[name] = measured(pictures, finder, square)
        if name == "usual":
            rows["usual, five points"] = measured(pictures, finder, None)
    figures = {f"found_{name}": rows[name]["found"] for name in WAYS}
    figures |= {"corners": rows["usual"].get("corners", 100.0), "find_s": rows["usual"]["seconds"]}
    settings = {"portraits": count, "pieces": pieces, "longer side": LONGER}
    return Measured("faces_found", figures | {"false_finds": false_finds(pieces, finder)}, rows, settings)
