"""From a stranger's bytes to pixels of 8 bits, within a bound of memory that is known before the first pixel is decoded.

Up to MOST_PIXELS are taken as they are. A larger picture is shrunk by a whole number: a JPEG by its decoder (of each block only
the low frequencies are computed), most PNGs a strip of rows at a time, any other once it is decoded, again in strips. What a
decoder takes for a pixel was measured (tests/foundations/test_decoding.py), so that a picture that would need more than
MOST_MEMORY is refused by its header.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from core.foundations.errors import PictureError
from core.foundations.png_file import PngFile, read_png
from core.foundations.profiles import profile_of

MOST_BYTES = 64 * 2**20
MOST_PIXELS = 16_000_000
"""Most pixels that a picture keeps."""
MOST_GIVEN = 120_000_000
"""Most pixels of any picture that is taken."""
MOST_MEMORY = 512 * 2**20
"""Most bytes that decoding takes, besides the file itself and the picture that comes of it."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")
"""What PIL is asked to open; HEIC has an opener of its own."""
COSTS = {"WEBP": 20, "AVIF": 13, "HEIF": 10, "PNG": 4, "GIF": 4, "BMP": 4, "JPEG": 9, "MPO": 9}
"""Bytes that a decoder takes for a pixel, at most. A JPEG's are those of one that comes in several passes; others come in rows."""
UNREADABLE = "This file cannot be read as an image. Give a PNG, JPEG, WebP, AVIF, HEIC, GIF or BMP."
TOO_MANY = f"This image has too many pixels; the most is {MOST_GIVEN // 10**6} million. Make it smaller and try again."
_T = Image.Transpose
TURNS = dict(
    enumerate((_T.FLIP_LEFT_RIGHT, _T.ROTATE_180, _T.FLIP_TOP_BOTTOM, _T.TRANSPOSE, _T.ROTATE_270, _T.TRANSVERSE, _T.ROTATE_90), 2)
)
"""EXIF's orientations from 2 on, and what brings each upright."""
BAND = 2**20
"""Pixels that are converted at a time."""


@dataclass(frozen=True)
class Decoded:
    """What is in a file.

    Attributes:
        image: upright; L, RGB, RGBA, CMYK or LAB in 8 bits, or the file's own mode where that was asked for.
        profile: what its colours mean, as ICC; empty for sRGB.
        texts: what it carries in words, by name.
    """

    image: Image.Image
    profile: bytes = b""
    texts: dict = field(default_factory=dict)


def decoded(source: str | Path | bytes | Image.Image, plain: bool = True) -> Decoded:
    """Decode an image.

    Args:
        source: a path, the bytes of a file, or a PIL image.
        plain: whether levels are brought to 8 bits, and palettes and transparency to colours.

    Raises:
        PictureError: where it is too large, of an unknown format, or broken.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decoded(source, plain)
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(TOO_MANY) from error
    except Exception as error:  # a decoder may raise anything over a stranger's bytes
        raise PictureError(UNREADABLE) from error


def _decoded(source: str | Path | bytes | Image.Image, plain: bool) -> Decoded:
    data = b"" if isinstance(source, Image.Image) else _bytes(source)
    png = read_png(data)
    image = source if isinstance(source, Image.Image) else _opened(png.small() if png else data)
    times = _times(image, data, png)
    info, height = _told(image, png), -(-image.height // times)
    in_strips = bool(png and png.streams and plain and times > 1)
    turned = _turn(image) if not in_strips or "exif" in info else None  # else PIL would decode it all to look behind the rows
    if not plain:
        whole = _thinned(image, times)
    elif png and in_strips:
        whole = _joined((_smaller(_plain(strip, info), times) for strip in png.strips(times)), height)
    elif data and times > 1 and image.draft(image.mode, (image.width // times, image.height // times)):
        whole = _plain(next(_bands(image, 1)), info)
    else:
        top = _top(image) if image.mode in ("I", "F") else 0.0
        whole = _joined((_smaller(_plain(strip, info, top), times) for strip in _bands(image, times)), height)
    texts = {key: str(value) for key, value in info.items() if isinstance(value, str)}
    return Decoded(whole if turned is None else whole.transpose(turned), profile_of(info, png.part(b"cICP") if png else b""), texts)


def _told(image: Image.Image, png: PngFile | None) -> dict:
    """What a picture says beside its pixels; a transparent colour in the levels that its pixels will have."""
    info, clear = dict(image.info), image.info.get("transparency")
    if png and png.depth == 16 and isinstance(clear, tuple):
        info["transparency"] = image.info["transparency"] = tuple(level >> 8 for level in clear)
    return info


def _opened(data: bytes) -> Image.Image:
    """A file as PIL opens it: its header is read, no pixel yet."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        if data[4:8] != b"ftyp":
            raise
        from pillow_heif import HeifImageFile  # not before it is needed: it loads a library

        return HeifImageFile(io.BytesIO(data))


def _times(image: Image.Image, data: bytes, png: PngFile | None) -> int:
    """By which whole number a picture is shrunk; PictureError where it is empty or too large to be decoded."""
    pixels = image.width * image.height
    if pixels < 1:
        raise PictureError("This image is empty. Choose another.")
    if pixels > MOST_GIVEN:
        raise PictureError(TOO_MANY)
    kind = image.format or ""
    in_rows = bool(png and png.streams) or kind in ("JPEG", "MPO") and not _in_passes(data)
    if not in_rows and pixels * COSTS.get(kind, 4) > MOST_MEMORY:
        most = MOST_MEMORY // COSTS.get(kind, 4) // 10**6
        raise PictureError(
            f"This image has {pixels / 1e6:.0f} million pixels; the most in {kind or 'this form'} is {most}. Make it smaller, "
            "or save it as a plain JPEG."
        )
    return next(times for times in (1, 2, 4, 8, 16) if pixels <= MOST_PIXELS * times**2)


def _in_passes(data: bytes) -> bool:
    """Whether a JPEG comes in several passes, so that its decoder holds all of it: progressive, or a colour at a time."""
    at, colours = 2, 0
    while data[at : at + 1] == b"\xff" and at + 10 < len(data):
        kind = data[at + 1]
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            colours = data[at + 9]
            if kind != 0xC0 and kind != 0xC1:
                return True
        if kind == 0xDA:
            return data[at + 4] < colours
        at += 1 if kind == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return bool(data)


def _bands(image: Image.Image, times: int) -> Iterator[Image.Image]:
    """A picture from top to bottom, so that little of it is converted at once; whole where it is not shrunk."""
    image.load()
    if times == 1:
        yield image
        return
    step = max(BAND // image.width // times, 1) * times
    for top in range(0, image.height, step):
        yield image.crop((0, top, image.width, min(top + step, image.height)))


def _plain(strip: Image.Image, info: dict, top: float = 0.0) -> Image.Image:
    """A strip in 8 bits, as L, RGB, RGBA, CMYK or LAB, its palette and its transparent colour made into pixels.

    Args:
        info: of the whole picture.
        top: what is white in whole or broken numbers.
    """
    mode, clear = strip.mode, info.get("transparency")
    if mode in ("I", "F"):
        return Image.fromarray(_levels(np.asarray(strip), top))
    if mode.startswith("I;16"):
        deep = np.asarray(strip)
        grey = Image.fromarray((deep >> 8).astype(np.uint8))
        if not isinstance(clear, int):
            return grey
        return Image.merge("LA", (grey, Image.fromarray(np.where(deep == clear, 0, 255).astype(np.uint8)))).convert("RGBA")
    if clear is not None and "transparency" not in strip.info:
        strip.info["transparency"] = clear  # a strip of a file, made here
    if mode == "La":
        strip = strip.convert("LA")
    if strip.has_transparency_data:
        return strip.convert("RGBA")
    return strip if mode in ("L", "RGB", "CMYK", "LAB") else strip.convert("L" if mode == "1" else "RGB")


def _thinned(image: Image.Image, times: int) -> Image.Image:
    """Every so many pixels' middle one, in the picture's own mode."""
    image.load()
    return image if times == 1 else image.resize((image.width // times, image.height // times), Image.Resampling.NEAREST)


def _levels(values: np.ndarray, top: float) -> np.ndarray:
    """Numbers from 0 to `top` as 8 bits; what is no number is 0."""
    return np.nan_to_num(values.astype(np.float32) * (255 / top), nan=0.0, posinf=255, neginf=0).clip(0, 255).round().astype(np.uint8)


def _top(image: Image.Image) -> float:
    """What is white in a picture of whole or broken numbers, whose mode does not say: 1, 255, 65535, or the largest there is."""
    largest = max(float(np.nan_to_num(np.asarray(band), posinf=0).max()) for band in _bands(image, 2))
    return next((top for top in ((1.0,) if image.mode == "F" else ()) + (255.0, 65535.0) if largest <= top), largest)


def _smaller(strip: Image.Image, times: int) -> Image.Image:
    """A strip, shrunk; what is transparent adds no colour."""
    if times == 1:
        return strip
    return strip.convert("RGBa").reduce(times).convert("RGBA") if strip.mode == "RGBA" else strip.reduce(times)


def _joined(strips: Iterable[Image.Image], height: int) -> Image.Image:
    """Strips as one picture, each let go once it is laid."""
    whole, top = None, 0
    for strip in strips:
        if strip.height == height:
            return strip
        whole = whole or Image.new(strip.mode, (strip.width, height))
        whole.paste(strip, (0, top))
        top += strip.height
    assert whole is not None
    return whole


def _turn(image: Image.Image) -> Image.Transpose | None:
    """How a camera says that the picture has to be turned; None where it says nothing that can be read."""
    try:
        return TURNS.get(int(image.getexif().get(ExifTags.Base.Orientation, 1)))
    except Exception:  # a broken note is none
        return None


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
