"""Patches as they stand, read out: by hand on tiny towers of every family, and through `segment`."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from core.methods.read.segment import METHODS, segment
from core.methods.read.segment_dense import FEATURES, cosines, patches
from core.methods.read.segment_view import View
from core.methods.read.shown import Shown
from core.models.clip import Clip
from tests.models.tiny_towers import SIDE, open_clip_tower, photo_tower, timm_tower


def clip_of(tower: torch.nn.Module) -> Clip:
    return Clip(tower, lambda texts: torch.eye(16)[: len(texts)], 0.5, 0.25, SIDE, 10.0, "tiny")


def images(count: int = 2) -> torch.Tensor:
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(4))


def test_by_hand_on_a_photographs_tower() -> None:
    """The head of every token after the last norm."""
    tower = photo_tower()
    view = View(clip_of(tower), images())
    expected = tower.head(tower.trunk.forward_features(view.clip.normalise(images())))
    assert torch.allclose(patches(view), expected, atol=1e-5)


def test_by_hand_on_others() -> None:
    """open_clip's projection, and timm's classifier; the class token says the embedding, the rest whatever it says."""
    tower = open_clip_tower()
    view = View(clip_of(tower), images())
    said = patches(view)
    assert torch.allclose(said, tower.ln_post(view.streams[-1]) @ tower.proj, atol=1e-5)
    assert torch.equal(view.seen.last, view.streams[-1]), "one forward has it already"
    assert torch.allclose(said[:, 0], view.seen.embedding, atol=1e-5)
    tower = timm_tower(reg_tokens=2)
    view = View(clip_of(tower), images())
    assert torch.allclose(patches(view), tower.head(tower.forward_features(view.clip.normalise(images()))), atol=1e-5)


@pytest.mark.parametrize("name", FEATURES)
def test_every_kind_gives_every_token_a_vector(name: str) -> None:
    """Of the joint width, whatever the number of layers; each picture by itself."""
    clip = clip_of(photo_tower())
    together = FEATURES[name](View(clip, images()), 2)
    assert together.shape == (2, 10, 16) and name in METHODS
    alone = torch.cat([FEATURES[name](View(clip, image[None]), 2) for image in images()])
    assert torch.allclose(together, alone, atol=1e-4)


def test_the_map_is_the_cosine() -> None:
    """By hand at every patch, less the mean of what stands against it; class and register tokens are not on it."""
    clip, texts = clip_of(photo_tower()), F.normalize(torch.randn(3, 16, generator=torch.Generator().manual_seed(5)), dim=-1)
    view = View(clip, images())
    said = F.normalize(patches(view)[:, 1:], dim=-1)
    found = cosines(view, patches(view), texts.expand(2, -1, -1))
    assert found.shape == (2, 3, 3, 3) and torch.allclose(found.flatten(2), torch.einsum("ntk,mk->nmt", said, texts), atol=1e-5)
    own = replace(METHODS["patches"].published, upsampling="nearest")
    raw = segment(Shown(clip, images()), texts[:1], "patches", own, texts).raw
    expected = torch.einsum("ntk,k->nt", said, texts[0] - texts.mean(0)).unflatten(1, (3, 3))
    assert torch.allclose(raw, expected.repeat_interleave(8, 1).repeat_interleave(8, 2), atol=1e-5)
