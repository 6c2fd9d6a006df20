"""What no independent network judges, by formula: lightness and colour within places that the judges' own masks and landmarks give.

Colours are CIE L*a*b* (L* 0 black to 100 white). A place with too few pixels has no measure (nan), and then neither the asked change
nor a drift can be claimed there.
"""

from __future__ import annotations

import numpy as np

from core.bench.faces.judges import mesh as points

ENOUGH = 30
"""Pixels of 256 x 256 that a place needs."""
MOST_EDGE = 20.0
"""A stronger edge says no more."""
EYES = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 243, 112, 26, 22, 23, 24, 110, 25, 130),
    (263, 466, 388, 387, 386, 385, 384, 398, 362, 463, 341, 256, 252, 253, 254, 339, 255, 359),
)
MATRIX = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(image: np.ndarray) -> np.ndarray:
    """RGB `[h w 3]` in [0, 1] to L*a*b*, for D65."""
    linear = np.where(image > 0.04045, ((image + 0.055) / 1.055) ** 2.4, image / 12.92)
    xyz = linear @ MATRIX.T / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def median(colours: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The median colour of a place, nan where it is too small."""
    return np.median(colours[mask], 0) if mask.sum() >= ENOUGH else np.full(3, np.nan)


def strip(side: int, left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """A rectangle, in shares of the picture, as a mask."""
    x, y = (np.arange(side) + 0.5) / side, (np.arange(side) + 0.5) / side
    return ((y >= top) & (y < bottom))[:, None] & ((x >= left) & (x < right))[None]


def crown(mesh: np.ndarray, person: np.ndarray) -> np.ndarray:
    """The person's pixels above the face: hair, a hat, or a bald head."""
    side = len(person)
    low, high = mesh[list(points.OVAL), :2].min(0), mesh[list(points.OVAL), :2].max(0)
    face = points.patch(mesh, points.OVAL, side)
    wide = high[0] - low[0]
    above = strip(side, low[0] - 0.1 * wide, 0.0, high[0] + 0.1 * wide, low[1] + 0.12 * (high[1] - low[1]))
    return above & person & ~face


def beside(mesh: np.ndarray) -> np.ndarray:
    """Two places beside the jaw and the neck, where only long hair is."""
    low, high = mesh[list(points.OVAL), :2].min(0), mesh[list(points.OVAL), :2].max(0)
    wide, tall = high[0] - low[0], high[1] - low[1]
    top, bottom = high[1] - 0.35 * tall, high[1] + 0.05 * tall
    side = 256
    return strip(side, low[0] - 0.22 * wide, top, low[0], bottom) | strip(side, high[0], top, high[0] + 0.22 * wide, bottom)


def measured(image: np.ndarray, mesh: np.ndarray, person: np.ndarray) -> dict[str, float]:
    """All measures of one picture.

    Args:
        image: RGB `[256 256 3]` in [0, 1].
        mesh: landmarks `[468 3]` as shares of the picture.
        person: where the person is, `[256 256]`.

    Returns:
        By name; see core.bench.faces.asked.MEASURES.
    """
    side = len(person)
    colours = lab(image)
    cheek = median(colours, points.patch(mesh, points.CHEEKS[0], side) | points.patch(mesh, points.CHEEKS[1], side))
    chin = points.patch(mesh, points.CHIN, side) & ~points.patch(mesh, points.LIPS, side)
    lips = points.patch(mesh, points.LIPS, side) & ~points.patch(mesh, points.INNER, side)
    top, ground = crown(mesh, person), ~person
    hair, jaw, lip = median(colours, top), median(colours, chin), median(colours, lips)
    around = beside(mesh)
    shade = colours[..., 0]
    return {
        "hair_lightness": float(hair[0]),
        "hair_warmth": float(hair[2]),
        "bare_crown": float(-np.linalg.norm(hair - cheek)),
        "hair_amount": float(top.sum() / (side * side)),
        "hair_beside": float((around & person).sum() / max(around.sum(), 1)),
        "beard": float(cheek[0] - jaw[0]) + _grain(shade, chin),
        "lip_red": float((lip - cheek)[1]),
        "ground_lightness": float(median(colours, ground)[0]),
        "ground_grain": float(np.log2(_grain(shade, ground) + 0.1)),
        "eyes_dark": float(cheek[0] - median(colours, eyes(mesh, side))[0]),
        "bridge_edges": min(_bridge(shade, mesh), MOST_EDGE),
        "skin_lightness": float(cheek[0]),
    }


def eyes(mesh: np.ndarray, side: int) -> np.ndarray:
    """A patch around both eyes, lids and what lies below them: dark behind sunglasses."""
    return points.patch(mesh, EYES[0], side) | points.patch(mesh, EYES[1], side)


def _grain(shade: np.ndarray, mask: np.ndarray) -> float:
    """How much lightness changes from pixel to pixel in a place."""
    both = np.abs(np.diff(shade, axis=0))[:, :-1] + np.abs(np.diff(shade, axis=1))[:-1]
    inner = mask[:-1, :-1] & mask[1:, :-1] & mask[:-1, 1:]
    return float(both[inner].mean()) if inner.sum() >= ENOUGH else float("nan")


def _bridge(shade: np.ndarray, mesh: np.ndarray) -> float:
    """The strongest edge across the nose between the eyes, where glasses have their bridge, and nothing else is."""
    side = len(shade)
    eye = np.linalg.norm(mesh[33, :2] - mesh[263, :2])
    middle = (mesh[133, :2] + mesh[362, :2]) / 2
    x, y = int(middle[0] * side), int(middle[1] * side)
    half, tall = max(int(0.05 * eye * side), 1), int(0.22 * eye * side)
    column = shade[max(y - tall, 0) : y + tall, max(x - half, 0) : x + half + 1].mean(1)
    return float(np.abs(column[2:] - column[:-2]).max()) if len(column) > 4 else float("nan")
