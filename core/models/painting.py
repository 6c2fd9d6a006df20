"""The Nouns' painter as a diffusers pipeline: a prompt and a seed make a picture, in one step or a few.

    x <- x + (t' - t) v(x, t),    with guidance  v = v_free + g (v_told - v_free)

Source: the steps are diffusers' own FlowMatchEulerDiscreteScheduler; guidance is Ho and Salimans 2022, "Classifier-free diffusion
guidance", equation 6, with g = 1 for none. It is saved and loaded as diffusers does, see `load_pipeline`.

diffusers makes folders and tries out the network when it is imported, so that its classes are made here when they are first asked
for: `NounPainterPipeline`, `PainterModel` and `PaletteAutoencoder` are attributes of this module, as diffusers looks them up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from core.foundations.images import to_rgb
from core.foundations.seeds import torch_rng
from core.models.painter import PainterConfig, PainterTransformer
from core.models.palette_vae import PaletteVAE, PaletteVAEConfig
from core.models.phrases import split_phrases
from core.models.text import WIDTH, text_encoder

SHIFT = 3.0
"""How much longer the steps stay where there is most noise: what is left open is decided there."""
STEPS = 4
"""Steps where nobody says how many."""
GUIDANCE = 1.0
"""Guidance where nobody says how much: none. What is said is sure enough, and more of it pushes latents too far."""

_WITHOUT = re.compile(r"\b(?:without|with no|wearing no|and no)\s+(?:any\s+|an?\s+|the\s+)?", re.IGNORECASE)

Prompt = str | Sequence[str]
"""A sentence, or the phrases that it is made of."""


@dataclass(frozen=True)
class PaintedOutput:
    """What a pipeline gives.

    Attributes:
        images: PIL, or RGB `[n 3 h w]` in [0, 1] where the output type is "pt", or None where it is "latent".
        latents: as the generator takes them `[n c h w]`.
    """

    images: list[Image.Image] | Tensor | None
    latents: Tensor


def said_in(prompt: Prompt) -> tuple[str, ...]:
    """The phrases of a prompt; "without glasses" is the phrase "no glasses"."""
    if not isinstance(prompt, str):
        return tuple(prompt)
    return split_phrases(_WITHOUT.sub(", no ", prompt))


def started(seeds: Sequence[int], shape: tuple[int, ...]) -> Tensor:
    """Noise by seed, so that a picture does not depend on its batch: `[n *shape]`."""
    return torch.stack([torch.randn(shape, generator=torch_rng("painting", int(seed))) for seed in seeds])


def encoded(prompts: Sequence[Prompt], device: torch.device) -> tuple[Tensor, Tensor]:
    """Phrases' vectors by MiniLM `[n p 384]`, and which of them are real `[n p]` bool."""
    several = [said_in(prompt) for prompt in prompts]
    flat = list(dict.fromkeys(phrase for phrases in several for phrase in phrases))
    rows = dict(zip(flat, torch.from_numpy(text_encoder().embed(flat)), strict=True))
    most = max(1, *map(len, several))
    vectors, there = torch.zeros(len(several), most, WIDTH), torch.zeros(len(several), most, dtype=torch.bool)
    for number, phrases in enumerate(several):
        for place, phrase in enumerate(phrases):
            vectors[number, place], there[number, place] = rows[phrase], True
    return vectors.to(device), there.to(device)


def flowed(painter: Any, scheduler: Any, x: Tensor, told: tuple[Tensor, Tensor], steps: int, guidance: float) -> Tensor:
    """From noise to clean latents, less the base and scaled.

    Args:
        painter: a `PainterTransformer`.
        scheduler: diffusers', which counts its steps: another one for each run.
        x: noise `[n c h w]`.
        told: phrases' vectors and which are real, as `encoded` gives them.
        steps: how many.
        guidance: g; 1 for none.

    Returns:
        `[n c h w]`.
    """
    phrases, there = told
    scheduler.set_timesteps(sigmas=torch.linspace(1, 1 / steps, steps).tolist(), device=x.device)
    for t in scheduler.timesteps:
        times = t.expand(len(x))
        velocity = painter(x, times, phrases, there)
        if guidance != 1:
            free = painter(x, times, phrases, torch.zeros_like(there))
            velocity = free + guidance * (velocity - free)
        x = scheduler.step(velocity, t, x, return_dict=False)[0]
    return x


@torch.inference_mode()
def paint(
    pipeline: Any,
    prompts: Sequence[Prompt],
    num_inference_steps: int,
    guidance_scale: float,
    seeds: int | Sequence[int],
    latents: Tensor | None,
    output_type: str,
) -> PaintedOutput:
    """What the pipeline does; its arguments are told there."""
    painter, device = pipeline.transformer.inner, pipeline.device
    numbers = range(seeds, seeds + len(prompts)) if isinstance(seeds, int) else seeds
    noise = started(numbers, (painter.config.channels, painter.config.side, painter.config.side)) if latents is None else latents
    scheduler = type(pipeline.scheduler).from_config(pipeline.scheduler.config)
    made = painter.to_latents(flowed(painter, scheduler, noise.to(device), encoded(prompts, device), num_inference_steps, guidance_scale))
    images: Any = None if output_type == "latent" else pipeline.vae.inner.decode(made)
    return PaintedOutput([Image.fromarray(rgb) for rgb in to_rgb(images)] if output_type == "pil" else images, made)


def listed(config: Any) -> dict[str, Any]:
    """A configuration as diffusers writes it: lists for tuples."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(config).items()}


def _tuples(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}


@lru_cache(maxsize=1)
def _family() -> dict[str, Any]:
    """The classes that diffusers saves and loads, by name."""
    from diffusers import ConfigMixin, DiffusionPipeline, ModelMixin
    from diffusers.configuration_utils import register_to_config

    class PainterModel(ModelMixin, ConfigMixin):
        """A painter, of which the configuration is the architecture."""

        @register_to_config
        def __init__(self, architecture: dict[str, Any]) -> None:
            super().__init__()
            self.inner = PainterTransformer(PainterConfig(**_tuples(architecture)))

    class PaletteAutoencoder(ModelMixin, ConfigMixin):
        """The Nouns' generator likewise."""

        @register_to_config
        def __init__(self, architecture: dict[str, Any]) -> None:
            super().__init__()
            config = PaletteVAEConfig(**_tuples(architecture))
            self.inner = PaletteVAE(config, torch.zeros(config.colours, 3))

    class NounPainterPipeline(DiffusionPipeline):
        """From prompts to Nouns. MiniLM, which reads the phrases, is shared with the whole program and not saved with it."""

        model_cpu_offload_seq = "transformer->vae"

        def __init__(self, transformer: PainterModel, vae: PaletteAutoencoder, scheduler: Any) -> None:
            super().__init__()
            self.register_modules(transformer=transformer, vae=vae, scheduler=scheduler)

        def __call__(
            self,
            prompt: str | Sequence[Prompt],
            num_inference_steps: int = STEPS,
            guidance_scale: float = GUIDANCE,
            seeds: int | Sequence[int] = 0,
            latents: Tensor | None = None,
            output_type: str = "pil",
            return_dict: bool = True,
        ) -> PaintedOutput | tuple:
            """Paint one prompt or several, each a sentence or a list of its phrases.

            Args:
                num_inference_steps: one is enough for what is said; what is left open needs a few.
                guidance_scale: 1 for none; more holds closer to what is said.
                seeds: of the first picture, the others counting on, or one for each.
                latents: the noise to begin with `[n c h w]`, where not by seed.
                output_type: "pil", "pt", or "latent" for latents alone.
            """
            prompts = [prompt] if isinstance(prompt, str) else list(prompt)
            done = paint(self, prompts, num_inference_steps, guidance_scale, seeds, latents, output_type)
            return done if return_dict else (done.images, done.latents)

    made = (PainterModel, PaletteAutoencoder, NounPainterPipeline)
    return {"ModelMixin": ModelMixin, **{one.__name__: one for one in made}}


def __getattr__(name: str) -> Any:
    if name in ("ModelMixin", "PainterModel", "PaletteAutoencoder", "NounPainterPipeline"):
        return _family()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def assembled(transformer: PainterTransformer, generator: PaletteVAE) -> Any:
    """A `NounPainterPipeline` of models that are loaded already; their weights are shared."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    family = _family()
    model, vae = family["PainterModel"](listed(transformer.config)), family["PaletteAutoencoder"](listed(generator.config))
    model.inner, vae.inner = transformer, generator
    return family["NounPainterPipeline"](model, vae, FlowMatchEulerDiscreteScheduler(shift=SHIFT))


def load_pipeline(folder: str | Path, **settings: Any) -> Any:
    """`DiffusionPipeline.from_pretrained`, which then also knows a folder that a painter of ours was saved to.

    Args:
        folder: or a name on the hub.
        settings: of `from_pretrained`.
    """
    import diffusers

    pipeline = _family()["NounPainterPipeline"]
    if not hasattr(diffusers, pipeline.__name__):  # it looks up a pipeline's class by its name in diffusers itself
        setattr(diffusers, pipeline.__name__, pipeline)
    return diffusers.DiffusionPipeline.from_pretrained(folder, use_safetensors=True, **settings)
