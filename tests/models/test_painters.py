"""Painters by name: our own, and a tiny public pipeline that was saved to a folder."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.bench.hub.families import tiny_stable_diffusion
from core.foundations.errors import ModelError, SettingError, WeightsError
from core.foundations.images import to_rgb
from core.models.painters import NounPainter, PublicPainter, painter
from tests.models.tiny_painter import tiny_painter


@pytest.fixture(scope="module")
def ours(tiny_vae) -> NounPainter:
    return NounPainter(tiny_painter(), tiny_vae)


def test_latents_and_pictures_belong_together(ours, tiny_vae) -> None:
    canvas = ours.paint(["a cat", ["a dog", "red glasses"]], [1, 2])
    assert canvas.images.shape == (2, 32, 32, 3) and canvas.images.dtype == np.uint8
    with torch.inference_mode():
        assert np.array_equal(to_rgb(tiny_vae.decode(canvas.latents)), canvas.images)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"steps": 51}, {"guidance": -1.0}, {"guidance": 21.0}])
def test_settings_out_of_bounds_are_refused(ours, wrong) -> None:
    with pytest.raises(SettingError):
        ours.paint(["a cat"], [1], **wrong)


def test_every_prompt_needs_a_seed(ours) -> None:
    with pytest.raises(SettingError, match="seed"):
        ours.paint(["a cat", "a dog"], [1])


def test_a_public_pipeline_comes_through_the_same_door(tmp_path) -> None:
    tiny_stable_diffusion(tmp_path).save_pretrained(tmp_path / "saved", safe_serialization=True)
    public = painter(f"diffusers:{tmp_path / 'saved'}")
    assert isinstance(public, PublicPainter)
    canvas = public.paint(["a cat", "a dog", "a cat"], [1, 1, 2], steps=2)
    assert canvas.latents is None and canvas.images.dtype == np.uint8 and canvas.images.shape[0] == 3
    assert np.array_equal(public.paint(["a cat"], [1], steps=2).images[0], canvas.images[0])
    assert not np.array_equal(canvas.images[0], canvas.images[2])


def test_names_that_are_none_are_refused(tmp_path) -> None:
    with pytest.raises(ModelError, match="painter named"):
        painter("brush:3")
    with pytest.raises(WeightsError, match="neither a folder here nor a name on the hub"):
        painter(f"diffusers:{tmp_path / 'nothing'}")
