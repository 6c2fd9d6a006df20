"""Images from strangers and back: size checked before decoding, one plain RGB square out.

A picture is worked on as RGB uint8 `[h w 3]`; a model takes `[n 3 h w]` in [0, 1].
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from core.foundations.errors import PictureError

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 16_000_000
TOO_MANY = f"This image has too many pixels; the most is {MOST_PIXELS // 1_000_000} million. Make it smaller and try again."
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")


def open_image(source: str | Path | bytes | Image.Image) -> Image.Image:
    """Open an image, upright.

    Args:
        source: a path, the bytes of a file, or a PIL image.

    Raises:
        PictureError: where it is too large, of an unknown format, or broken; the size is checked before any
            pixel is decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = source if isinstance(source, Image.Image) else Image.open(io.BytesIO(_bytes(source)), formats=FORMATS)
            _check_size(image)
            image.load()
        return ImageOps.exif_transpose(image)
    except Image.DecompressionBombError as error:
        raise PictureError(TOO_MANY) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise PictureError("This file cannot be read as an image. Give a PNG, JPEG, WebP, GIF or BMP.") from error


def _bytes(source: str | Path | bytes) -> bytes:
    data = source if isinstance(source, bytes) else _read(Path(source))
    if len(data) > MOST_BYTES:
        raise PictureError(f"This file has {len(data) / 2**20:.0f} MB; the most is {MOST_BYTES // 2**20}. Make it smaller and try again.")
    return data


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise PictureError(f"This file is larger than {MOST_BYTES // 2**20} MB. Make it smaller and try again.")
        return path.read_bytes()
    except OSError as error:
        raise PictureError("This file cannot be opened. Choose it again.") from error


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise PictureError(TOO_MANY)
    if min(width, height) < 1:
        raise PictureError("This image is empty. Choose another.")


def square(image: Image.Image, side: int, ground: tuple[int, int, int]) -> np.ndarray:
    """The middle square of an image at `side` pixels, RGB uint8 `[side side 3]`.

    Pixel art that was enlarged by a whole number is read at the middle of its pixels and stays exact; anything
    else is averaged.

    Args:
        ground: the colour that shows through transparent places.
    """
    width, height = image.size
    edge = min(width, height)
    left, top = (width - edge) // 2, (height - edge) // 2
    cut = image.crop((left, top, left + edge, top + edge)).convert("RGBA")
    canvas = Image.new("RGBA", cut.size, (*ground, 255))
    canvas.alpha_composite(cut)
    rgb = np.asarray(canvas.convert("RGB"))
    if edge % side == 0:
        step = edge // side
        small = rgb[step // 2 :: step, step // 2 :: step]
        if (small.repeat(step, 0).repeat(step, 1) == rgb).mean() > 0.98:
            return small.copy()
    return np.asarray(Image.fromarray(rgb).resize((side, side), Image.Resampling.BOX if edge >= side else Image.Resampling.BICUBIC))


def to_tensor(rgb: np.ndarray) -> Tensor:
    """RGB uint8 `[n h w 3]` to `[n 3 h w]` in [0, 1]."""
    return torch.from_numpy(np.require(rgb, requirements=["C", "W"])).permute(0, 3, 1, 2).float() / 255


def to_rgb(images: Tensor) -> np.ndarray:
    """`[n 3 h w]` in [0, 1] to RGB uint8 `[n h w 3]`."""
    return (images.detach().clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


def enlarge(image: Image.Image, times: int) -> Image.Image:
    """An image with hard pixels, `times` as large."""
    return image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
