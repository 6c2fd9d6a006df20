"""A studio of Nouns with a tiny random generator, and concepts that are its own units and those of a network that looks."""

from __future__ import annotations

import torch

from core.foundations.concepts import Concept, Member, Unit
from core.foundations.seeds import torch_rng
from core.models.palette_vae import PaletteVAE, PaletteVAEConfig
from core.models.units import Units
from core.studio import Studio
from core.worlds.nouns.art import load_art

EYE = "nouns_residual"


def tiny_generator() -> PaletteVAE:
    config = PaletteVAEConfig(wide=16, middle=16, narrow=16, depth=(1, 1, 1))
    model = PaletteVAE(config, torch.from_numpy(load_art().palette / 255))
    rng = torch_rng("tiny nouns")
    with torch.no_grad():
        for tensor in model.parameters():
            tensor.copy_(0.3 * torch.randn(tensor.shape, generator=rng))
    return model.eval().requires_grad_(False)


def tiny_concepts(units: Units, twin: Units) -> tuple[Concept, ...]:
    """Two channels of every layer of the generator, matched with the same channels of one that looks."""
    latents = 0.5 * torch.randn(8, 4, 8, 8, generator=torch_rng("tiny concepts"))
    seen = units.see(latents)
    theirs, found = twin.see(seen.output).maps, []
    for layer, maps in seen.maps.items():
        for channel in range(2):
            unit, other = Unit(units.name, layer, channel), Unit(twin.name, twin.layers[0], channel)
            own, its = maps[:, channel], theirs[twin.layers[0]][:, channel]
            hub = Member(unit, unit, 1.0, 1.0, 0.0, float(own.mean()), float(own.std()))
            match = Member(other, unit, 0.9, 0.8, 0.01, float(its.mean()), float(its.std()))
            found.append(Concept(f"rosetta:{len(found)}", f"thing {len(found)}", (hub, match), 0.01))
    return tuple(found)


def tiny_studio() -> Studio:
    """What the verbs are tried on."""
    made = Studio("nouns", torch.device("cpu"))
    made.library.__dict__["generator"] = generator = tiny_generator()
    shared = made.shared
    shared.__dict__.update(generator=generator, look=None)
    eye = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.Tanh()).requires_grad_(False)
    twin = Units(EYE, eye, ("1",), eye)
    shared._eyes[EYE] = twin
    shared.__dict__["concepts"] = tiny_concepts(shared.units, twin)
    return made
