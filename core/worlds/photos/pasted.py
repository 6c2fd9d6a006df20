"""Pictures whose every pixel's owner is known: cut-outs pasted on photographs.

Made of stamps they are FOR JUDGES ONLY. No training, no editor, no lens and no choice of a setting may look at those: what
is measured on them is only true as long as nothing was fitted to them.

    picture = alpha * cut-out + (1 - alpha) * picture, one to three times, on a random square of a background
    mask    = alpha > 1/2, without what a later cut-out covers

Each picture depends on its purpose and its number alone, and not on how many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.foundations.errors import SettingError
from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.worlds.photos.cuts import Stamp, class_names

MOST = 3
"""Cut-outs in one picture."""
SIZES = (0.25, 0.6)
"""Between what a cut-out's longer side lies, as a share of the picture's."""
SEEN = 0.4
"""Share of each cut-out that stays visible; a place where less would is not taken."""
TRIES = 30
"""Places that are tried for a cut-out before it is left out."""
ZOOM = (0.5, 1.0)
"""Side of a background's square, as a share of its shorter side."""
ALONE = 0.8
"""Longer side of a cut-out that stands alone, in the middle."""
GREY = 128
"""The plain background."""


@dataclass(frozen=True, eq=False)
class Pasted:
    """Pictures with their truth. Axis o is all cut-outs of all pictures, in order.

    Attributes:
        images: RGB `[n 3 s s]` in [0, 1].
        masks: `[o s s]` bool.
        labels: `[o]` int64, into `names`.
        owners: `[o]` int64, which picture.
        names: of the classes.
    """

    images: Tensor
    masks: Tensor
    labels: Tensor
    owners: Tensor
    names: tuple[str, ...]


def fitted(stamp: Stamp, length: int, mirrored: bool = False) -> np.ndarray:
    """A cut-out with its longer side at `length` pixels: RGBA uint8 `[h w 4]`."""
    high, wide = stamp.rgba.shape[:2]
    scale = length / max(high, wide)
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    # Pillow weighs colours by alpha when it resizes, so what is transparent does not bleed into the edge.
    cut = np.asarray(Image.fromarray(stamp.rgba).resize(size, Image.Resampling.BICUBIC))
    return cut[:, ::-1] if mirrored else cut


def square_of(rng: np.random.Generator, ground: np.ndarray, side: int) -> np.ndarray:
    """A random square of a background RGB uint8 `[h w 3]`, half of the time mirrored: float64 `[side side 3]` in [0, 255]."""
    high, wide = ground.shape[:2]
    edge = max(1, round(min(high, wide) * rng.uniform(*ZOOM)))
    top, left = rng.integers(high - edge + 1), rng.integers(wide - edge + 1)
    cut = Image.fromarray(ground[top : top + edge, left : left + edge]).resize((side, side), Image.Resampling.BICUBIC)
    found = np.asarray(cut).astype(np.float64)
    return found[:, ::-1].copy() if rng.random() < 0.5 else found


def lay(canvas: np.ndarray, cut: np.ndarray, top: int, left: int) -> None:
    """Blend a cut-out RGBA uint8 `[h w 4]`, all of which lies within, into a canvas `[s s 3]` of [0, 255]."""
    place = canvas[top : top + cut.shape[0], left : left + cut.shape[1]]
    alpha = cut[..., 3:] / 255.0
    place += alpha * (cut[..., :3] - place)


def mask_at(cut: np.ndarray, side: int, top: int, left: int) -> np.ndarray:
    """Where a cut-out is more there than not: `[side side]` bool."""
    mask = np.zeros((side, side), bool)
    mask[top : top + cut.shape[0], left : left + cut.shape[1]] = cut[..., 3] > 127
    return mask


def _place(
    rng: np.random.Generator, cut: np.ndarray, side: int, below: Sequence[tuple[np.ndarray, int]], above: np.ndarray | None = None
) -> tuple[int, int] | None:
    """Top and left of a cut-out, so that enough stays visible of what lies below, its masks now and pixels at first, and of itself."""
    for _ in range(TRIES):
        top, left = corner(rng, cut, side)
        over = mask_at(cut, side, top, left)
        shown = over if above is None else over & ~above
        if over.any() and shown.sum() >= SEEN * over.sum() and all((mask & ~over).sum() >= SEEN * full for mask, full in below):
            return top, left
    return None


def corner(rng: np.random.Generator, cut: np.ndarray, side: int) -> tuple[int, int]:
    """Top and left of a cut-out `[h w 4]` anywhere within a picture."""
    return int(rng.integers(side - cut.shape[0] + 1)), int(rng.integers(side - cut.shape[1] + 1))


def sized(rng: np.random.Generator, stamp: Stamp, side: int) -> np.ndarray:
    """A cut-out of a random size for a picture, half of the time mirrored: RGBA uint8 `[h w 4]`."""
    return fitted(stamp, max(1, round(side * rng.uniform(*SIZES))), rng.random() < 0.5)


def paste(
    rng: np.random.Generator, by_class: Sequence[Sequence[Stamp]], grounds: Sequence[np.ndarray], side: int
) -> tuple[np.ndarray, list[np.ndarray], list[int]]:
    """One picture.

    Args:
        rng: its own.
        by_class: the stamps of each class.
        grounds: backgrounds, RGB uint8 `[h w 3]`.
        side: in pixels.

    Returns:
        RGB uint8 `[side side 3]`, a mask `[side side]` bool for each cut-out, and their classes.
    """
    canvas = square_of(rng, grounds[int(rng.integers(len(grounds)))], side)
    count = min(int(rng.integers(1, MOST + 1)), len(by_class))
    labels = rng.choice(len(by_class), count, replace=False).tolist()
    stamps = (by_class[label][int(rng.integers(len(by_class[label])))] for label in labels)
    laid = [(one, label) for one, label in zip(lay_all(rng, canvas, stamps), labels, strict=True) if one is not None]
    return as_rgb(canvas), [one.seen for one, _ in laid], [label for _, label in laid]


def as_rgb(canvas: np.ndarray) -> np.ndarray:
    """A canvas `[s s 3]` of [0, 255] as RGB uint8."""
    return canvas.round().clip(0, 255).astype(np.uint8)


class Laid(NamedTuple):
    """A cut-out on a picture: where it is seen `[s s]` bool, and how many pixels it had before others came over it."""

    seen: np.ndarray
    full: int


def lay_all(rng: np.random.Generator, canvas: np.ndarray, stamps: Iterable[Stamp], above: np.ndarray | None = None) -> list[Laid | None]:
    """Blend cut-outs of random sizes into a canvas `[s s 3]` at random places, each over those before it.

    Args:
        rng: where chance comes from; stamps may draw from it too, as each is asked for before its size.
        canvas: changed in place.
        stamps: in their order.
        above: where something will come over all of them `[s s]` bool.

    Returns:
        Each of them; None where no place was found that leaves enough of the others and of itself.
    """
    side = canvas.shape[0]
    laid: list[Laid | None] = []
    for stamp in stamps:
        cut = sized(rng, stamp, side)
        place = _place(rng, cut, side, [one for one in laid if one], above)
        if place is None:
            laid.append(None)
            continue
        lay(canvas, cut, *place)
        over = mask_at(cut, side, *place)
        laid = [one and Laid(one.seen & ~over, one.full) for one in laid]
        laid.append(Laid(over, int(over.sum())))
    return laid


def pasted(purpose: str, count: int, stamps: Sequence[Stamp], grounds: Sequence[np.ndarray], side: int) -> Pasted:
    """Pictures of one to three cut-outs of different classes.

    Args:
        purpose: what they are for; another purpose has other pictures.
        count: how many.
        stamps: those without a label are not used.
        grounds: backgrounds, RGB uint8 `[h w 3]`.
        side: of the pictures, in pixels.

    Raises:
        SettingError: where there are no pictures to make, or nothing to make them of.
    """
    names = class_names(stamps)
    if count < 1 or side < 8 or not names or not grounds:
        raise SettingError(f"Cannot make {count} pictures of {side} pixels out of {len(names)} classes and {len(grounds)} backgrounds.")
    by_class = [[stamp for stamp in stamps if stamp.label == name] for name in names]
    made = [paste(numpy_rng("photos pasted", purpose, i), by_class, grounds, side) for i in range(count)]
    masks = [mask for _, own, _ in made for mask in own]
    return Pasted(
        to_tensor(np.stack([image for image, _, _ in made])),
        torch.from_numpy(np.stack(masks)),
        torch.tensor([label for _, _, labels in made for label in labels]),
        torch.tensor([i for i, (_, own, _) in enumerate(made) for _ in own]),
        tuple(names),
    )


def alone(stamps: Sequence[Stamp], grounds: Sequence[np.ndarray] | None, side: int) -> Tensor:
    """Each cut-out alone and large in the middle.

    Args:
        stamps: one for each picture.
        grounds: backgrounds, RGB uint8 `[h w 3]`, of which each stamp has its own; plain grey where None.
        side: of the pictures, in pixels.

    Returns:
        RGB `[n 3 side side]` in [0, 1].
    """
    pictures = []
    for stamp in stamps:
        rng = numpy_rng("photos alone", stamp.name)
        canvas = square_of(rng, grounds[int(rng.integers(len(grounds)))], side) if grounds else np.full((side, side, 3), float(GREY))
        cut = fitted(stamp, max(1, round(ALONE * side)))
        lay(canvas, cut, (side - cut.shape[0]) // 2, (side - cut.shape[1]) // 2)
        pictures.append(canvas.round().clip(0, 255).astype(np.uint8))
    return to_tensor(np.stack(pictures))
