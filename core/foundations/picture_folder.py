"""The pictures of a large folder, shard by shard: plain files, or the tar files of a WebDataset, which are never unpacked.

A tar is read from front to back with one member in memory. A member counts where it is a regular file with a picture's ending and no
more than MOST bytes; its name becomes no path. What cannot be decoded is left out, and told at the end.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from PIL import Image

from core.foundations.errors import PictureError
from core.foundations.images import open_image

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".avif"})
MOST = 1 << 26
"""Bytes of one picture."""


@dataclass(frozen=True)
class Pictures:
    """Some pictures that were next to each other.

    Attributes:
        number: of the block, the same whichever process reads it.
        images: RGB; fewer than the block holds where some cannot be decoded.
        unread: how many could not.
    """

    number: int
    images: list[Image.Image]
    unread: int


@dataclass(frozen=True)
class PictureFolder:
    """A folder of pictures, or of tar files with pictures.

    Attributes:
        path: the folder.
        files: plain pictures in all folders below it, or the tar files in it, sorted by name.
        tars: which of the two.
        block: pictures that are looked at together.
    """

    path: Path
    files: tuple[Path, ...]
    tars: bool
    block: int

    @classmethod
    def open(cls, path: str | Path, block: int = 8) -> PictureFolder:
        """What lies in a folder; PictureError where that is neither pictures nor tar files."""
        folder = Path(path)
        tars = tuple(sorted(folder.glob("*.tar")))
        files = tars or tuple(sorted(one for one in folder.rglob("*") if one.suffix.lower() in ENDINGS and one.is_file()))
        if not files:
            raise PictureError(f"The folder {folder.name!r} holds neither pictures nor tar files with pictures. Give another one.")
        return cls(folder, files, bool(tars), block)

    def made_of(self) -> tuple[object, ...]:
        """What tells this folder from another, or from itself after a change."""
        return (self.block, *((str(one.relative_to(self.path)), one.stat().st_size) for one in self.files))

    def shards(self) -> list[Callable[[int], Iterable[Pictures]]]:
        """The shards, for what reads them shard by shard: a tar file, or one block of plain files."""
        if self.tars:
            return [partial(self._of_tar, at, one) for at, one in enumerate(self.files)]
        starts = range(0, len(self.files), self.block)
        return [partial(self._of_files, at, self.files[start : start + self.block]) for at, start in enumerate(starts)]

    def _of_tar(self, shard: int, path: Path, done: int) -> Iterator[Pictures]:
        return self._blocks(shard + done, _members(path, done * self.block))

    def _of_files(self, shard: int, paths: tuple[Path, ...], done: int) -> Iterator[Pictures]:
        return self._blocks(shard + done, () if done else paths)

    def _blocks(self, number: int, sources: Iterable[Path | bytes]) -> Iterator[Pictures]:
        waiting = iter(sources)
        while some := list(islice(waiting, self.block)):
            images = [image for image in map(_opened, some) if image is not None]
            yield Pictures(number, images, len(some) - len(images))
            number += 1


def _opened(source: Path | bytes) -> Image.Image | None:
    """A picture, or None where it is none."""
    try:
        if isinstance(source, Path) and source.stat().st_size > MOST:
            return None
        return open_image(source)
    except (PictureError, OSError):
        return None


def _members(path: Path, after: int) -> Iterator[bytes]:
    """The pictures of a tar file after the first so many; PictureError where it is damaged."""
    try:
        with tarfile.open(path, "r:") as tar:
            for member in tar:
                tar.members = []  # type: ignore[attr-defined]  # else it keeps a record of every member
                if not (member.isreg() and member.size <= MOST and Path(member.name).suffix.lower() in ENDINGS):
                    continue
                if after:
                    after -= 1
                elif (packed := tar.extractfile(member)) is not None:
                    yield packed.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise PictureError(f"{path.name} is damaged, or no plain tar file. Fetch it again, or take it out of the folder.") from error
