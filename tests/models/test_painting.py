"""The pipeline: seeds, guidance, and the folder that diffusers saves it to and loads it from."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from core.models.painting import assembled, load_pipeline, said_in, started
from tests.models.tiny_painter import tiny_painter


@pytest.fixture(scope="module")
def pipeline(tiny_vae) -> Any:
    return assembled(tiny_painter(), tiny_vae)


@pytest.mark.parametrize(
    ("prompt", "phrases"),
    [
        ("a Noun with a shark head and red glasses", ("noun", "shark head", "red glasses")),
        ("a cat without any glasses", ("cat", "no glasses")),
        (["black glasses with red eyes"], ("black glasses with red eyes",)),
    ],
)
def test_phrases_of_a_prompt(prompt, phrases) -> None:
    assert said_in(prompt) == phrases


def test_a_picture_does_not_depend_on_its_batch(pipeline) -> None:
    several = pipeline(["a cat", "a dog", *["a cat"] * 4], seeds=range(3, 9), output_type="latent").latents
    alone = pipeline("a dog", seeds=4, output_type="latent").latents
    assert torch.allclose(several[1], alone[0], atol=1e-5)
    assert any(not torch.allclose(several[0], other, atol=1e-2) for other in several[2:])


def test_noise_is_by_seed() -> None:
    noise = started([7, 8, 7], (4, 8, 8))
    assert torch.equal(noise[0], noise[2]) and not torch.equal(noise[0], noise[1])


def test_guidance_of_one_is_none_and_of_zero_hears_nothing(pipeline) -> None:
    none, little = (pipeline(["a cat"], seeds=1, guidance_scale=g, output_type="latent").latents for g in (1.0, 1.0001))
    assert torch.allclose(none, little, atol=1e-2)
    deaf = [pipeline([text], seeds=1, guidance_scale=0.0, output_type="latent").latents for text in ("a cat", "red glasses")]
    assert torch.allclose(*deaf, atol=1e-5)


def test_pictures_are_of_the_palette(pipeline) -> None:
    made = pipeline("a cat", seeds=2)
    assert made.images[0].size == (32, 32) and made.images[0].mode == "RGB"
    assert torch.equal(pipeline("a cat", seeds=2, output_type="pt").latents, made.latents)


def test_it_is_saved_and_loaded_as_diffusers_does(pipeline, tmp_path) -> None:
    pipeline.save_pretrained(tmp_path)
    assert {"model_index.json", "scheduler", "transformer", "vae"} <= {path.name for path in tmp_path.iterdir()}
    again = load_pipeline(tmp_path)
    assert type(again) is type(pipeline)
    assert again("a cat", seeds=2).images[0].tobytes() == pipeline("a cat", seeds=2).images[0].tobytes()
