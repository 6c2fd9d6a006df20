"""Units that are planted: a hub that draws compositions, and eyes that know colours, each beside units that follow nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from core.models.units import Seen, Units
from core.worlds.nouns.compose import draw, sample, to_indices, to_rgb
from core.worlds.nouns.traits import COLOURS, palette_words, traits

FOLLOWED = ("background", "body", "head", "red", "yellow", "blue", "green")
"""What the planted hub's first units follow."""
NOISE = 12
"""Units of each model that follow nothing."""
SIDE = 8


def compositions(count: int, seed: int = 0) -> np.ndarray:
    return sample(np.random.default_rng(seed), count)


def as_latents(rows: np.ndarray) -> Tensor:
    """Compositions `[n 5]` as a planted hub takes them `[n 5 1 1]`."""
    return torch.from_numpy(rows.astype(np.float32))[:, :, None, None]


def noise(pictures: Tensor, salt: int) -> Tensor:
    """Maps that depend on nothing but the picture's bytes `[n NOISE 8 8]`."""
    seeds = [int(abs(one.double().sum().item()) * 1e4) % 2**31 + salt for one in pictures]
    return torch.stack([torch.randn(NOISE, SIDE, SIDE, generator=torch.Generator().manual_seed(seed)) for seed in seeds])


@dataclass(frozen=True)
class Drawer(Units):
    """The hub: compositions to pictures, and maps of what FOLLOWED names."""

    def see(self, given: Tensor) -> Seen:
        from core.worlds.nouns.traits import trait_maps

        rows = given[:, :, 0, 0].numpy().astype(int)
        pictures = torch.from_numpy(to_rgb(draw(rows))).permute(0, 3, 1, 2).float() / 255
        names = [trait.name for trait in traits()]
        maps = torch.from_numpy(trait_maps(rows, SIDE, parts=False))[:, [names.index(name) for name in FOLLOWED]]
        return Seen(pictures, {"maps": torch.cat([maps, noise(pictures, 0)], 1)})


@dataclass(frozen=True)
class Colours(Units):
    """An eye: pictures to maps of the colours, with a little noise, and of nothing."""

    def see(self, given: Tensor) -> Seen:
        indices = to_indices((given.permute(0, 2, 3, 1) * 255).round().to(torch.uint8).numpy())
        words = torch.from_numpy(palette_words())[torch.from_numpy(indices).long()]
        masks = torch.stack([(words == place).float() for place in range(len(COLOURS))], 1)
        maps = nn.functional.avg_pool2d(masks, 32 // SIDE)
        return Seen(None, {"maps": torch.cat([maps, noise(given, 1 + len(self.name))], 1)})


def planted() -> tuple[Drawer, list[Colours]]:
    network = nn.Identity()
    return Drawer("hub", network, ("maps",), network), [Colours("a" * n, network, ("maps",), network) for n in (1, 2, 3, 4)]
