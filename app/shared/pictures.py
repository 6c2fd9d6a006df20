"""Small pictures that need no model: a copy of a person's own, and thumbnails cut from one sheet."""

from __future__ import annotations

import base64
import io

from PIL import Image

SIDE = 224
"""Longest side of the copy, in pixels."""
HARD = 64
"""Longest side of a picture whose pixels are drawn hard: that of a scene. A larger one is a photograph."""
SMALL = 72
"""Longest side of a photograph's thumbnail, in pixels."""


def is_soft(image: Image.Image) -> bool:
    """Whether a picture is drawn smoothly, as a photograph is."""
    return max(image.size) > HARD


def seen(image: Image.Image) -> str:
    """A picture as the page shows it: pixel art as a PNG, which it draws with hard pixels, a photograph as a JPEG."""
    return uri_of(jpeg(image)) if is_soft(image) else data_uri(image)


def small(image: Image.Image) -> Image.Image:
    """A photograph's thumbnail; pixel art as it is."""
    if is_soft(image):
        image = image.copy()
        image.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    return image


def data_uri(image: Image.Image) -> str:
    """A small image as a PNG inside a URI."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def jpeg(image: Image.Image, most: int = 0, quality: int = 92) -> bytes:
    """A photograph as JPEG.

    Args:
        most: bytes; the quality goes down until it fits, or to the lowest there is. Any number where 0.
        quality: at first.
    """
    buffer = io.BytesIO()
    for at in (quality, *(q for q in (84, 72, 56, 36, 16) if most and q < quality)):
        buffer = io.BytesIO()
        image.convert("RGB").save(buffer, "JPEG", quality=at, optimize=True)
        if not most or buffer.tell() <= most:
            break
    return buffer.getvalue()


def uri_of(data: bytes) -> str:
    """The bytes of a PNG or JPEG as a URI. The page draws a PNG with hard pixels and a JPEG smoothly."""
    kind = "jpeg" if data.startswith(b"\xff\xd8") else "png"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def exact_uri(image: Image.Image) -> str:
    """A large picture of few colours as a URI, every pixel kept: as WebP it is two thirds of a PNG."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "WEBP", lossless=True, quality=100, method=6)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def thumbnail(image: Image.Image) -> str:
    """A small copy of an image that came in through `open_image`, as a URI."""
    small = image.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS if max(image.size) > SIDE else Image.Resampling.NEAREST)
    return data_uri(small)


class Sheet:
    """All handles' thumbnails on one image, 64 in a row, 32 pixels wide each."""

    def __init__(self, sprite: dict | None) -> None:
        self.order = {handle: i for i, handle in enumerate((sprite or {}).get("ids", ()))}
        raw = base64.b64decode(sprite["image"].partition(",")[2]) if sprite else b""
        self.image = Image.open(io.BytesIO(raw)).convert("RGB") if raw else None

    def cut(self, handle: str) -> Image.Image | None:
        """A handle's thumbnail, or None where the sheet has none."""
        at = self.order.get(handle)
        if at is None or self.image is None:
            return None
        x, y = 32 * (at % 64), 32 * (at // 64)
        return self.image.crop((x, y, x + 32, y + 32))
