"""Colours as a viewer shows them: whatever profile a picture carries, it leaves here as sRGB.

A profile is an ICC profile; what a PNG says in cICP or in cHRM and gAMA is made into one, so that there is one way. A grey,
RGB or CMYK profile fits pictures of its own kind only. One that is broken, or of another kind, is passed over, as browsers do.
Sources: ICC.1:2022, sections 7, 9 and 10; PNG 3rd edition, 11.3.2; ITU-T H.273, tables 2 and 3.
"""

from __future__ import annotations

import io
import struct
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

SRGB = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
"""White, red, green and blue as x and y."""
PRIMARIES = {1: SRGB, 9: (0.3127, 0.329, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046), 12: (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)}
"""Of H.273's code points, those of screens: BT.709, BT.2020 and Display P3."""
SRGB_CURVE = 13
"""H.273's code point of sRGB's own curve; the others are of films and of brighter screens."""
GAMMA = 1 / 2.2
NEAR = 0.05
"""A gamma that is off by less is meant as sRGB's curve, as libpng has it."""
D50 = (0.9642, 1.0, 0.8249)
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "LAB"}


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """A picture in sRGB.

    Args:
        image: 8 bits in L, RGB, RGBA, CMYK or LAB; transparency stays as it is.
        profile: ICC; empty for none.

    Returns:
        The same where the profile changes no colour by more than one level, or cannot be used.
    """
    if image.mode == "RGBA":
        solid = to_srgb(image.convert("RGB"), profile)
        solid.putalpha(image.getchannel("A"))
        return solid
    try:
        source = ImageCms.createProfile("LAB") if image.mode == "LAB" else ImageCms.getOpenProfile(io.BytesIO(profile)).profile
        space = source.xcolor_space.strip()
        image = image.convert("RGB") if image.mode == "L" and space == "RGB" else image
        if space != SPACES[image.mode]:
            return image
        flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
        turn = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), image.mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC, flags
        )
        return image if image.mode in ("L", "RGB") and _same(turn, image.mode) else ImageCms.applyTransform(image, turn) or image
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _same(turn: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether a transform leaves colours as they are, tried on levels that span them."""
    levels = np.linspace(0, 255, 18).round().astype(np.uint8)
    grid = levels[None] if mode == "L" else np.stack(np.meshgrid(levels, levels, levels), -1).reshape(1, -1, 3)
    tried = Image.fromarray(grid)
    turned = np.asarray(ImageCms.applyTransform(tried, turn)).astype(int)
    return bool(abs(turned - np.asarray(tried.convert("RGB"))).max() <= 1)


def profile_of(info: dict, coded: bytes = b"") -> bytes:
    """The profile that a picture carries, or what a PNG says instead of one, as ICC; empty for sRGB.

    Args:
        info: what PIL found beside the pixels.
        coded: a PNG's chunk cICP, which goes before all else.
    """
    said = info.get("nclx_profile") or {}  # what a HEIC says instead of a profile, in the same numbers
    primaries, curve = coded[:2] if len(coded) >= 4 else (said.get("color_primaries"), said.get("transfer_characteristics"))
    if primaries in PRIMARIES and curve == SRGB_CURVE:
        return matrix_profile(PRIMARIES[primaries])
    if isinstance(info.get("icc_profile"), bytes) and info["icc_profile"]:
        return info["icc_profile"]
    gamma = info.get("gamma")
    if "srgb" in info or not isinstance(gamma, float) or not 0.01 < gamma < 10:
        return b""
    return matrix_profile(tuple(info.get("chromaticity", SRGB)), None if abs(gamma / GAMMA - 1) < NEAR else 1 / gamma)


@lru_cache(maxsize=16)
def matrix_profile(primaries: tuple[float, ...], gamma: float | None = None) -> bytes:
    """An ICC profile of three primaries and one curve; empty where the primaries span no colours.

    Args:
        primaries: white, red, green and blue, x and y of each.
        gamma: the curve's exponent; sRGB's own curve where None.
    """
    if len(primaries) != 8 or min(primaries[1::2]) <= 0 or tuple(primaries) == SRGB and gamma is None:
        return b""
    x, y = np.array(primaries[::2]), np.array(primaries[1::2])
    white, *colours = np.stack([x / y, np.ones(4), (1 - x - y) / y], 1)
    columns = np.array(colours).T
    if abs(np.linalg.det(columns)) < 1e-6:
        return b""
    columns = columns * np.linalg.solve(columns, white)
    adapted = np.linalg.solve(BRADFORD, np.diag(BRADFORD @ D50 / (BRADFORD @ white)) @ BRADFORD) @ columns
    curve = _curve(gamma)
    tags = {b"wtpt": _xyz(np.array(D50)), b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    tags |= {name: _xyz(column) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), adapted.T, strict=True)}
    return _packed(tags) if np.isfinite(adapted).all() and abs(adapted).max() < 100 else b""


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: np.ndarray) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(map(_fixed, values))


def _curve(gamma: float | None) -> bytes:
    if gamma is None:
        return b"para\0\0\0\0\0\3\0\0" + b"".join(map(_fixed, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)))
    return b"para\0\0\0\0\0\0\0\0" + _fixed(gamma)


def _packed(tags: dict[bytes, bytes]) -> bytes:
    """A profile's header, its table and its tags."""
    table, body, place = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", place + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    size = struct.pack(">I", place + len(body))
    head = size + b"\0\0\0\0\x04\x30\0\0mntrRGB XYZ " + b"\0" * 12 + b"acsp" + b"\0" * 28 + b"".join(map(_fixed, D50))
    return head.ljust(128, b"\0") + table + body
