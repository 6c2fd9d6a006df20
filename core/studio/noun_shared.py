"""What the models of the Nouns share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from core.foundations.concepts import Concept, load_concepts
from core.methods.write.descend import Descent
from core.methods.write.guided import Editing
from core.methods.write.rearrange import Move
from core.methods.write.repaint import Meant, repainted, whole
from core.models.noun_units import CLIP, EYES, GENERATOR, MAPS, clip_units, eye_units
from core.models.registry import load
from core.models.units import Units, generator_units
from core.studio.shared import Free, Shared, random_latents

SPREAD = 0.5
"""Standard deviation of the numbers of usual latents."""


class NounShared(Shared):
    """The generator of single Nouns, and the models that look at them.

    Args:
        generator: the world's own.
        device: where all of them run.
    """

    about = "Nouns"
    side, usual, work, hub, eyes = 32, SPREAD, 3e8, GENERATOR, (*EYES, CLIP)
    led, beta = 0.7, 5.0
    editing = Editing(descent=Descent(steps=25, rate=0.2, cool_down=0.5, momentum=(0.9, 0.99), patience=8, least=0.02))
    bringing = Descent(
        steps=200, rate=0.1, warm_up=0.05, cool_down=0.5, momentum=(0.9, 0.99), shown=5, patience=40, least=0.002, halve=25
    )  # shorter than the paper's, and down for longer; see core.bench.nouns.inversion

    def __init__(self, generator: torch.nn.Module, device: torch.device) -> None:
        self.generator, self.device = generator, device

    @cached_property
    def concepts(self) -> tuple[Concept, ...]:
        """Of the generator's channels; WeightsError where the table is missing."""
        return load_concepts("nouns_concepts")

    @cached_property
    def units(self) -> Units:
        """The generator's."""
        return generator_units(GENERATOR, self.generator, MAPS)

    @cached_property
    def quick(self) -> Units:
        """The same, and no further than the last maps, which are its output."""
        generator: Any = self.generator
        return replace(self.units, run=generator.decoder.maps)

    def opened(self, name: str) -> Units:
        """A model that looks, from assets/."""
        model = load(name, self.device)
        return clip_units(name, model) if name == CLIP else eye_units(name, model)

    @torch.no_grad()
    def maps(self, latent: Tensor) -> Mapping[str, Tensor]:
        """The generator's maps of a latent `[c h w]`."""
        return self.units.see(latent[None]).maps

    def free(self, latent: Tensor) -> Free:
        """All of it."""
        return Free(latent[None].clone(), self.units.see, self.quick.see, lambda found: found[0])

    @torch.no_grad()
    def around(self, latent: Tensor, places: Tensor) -> Tensor:
        """Places brought to the picture's own parts, areas of one colour."""
        generator: Any = self.generator
        return whole(generator.indices(latent[None])[0], places[0, 0] > 0)[None, None].to(places)

    @torch.no_grad()
    def meant(self, latent: Tensor, move: Move, region: Tensor | None) -> Meant | None:
        """The picture with its parts moved; and the encoder's latent of that, from which an edit may begin."""
        generator: Any = self.generator
        before = generator.indices(latent[None])[0]
        wanted = repainted(before, move, None if region is None else region[0, 0] > 0.5)
        if wanted is None:
            return None
        return Meant(wanted, before, generator.latents(wanted[None]), lambda seen: generator.decoder.out(seen.output))

    def random(self, count: int, seed: int) -> Tensor:
        """Latents `[n c h w]` by chance."""
        return random_latents(self.generator.latent_shape, count, seed, SPREAD).to(self.device)  # type: ignore[arg-type]
