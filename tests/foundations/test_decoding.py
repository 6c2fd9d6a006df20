"""Large pictures within a bound of memory, and what strangers may send: an answer is a picture or a sentence."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.foundations import decoding, png_file
from core.foundations.decoding import COSTS, MOST_MEMORY, decoded
from core.foundations.errors import PictureError
from core.foundations.images import open_image
from core.foundations.profiles import PRIMARIES, matrix_profile
from tests.foundations.test_images import chunk, png, saved, seen

RNG = np.random.default_rng(2)
PEAK = """
import sys
from core.foundations.decoding import decoded
from core.foundations.png_file import read_png
from PIL import Image

def peak():
    try:
        return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) * 1024
    except OSError:
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

decoded(Image.new("RGB", (8, 8)))
Image.init()
before = peak()
size = decoded(sys.argv[1]).image.size
print(peak() - before, *size)
"""


@pytest.fixture()
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture counts as large from 2000 pixels on, and strips are low."""
    monkeypatch.setattr(decoding, "MOST_PIXELS", 2000)
    monkeypatch.setattr(decoding, "BAND", 700)
    monkeypatch.setattr(png_file, "STRIP", 3000)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK", "P", "1", "I;16", "F"])
def test_large_pictures_are_averaged(soon: None, mode: str) -> None:
    """Over blocks, as the whole picture would be; through strips of a PNG and bands of anything else."""
    channels = {"L": 1, "P": 1, "1": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}.get(mode, 1)
    levels = RNG.integers(0, 256, (131, 97, channels), dtype=np.uint8)
    image = (
        Image.merge(mode, [Image.fromarray(levels[..., c]) for c in range(channels)]) if channels > 1 else Image.fromarray(levels[..., 0])
    )
    if mode in ("I;16", "F"):
        image = Image.fromarray(levels[..., 0].astype(np.uint16) * 257 if mode == "I;16" else levels[..., 0].astype(np.float32))
    elif mode in ("P", "1"):
        image = image.convert(mode)
    alike = Image.fromarray(levels[..., 0]) if mode in ("I;16", "F") else image
    clear = mode in ("LA", "RGBA")
    wanted = alike.convert("RGBA").convert("RGBa").reduce(4).convert("RGBA") if clear else None
    wanted = wanted or (alike.reduce(4).convert("RGB") if mode == "CMYK" else alike.convert("RGB").reduce(4))
    for source in (image, *([saved(image)] if mode not in ("CMYK", "F") else [])):
        found = open_image(source, None if clear else (255, 255, 255))
        assert found.size == (25, 33) and abs(np.asarray(found).astype(int) - np.asarray(wanted)).max() <= 1


def test_a_strip_of_16_bits_is_read_through_every_filter(soon: None) -> None:
    """The rows are filtered by hand: none, sub, up, average, Paeth (PNG 3rd edition, 9.2)."""
    levels = RNG.integers(0, 65536, (90, 61, 3)).astype(">u2")
    rows, above = [], np.zeros(366, int)
    for number, row in enumerate(levels):
        line = np.frombuffer(row.tobytes(), np.uint8).astype(int)
        left, corner = np.r_[np.zeros(6, int), line[:-6]], np.r_[np.zeros(6, int), above[:-6]]
        guess = left + above - corner
        apart = [abs(guess - near) for near in (left, above, corner)]
        paeth = np.where((apart[0] <= apart[1]) & (apart[0] <= apart[2]), left, np.where(apart[1] <= apart[2], above, corner))
        expected = (np.zeros(366, int), left, above, (left + above) // 2, paeth)[number % 5]
        rows.append(bytes((number % 5,)) + ((line - expected) % 256).astype(np.uint8).tobytes())
        above = line
    packed = zlib.compress(b"".join(rows))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 61, 90, 16, 2, 0, 0, 0)), (b"IDAT", packed[:99]), (b"IDAT", b""), (b"IDAT", packed[99:])]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*c) for c in chunks) + chunk(b"IEND", b"")
    assert (seen(data) == np.asarray(Image.fromarray((levels >> 8).astype(np.uint8)).reduce(2))).all()
    with pytest.raises(PictureError, match="cannot be read"):
        open_image(data.replace(packed[99:], packed[99:-500]))


def test_a_large_picture_keeps_what_it_says(soon: None) -> None:
    """Orientation, profile, text and its transparent colour."""
    levels = RNG.integers(0, 256, (64, 48, 3), dtype=np.uint8)
    levels[:20] = 7
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = seen(saved(Image.fromarray(levels), exif=exif))
    assert (turned == np.rot90(np.asarray(Image.fromarray(levels).reduce(2)), -1)).all()
    assert (
        abs(
            seen(saved(Image.fromarray(levels), icc_profile=matrix_profile(PRIMARIES[12]))).astype(int)
            - seen(saved(Image.fromarray(levels)))
        ).max()
        > 9
    )
    clear = open_image(saved(Image.fromarray(levels), transparency=(7, 7, 7)), None)
    assert clear.mode == "RGBA" and not np.asarray(clear)[:10].any() and (np.asarray(clear)[10:, :, 3] == 255).all()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "progressive", "WEBP"])
def test_large_pictures_are_taken_within_the_bound(kind: str, tmp_path: Path) -> None:
    """By the peak of a process of its own: no more for a pixel than is said of the format; by rows, a few strips."""
    image = Image.linear_gradient("L").resize((5000, 4000)).convert("RGB")
    how: dict = {"PNG": {"compress_level": 1}, "progressive": {"progressive": True, "subsampling": 0}, "WEBP": {"method": 0}}.get(kind, {})
    file = tmp_path / "large"
    image.save(file, "JPEG" if kind == "progressive" else kind, **how)
    run = subprocess.run([sys.executable, "-c", PEAK, str(file)], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    peak, width, height = map(int, run.stdout.split())
    assert (width, height) == (2500, 2000)
    by_rows = kind in ("PNG", "JPEG")
    assert peak < 4 * width * height + 2 * file.stat().st_size + (32 * 2**20 if by_rows else COSTS.get(kind, COSTS["JPEG"]) * 20_000_000)


@pytest.mark.parametrize(
    ("kind", "size", "sentence"),
    [
        ("WEBP", (6000, 5000), "the most in WEBP is 26"),
        ("AVIF", (7000, 6500), "the most in AVIF is 41"),
        ("JPEG", (8000, 8000), "the most in JPEG is 59"),
    ],
)
def test_what_would_take_more_is_refused_by_its_header(
    kind: str, size: tuple[int, int], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says which other way is open. Nothing is decoded."""
    image = Image.new("L" if kind == "JPEG" else "RGB", (64, 64))
    data = saved(image, kind, **({"progressive": True} if kind == "JPEG" else {}))
    real = decoding._opened

    def claims(given: bytes) -> Image.Image:
        opened = real(given)
        opened._size = size
        return opened

    monkeypatch.setattr(decoding, "_opened", claims)
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(PictureError, match=sentence):
        open_image(data)


def test_the_bound_lets_in_what_cameras_make() -> None:
    """A plain JPEG of 108 million pixels, a HEIC of 48, and the whole of any PNG."""
    assert 12_032 * 9024 <= decoding.MOST_GIVEN and 8064 * 6048 * COSTS["HEIF"] <= MOST_MEMORY
    assert decoding.MOST_GIVEN * COSTS["PNG"] <= MOST_MEMORY


def seeds() -> list[bytes]:
    """A small file of each kind."""
    rgb = Image.fromarray(RNG.integers(0, 256, (24, 20, 3), dtype=np.uint8))
    half, exif = rgb.copy(), Image.Exif()
    half.putalpha(120)
    exif[0x0112] = 6
    beside: dict = {"icc_profile": matrix_profile(PRIMARIES[12]), "exif": exif}
    files = [saved(rgb, kind, **beside) for kind in ("PNG", "JPEG", "WEBP", "AVIF")]
    files += [saved(half, kind) for kind in ("PNG", "WEBP", "AVIF")] + [
        saved(rgb.convert("CMYK"), "JPEG"),
        saved(rgb, "JPEG", progressive=True),
    ]
    files += [saved(rgb.quantize(8), "PNG", transparency=1), saved(Image.fromarray(np.zeros((9, 9), np.uint16))), saved(rgb, "BMP")]
    files += [saved(rgb.convert("P"), kind, save_all=True, append_images=[rgb.convert("P")]) for kind in ("GIF", "PNG", "WEBP")]
    return [*files, Path(__file__).with_name("sample.heic").read_bytes(), png(64, 64)]


def damaged(rng: random.Random, whole: bytes) -> bytes:
    """A file, cut, changed somewhere or in its header, with something put in, or nothing but noise."""
    data, kind = bytearray(whole), rng.randrange(5)
    if kind == 0:
        return bytes(data[: rng.randrange(len(data))])
    if kind == 1:
        return rng.randbytes(rng.randrange(200))
    if kind == 2:
        at = rng.randrange(len(data))
        return bytes(data[:at]) + rng.randbytes(20) + bytes(data[at:])
    for _ in range(rng.randrange(1, 9)):
        data[rng.randrange(len(data) if kind == 3 else min(60, len(data)))] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
    return bytes(data)


def test_ten_thousand_damaged_files(soon: None) -> None:
    """Each comes in as a plain picture of a bounded size, or with a sentence; none as another error."""
    rng, files, taken = random.Random(0), seeds(), 0
    for number in range(10_000):
        try:
            image = decoded(damaged(rng, files[number % len(files)])).image
        except PictureError as error:
            assert str(error).endswith(".")
        else:
            taken += 1
            assert image.mode in ("L", "RGB", "RGBA", "CMYK", "LAB") and 0 < image.width * image.height <= 4000
    assert 1000 < taken < 9000
