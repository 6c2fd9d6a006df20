"""What a handle looks like, small: what it does on a plain picture, or where that shows next to nothing a picture in which it is strong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from core.foundations.records import Edit, Handle, Picture

SEEN = 8
"""Pixels that must change on a plain picture, so that a person sees what a handle does there."""
FLAT = 30
"""Steps of 255 within which a crop is of one colour, and shows nothing by itself."""


def apart(one: Image.Image, other: Image.Image) -> np.ndarray:
    """Where two pictures of one size differ, `[h w]` bool."""
    return (np.asarray(one.convert("RGB")) != np.asarray(other.convert("RGB"))).any(-1)


def is_flat(image: Image.Image) -> bool:
    """Whether a picture is of one colour."""
    return bool(np.ptp(np.asarray(image.convert("RGB")), (0, 1)).max() < FLAT)


def crop(image: Image.Image, where: np.ndarray) -> Image.Image:
    """The part of a picture that holds a place, twice as large, where the place fits in and more than one colour is there; else the whole.

    Args:
        image: a square of an even side.
        where: the place, `[h w]` bool.
    """
    rows, columns = np.flatnonzero(where.any(1)), np.flatnonzero(where.any(0))
    side = image.width // 2
    if not len(rows) or max(np.ptp(rows), np.ptp(columns)) >= side:
        return image
    top, left = (int(np.clip((at[0] + at[-1] + 1 - side) // 2, 0, image.width - side)) for at in (rows, columns))
    near = image.crop((left, top, left + side, top + side))
    return image if is_flat(near) else near.resize(image.size, Image.Resampling.NEAREST)


def portrait(
    handle: Handle,
    plain: Image.Image,
    turned: Image.Image,
    sample: Callable[[int], Picture],
    edit: Callable[[Picture, tuple[Edit, ...]], Image.Image],
) -> Image.Image:
    """A handle's small picture.

    Args:
        handle: whose; its best examples are looked at where the plain picture shows too little.
        plain: a plain picture.
        turned: the same with the handle turned.
        sample: the world's picture of a seed.
        edit: a picture after some edits.
    """
    changed = apart(plain, turned)
    if not handle.best:  # such as a sprite's: where it stands is what it shows
        return turned
    if changed.sum() >= SEEN and not is_flat(turned):
        return crop(turned, changed)
    example = sample(handle.best[0])
    without = apart(example.image, edit(example, (Edit(handle.id, 0.0),)))
    return crop(example.image, without) if without.sum() >= SEEN else example.image
