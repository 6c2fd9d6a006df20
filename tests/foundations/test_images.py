"""Images from strangers."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from core.foundations.errors import PictureError
from core.foundations.images import enlarge, open_image, square, to_rgb, to_tensor


def png(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds almost nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (png(30_000, 30_000), "the most is 16 million"),
        (b"hello", "cannot be read as an image"),
        (b"", "cannot be read as an image"),
        (png(64, 64), "cannot be read as an image"),
        (b"\0" * (11 * 2**20), "the most is 10"),
    ],
)
def test_hostile_files_get_a_sentence(data: bytes, sentence: str) -> None:
    """Too many pixels (checked before decoding), text, nothing, a cut file, too many bytes."""
    with pytest.raises(PictureError, match=sentence):
        open_image(data)


def test_every_source_comes_upright() -> None:
    """Bytes and a PIL image whose camera lay on its side: once turned, never twice; what it carries beside stays."""
    lying = Image.new("RGB", (40, 20), (255, 0, 0))
    lying.paste((0, 0, 255), (0, 0, 20, 20))
    lying.getexif()[0x0112] = 6
    buffer = io.BytesIO()
    lying.save(buffer, "PNG", exif=lying.getexif())
    for source in (buffer.getvalue(), Image.open(buffer), lying):
        upright = open_image(source)
        assert upright.size == (20, 40) and upright.getpixel((10, 5)) == (0, 0, 255) and open_image(upright).size == (20, 40)
    lying.info["note"] = "kept"
    assert open_image(lying).info["note"] == "kept" and lying.size == (40, 20)


def test_a_pil_image_is_checked_as_a_file_is() -> None:
    """Its size, and whether it can be decoded."""
    with pytest.raises(PictureError, match="the most is 16 million"):
        open_image(Image.new("1", (5000, 5000)))
    with pytest.raises(PictureError, match="cannot be read as an image"):
        open_image(Image.open(io.BytesIO(png(64, 64))))


def test_enlarged_pixel_art_comes_back_exactly() -> None:
    """A 32 x 32 picture at ten times the size is read pixel by pixel."""
    rgb = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    assert (square(enlarge(Image.fromarray(rgb), 10), 32, (0, 0, 0)) == rgb).all()


def test_the_middle_of_a_wide_photograph_is_averaged() -> None:
    """Neither stretched nor sampled."""
    wide = Image.fromarray(np.tile(np.arange(200, dtype=np.uint8)[None, :, None], (100, 1, 3)))
    small = square(wide, 10, (0, 0, 0))
    assert small.shape == (10, 10, 3) and abs(int(small[0, 0, 0]) - 54) <= 1


def test_transparency_shows_the_ground() -> None:
    """A clear picture is its ground."""
    assert (square(Image.new("RGBA", (64, 64), (255, 0, 0, 0)), 32, (1, 2, 3)) == (1, 2, 3)).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    """Whatever PIL can open."""
    buffer = io.BytesIO()
    image = Image.new("I;16" if mode == "I;16" else mode, (40, 40))
    image.save(buffer, "JPEG" if mode == "CMYK" else "PNG")
    assert square(open_image(buffer.getvalue()), 32, (0, 0, 0)).shape == (32, 32, 3)


def test_tensors_and_back() -> None:
    """[n h w 3] uint8 to [n 3 h w] in [0, 1] and back, exactly."""
    rgb = np.random.default_rng(0).integers(0, 255, (2, 4, 5, 3), dtype=np.uint8)
    tensor = to_tensor(rgb)
    assert tensor.shape == (2, 3, 4, 5) and tensor.max() <= 1
    assert (to_rgb(tensor) == rgb).all() and (to_rgb(torch.full((1, 3, 1, 1), 9.0)) == 255).all()
