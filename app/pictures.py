"""Small copies of a person's own picture, for showing it back. Nothing here runs a model."""

from __future__ import annotations

from PIL import Image, ImageOps

from app.scene import data_uri

SIDE = 224
"""Longest side of the copy, in pixels."""
LIMIT = 40_000_000
"""Largest picture that is shown back, in pixels."""


def thumbnail(path: str) -> str:
    """A small copy as a URI, or "" where the file cannot be shown. The size is checked before a pixel is decoded."""
    try:
        with Image.open(path) as image:
            if image.width * image.height > LIMIT:
                return ""
            image.draft("RGB", (SIDE, SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
    shrink = Image.Resampling.LANCZOS if max(upright.size) > SIDE else Image.Resampling.NEAREST
    upright.thumbnail((SIDE, SIDE), shrink)
    return data_uri(upright)
