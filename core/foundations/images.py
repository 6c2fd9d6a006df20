"""Images from strangers and back: one door for page, API and Python, through which a picture comes in as a person sees it.

A picture is worked on as RGB uint8 `[h w 3]`; a model takes `[n 3 h w]` in [0, 1].
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.foundations.decoding import decoded
from core.foundations.errors import PictureError
from core.foundations.profiles import to_srgb

if TYPE_CHECKING:
    from torch import Tensor  # pictures are opened before torch is there

Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)


def open_image(source: str | Path | bytes | Image.Image, ground: Colour | None = WHITE) -> Image.Image:
    """Open an image as a person sees it: upright, in sRGB, 8 bits, RGB; beside its pixels it carries its texts only.

    Args:
        source: a path, the bytes of a file, or a PIL image. More than 16 million pixels are shrunk while they are decoded;
            of an animation the first picture is taken.
        ground: the colour that shows through transparent places, RGB; None keeps them, as RGBA, without the colour that a
            wholly transparent pixel hides.

    Raises:
        PictureError: where it is too large, of an unknown format, or broken; the size is checked before any
            pixel is decoded.
    """
    found = decoded(source)
    image = over(to_srgb(found.image, found.profile).convert("RGBA" if found.image.mode == "RGBA" else "RGB"), ground)
    image.info = found.texts
    return image


def open_levels(source: str | Path | bytes | Image.Image) -> Image.Image:
    """Open an image whose pixels are numbers rather than colours, such as a mask, upright and in its own mode.

    Raises:
        PictureError: as `open_image`.
    """
    return decoded(source, plain=False).image


def over(image: Image.Image, ground: Colour | None) -> Image.Image:
    """An RGB or RGBA image on a ground of one colour, as RGB; None keeps its transparency, but no hidden colour."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    canvas = Image.new("RGBA", image.size, (*ground, 255) if ground else (0, 0, 0, 0))
    if ground is None:
        canvas.paste(image, mask=image.getchannel("A").point(lambda a: 255 if a else 0))
        return canvas
    canvas.alpha_composite(image)
    return canvas.convert("RGB")


LONGEST = 3.0
"""Most that a picture may be longer along one side than along the other, where all of it is used."""


def check_shape(width: int, height: int) -> None:
    """PictureError where a picture is longer than LONGEST times its other side."""
    if max(width, height) > LONGEST * min(width, height):
        times = max(width, height) / min(width, height)
        raise PictureError(
            f"This picture is {times:.1f} times as long as its other side; the most is {LONGEST:g}. Cut some off and try again."
        )


def square(image: Image.Image, side: int, ground: Colour = WHITE) -> np.ndarray:
    """The middle square of an image at `side` pixels, RGB uint8 `[side side 3]`.

    Pixel art that was enlarged by a whole number is read at the middle of its pixels and stays exact; anything
    else is averaged.

    Args:
        ground: the colour that shows through transparent places.
    """
    width, height = image.size
    edge = min(width, height)
    left, top = (width - edge) // 2, (height - edge) // 2
    rgb = np.asarray(over(image.crop((left, top, left + edge, top + edge)), ground))
    if edge % side == 0:
        step = edge // side
        small = rgb[step // 2 :: step, step // 2 :: step]
        if (small.repeat(step, 0).repeat(step, 1) == rgb).mean() > 0.98:
            return small.copy()
    return np.asarray(Image.fromarray(rgb).resize((side, side), Image.Resampling.BOX if edge >= side else Image.Resampling.BICUBIC))


def whole(image: Image.Image, side: int, ground: Colour = WHITE) -> np.ndarray:
    """All of an image with its longer side at `side` pixels, RGB uint8 `[h w 3]`; a square one as `square` makes it."""
    width, height = image.size
    if width == height:
        return square(image, side, ground)
    scale = side / max(width, height)
    how = Image.Resampling.BOX if scale <= 1 else Image.Resampling.BICUBIC
    return np.asarray(over(image, ground).resize((max(1, round(scale * width)), max(1, round(scale * height))), how))


def to_tensor(rgb: np.ndarray) -> Tensor:
    """RGB uint8 `[n h w 3]` to `[n 3 h w]` in [0, 1]."""
    import torch

    return torch.from_numpy(np.require(rgb, requirements=["C", "W"])).permute(0, 3, 1, 2).float() / 255


def to_rgb(images: Tensor) -> np.ndarray:
    """`[n 3 h w]` in [0, 1] to RGB uint8 `[n h w 3]`."""
    import torch

    return (images.detach().clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


def enlarge(image: Image.Image, times: int) -> Image.Image:
    """An image with hard pixels, `times` as large."""
    return image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
