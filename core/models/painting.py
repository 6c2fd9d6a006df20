"""The Nouns' painter as a diffusers pipeline: a prompt and a seed make a picture, in one step or a few.

    x <- x + (t' - t) v(x, t),    with guidance  v = v_free + g (v_told - v_free)

Source: the steps are diffusers' own FlowMatchEulerDiscreteScheduler; guidance is Ho and Salimans 2022, "Classifier-free diffusion
guidance", equation 6, with g = 1 for none. Saved and loaded as diffusers does, see `save_painter` and `load_pipeline`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import ConfigMixin, DiffusionPipeline, FlowMatchEulerDiscreteScheduler, ModelMixin
from diffusers.configuration_utils import register_to_config
from diffusers.utils import BaseOutput
from PIL import Image
from torch import Tensor

from core.foundations.images import to_rgb
from core.foundations.seeds import torch_rng
from core.models.painter import PainterTransformer
from core.models.palette_vae import PaletteVAE, PaletteVAEConfig
from core.models.phrases import split_phrases
from core.models.text import WIDTH, text_encoder

SHIFT = 3.0
"""How much longer the steps stay where there is most noise: what is left open is decided there."""
STEPS = 4
"""Steps where nobody says how many."""

_WITHOUT = re.compile(r"\b(?:without|with no|wearing no|and no)\s+(?:any\s+|an?\s+|the\s+)?", re.IGNORECASE)

Prompt = str | Sequence[str]
"""A sentence, or the phrases that it is made of."""


class PaletteAutoencoder(ModelMixin, ConfigMixin):
    """The Nouns' generator as diffusers saves and loads it.

    Args:
        architecture: as `PaletteVAEConfig` has it; its own where None.
    """

    @register_to_config
    def __init__(self, architecture: dict[str, Any] | None = None) -> None:
        super().__init__()
        settings: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in (architecture or {}).items()}
        config = PaletteVAEConfig(**settings)
        self.inner = PaletteVAE(config, torch.zeros(config.colours, 3))

    @classmethod
    def of(cls, generator: PaletteVAE) -> PaletteAutoencoder:
        """A generator that is loaded already; its weights are shared."""
        made = cls({**generator.config.to_dict(), "depth": list(generator.config.depth)})
        made.inner = generator
        return made

    def decode(self, latents: Tensor) -> Tensor:
        """Latents `[n c h w]` to RGB `[n 3 h w]` in [0, 1]."""
        return self.inner.decode(latents)


@dataclass
class PaintedOutput(BaseOutput):
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


class NounPainterPipeline(DiffusionPipeline):
    """From prompts to Nouns. MiniLM, which reads the phrases, is shared with the whole program and not saved with it.

    Args:
        transformer: the painter.
        vae: what makes pictures of latents.
        scheduler: diffusers' Euler steps of a flow.
    """

    model_cpu_offload_seq = "transformer->vae"

    def __init__(self, transformer: PainterTransformer, vae: PaletteAutoencoder, scheduler: FlowMatchEulerDiscreteScheduler) -> None:
        super().__init__()
        self.register_modules(transformer=transformer, vae=vae, scheduler=scheduler)

    def encode_prompt(self, prompts: Sequence[Prompt]) -> tuple[Tensor, Tensor]:
        """Phrases' vectors `[n p 384]`, and which of them are real `[n p]` bool."""
        several = [said_in(prompt) for prompt in prompts]
        flat = list(dict.fromkeys(phrase for phrases in several for phrase in phrases))
        rows = dict(zip(flat, torch.from_numpy(text_encoder().embed(flat)), strict=True))
        most = max(1, *map(len, several))
        vectors, there = torch.zeros(len(several), most, WIDTH), torch.zeros(len(several), most, dtype=torch.bool)
        for number, phrases in enumerate(several):
            for place, phrase in enumerate(phrases):
                vectors[number, place], there[number, place] = rows[phrase], True
        return vectors.to(self.device), there.to(self.device)

    @torch.inference_mode()
    def __call__(
        self,
        prompt: str | Sequence[Prompt],
        num_inference_steps: int = STEPS,
        guidance_scale: float = 1.0,
        seeds: int | Sequence[int] = 0,
        latents: Tensor | None = None,
        output_type: str = "pil",
        return_dict: bool = True,
    ) -> PaintedOutput | tuple:
        """Paint.

        Args:
            prompt: a sentence, or several; each a sentence or a list of its phrases.
            num_inference_steps: one is enough for what is said; what is left open needs a few.
            guidance_scale: 1 for none; more holds closer to what is said.
            seeds: of the first picture, the others counting on, or one for each.
            latents: the noise to begin with `[n c h w]`, where not by seed.
            output_type: "pil", "pt", or "latent" for latents alone.

        Returns:
            `images` and `latents`.
        """
        prompts = [prompt] if isinstance(prompt, str) else list(prompt)
        numbers = range(seeds, seeds + len(prompts)) if isinstance(seeds, int) else seeds
        config = self.transformer.config
        noise = started(numbers, (config.channels, config.side, config.side)) if latents is None else latents
        x = self._flow(noise.to(self.device), *self.encode_prompt(prompts), num_inference_steps, guidance_scale)
        made = self.transformer.to_latents(x)
        images: Any = None if output_type == "latent" else self.vae.decode(made)
        if output_type == "pil":
            images = [Image.fromarray(rgb) for rgb in to_rgb(images)]
        return PaintedOutput(images, made) if return_dict else (images, made)

    def _flow(self, x: Tensor, phrases: Tensor, there: Tensor, steps: int, guidance: float) -> Tensor:
        """From noise to clean latents, less the base and scaled `[n c h w]`."""
        scheduler = type(self.scheduler).from_config(self.scheduler.config)  # it counts its steps, and callers may share a pipeline
        scheduler.set_timesteps(sigmas=torch.linspace(1, 1 / steps, steps).tolist(), device=x.device)
        for t in scheduler.timesteps:
            times = t.expand(len(x))
            velocity = self.transformer(x, times, phrases, there)
            if guidance != 1:
                free = self.transformer(x, times, phrases, torch.zeros_like(there))
                velocity = free + guidance * (velocity - free)
            x = scheduler.step(velocity, t, x, return_dict=False)[0]
        return x


def assembled(transformer: PainterTransformer, generator: PaletteVAE) -> NounPainterPipeline:
    """A pipeline of models that are loaded already."""
    return NounPainterPipeline(transformer, PaletteAutoencoder.of(generator), FlowMatchEulerDiscreteScheduler(shift=SHIFT))


def load_pipeline(folder: str | Path, **settings: Any) -> Any:
    """`DiffusionPipeline.from_pretrained`, which then also knows a folder that a painter of ours was saved to.

    Args:
        folder: or a name on the hub.
        settings: of `from_pretrained`.
    """
    import diffusers

    if not hasattr(diffusers, NounPainterPipeline.__name__):  # it looks up a pipeline's class by its name in diffusers itself
        setattr(diffusers, NounPainterPipeline.__name__, NounPainterPipeline)
    return DiffusionPipeline.from_pretrained(folder, use_safetensors=True, **settings)
