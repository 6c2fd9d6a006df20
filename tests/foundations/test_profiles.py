"""Colours as a viewer shows them."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.foundations.profiles import PRIMARIES, SRGB, matrix_profile
from tests.foundations.test_images import GREY, RGB, chunk, saved, seen

SWAPPED = (*SRGB[:2], *SRGB[6:], *SRGB[2:6])
"""What a file calls red is blue, its green is red, its blue is green."""
LIKE_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def linear(levels: np.ndarray) -> np.ndarray:
    """sRGB's curve, IEC 61966-2-1."""
    v = levels / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def encoded(light: np.ndarray) -> np.ndarray:
    """And back."""
    v = light.clip(0, 1)
    return 255 * np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055)


P3 = encoded(linear(RGB) @ np.array([[1.2249, -0.2247, 0], [-0.0420, 1.0419, 0], [-0.0197, -0.0786, 1.0979]]).T)
"""Display P3 to sRGB, with the matrix as others print it."""


def said(*chunks: tuple[bytes, bytes], grey: bool = False) -> bytes:
    """A PNG that says something of its colours."""
    data = saved(Image.fromarray(GREY if grey else RGB))
    return data[:33] + b"".join(chunk(*c) for c in chunks) + data[33:]


def primaries(values: tuple[float, ...]) -> tuple[bytes, bytes]:
    """cHRM."""
    return b"cHRM", struct.pack(">8I", *(round(v * 1e5) for v in values))


def gamma(value: float) -> tuple[bytes, bytes]:
    """gAMA."""
    return b"gAMA", struct.pack(">I", round(value * 1e5))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_display_p3_becomes_srgb(kind: str) -> None:
    """As an ICC profile in any format; where the format loses something, within what it loses."""
    flat = Image.new("RGB", (32, 32), (200, 60, 40))
    found = seen(saved(flat, kind, icc_profile=matrix_profile(PRIMARIES[12]))).reshape(-1, 3).mean(0)
    plain = seen(saved(flat, kind)).reshape(-1, 3).mean(0)
    assert found[0] - plain[0] > 12 and plain[1] - found[1] > 12
    if kind == "PNG":
        assert abs(seen(saved(Image.fromarray(RGB), icc_profile=matrix_profile(PRIMARIES[12]))) - P3).max() <= 2


def test_a_png_that_says_it_in_numbers() -> None:
    """cICP of Display P3; cHRM with the primaries in another order; a gamma alone, in grey too."""
    assert abs(seen(said((b"cICP", bytes((12, 13, 0, 1))))) - P3).max() <= 2
    turned = RGB[..., [1, 2, 0]].astype(int)
    assert abs(seen(said(gamma(0.45455), primaries(SWAPPED))) - turned).max() <= 2
    assert abs(seen(saved(Image.fromarray(RGB), icc_profile=matrix_profile(SWAPPED))) - turned).max() <= 2
    assert abs(seen(said(gamma(1.0))) - encoded(RGB / 255)).max() <= 2
    assert abs(seen(said(gamma(1.0), grey=True)) - encoded(GREY[..., None] / 255)).max() <= 2


@pytest.mark.parametrize(
    "data",
    [
        said(gamma(0.45455), primaries(SRGB)),
        said((b"sRGB", b"\0"), gamma(0.45455), primaries(SWAPPED)),
        said(primaries(SWAPPED)),
        said(gamma(0.0)),
        said(gamma(0.45455), primaries((0.3, 0.3) * 4)),
        said(gamma(0.45455), primaries((0.0,) * 8)),
        saved(Image.fromarray(RGB), icc_profile=LIKE_SRGB),
        saved(Image.fromarray(RGB), icc_profile=b"no profile at all" * 20),
        saved(Image.fromarray(RGB), icc_profile=matrix_profile(SWAPPED)[:200]),
        saved(Image.fromarray(RGB), icc_profile=matrix_profile(SWAPPED)[:300] + b"\xff" * 80),
    ],
)
def test_what_is_srgb_or_broken_changes_no_pixel(data: bytes) -> None:
    """So that pixel art stays exact, whatever a program has written beside it."""
    assert (seen(data) == RGB).all()


def test_a_profile_of_another_kind_is_passed_over() -> None:
    """One of paper on a screen's colours; one of a screen on those of paper."""
    data = saved(Image.fromarray(RGB).convert("CMYK"), "JPEG", icc_profile=matrix_profile(SWAPPED), quality=95)
    assert (seen(data) == seen(saved(Image.fromarray(RGB).convert("CMYK"), "JPEG", quality=95))).all()


def test_lab() -> None:
    """There is no other way to see it."""
    lab = ImageCms.profileToProfile(Image.fromarray(RGB), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB")
    assert lab and abs(seen(lab).astype(int) - RGB).mean() < 2


def test_transparency_outlives_a_profile() -> None:
    """Colours turn, alpha does not."""
    image = Image.fromarray(RGB)
    image.putalpha(Image.fromarray(GREY))
    found = seen(saved(image, icc_profile=matrix_profile(SWAPPED)), None)
    assert (found[..., 3] == GREY).all() and abs(found[GREY > 0][:, :3].astype(int) - RGB[GREY > 0][:, [1, 2, 0]]).max() <= 2
