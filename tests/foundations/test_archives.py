"""Packages made on the spot, read in memory: what is wanted comes out, what is damaged is a sentence."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from core.foundations.archives import packed_files
from core.foundations.errors import WeightsError

FILES = {"package/a.txt": b"first", "package/img/b.png": b"second" * 9, "package/empty": b"", "package/large.bin": bytes(5000)}


def packed(files: dict[str, bytes], mode: str, before: str = "") -> bytes:
    """A tar of files, with a folder and a link among them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:
        for name, kind in (("package", tarfile.DIRTYPE), ("package/link", tarfile.SYMTYPE)):
            info = tarfile.TarInfo(before + name)
            info.type, info.linkname = kind, "a.txt" if kind == tarfile.SYMTYPE else ""
            tar.addfile(info)
        for name, data in files.items():
            info = tarfile.TarInfo(before + name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def npm(path: Path, files: dict[str, bytes] = FILES) -> Path:
    """A tarball as npm makes it."""
    path.write_bytes(packed(files, "w:gz"))
    return path


def deb(path: Path, files: dict[str, bytes] = FILES, kind: str = "xz", control: bytes = b"odd") -> Path:
    """A Debian package: an `ar` of three members, each at an even place."""
    members = {"debian-binary": b"2.0\n", "control.tar.xz": control, f"data.tar.{kind}": packed(files, f"w:{kind}", "./")}
    out = b"!<arch>\n"
    for name, data in members.items():
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
    path.write_bytes(out)
    return path


def everything(path: Path) -> dict[str, bytes]:
    return dict(packed_files(path, lambda name: True))


@pytest.mark.parametrize("make", [npm, deb, lambda path: deb(path, kind="gz"), lambda path: deb(path, control=b"even")])
def test_files_come_out_as_they_went_in(make, tmp_path: Path) -> None:
    """In their order, by their path in the package; neither folders nor links."""
    found = everything(make(tmp_path / "toy"))
    assert found == FILES and list(found) == list(FILES)


@pytest.mark.parametrize("make", [npm, deb])
def test_what_is_unwanted_or_too_large_is_left_out(make, tmp_path: Path) -> None:
    """A file of just the most bytes is not too large; of one that is too large nothing is asked."""
    path, asked = make(tmp_path / "toy"), []
    found = dict(packed_files(path, lambda name: asked.append(name) or "img" in name, 54))
    assert found == {"package/img/b.png": b"second" * 9} and "package/large.bin" not in asked
    assert list(dict(packed_files(path, lambda name: True, 53))) == ["package/a.txt", "package/empty"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("data", [b"", b"no archive at all" * 100, b"!<arch>\n", b"!<arch>\n" + b"x" * 70, b"\x1f\x8b"])
def test_what_is_no_package_is_a_sentence(data: bytes, tmp_path: Path) -> None:
    """With the file's name and what to do."""
    path = tmp_path / "odd"
    path.write_bytes(data)
    with pytest.raises(WeightsError, match="odd .*Delete it and run the command again"):
        everything(path)


def sentences(count: int = 4) -> dict[str, bytes]:
    """Files that become smaller when they are packed, so that a changed byte is noticed while unpacking."""
    rng = np.random.default_rng(0)
    words = [rng.bytes(5) for _ in range(60)]
    return {f"package/{i}": b"".join(words[j] for j in rng.integers(60, size=900)) for i in range(count)}


@pytest.mark.parametrize("kind", ["npm", "deb of xz", "deb of gz"])
def test_a_damaged_package_is_a_sentence_or_another_package(kind: str, tmp_path: Path) -> None:
    """Cut anywhere, or with bytes changed anywhere: no error but our own."""
    rng, path = np.random.default_rng(1), tmp_path / "toy"
    whole = (npm(path, sentences()) if kind == "npm" else deb(path, sentences(), kind[-2:])).read_bytes()
    refused = 0
    for number in range(90):
        data = bytearray(whole[: int(rng.integers(len(whole)))] if number % 3 == 0 else whole)
        for place in rng.integers(len(data), size=int(rng.integers(1, 5))) if number % 3 else ():
            data[place] ^= int(rng.integers(1, 256))
        path.write_bytes(data)
        try:
            everything(path)
        except WeightsError as error:
            refused += "Delete it and run the command again" in str(error)
    assert refused > 45
