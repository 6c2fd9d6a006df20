"""What it takes to paint Nouns by prompt: what a prompt asks for, the painter, and whether a picture shows it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

import numpy as np
import torch

from core.language.lexicon import Lexicon
from core.models.painters import NounPainter
from core.models.palette_vae import PaletteVAE
from core.models.registry import load
from core.studio.descriptions import Prompted, prompted
from core.worlds.nouns import catalogue
from core.worlds.nouns.art import BARE
from core.worlds.nouns.world import Nouns


class NounPainting:
    """Of the world `nouns`.

    Args:
        world: draws compositions.
        lexicon: what can be asked for.
        generator: what makes pictures of latents.
        device: where the painter runs.
    """

    def __init__(self, world: Nouns, lexicon: Lexicon, generator: PaletteVAE, device: torch.device) -> None:
        self.world, self.lexicon, self.generator, self.device = world, lexicon, generator, device

    @cached_property
    def painter(self) -> NounPainter:
        """The embedded painter; WeightsError where its weights are missing."""
        return NounPainter(load(f"{self.world.name}_painter", self.device), self.generator)

    def prompted(self, prompt: str) -> Prompted:
        """What a prompt asks for; RequestError where it is empty, too long, or no text."""
        return prompted(prompt, self.lexicon, titles())

    def title(self, slot: str, part: str) -> str:
        """What a part is called with its slot, as the painter was told in training."""
        return catalogue.title(catalogue.part(slot, part))

    def shows(self, shown: Mapping[str, str], slot: str, part: str) -> bool:
        """Whether a picture that shows some parts also shows this one: it is there, or looks no different, being covered or alike."""
        return shown[slot] == part or np.array_equal(self.world.draw(dict(shown)), self.world.draw({**shown, slot: part}))


@lru_cache(maxsize=1)
def titles() -> dict[str, list[tuple[str, str]]]:
    """What parts are called in captions, in full, with all that are called so; heads first, as what could be either is one."""
    found: dict[str, list[tuple[str, str]]] = {}
    for slot in ("head", "glasses", "accessory", "body"):
        for part in catalogue.parts(slot):
            if part.id != BARE.get(slot) and " " in catalogue.shown(part):
                found.setdefault(catalogue.shown(part).lower(), []).append((slot, part.id))
    return found
