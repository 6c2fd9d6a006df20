"""Weights are checked, and nothing but safetensors is opened."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from core.foundations import files
from core.foundations.errors import WeightsError
from core.foundations.files import numbers_digest


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository."""
    monkeypatch.setattr(files, "ROOT", tmp_path)
    return tmp_path


def test_round_trip(root: Path) -> None:
    """What is saved comes back, with its card."""
    files.save_weights("toy", {"a": torch.arange(3.0)}, {"seed": 1})
    tensors, card = files.load_weights("toy")
    assert torch.equal(tensors["a"], torch.arange(3.0)) and card["seed"] == 1


def test_a_changed_file_is_refused(root: Path) -> None:
    """One flipped byte is enough."""
    files.save_weights("toy", {"a": torch.zeros(3)}, {})
    path = root / "assets" / "toy.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsError, match="not the file its card describes"):
        files.load_weights("toy")


def test_a_missing_file_says_what_to_do(root: Path) -> None:
    """The sentence names the command."""
    with pytest.raises(WeightsError, match="make weights"):
        files.load_weights("absent")


def test_a_pickle_is_no_weight_file(root: Path) -> None:
    """Even with a matching digest a pickle is not opened."""
    path = root / "assets" / "evil.safetensors"
    path.parent.mkdir()
    path.write_bytes(pickle.dumps({"a": 1}))
    files.write_atomically(root / "assets" / "cards" / "evil.json", json.dumps({"sha256": files.digest(path)}).encode())
    with pytest.raises(WeightsError, match="cannot be read as safetensors"):
        files.load_weights("evil")


def test_the_digest_is_of_names_and_numbers_alone() -> None:
    """Neither order, layout nor precision of what is exact in both changes it; a name, a bit or a swap does."""
    one, other = torch.arange(6.0).reshape(2, 3), torch.tensor([1.5])
    digest = numbers_digest({"a": one, "b": other})
    assert digest == numbers_digest({"b": other, "a": one.T.contiguous().T}) == numbers_digest({"a": one.double(), "b": other.half()})
    assert digest == numbers_digest({"a": one.clone().requires_grad_(), "b": other})
    changed = one.clone()
    changed[1, 2] = float(np.nextafter(np.float32(5), np.float32(6)))
    others = ({"a": changed, "b": other}, {"a": one, "c": other}, {"a": one}, {"a": one.flip(1), "b": other}, {"a": one.T, "b": other})
    assert len({digest, *(numbers_digest(tensors) for tensors in others)}) == 1 + len(others)
    assert numbers_digest({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
