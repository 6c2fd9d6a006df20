"""A generator of a few random convolutions, its units, and concepts of them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.concepts import Concept, Member, Unit
from core.foundations.seeds import torch_rng
from core.models.units import Units

HUB = "tiny"
CHANNELS = 6
SIDE = 16


class TinyPainter(nn.Module):
    """Latents `[n 3 4 4]` to pictures of 16 px, by way of maps of 4, 8 and 16 places."""

    latent_shape = (3, 4, 4)
    image_size = (SIDE, SIDE)

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self.at4, self.at8 = nn.Conv2d(3, CHANNELS, 3, padding=1), nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)
        self.at16, self.out = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1), nn.Conv2d(CHANNELS, 3, 1)
        rng = torch_rng("tiny painter", seed)
        for tensor in self.parameters():
            tensor.data = 0.35 * torch.randn(tensor.shape, generator=rng)
        self.eval().requires_grad_(False)

    def decode(self, latent: Tensor) -> Tensor:
        x = self.at4(latent)
        x = self.at8(F.interpolate(F.silu(x), scale_factor=2))
        x = self.at16(F.interpolate(F.silu(x), scale_factor=2))
        return torch.sigmoid(self.out(F.silu(x)))


def tiny_units(seed: int = 0, name: str = HUB) -> Units:
    model = TinyPainter(seed)
    return Units(name, model, ("at4", "at8", "at16"), model.decode)


def latents(count: int, seed: int = 0) -> Tensor:
    return torch.randn(count, 3, 4, 4, generator=torch_rng("tiny latents", seed))


def members_of(units: Units, count: int = 64) -> dict[Unit, Member]:
    """Every unit of a generator, with its mean and deviation over some latents."""
    found = {}
    for layer, maps in units.see(latents(count, 99)).maps.items():
        for channel in range(maps.shape[1]):
            unit, own = Unit(units.name, layer, channel), maps[:, channel]
            found[unit] = Member(unit, unit, 1.0, 1.0, 0.0, float(own.mean()), float(own.std()))
    return found


def concepts_of(units: Units, other: Units, count: int = 4) -> list[Concept]:
    """Concepts of one unit of each layer, matched with units of another network that has the same ones."""
    mine, theirs = members_of(units), members_of(other)
    concepts = []
    for number in range(count):
        members: list[Member] = []
        for layer in units.layers:
            hub = mine[Unit(units.name, layer, number)]
            twin = theirs[Unit(other.name, "at16" if layer == "at4" else layer, number)]
            members += [hub, Member(twin.unit, hub.unit, 0.9, 0.8, 0.01, twin.mean, twin.std)]
        concepts.append(Concept(f"rosetta:{number}", f"thing {number}", tuple(members), 0.01))
    return concepts
