"""Public models by whatever name a person has for them: found, offered with their size, fetched, and asked in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import timm
import torch

from core.bench.hub.families import tiny_open_clip, tiny_timm
from core.bench.hub.stand_in import Repo, StandIn
from core.foundations.errors import ModelError, WeightsError
from core.models.named_eyes import ClassTexts, Named, class_names, fetch_eyes, load_eyes, named_eyes, offered
from tests.models.near_hub import point_to


def by_letters(texts: list[str]) -> np.ndarray:
    """Texts by how often each letter stands in them, as unit vectors."""
    rows = np.array([[text.lower().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz "] for text in texts], np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    for name, save in (("clip", tiny_open_clip), ("vit", tiny_timm)):
        (folder / name).mkdir()
        save(folder / name)
    (folder / "other").mkdir()
    (folder / "other" / "model.safetensors").write_bytes(b"x")
    return folder


@pytest.fixture
def hub(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    repos = {"tiny/clip": Repo(saved / "clip"), "tiny/vit": Repo(saved / "vit"), "timm/test_vit.r160_in1k": Repo(saved / "vit")}
    with StandIn(repos) as stand_in:
        point_to(stand_in.endpoint, tmp_path / "cache", monkeypatch)
        yield stand_in


def test_names_of_the_libraries() -> None:
    assert named_eyes(" ViT-B-32  laion2b_s34b_b79k ") == Named("open_clip", "ViT-B-32", "laion2b_s34b_b79k")
    assert named_eyes("ViT-B-32:openai") == Named("open_clip", "ViT-B-32", "openai")
    assert named_eyes("ViT-B-16").tag and named_eyes("test_vit.r160_in1k") == Named("timm", "test_vit.r160_in1k")


def test_names_on_the_hub_and_folders(hub: StandIn, saved: Path) -> None:
    assert named_eyes("tiny/clip") == Named("open_clip", "hf-hub:tiny/clip") and named_eyes("tiny/clip").label == "tiny/clip"
    assert named_eyes("tiny/vit") == Named("timm", "hf-hub:tiny/vit")
    folder = named_eyes(str(saved / "vit"))
    assert folder == Named("timm", f"local-dir:{saved / 'vit'}") and folder.label == "vit"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Type the name"),
        ("x" * 300, "Type the name"),
        ("ViT-B-33", "nearest names are ViT-B-32"),
        ("ViT-B-32 nobody", "no weights named 'nobody'"),
        ("tiny/none", "no model named"),
        ("a/b/c", "No model is named"),
    ],
)
def test_names_that_are_none(hub: StandIn, name: str, words: str) -> None:
    with pytest.raises(WeightsError, match=words):
        named_eyes(name)


def test_a_folder_that_nobody_knows(saved: Path) -> None:
    with pytest.raises(WeightsError, match="nobody knows what it is"):
        named_eyes(str(saved / "other"))


def test_size_and_licence_are_told_before_anything_comes(hub: StandIn) -> None:
    offer = offered(named_eyes("tiny/clip"))
    assert offer.megabytes == pytest.approx(1.72, abs=0.01) and offer.licence == "mit" and not offer.ready and "any words" in offer.does
    assert not any("/store/" in path for _, path, _ in hub.asked)
    fetch_eyes(offer.named)
    assert offered(offer.named).ready


def test_what_is_here_needs_no_hub(hub: StandIn, saved: Path) -> None:
    fetch_eyes(Named("open_clip", "hf-hub:tiny/clip"))
    hub.repos["tiny/clip"].fault = "gone"
    try:
        offer = offered(named_eyes("tiny/clip"))
        assert offer.ready and load_eyes(offer.named, by_letters).image_size == (24, 24)
    finally:
        hub.repos["tiny/clip"].fault = ""
    assert offered(named_eyes(str(saved / "clip"))).ready


def test_a_classifier_is_asked_in_words(hub: StandIn) -> None:
    clip = load_eyes(named_eyes("test_vit.r160_in1k"), by_letters)
    images = torch.rand(2, 3, *clip.image_size, generator=torch.Generator().manual_seed(0))
    assert clip.name == "test_vit.r160_in1k" and clip.embed(images).shape == (2, 1000)
    names = class_names(clip.visual)
    assert names[2] == "great white shark" and len(names) == 1000
    vectors = clip.embed_texts(["great white shark"])
    assert int(vectors[0].argmax()) == 2 and torch.allclose(vectors.norm(dim=-1), torch.ones(1)) and abs(vectors.sum().item()) < 1e-3
    assert clip.near(["great white shark"]).item() == pytest.approx(1, abs=1e-5) and clip.near(["zzz"]).item() < 0.9


def test_texts_among_classes_by_hand() -> None:
    texts = ClassTexts(["cat", "dog", "bird"], by_letters)
    vector = texts(["dog"])[0]
    assert vector.argmax() == 1 and vector[1] == pytest.approx((2 / 3) ** 0.5, abs=1e-3)  # all the weight on one of three, less the mean


def test_a_model_without_words_is_refused() -> None:
    with pytest.raises(ModelError, match="neither texts nor classes by name"):
        class_names(timm.create_model("test_vit", num_classes=0))
    assert class_names(timm.create_model("test_vit", num_classes=2, pretrained_cfg_overlay={"label_names": ["yes", "no"]})) == ["yes", "no"]
