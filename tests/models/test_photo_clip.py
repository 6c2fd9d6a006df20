"""Class token and patches through one map, on tiny random trunks: what comes out, what its parts are, what patches say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from core.methods.read.decompose import decompose
from core.methods.read.segment_dense import patches
from core.methods.read.segment_view import View, project
from core.models import photo_clip as module
from core.models.clip import Clip
from core.models.photo_clip import NAME, PhotoTexts, join, load_photo_clip
from core.models.photo_tower import PhotoTower
from tests.models.tiny_towers import SIDE, photo_tower, pictures, timm_tower

JOINT = 6
blends = pytest.mark.parametrize("blend", [1.0, 0.5, 0.0])


class Letters:
    """A sentence encoder: how often each of six letters stands in a text, of unit norm."""

    def embed(self, texts: list[str]) -> np.ndarray:
        counts = np.array([[text.count(letter) for letter in "abcdef"] for text in texts], np.float32)
        return counts / np.linalg.norm(counts, axis=-1, keepdims=True)


@pytest.fixture(autouse=True)
def letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "text_encoder", Letters)


def head(seed: int = 0) -> dict[str, torch.Tensor]:
    """A head's weights, as they lie in a file."""
    rng = torch.Generator().manual_seed(seed)
    weight, bias = torch.randn(JOINT, 32, generator=rng) / 32**0.5, torch.randn(JOINT, generator=rng)
    return {"weight": weight.half(), "bias": bias, "text_mean": torch.full((JOINT,), 0.1)}


def photo_clip(blend: float = 0.5, **changes: Any) -> Clip:
    trunk = timm_tower(num_classes=0, init_values=0.5, **changes)
    return join(trunk, head(), {"architecture": {"blend": blend, "logit_scale": 17.0}}, SIDE)


@blends
def test_the_tower_by_hand(blend: float) -> None:
    """The head of the blend of class token and mean patch, both after the last norm."""
    tower, images = photo_tower(blend), pictures(3)
    assert isinstance(tower, PhotoTower) and isinstance(tower.head, nn.Linear)
    tokens = tower.trunk.norm(tower.trunk.forward_intermediates(images, intermediates_only=True, output_fmt="NLC")[-1])
    mean = sum(tokens.unbind(1)) / 9
    whole = tower.trunk.forward_features(images)[:, 0]
    expected = (blend * whole + (1 - blend) * mean) @ tower.head.weight.T + tower.head.bias
    assert torch.allclose(tower(images), expected, atol=1e-5)


def test_registers_are_neither() -> None:
    """Class token first, then registers, then patches: a mean of patches has no register in it."""
    tower, images = PhotoTower(timm_tower(num_classes=0, reg_tokens=3), JOINT, 0.0), pictures()
    tokens = tower.trunk.forward_features(images)
    assert tokens.shape[1] == 13 and torch.allclose(tower(images), tower.head(tokens[:, -9:].mean(1)), atol=1e-5)


def test_texts_by_hand() -> None:
    """Less what all names share, then of unit length."""
    texts = PhotoTexts(torch.tensor([0.6, 0.0]), lambda texts: np.array([[0.6, 0.8], [1.0, 0.0]], np.float32))
    assert torch.allclose(texts(["one", "other"]), torch.tensor([[0.0, 1.0], [1.0, 0.0]]))


def test_joined_it_is_a_clip() -> None:
    """Unit vectors of pictures and texts in one space, its size, scale and colours as they should be; nothing asks for gradients."""
    clip, images = photo_clip(), torch.rand(2, 3, SIDE, SIDE)
    assert (clip.name, clip.image_size, clip.logit_scale.item(), clip.anatomy.joint) == (NAME, (SIDE, SIDE), 17, JOINT)
    assert clip.mean.flatten().tolist() == pytest.approx([0.485, 0.456, 0.406]) and not clip.training
    assert not any(weight.requires_grad for weight in clip.parameters())
    assert torch.allclose(clip.embed(images), F.normalize(clip.visual(clip.normalise(images)), dim=-1))
    found = clip.embed_texts(["face", "decade"])
    assert torch.allclose(found, F.normalize(torch.from_numpy(Letters().embed(["face", "decade"])) - 0.1, dim=-1))
    assert torch.equal(clip.visual.head.weight, head()["weight"].float()) and torch.equal(clip.visual.head.bias, head()["bias"])


@blends
def test_its_parts_add_up(blend: float) -> None:
    """Exactly, however much of it is the class token and how much the patches."""
    clip, images = photo_clip(blend), torch.rand(3, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(2))
    seen = clip.see(images)
    assert torch.allclose(seen.embedding, clip.visual(clip.normalise(images)), atol=1e-5)
    assert (decompose(seen, clip.anatomy).total() - seen.embedding).norm() <= 1e-5 * seen.embedding.norm()
    assert torch.allclose(seen.weights.sum(1), torch.ones(3), atol=1e-5)
    if blend == 1:
        assert seen.weights[:, 0].tolist() == pytest.approx([1, 1, 1]) and seen.weights[:, 1:].abs().max() == 0
    if blend == 0:
        assert seen.weights[:, 0].abs().max() == 0 and (seen.weights[:, 1:] > 0).all()


@blends
def test_its_patches_speak(blend: float) -> None:
    """What every token says by itself, averaged as the tower averages, is the embedding: places are in the same language."""
    clip, images = photo_clip(blend), torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(3))
    view = View(clip, images)
    says = project(clip.anatomy, view.streams[-1])
    assert torch.equal(says, patches(view)) and says.shape == (2, 10, JOINT)
    assert torch.allclose(blend * says[:, 0] + (1 - blend) * says[:, 1:].mean(1), view.seen.embedding, atol=1e-5)


def test_the_embedded_head_is_put_on_the_fetched_tower(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the side that is asked for."""
    asked: list[int] = []
    monkeypatch.setattr(module, "dinov2", lambda side: asked.append(side) or timm_tower(num_classes=0, img_size=side))
    monkeypatch.setattr(module, "load_weights", lambda name: (head(), {"architecture": {"blend": 0.25, "logit_scale": 3.0}}))
    clip = load_photo_clip(32)
    assert asked == [32] and clip.image_size == (32, 32) and clip.visual.blend == 0.25 and clip.logit_scale == 3
    assert clip.embed(torch.rand(1, 3, 32, 32)).shape == (1, JOINT)
