"""A face's parts by their names: the reader's own masks, an honest no where a part is not there, and photographs' eyes for all else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.foundations.errors import RequestError, StudioError
from core.foundations.records import Picture
from core.models import photo_clip as clips
from core.models.face_seen import EXPRESSIONS, LANDMARKS, PARTS, FaceSeen
from core.models.photo_clip import join
from core.studio.face_sight import FaceSight
from core.studio.lens_making import LensPictures, make
from core.studio.photos import SEGMENTING
from core.studio.sight import Sight
from core.worlds.photos.world import PhotoWorld
from tests.models.tiny_towers import SIDE, timm_tower
from tests.studio.test_photos import JOINT, WORDS, Tiny

HAIR, SKIN, HAT, GROUND = (PARTS.index(name) for name in ("hair", "skin", "hat", "background"))


class Reader:
    """Sees hair in the upper quarter, a speck of a hat in it, skin in the left half below, background in the right one."""

    looked = 0

    def read(self, eyes: Any, pictures: torch.Tensor) -> FaceSeen:
        """The same of every picture."""
        self.looked += 1
        parts = torch.full((1, len(PARTS), 64, 64), 0.1 / len(PARTS))
        parts[:, HAIR, :16] += 0.9
        parts[:, SKIN, 16:, :32] += 0.9
        parts[:, GROUND, 16:, 32:] += 0.9
        parts[:, HAT, 4, 4:9] += 2.0
        even = torch.full((1, len(EXPRESSIONS)), 1 / len(EXPRESSIONS))
        marks = torch.rand(1, LANDMARKS, 2, generator=torch.Generator().manual_seed(0))
        return FaceSeen(even, torch.tensor([30.0]), torch.tensor([0.5]), marks, parts, torch.ones(1, 4))


@pytest.fixture(scope="module")
def photos() -> Sight:
    """The sight of a tiny CLIP of random numbers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clips, "text_encoder", Tiny)
        rng = torch.Generator().manual_seed(0)
        tensors = {"weight": torch.randn(JOINT, 32, generator=rng) / 6, "bias": torch.zeros(JOINT), "text_mean": torch.zeros(JOINT)}
        clip = join(timm_tower(num_classes=0, init_values=0.5), tensors, {"architecture": {"blend": 0.5, "logit_scale": 10.0}}, SIDE)
    looked = torch.rand(30, 3, SIDE, SIDE, generator=rng).split(15)
    lenses = make(clip, WORDS, LensPictures(lambda: looked, lambda: looked, lambda: looked, 20), (1,))
    return Sight(clip, lenses, Tiny(), PhotoWorld(), SEGMENTING)


@pytest.fixture
def sight(photos: Sight) -> FaceSight:
    """The same on faces."""
    return FaceSight(photos, Reader(), None)  # type: ignore[arg-type]


@pytest.fixture
def picture() -> Picture:
    """Of the colours of what the reader sees, so that edges are where its maps have them."""
    rgb = np.full((96, 96, 3), 200, np.uint8)
    rgb[24:, :48], rgb[24:, 48:] = (220, 170, 140), (40, 90, 160)
    return Picture(Image.fromarray(rgb))


def test_a_part_is_the_readers_own_mask(sight: FaceSight, picture: Picture) -> None:
    """At the picture's size, cut at its edges; the same picture is read once, whatever is asked of it."""
    found = sight.segment(picture, "the hair")
    assert found.heat.shape == found.mask.shape == (96, 96) and found.there and found.text == "the hair" and not found.instead
    wanted = np.zeros((96, 96), bool)
    wanted[:24] = True
    assert (found.mask ^ wanted)[np.r_[0:4, 12:96]].mean() < 0.02  # beside the speck
    other = sight.segment(picture, "background", threshold=0.9)
    assert other.threshold == 0.9 and other.mask[60, 80] and not other.mask[60, 10]
    assert sight.reader.looked == 1  # type: ignore[attr-defined]


def test_what_is_not_there_is_said(sight: FaceSight, picture: Picture) -> None:
    """No mask, a presence below the least, and what is there instead; five places are no hat."""
    for word in ("glasses", "hat", "sunglasses", "lipstick"):
        found = sight.segment(picture, word)
        assert not found.there and not found.mask.any() and {word.text for word in found.instead} >= {"hair", "background"}
        assert sight.presence(picture, [word]) == (found.presence,)
    assert sight.presence(picture, ["hair", "dog"])[0] > 0.8


def test_anything_else_is_for_photographs_eyes(sight: FaceSight, photos: Sight, picture: Picture) -> None:
    """Other words, and parts by another method: exactly what they answer on a photograph."""
    for text, method in (("dog", "studio"), ("red hair", "studio"), ("hair", "tokens")):
        ours, theirs = sight.segment(picture, text, method), photos.segment(picture, text, method)
        assert np.array_equal(ours.heat, theirs.heat) and ours.threshold == theirs.threshold
    assert np.array_equal(sight.against(picture, "dog", "cat"), photos.against(picture, "dog", "cat"))
    assert sight.presence(picture, ["dog", "cat"]) == photos.presence(picture, ["dog", "cat"])
    for wrong in ("", "  ", "a" * 400):
        with pytest.raises(RequestError):
            sight.segment(picture, wrong)


def test_two_parts_against_each_other(sight: FaceSight, picture: Picture) -> None:
    """Each is on its own side; one that is not there leaves the picture to the other."""
    both = sight.against(picture, "hair", "background")
    assert both[2, 80] > 0.5 > -0.5 > both[60, 80]
    assert sight.against(picture, "hat", "background").max() <= 0


def test_a_place_is_told_by_its_parts(sight: FaceSight, picture: Picture) -> None:
    """With their shares; outside the picture is no place."""
    assert sight.here(picture, 2, 90)[0].text == "hair" and sight.here(picture, 60, 90)[0].text == "background"
    assert 0.9 < sight.here(picture, 60, 90)[0].weight <= 1 and sight.here(picture, 60, 10)[0].text == "skin"
    with pytest.raises(StudioError, match="outside"):
        sight.here(picture, 96, 0)
