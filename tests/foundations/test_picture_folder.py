"""Pictures of a folder or of tar files: each once, in blocks that depend on nobody, and nothing that is no picture."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.foundations import picture_folder as module
from core.foundations.errors import PictureError
from core.foundations.picture_folder import PictureFolder


def png(value: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (3, 2), (value, 0, 0)).save(out, "PNG")
    return out.getvalue()


def tar(path: Path, members: dict[str, bytes]) -> None:
    """A shard as WebDataset has them: a picture and a text of each name."""
    with tarfile.open(path, "w") as packed:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))


def values(folder: PictureFolder, done: int = 0) -> list[list[int]]:
    """By block, the red of each picture."""
    return [[int(np.asarray(i)[0, 0, 0]) for i in block.images] for shard in folder.shards() for block in shard(done)]


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    for number in range(2):
        tar(tmp_path / f"{number}.tar", {f"{n}.{kind}": png(10 * number + n) for n in range(5) for kind in ("png", "txt")})
    return tmp_path


def test_plain_files_in_blocks(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for n in range(5):
        (tmp_path / ("below" if n > 2 else "") / f"{n}.png").write_bytes(png(n))
    (tmp_path / "notes.txt").write_text("no picture")
    folder = PictureFolder.open(tmp_path, 2)
    assert values(folder) == [[0, 1], [2, 3], [4]] and values(folder, 1) == []
    assert [block.number for shard in folder.shards() for block in shard(0)] == [0, 1, 2]
    told = folder.made_of()
    (tmp_path / "2.png").write_bytes(png(2) + b"more")
    assert PictureFolder.open(tmp_path, 2).made_of() != told


def test_tar_files_in_blocks(shards: Path) -> None:
    """The pictures alone; a block does not cross from one into the next, and done blocks are passed over."""
    folder = PictureFolder.open(shards, 2)
    assert values(folder) == [[0, 1], [2, 3], [4], [10, 11], [12, 13], [14]] and values(folder, 2) == [[4], [14]]
    assert [block.number for block in folder.shards()[1](1)] == [2, 3]


def test_members_that_are_no_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links, devices, too many bytes, broken ones, names that lead out of the folder: read in memory or not at all."""
    monkeypatch.setattr(module, "MOST", 2000)
    with tarfile.open(tmp_path / "a.tar", "w") as packed:
        for name, kind in (("link.png", tarfile.SYMTYPE), ("device.png", tarfile.CHRTYPE), ("folder.png", tarfile.DIRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            packed.addfile(info)
        for name, data in (("big.png", png(1) + bytes(2000)), ("broken.png", b"none"), ("../../out.png", png(7))):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
    folder = PictureFolder.open(tmp_path)
    assert values(folder) == [[7]] and [block.unread for block in folder.shards()[0](0)] == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]
    (tmp_path / "a.tar").unlink()
    (tmp_path / "big.png").write_bytes(png(1) + bytes(2000))
    assert [block.unread for block in PictureFolder.open(tmp_path).shards()[0](0)] == [1]


def test_damage_is_told(shards: Path) -> None:
    whole = (shards / "0.tar").read_bytes()
    (shards / "0.tar").write_bytes(whole[: len(whole) // 3 - 100])
    with pytest.raises(PictureError, match=r"0\.tar is damaged"):
        values(PictureFolder.open(shards))
    (shards / "0.tar").write_bytes(b"no tar at all" * 100)
    with pytest.raises(PictureError, match="no plain tar"):
        values(PictureFolder.open(shards))


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="neither pictures nor tar files"):
        PictureFolder.open(tmp_path)
