"""Every CLIP behind one door: pictures and texts to unit vectors, and what is read from the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
from open_clip.transformer import QuickGELU
from safetensors.torch import save_file
from torch import nn

from core.foundations.errors import ModelError, SettingError, ShapeError, WeightsError
from core.models.clip import Clip, open_clip_model, timm_tower
from core.models.protocols import Encoder
from tests.models.near_hub import point_to
from tests.models.tiny_towers import SIDE, open_clip_tower

TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": SIDE, "layers": 2, "width": 32, "head_width": 8, "patch_size": 8},
    "text_cfg": {"context_length": 12, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
"""An open_clip configuration."""


def by_length(texts: list[str]) -> torch.Tensor:
    """Two axes: how long a text is, and one."""
    return torch.tensor([[float(len(text)), 1.0] + [0.0] * 14 for text in texts])


def tiny_clip(**changes: Any) -> Clip:
    settings: dict = dict(mean=(0.5, 0.25, 0.0), std=0.5, image_size=SIDE, logit_scale=20.0, name="tiny")
    return Clip(open_clip_tower(), by_length, **(settings | changes))


@pytest.fixture
def tiny_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny", TINY)


def test_pictures_and_texts_become_unit_vectors() -> None:
    """In one space; what the tower gets is normalised by hand-checked numbers."""
    clip, images = tiny_clip(), torch.full((2, 3, SIDE, SIDE), 0.75)
    assert isinstance(clip, Encoder) and clip.image_size == (SIDE, SIDE)
    assert clip.normalise(images)[0, :, 0, 0].tolist() == [0.5, 1.0, 1.5]
    assert torch.allclose(clip.embed(images).norm(dim=-1), torch.ones(2))
    assert torch.allclose(clip.embed_texts(["ab", ""])[:, :2], torch.tensor([[2 / 5**0.5, 1 / 5**0.5], [0, 1]]))
    assert clip.logit_scale.item() == 20


def test_seen_is_what_is_embedded() -> None:
    """The same picture through both; gradients reach it."""
    clip, images = tiny_clip(), torch.rand(2, 3, SIDE, SIDE, requires_grad=True)
    seen = clip.see(images, activations=[1], gradients=True)
    assert torch.allclose(torch.nn.functional.normalize(seen.embedding, dim=-1), clip.embed(images), atol=1e-6)
    assert seen.activations[1].shape == (2, clip.anatomy.tokens, 64)
    assert torch.autograd.grad(seen.attention[2].square().sum(), images)[0].abs().sum() > 0


def test_a_tower_that_cannot_be_taken_apart_still_embeds() -> None:
    """Only the lenses refuse it."""
    clip = tiny_clip()
    clip.visual = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 16))
    assert clip.embed(torch.rand(1, 3, SIDE, SIDE)).shape == (1, 16)
    with pytest.raises(ModelError):
        clip.see(torch.rand(1, 3, SIDE, SIDE))


def test_wrong_sizes_scales_and_texts() -> None:
    """Each with a sentence."""
    with pytest.raises(ShapeError, match=r"takes images \[n 3 24 24\]"):
        tiny_clip().embed(torch.rand(1, 3, 32, 32))
    with pytest.raises(SettingError, match="logarithm"):
        tiny_clip(logit_scale=0.0)
    with pytest.raises(ShapeError, match="no texts"):
        tiny_clip().embed_texts([])


def test_open_clip_configuration(tiny_config: None) -> None:
    """Own names: random weights, the default mean and spread, the trained model's own scale of logits."""
    clip = open_clip_model("tiny")
    assert clip.image_size == (SIDE, SIDE) and clip.anatomy.joint == 16 and clip.anatomy.heads == 4
    assert clip.logit_scale.item() == pytest.approx(1 / 0.07, rel=1e-4)
    assert isinstance(clip.anatomy.blocks[0].activation, nn.GELU)
    texts = clip.embed_texts(["a dog", "a dog", "a very long cat " * 9])
    assert torch.allclose(texts.norm(dim=-1), torch.ones(3)) and torch.equal(texts[0], texts[1])
    assert not any(weight.requires_grad for weight in clip.parameters()) and not clip.training


def test_many_texts_are_embedded_in_batches(tiny_config: None) -> None:
    """The same vectors whatever the batch."""
    clip, sentences = open_clip_model("tiny"), [f"text {number}" for number in range(5)]
    whole = clip.embed_texts(sentences)
    clip.texts.batch = 2  # type: ignore[union-attr]
    assert torch.allclose(clip.embed_texts(sentences), whole, atol=1e-6)


def test_the_weights_say_their_activation_and_colours(tiny_config: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A tag that was trained with QuickGELU gets it, though the configuration's name says nothing of it."""
    model = open_clip.create_model("tiny")
    save_file({name: weight.contiguous() for name, weight in model.state_dict().items()}, tmp_path / "tiny.safetensors")
    tag = {"quick_gelu": True, "mean": (0.1, 0.2, 0.3), "std": (0.4, 0.5, 0.6)}
    for place in (open_clip, open_clip.factory):
        monkeypatch.setattr(place, "get_pretrained_cfg", lambda name, pretrained: tag)
    monkeypatch.setattr(open_clip.factory, "download_pretrained", lambda cfg, cache_dir=None: str(tmp_path / "tiny.safetensors"))
    clip = open_clip_model("tiny", "openai")
    assert isinstance(clip.anatomy.blocks[0].activation, QuickGELU) and clip.name == "tiny (openai)"
    assert clip.mean.flatten().tolist() == pytest.approx([0.1, 0.2, 0.3]) and clip.std.flatten().tolist() == pytest.approx([0.4, 0.5, 0.6])
    weights = dict(model.named_parameters())
    assert all(torch.equal(weight, weights[f"visual.{name}"]) for name, weight in clip.visual.named_parameters())


def test_weights_from_a_file(tiny_config: None, tmp_path: Path) -> None:
    """With the configuration's own activation."""
    model = open_clip.create_model("tiny")
    save_file({name: weight.contiguous() for name, weight in model.state_dict().items()}, tmp_path / "mine.safetensors")
    clip = open_clip_model("tiny", str(tmp_path / "mine.safetensors"))
    assert torch.equal(clip.visual.proj, model.visual.proj)  # type: ignore[arg-type]


def test_an_unreachable_hub_is_a_sentence(tiny_config: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever the network raises; and so is a name or a tag that nobody knows."""

    def down(*args: Any, **kwargs: Any) -> None:
        raise OSError("[Errno -2] Name or service not known. And much more.")

    for place in (open_clip, open_clip.factory):
        monkeypatch.setattr(
            place, "get_pretrained_cfg", lambda name, pretrained: {"own": {"url": "x"}, "hub": {"hf_hub": "some/where/"}}.get(pretrained)
        )
    monkeypatch.setattr(open_clip.factory, "download_pretrained", down)
    point_to("http://127.0.0.1:9", tmp_path, monkeypatch)
    with pytest.raises(WeightsError, match="hub cannot be reached, and some/where is not on this machine"):
        open_clip_model("tiny", "hub")
    with pytest.raises(WeightsError, match="Name or service not known.*Check the network"):
        open_clip_model("tiny", "own")
    with pytest.raises(WeightsError, match="Check the network and the tag"):
        open_clip_model("tiny", "nobody")
    with pytest.raises(WeightsError, match="nearest are"):
        open_clip_model("ViT-B-33")


def test_a_timm_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its classes stand for the joint space; it knows no texts, and says so."""
    clip = timm_tower("test_vit")
    assert clip.anatomy.joint == 1000 and clip.image_size == clip.visual.patch_embed.img_size  # type: ignore[union-attr]
    with pytest.raises(ModelError, match="no texts"):
        clip.embed_texts(["a dog"])
    with pytest.raises(WeightsError, match="nearest are"):
        timm_tower("vit_smal_patch16_224")


def test_no_pickle_is_opened() -> None:
    """Whatever it is called."""
    with pytest.raises(WeightsError, match="safetensors"):
        open_clip_model("ViT-B-32", "somewhere/weights.pt")
