"""Find the outlines of the three shapes in official pictures, and measure how exactly they draw the rest.

    square:  corners (+-h, +-h),                                               h = 9.6
    ellipse: (a cos t, b sin t) at equal steps of t,                           a = 1.33 h, b = h / 1.33
    heart:   (h sin^3 t, -p h - 2 h f(t) / 29) at equal steps of t,            p = 0.15
             f(t) = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t

How they were found: every pixel of a picture, taken back by its sprite's place, size and turn, says whether one
point of the outline's own frame is inside. The convex hull of 860,000 points of ink of the ellipse has edges in
steps of 1/100 turn of t; least squares of the heart's rim on cosines of t gave f up to its third digit. What fitted
was close to simple numbers, and those are kept. What this program fits is how many corners an outline has: the count
that gives the fewest wrong pixels on pictures of the training side. It then measures held-out pictures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.foundations.files import ROOT, write_atomically
from core.foundations.seeds import numpy_rng
from core.worlds.dsprites.factors import SHAPE, SHAPES, SIDE, everything
from core.worlds.dsprites.official import pictures
from core.worlds.dsprites.render import fill, place
from core.worlds.dsprites.splits import is_held_out

HALF = 9.6
"""Half a square's side at full size, in pixels."""
STRETCH = 1.33
DROP = 0.15
"""How far the heart is moved up, in halves of a square's side."""
COUNTS = {"square": (4,), "ellipse": tuple(range(96, 105)), "heart": tuple(range(146, 155))}
"""Corners that are tried."""


@dataclass(frozen=True)
class Exactness:
    """How pictures drawn from an outline compare with official ones.

    Attributes:
        wrong: wrong pixels a picture, the mean.
        exact: share of the pictures without a wrong pixel.
    """

    wrong: float
    exact: float


def square(corners: int) -> np.ndarray:
    """Corners of the square `[4 2]`."""
    return HALF * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float)


def ellipse(corners: int) -> np.ndarray:
    """Corners of the ellipse `[corners 2]`."""
    t = 2 * np.pi * np.arange(corners) / corners
    return HALF * np.stack([STRETCH * np.cos(t), np.sin(t) / STRETCH], -1)


def heart(corners: int) -> np.ndarray:
    """Corners of the heart `[corners 2]`."""
    t = 2 * np.pi * np.arange(corners) / corners
    rise = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return HALF * np.stack([np.sin(t) ** 3, -DROP - 2 * rise / 29], -1)


FAMILIES: dict[str, Callable[[int], np.ndarray]] = {"square": square, "ellipse": ellipse, "heart": heart}


def some(shape: str, count: int, held_out: bool) -> np.ndarray:
    """Random sprites `[count 5]` of one shape on one side of the split."""
    rows = everything()
    rows = rows[(rows[:, SHAPE] == SHAPES.index(shape)) & (is_held_out(rows) == held_out)]
    return rows[np.sort(numpy_rng("outlines", shape, int(held_out)).choice(len(rows), count, replace=False))].astype(int)


def compare(outline: np.ndarray, sprites: np.ndarray, official: np.ndarray, block: int = 1000) -> Exactness:
    """Draw sprites `[n 5]` of one shape from an outline, and compare with official pictures `[n 64 64]` of 0 and 1."""
    wrong = []
    for start in range(0, len(sprites), block):
        truth = official[start : start + block].reshape(-1, SIDE * SIDE)
        drawn = np.zeros(truth.size, truth.dtype)
        drawn[fill(place(outline, sprites[start : start + block]))] = 1
        wrong.append((drawn.reshape(truth.shape) != truth).sum(1))
    counts = np.concatenate(wrong)
    return Exactness(float(counts.mean()), float((counts == 0).mean()))


def find(shape: str, count: int) -> tuple[np.ndarray, dict[int, float]]:
    """The outline `[corners 2]` that draws training pictures best, and each tried count's wrong pixels a picture."""
    sprites = some(shape, count, False)
    official = pictures(sprites)[:, 0].numpy().astype(np.uint8)
    tried = {corners: compare(FAMILIES[shape](corners), sprites, official).wrong for corners in COUNTS[shape]}
    return FAMILIES[shape](min(tried, key=lambda corners: tried[corners])), tried


def main() -> None:
    """Find, measure, and write assets/dsprites/outlines.json."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--fit", type=int, default=2000, help="training pictures a shape")
    parser.add_argument("--measure", type=int, default=10000, help="held-out pictures a shape")
    args = parser.parse_args()
    found, measured = {}, {}
    for shape in SHAPES:
        outline, tried = find(shape, args.fit)
        found[shape] = np.round(outline, 7).tolist()
        sprites = some(shape, args.measure, True)
        exactness = compare(np.array(found[shape]), sprites, pictures(sprites)[:, 0].numpy().astype(np.uint8))
        measured[shape] = {"corners": len(outline), "wrong pixels": exactness.wrong, "exact pictures": exactness.exact}
        print(shape, measured[shape], {corners: round(wrong, 4) for corners, wrong in tried.items()}, flush=True)
    card = {
        "what": "corners of each shape at full size, in pixels to the right and down from its place; see core/worlds/dsprites/render.py",
        "made by": "python -m core.train.dsprites.outlines",
        "fitted to": f"{args.fit} official pictures a shape, training side of core.worlds.dsprites.splits",
        "measured on": f"{args.measure} held-out official pictures a shape",
        "measured": measured,
    }
    text = json.dumps(card, indent=1)[:-2] + ',\n "outlines": ' + json.dumps(found, separators=(",", ":")) + "\n}\n"
    write_atomically(ROOT / "assets" / "dsprites" / "outlines.json", text.encode())


if __name__ == "__main__":
    main()
