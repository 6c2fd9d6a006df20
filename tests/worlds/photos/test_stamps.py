"""The judges' cut-outs: read from a package made on the spot, cut close, kept aside; and the table that chose them."""

from __future__ import annotations

import io
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.foundations.errors import WeightsError
from core.foundations.files import asset
from core.worlds.photos import stamps as module
from core.worlds.photos.cuts import class_names, close_cut
from core.worlds.photos.stamps import BACKGROUND_SIDE, backgrounds, kind_names, part_of, stamps, table


def png(pixels: np.ndarray) -> bytes:
    """Pixels as the bytes of a file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def deb(path: Path, files: dict[str, bytes]) -> Path:
    """A Debian package: an `ar` of three members, the last a tar of files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    members = {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", "data.tar.xz": packed.getvalue()}
    out = b"!<arch>\n"
    for name, data in members.items():
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
    path.write_bytes(out)
    return path


def dotted() -> np.ndarray:
    """A cut-out `[6 8 4]`: red in rows 1 to 3 and columns 2 to 6, transparent around."""
    rgba = np.zeros((6, 8, 4), np.uint8)
    rgba[1:4, 2:7] = (255, 0, 0, 255)
    return rgba


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """One package that holds stamps and backgrounds, in the place of both; the list fills with what is fetched."""
    files = {f"{module.STAMPS_FOLDER}{name}.png": png(dotted()) for name in ("birds/owl", "birds/rhea", "things/mug", "symbols/a")}
    files[f"{module.BACKGROUNDS_FOLDER}Path/1.jpg"] = png(np.full((40, 60, 3), 7, np.uint8))
    path, asked = deb(tmp_path / "made.deb", files), []
    chosen = {
        "stamps": {"things/mug": ["mug", None], "birds/owl": ["owl", "bird"], "birds/rhea": [None, "bird"]},
        "backgrounds": {"Path/1.jpg": [0.5, 0, 1, 1]},
    }
    monkeypatch.setattr(module, "table", lambda: chosen)
    monkeypatch.setattr(module, "cached", lambda name: tmp_path / "cache" / name)
    monkeypatch.setattr(module, "fetched", lambda *what: asked.append(what) or path)
    return asked


def test_stamps_come_from_their_package(package: list[tuple[str, str, str]]) -> None:
    """In the table's order, with names and kinds, cut close; the second time nothing is fetched."""
    found = stamps()
    assert [(s.name, s.label, s.kind) for s in found] == [
        ("things/mug", "mug", None),
        ("birds/owl", "owl", "bird"),
        ("birds/rhea", None, "bird"),
    ]
    assert all(s.rgba.shape == (3, 5, 4) and (s.rgba == (255, 0, 0, 255)).all() for s in found)
    assert class_names(found) == ["mug", "owl"] and kind_names(found) == ["bird"]
    assert [g.shape for g in backgrounds()] == [(40, 30, 3)]
    assert package == [module.STAMPS, module.BACKGROUNDS]
    assert len(stamps()) == 3 and len(package) == 2


def test_what_is_wrong_is_said(package: list[tuple[str, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture that the package lacks; a damaged file in the cache; a stamp that cannot be seen."""
    stamps()
    kept = next((tmp_path / "cache").iterdir())
    kept.write_bytes(kept.read_bytes()[:100])
    with pytest.raises(WeightsError, match="damaged"):
        stamps()
    monkeypatch.setattr(module, "table", lambda: {"stamps": {"birds/dodo": ["dodo", "bird"]}, "backgrounds": {}})
    with pytest.raises(WeightsError, match="such as birds/dodo"):
        stamps()
    with pytest.raises(WeightsError, match="transparent"):
        close_cut(Image.new("RGBA", (4, 4)))


def test_modes_and_parts() -> None:
    """Palettes and grey with alpha are read as RGBA; a part is cut by shares, then made smaller, never larger."""
    grey = np.zeros((5, 5, 2), np.uint8)
    grey[2, 1:4] = (90, 255)
    assert close_cut(Image.fromarray(grey, "LA")).tolist() == [[[90, 90, 90, 255]] * 3]
    assert close_cut(Image.fromarray(dotted()).quantize(4)).shape == (3, 5, 4)
    wide = np.zeros((2 * BACKGROUND_SIDE, 4 * BACKGROUND_SIDE, 3), np.uint8)
    wide[BACKGROUND_SIDE:] = 200
    part = part_of(Image.fromarray(wide), (0, 0.5, 1, 1))
    assert part.shape == (BACKGROUND_SIDE, 4 * BACKGROUND_SIDE, 3) and (part == 200).all()
    assert part_of(Image.fromarray(wide), (0, 0, 1, 1)).shape == (BACKGROUND_SIDE, 2 * BACKGROUND_SIDE, 3)


def test_the_table_is_what_was_reviewed() -> None:
    """Plain names, enough of each kind, no class under two kinds, no package that training lays its pictures on."""
    chosen = table()
    pairs = [tuple(pair) for pair in chosen["stamps"].values()]
    labels, kinds = {label for label, _ in pairs if label}, Counter(kind for _, kind in pairs if kind)
    assert len(pairs) == 315 and len(labels) == 201 and len(kinds) == 12 and min(kinds.values()) >= 6
    assert all(label or kind for label, kind in pairs) and len(set(pairs)) >= len(labels)
    assert all(len({kind for own, kind in pairs if own == label}) == 1 for label in labels)
    assert all(label == label.strip() and "_" not in label for label in labels)
    assert not any("cartoon" in name or "symbols" in name for name in chosen["stamps"])
    assert all(0 <= left < right <= 1 and 0 <= top < bottom <= 1 for left, top, right, bottom in chosen["backgrounds"].values())
    assert len(chosen["backgrounds"]) >= 8 and "mate" not in module.BACKGROUNDS[1] and "lomiri" not in module.BACKGROUNDS[1]
    assert asset("photos/stamps.json").stat().st_size < 30_000
