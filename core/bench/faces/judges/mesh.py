"""What the mesh of 468 landmarks says: which way the head is turned, how open the mouth is, and where skin, lips and crown are."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

OVAL = (
    (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377)
    + (152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)
)  # fmt: skip
LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
CHEEKS = ((50, 118, 101, 36, 205), (280, 347, 330, 266, 425))
"""A patch below each eye, where no beard grows."""
CHIN = (57, 43, 106, 182, 83, 18, 313, 406, 335, 273, 287, 394, 395, 369, 396, 175, 171, 140, 170, 169)
"""From below the lips to the jaw."""
ABOVE_LIP = (97, 2, 326, 393, 267, 0, 37, 167)
"""Between nose and lips."""
TOP, BOTTOM, LEFT, RIGHT = 10, 152, 234, 454


def yaw(mesh: np.ndarray) -> np.ndarray:
    """How far the head is turned, in degrees, of meshes `[n 468 3]`; above zero towards the picture's right."""
    across = mesh[:, RIGHT] - mesh[:, LEFT]
    return np.degrees(np.arctan2(across[:, 2], across[:, 0]))


def pitch(mesh: np.ndarray) -> np.ndarray:
    """How far it is raised or lowered, in degrees; above zero is up."""
    down = mesh[:, BOTTOM] - mesh[:, TOP]
    return -np.degrees(np.arctan2(down[:, 2], down[:, 1]))


def height(mesh: np.ndarray) -> np.ndarray:
    """From the top of the forehead to the chin, as a share of the picture."""
    return np.linalg.norm(mesh[:, TOP] - mesh[:, BOTTOM], axis=-1)


def gap(mesh: np.ndarray) -> np.ndarray:
    """How open the mouth is: between the lips' inner edges, as a share of the face's height."""
    return np.linalg.norm(mesh[:, 13] - mesh[:, 14], axis=-1) / height(mesh)


def filled(points: np.ndarray, side: int) -> np.ndarray:
    """The inside of a polygon `[k 2]`, given in shares of the picture, as a mask `[side side]`."""
    canvas = Image.new("1", (side, side))
    ImageDraw.Draw(canvas).polygon([(float(x) * side, float(y) * side) for x, y in points], fill=1)
    return np.asarray(canvas)


def patch(mesh: np.ndarray, corners: tuple[int, ...], side: int) -> np.ndarray:
    """The inside of some landmarks of one mesh `[468 2+]`, as a mask."""
    return filled(mesh[list(corners), :2], side)
