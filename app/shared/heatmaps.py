"""Heat maps as small pictures: a colour ramp over hard pixels, and the outline of a mask.

The large picture of the tab Segment is drawn by the browser in the same colours (`app/segment/sight.js`), so that its
threshold moves without the server; everything smaller is drawn here.
"""

from __future__ import annotations

import base64

import numpy as np
from PIL import Image

RAMP = (
    (0.0, (60, 15, 110), 0.0),
    (0.25, (92, 20, 120), 0.25),
    (0.5, (188, 48, 84), 0.62),
    (0.75, (245, 125, 21), 0.8),
    (1.0, (252, 240, 140), 0.94),
)
"""Heat, colour and how much of it covers the picture: dark violet to pale yellow, in order also without colour."""
FIRST, SECOND = (222, 45, 38), (40, 110, 235)
"""The colours of two texts against each other, which only the browser draws."""
GREY, DIM = 0.75, 0.6
"""How far the picture below a heat loses its colour, and its light."""
LINE, CASING = (255, 255, 255), (20, 18, 24)


def known() -> dict:
    """The colours for the browser."""
    return {"ramp": RAMP, "pair": (FIRST, SECOND), "below": (GREY, DIM)}


def pack(heat: np.ndarray) -> bytes:
    """A heat in [0, 1], or a contrast in [-1, 1] moved there, as one byte for each pixel."""
    return (np.clip(np.nan_to_num(heat), 0, 1) * 255).round().astype(np.uint8).tobytes()


def text_of(packed: bytes) -> str:
    """Packed heat as text for the browser."""
    return base64.b64encode(packed).decode()


def below(rgb: np.ndarray) -> np.ndarray:
    """The picture `[h w 3]` as it lies under a heat: paler and darker, so that the heat is the bright thing."""
    light = rgb @ np.array([0.299, 0.587, 0.114])
    return DIM * (rgb * (1 - GREY) + light[..., None] * GREY)


def overlay(image: Image.Image, heat: np.ndarray, times: int = 1) -> Image.Image:
    """A heat over a picture.

    Args:
        image: RGB of h x w pixels.
        heat: `[h w]` in [0, 1].
        times: screen pixels for each pixel.
    """
    at = [stop for stop, _, _ in RAMP]
    colour = np.stack([np.interp(heat, at, [c[i] for _, c, _ in RAMP]) for i in range(3)], -1)
    cover = np.interp(heat, at, [a for _, _, a in RAMP])[..., None]
    rgb = below(np.asarray(image.convert("RGB"), float))
    drawn = Image.fromarray((rgb + (colour - rgb) * cover).round().astype(np.uint8))
    return drawn.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)


def outline(image: Image.Image, mask: np.ndarray, times: int, wide: int = 1) -> Image.Image:
    """The border of a mask `[h w]` as a line along the pixels' edges.

    Args:
        image: already `times` as large as the mask.
        wide: screen pixels of the line, and of the casing around it.
    """
    large = np.repeat(np.repeat(mask, times, 0), times, 1)
    rgb = np.asarray(image.convert("RGB")).copy()
    rgb[_rim(~large, large, wide)] = CASING
    rgb[_rim(large, ~large, wide)] = LINE
    return Image.fromarray(rgb)


def _rim(inside: np.ndarray, outside: np.ndarray, wide: int) -> np.ndarray:
    """The pixels inside that are at most `wide` steps from one outside."""
    near = outside
    for _ in range(wide):
        room = np.pad(near, 1)
        near = near | room[:-2, 1:-1] | room[2:, 1:-1] | room[1:-1, :-2] | room[1:-1, 2:]
    return inside & near


def cut_out(image: Image.Image, mask: np.ndarray) -> Image.Image:
    """Only what the mask `[h w]` holds; the rest is a shadow. RGBA."""
    rgb = np.asarray(image.convert("RGB"))
    return Image.fromarray(np.dstack([rgb, np.where(mask, 255, 36).astype(np.uint8)]), "RGBA")
