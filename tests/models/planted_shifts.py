"""A planted latent whose every value is known: shapes are axes, rotations circles, places lie on a line.

    latent = spread * (3 e[shape] + 2 circle[shape](angle) + 1.5 t(x) e[9] + noise) + offset

The circle lies in a plane of its own for each shape, and a rotation runs round it once per symmetry of the shape.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from core.models.shifts import Shifts, ShiftsConfig
from core.models.slots import Slot

WIDTH = 16
SLOTS = (Slot("shape", 3), Slot("rotation", 12, "cyclic", "shape", (3.0, 6.0, 12.0)), Slot("x", 8, "ordered"))
CONFIG = ShiftsConfig(SLOTS, WIDTH, (("shape", "rotation"), ("x",)), anchors=300, reader_hidden=48, predictor_hidden=64, predictor_blocks=1)
SPREAD, OFFSET = torch.linspace(0.5, 2, WIDTH), torch.linspace(-1, 1, WIDTH)
EVERY = torch.tensor(list(itertools.product(range(3), range(12), range(8))))


def axes() -> Tensor:
    """A Hadamard matrix with rows of length 1 `[16 16]`, so that all numbers of a latent vary alike."""
    made = torch.ones(1, 1)
    for _ in range(4):
        made = torch.cat([torch.cat([made, made], 1), torch.cat([made, -made], 1)])
    return made / 4


def latents(values: Tensor, noise: float = 0.05, seed: int = 0) -> Tensor:
    """Values `[n 3]` to latents `[n 16]`."""
    shape, rotation, x = values.unbind(1)
    e, angle = axes(), SLOTS[1].targets(rotation, shape)
    circle = angle[:, :1] * e[3 + 2 * shape] + angle[:, 1:] * e[4 + 2 * shape]
    flat = 3 * e[shape] + 2 * circle + 1.5 * SLOTS[2].targets(x, x) * e[9]
    flat = flat + noise * torch.randn(flat.shape, generator=torch.Generator().manual_seed(seed))
    return SPREAD * flat + OFFSET


def balanced(copies: int) -> Tensor:
    """Every value with every other, equally often `[288 copies, 3]`."""
    return EVERY.repeat(copies, 1)


def draw(count: int, seed: int = 0) -> Tensor:
    """Random values `[n 3]`."""
    return EVERY[torch.randint(len(EVERY), (count,), generator=torch.Generator().manual_seed(seed))]


def folded(values: Tensor) -> Tensor:
    """Values with the rotation as the first that looks the same."""
    return torch.stack([values[:, 0], SLOTS[1].fold(values[:, 1], values[:, 0]), values[:, 2]], 1)


def nearest(latent: Tensor) -> Tensor:
    """What latents show, by the nearest of all 288 `[n 3]`, rotations folded."""
    return folded(EVERY[torch.cdist(latent / SPREAD, latents(EVERY, 0) / SPREAD).argmin(1)])


def wishes(values: Tensor, slot: str, seed: int = 5) -> Tensor:
    """A random other value for each `[n]`."""
    place = [known.name for known in SLOTS].index(slot)
    count = SLOTS[place].count
    return (values[:, place] + torch.randint(1, count, (len(values),), generator=torch.Generator().manual_seed(seed))) % count


def changed(values: Tensor, slot: str, wanted: Tensor) -> Tensor:
    """Values with one slot exchanged."""
    place = [known.name for known in SLOTS].index(slot)
    return torch.cat([values[:, :place], wanted[:, None], values[:, place + 1 :]], 1)


def hits(latent: Tensor, values: Tensor, slot: str, wanted: Tensor) -> float:
    """Share of latents that show the wanted value and all else as before; a rotation as far as old and new shape can show it."""
    found, goal = nearest(latent), changed(values, slot, wanted)
    symmetry = torch.tensor(SLOTS[1].symmetry)
    finer = torch.minimum(symmetry[values[:, 0]], symmetry[goal[:, 0]])
    turned = (found[:, 1] - goal[:, 1]) % finer == 0
    return ((found[:, 0] == goal[:, 0]) & turned & (found[:, 2] == goal[:, 2])).float().mean().item()


class Nearest(torch.nn.Module):
    """A reader that knows the planted prototypes, in the place of a trained one."""

    def __init__(self, shifts: Shifts) -> None:
        super().__init__()
        self.shifts = [shifts]  # in a list, so that it is no submodule

    def forward(self, z: Tensor) -> tuple[Tensor, ...]:
        values = nearest(self.shifts[0].raw(z))
        return tuple(torch.nn.functional.one_hot(values[:, place], slot.count).float() for place, slot in enumerate(SLOTS))
