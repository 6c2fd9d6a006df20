"""What makes pictures of prompts, by its name: our own painter and any text-to-image checkpoint of diffusers, behind one door.

"painter:nouns_painter"                      the embedded one: 32 x 32 Nouns, with their latents
"diffusers:stabilityai/sd-turbo"             a pipeline on the hub, such as sdxl-turbo or FLUX.1-schnell, or a folder
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from core.foundations.errors import ModelError, SettingError, WeightsError
from core.foundations.images import to_rgb
from core.foundations.seeds import torch_rng
from core.models.hub import fetch
from core.models.painting import GUIDANCE, STEPS, assembled, load_pipeline
from core.models.palette_vae import PaletteVAE
from core.models.registry import choose_device, load

MOST_STEPS = 50
"""More steps are refused."""
MOST_GUIDANCE = 20.0
MOST_AT_ONCE = 32
"""Prompts that go through a model together."""
FEW = 4
"""Steps of a public pipeline where nobody says how many: those that were distilled to a few are the ones that a person can wait for."""


class Canvas(NamedTuple):
    """What was painted.

    Attributes:
        images: RGB uint8 `[n h w 3]`.
        latents: `[n c h w]` as the world's generator takes them; None where another model painted.
    """

    images: np.ndarray
    latents: Tensor | None


class Painter(Protocol):
    """From prompts to pictures; a picture depends on its prompt and seed, not on the others."""

    def paint(
        self, prompts: Sequence[str | Sequence[str]], seeds: Sequence[int], steps: int | None = None, guidance: float | None = None
    ) -> Canvas:
        """A picture for each prompt.

        Args:
            prompts: sentences, or each a list of phrases.
            seeds: one for each.
            steps: from 1 to 50; the model's usual number where None.
            guidance: how closely the prompt is held to, from 0 to 20; as usual where None.

        Raises:
            SettingError: where a setting is out of bounds.
        """


def checked(prompts: Sequence[Any], seeds: Sequence[int], steps: int, guidance: float) -> None:
    """SettingError where a setting is out of bounds."""
    if len(prompts) != len(seeds):
        raise SettingError(f"Every prompt needs a seed: there are {len(prompts)} prompts and {len(seeds)} seeds.")
    if not 1 <= steps <= MOST_STEPS:
        raise SettingError(f"A picture is painted in 1 to {MOST_STEPS} steps; {steps} were asked for.")
    if not 0 <= guidance <= MOST_GUIDANCE:
        raise SettingError(f"Guidance goes from 0 to {MOST_GUIDANCE:g}; {guidance:g} was asked for.")


class NounPainter:
    """The embedded painter.

    Args:
        transformer: a `core.models.painter.PainterTransformer`.
        generator: what makes pictures of its latents.
    """

    def __init__(self, transformer: Any, generator: PaletteVAE) -> None:
        self.pipeline = assembled(transformer, generator)

    def latents(
        self, prompts: Sequence[str | Sequence[str]], seeds: Sequence[int], steps: int | None = None, guidance: float | None = None
    ) -> Tensor:
        """What `paint` paints, before it is decoded: `[n c h w]`. Arguments and errors as there."""
        steps, guidance = STEPS if steps is None else steps, GUIDANCE if guidance is None else guidance
        checked(prompts, seeds, steps, guidance)
        settings = {"num_inference_steps": steps, "guidance_scale": guidance, "output_type": "latent"}
        starts = range(0, len(prompts), 8 * MOST_AT_ONCE)
        rows = [slice(start, start + 8 * MOST_AT_ONCE) for start in starts]
        return torch.cat([self.pipeline(list(prompts[row]), seeds=list(seeds[row]), **settings).latents for row in rows])

    @torch.inference_mode()
    def paint(
        self, prompts: Sequence[str | Sequence[str]], seeds: Sequence[int], steps: int | None = None, guidance: float | None = None
    ) -> Canvas:
        """A picture for each prompt, see `Painter`."""
        latents = self.latents(prompts, seeds, steps, guidance)
        images = [to_rgb(self.pipeline.vae.inner.decode(some)) for some in latents.split(MOST_AT_ONCE)]
        return Canvas(np.concatenate(images), latents)


class PublicPainter:
    """A text-to-image pipeline of diffusers.

    Args:
        pipeline: that was loaded; it takes prompts, generators, steps and guidance as all of diffusers' own do.
    """

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline
        pipeline.set_progress_bar_config(disable=True)

    def paint(
        self, prompts: Sequence[str | Sequence[str]], seeds: Sequence[int], steps: int | None = None, guidance: float | None = None
    ) -> Canvas:
        """A picture for each prompt, see `Painter`; four steps without guidance where nothing is said, as for turbo models."""
        steps, guidance = FEW if steps is None else steps, 0.0 if guidance is None else guidance
        checked(prompts, seeds, steps, guidance)
        said = [one if isinstance(one, str) else ", ".join(one) for one in prompts]
        found = []
        for text, seed in zip(said, seeds, strict=True):  # one by one: these are large
            numbers = torch_rng("painting", int(seed))
            made = self.pipeline(
                text, num_inference_steps=steps, guidance_scale=guidance, generator=numbers, output_type="np", return_dict=True
            )
            found.append(np.clip(255 * np.asarray(made.images[0]) + 0.5, 0, 255).astype(np.uint8))
        return Canvas(np.stack(found), None)


def painter(name: str, device: torch.device | None = None, **settings: Any) -> Painter:
    """A painter by its name, as the head of this file says.

    Args:
        name: family and name with a colon between.
        device: where it runs; chosen where None.
        settings: for a public one, of diffusers' `from_pretrained`.

    Raises:
        ModelError: where there is no such family, or the pipeline paints nothing from a text alone.
        WeightsError: where it can be neither found nor reached.
    """
    family, _, given = name.partition(":")
    device = device or choose_device()
    if family == "painter" and given:
        transformer = load(given, device)
        return NounPainter(transformer, load(f"{given.partition('_')[0]}_generator", device))
    if family == "diffusers" and given:
        return PublicPainter(_public(given, device, settings))
    raise ModelError(f"There is no painter named {name[:60]!r}. Names are painter:nouns_painter, or diffusers: and a name on the hub.")


def _public(given: str, device: torch.device, settings: dict[str, Any]) -> Any:
    folder: str | Path = given
    if not Path(given).is_dir() and "variant" not in settings:  # a variant's files go by names that only diffusers knows
        folder = fetch(given, "diffusers", settings.pop("revision", None))
    try:
        pipeline = load_pipeline(folder, **settings)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsError(
            f"The pipeline {given[:80]!r} cannot be loaded ({type(error).__name__}). Check the name and the network; it has to hold "
            "safetensors."
        ) from error
    if not callable(pipeline):
        raise ModelError(f"{type(pipeline).__name__} makes no pictures of prompts. Name a text-to-image pipeline.")
    return pipeline.to(device)
