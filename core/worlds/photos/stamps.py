"""Photographic cut-outs with exact masks, and photographs to lay them on. FOR JUDGES ONLY: nothing may learn from them.

Cut-outs: the stamps of Tux Paint (GPL-2), of which assets/photos/stamps.json lists those that are photographs of one
thing, with a plain name where the thing has one that no other stamp shares in another sense, and a kind where it has
one. Chosen by eye, before any model saw them; drawings, symbols and doubles are left out. Backgrounds: the wallpapers of
Plasma 5.27 that are photographs, without the parts in which there are kites or boats. Both come from Debian's registry
by digest, are read in memory, and are never shipped. Training lays its pictures on other packages' photographs.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from core.foundations.archives import packed_files
from core.foundations.downloads import cached, fetched
from core.foundations.errors import WeightsError
from core.foundations.files import asset, write_atomically
from core.foundations.images import open_image
from core.worlds.photos.cuts import Stamp, close_cut

STAMPS = ("apt", "tuxpaint-stamps-default=2022.06.04-1", "6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34")
STAMPS_FOLDER = "usr/share/tuxpaint/stamps/"
BACKGROUNDS = ("apt", "plasma-workspace-wallpapers=4:5.27.5-2", "32cd18b71c8c938a18b3b351f217c02ac590e323caa3cf322fbb875ce8892f8b")
BACKGROUNDS_FOLDER = "usr/share/wallpapers/"
BACKGROUND_SIDE = 720
"""Backgrounds are kept with their shorter side at most this long, in pixels."""


def table() -> dict[str, Any]:
    """What was chosen: "stamps", name to label and kind; "backgrounds", file to the part that is used."""
    return json.loads(asset("photos/stamps.json").read_text(encoding="utf-8"))


def kind_names(stamps: Sequence[Stamp]) -> list[str]:
    """All kinds, each once, in alphabetical order."""
    return sorted({stamp.kind for stamp in stamps if stamp.kind})


def stamps() -> list[Stamp]:
    """All chosen cut-outs, in the table's order; WeightsError where they can be neither found nor fetched."""
    chosen = table()["stamps"]
    files = _files(STAMPS, {f"{STAMPS_FOLDER}{name}.png": name for name in chosen})
    return [Stamp(name, close_cut(open_image(files[name], ground=None)), *chosen[name]) for name in chosen]


def backgrounds() -> list[np.ndarray]:
    """All backgrounds, RGB uint8 `[h w 3]`, in the table's order; WeightsError as above."""
    chosen = table()["backgrounds"]
    files = _files(BACKGROUNDS, {f"{BACKGROUNDS_FOLDER}{name}": name for name in chosen})
    return [part_of(open_image(files[name]), part) for name, part in chosen.items()]


def _files(package: tuple[str, str, str], wanted: dict[str, str]) -> dict[str, bytes]:
    """Contents of files of a package, under their names in the table; kept aside, because unpacking takes ten seconds."""
    kept = cached(f"judges-{hashlib.sha256(repr((package, sorted(wanted))).encode()).hexdigest()[:16]}.zip")
    if not kept.is_file():
        found = {wanted[path]: data for path, data in packed_files(fetched(*package), wanted.__contains__)}
        if missing := sorted(set(wanted.values()) - set(found)):
            raise WeightsError(f"{package[1]} lacks {len(missing)} pictures, such as {missing[0]}. Correct assets/photos/stamps.json.")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, data in found.items():
                archive.writestr(name, data)
        write_atomically(kept, packed.getvalue())
    try:
        with zipfile.ZipFile(kept) as archive:
            return {name: archive.read(name) for name in wanted.values()}
    except (zipfile.BadZipFile, KeyError) as error:
        raise WeightsError(f"{kept.name} in the cache folder is damaged. Delete it; it will be made again.") from error


def part_of(image: Image.Image, part: Sequence[float]) -> np.ndarray:
    """A part of a photograph, made smaller.

    Args:
        image: the photograph.
        part: left, top, right, bottom, as shares of its sides.

    Returns:
        RGB uint8 `[h w 3]`, its shorter side at most BACKGROUND_SIDE.
    """
    wide, high = image.size
    cut = image.crop((round(part[0] * wide), round(part[1] * high), round(part[2] * wide), round(part[3] * high)))
    scale = min(1.0, BACKGROUND_SIDE / min(cut.size))
    return np.asarray(cut.resize((round(cut.width * scale), round(cut.height * scale)), Image.Resampling.BICUBIC))
