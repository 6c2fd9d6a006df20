"""Images from strangers, as a person sees them: levels, colours, transparency, orientation."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.foundations import images
from core.foundations.errors import PictureError
from core.foundations.images import WHITE, enlarge, open_image, open_levels, square, to_rgb, to_tensor

GREY = np.random.default_rng(0).integers(0, 256, (40, 50), dtype=np.uint8)
RGB = np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)
HALF = np.repeat([[0] * 25 + [255] * 25], 40, 0).astype(np.uint8)
"""Alpha: nothing on the left, all on the right."""


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds almost nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def saved(image: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    """An image as a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)  # type: ignore[arg-type]
    return buffer.getvalue()


def seen(source: object, ground: images.Colour | None = WHITE) -> np.ndarray:
    """What comes in."""
    return np.asarray(open_image(source, ground))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (png(30_000, 30_000), "the most is 120 million"),
        (png(12_000, 11_000), "the most is 120 million"),
        (png(0, 5), "cannot be read as an image|is empty"),
        (b"hello", "cannot be read as an image"),
        (b"", "cannot be read as an image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "cannot be read as an image"),
        (png(64, 64), "cannot be read as an image"),
        (png(6000, 6000), "cannot be read as an image"),
        (b"\0" * (65 * 2**20), "the most is 64"),
    ],
)
def test_hostile_files_get_a_sentence(data: bytes, sentence: str) -> None:
    """Too many pixels (checked before decoding), none, text, nothing, another format, cut files, too many bytes."""
    with pytest.raises(PictureError, match=sentence):
        open_image(data)


def test_every_source_comes_upright() -> None:
    """Bytes and a PIL image whose camera lay on its side: once turned, never twice; what it carries beside stays."""
    lying = Image.new("RGB", (40, 20), (255, 0, 0))
    lying.paste((0, 0, 255), (0, 0, 20, 20))
    lying.getexif()[0x0112] = 6
    buffer = io.BytesIO(saved(lying, exif=lying.getexif()))
    for source in (buffer.getvalue(), Image.open(buffer), lying):
        upright = open_image(source)
        assert upright.size == (20, 40) and upright.getpixel((10, 5)) == (0, 0, 255) and open_image(upright).size == (20, 40)
    lying.info["note"] = "kept"
    assert open_image(lying).info["note"] == "kept" and lying.size == (40, 20)


@pytest.mark.parametrize("orientation", range(9))
def test_every_orientation_is_as_pil_has_it(orientation: int) -> None:
    """Also one that does not exist."""
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(RGB), exif=exif)
    assert (seen(data) == np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))).all()


def test_a_pil_image_is_checked_as_a_file_is() -> None:
    """Its size, and whether it can be decoded."""
    with pytest.raises(PictureError, match="the most is 120 million"):
        open_image(Image.new("1", (12_000, 11_000)))
    with pytest.raises(PictureError, match="cannot be read as an image"):
        open_image(Image.open(io.BytesIO(png(64, 64))))


@pytest.mark.parametrize(
    "image",
    [
        Image.fromarray(GREY),
        Image.fromarray(GREY.astype(np.uint16) * 257),
        Image.frombytes("I;16B", (50, 40), (GREY.astype(">u2") * 257).tobytes()),
        Image.fromarray(GREY.astype(np.int32)),
        Image.fromarray(GREY.astype(np.int32) * 257),
        Image.fromarray(GREY.astype(np.float32)),
        Image.fromarray(GREY.astype(np.float32) / 255),
        Image.fromarray(GREY.astype(np.float32) * 257),
    ],
    ids=lambda image: image.mode,
)
def test_levels_of_any_depth_are_those_of_8_bits(image: Image.Image) -> None:
    """Not nearly all white. Where a file can hold the mode, from the file too."""
    assert (seen(image) == GREY[..., None]).all()
    if image.mode in ("L", "I;16"):
        assert (seen(saved(image)) == GREY[..., None]).all()


def test_what_is_no_number_is_black() -> None:
    """In a picture of broken numbers; the infinite is white."""
    values = np.array([[np.nan, 0.5, np.inf, -np.inf]], np.float32)
    assert seen(Image.fromarray(values))[0, :, 0].tolist() == [0, 128, 255, 0]


@pytest.mark.parametrize("mode", ["1", "YCbCr", "HSV", "CMYK", "P", "RGBX"])
def test_every_mode_is_as_pil_converts_it(mode: str) -> None:
    """Where it says nothing of profile or transparency."""
    image = Image.fromarray(RGB).convert(mode)
    assert (seen(image) == np.asarray(image.convert("RGB"))).all()


@pytest.mark.parametrize("mode", ["RGBA", "RGBa", "LA", "La", "PA"])
def test_what_is_transparent_shows_the_ground(mode: str) -> None:
    """Whatever colour hides below it; kept as RGBA on request, without that colour."""
    image = Image.fromarray(RGB)
    image.putalpha(Image.fromarray(HALF))
    if mode == "PA":
        image = image.convert("RGB").quantize(256).convert("PA")
        image.putalpha(Image.fromarray(HALF))
    elif mode != "RGBA":
        image = image.convert(mode if mode != "La" else "LA").convert(mode)
    solid = np.asarray(image.convert("LA" if mode == "La" else "RGBA").convert("RGBA"))[..., :3]
    sources = [image, saved(image)] if mode in ("RGBA", "LA") else [image]
    for source in sources:
        assert (seen(source, (1, 2, 3))[:, :25] == (1, 2, 3)).all() and (seen(source)[:, 25:] == solid[:, 25:]).all()
        kept = seen(source, None)
        assert kept.shape == (40, 50, 4) and not kept[:, :25].any() and (kept[:, 25:, :3] == solid[:, 25:]).all()


def test_a_transparent_colour_shows_the_ground() -> None:
    """Of a palette, of grey in 8 and 16 bits, of RGB in 8 and 16 bits."""
    first = tuple(int(v) for v in RGB[0, 0])
    rows = b"".join(b"\0" + row.repeat(2).tobytes() for row in RGB.reshape(40, 150))  # both bytes of a level alike
    rgb16 = [(b"IHDR", struct.pack(">IIBBBBB", 50, 40, 16, 2, 0, 0, 0)), (b"tRNS", struct.pack(">3H", *(v * 257 for v in first)))]
    rgb16 += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    paletted = Image.fromarray(RGB).quantize(16)
    cases = [
        (saved(paletted, transparency=3), np.asarray(paletted) == 3),
        (saved(Image.fromarray(GREY), transparency=int(GREY[0, 0])), GREY == GREY[0, 0]),
        (saved(Image.fromarray(GREY.astype(np.uint16) * 257), transparency=int(GREY[0, 0]) * 257), GREY == GREY[0, 0]),
        (saved(Image.fromarray(RGB), transparency=first), (RGB == first).all(-1)),
        (b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*c) for c in rgb16), (RGB == first).all(-1)),
    ]
    for data, clear in cases:
        found = seen(data, None)
        assert clear.any() and ((found[..., 3] == 0) == clear).all()


def test_a_picture_that_came_in_comes_in_again_as_it_is() -> None:
    """So that whoever opens it twice does no harm."""
    once = open_image(saved(Image.fromarray(GREY.astype(np.uint16) * 257)))
    assert (seen(once) == np.asarray(once)).all() and once.mode == "RGB"


def test_long_text_in_a_png_is_passed_over_and_a_recipe_is_not() -> None:
    """A megabyte that a few bytes unpack to; the short text is kept, packed or not."""
    info = PngInfo()
    info.add_itxt("rosetta-recipe", '{"recipe": 1}', zip=True)
    info.add_text("long", "x" * 1_100_000, zip=True)
    info.add_itxt("longer", "y" * 1_100_000, zip=True)
    info.add_text("note", "kept")
    data = saved(Image.fromarray(RGB), pnginfo=info)
    opened = open_image(data)
    assert (np.asarray(opened) == RGB).all() and opened.info == {"rosetta-recipe": '{"recipe": 1}', "note": "kept"}


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_picture_comes_in(kind: str) -> None:
    """The others are not even decoded."""
    red, blue = (Image.new("RGB", (20, 10), colour) for colour in ((255, 0, 0), (0, 0, 255)))
    data = saved(red, kind, save_all=True, append_images=[blue, blue], **({"lossless": True} if kind == "WEBP" else {}))
    assert (seen(data) == (255, 0, 0)).all()


def test_phones_pictures() -> None:
    """HEIC, upright, and AVIF."""
    found = open_image(Path(__file__).with_name("sample.heic"))
    assert found.size == (64, 96)
    corners = [found.getpixel(place) for place in ((16, 20), (48, 20), (16, 76), (48, 76))]
    wanted = [(40, 70, 200), (220, 40, 30), (240, 200, 40), (30, 160, 60)]
    assert abs(np.array(corners) - np.array(wanted)).max() < 16
    flat = Image.new("RGB", (32, 32), (40, 70, 200))
    assert abs(seen(saved(flat, "AVIF")).astype(int) - (40, 70, 200)).max() < 6


def test_the_numbers_of_a_mask_are_not_touched() -> None:
    """Neither its palette nor its depth."""
    mask = Image.fromarray(GREY).convert("P")
    assert open_levels(saved(mask)).mode == "P" and (np.asarray(open_levels(saved(mask))) == np.asarray(mask)).all()
    deep = open_levels(saved(Image.fromarray(GREY.astype(np.uint16) + 300)))
    assert (np.asarray(deep).astype(int) == GREY.astype(int) + 300).all()


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
