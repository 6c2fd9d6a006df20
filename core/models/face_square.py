"""A small network of ours that sees how the square of a face lies that FFHQ would cut, from a square that is nearly it.

FFHQ's squares follow from 68 points (core.worlds.faces.alignment); of five points that a finder gives, each is a few hundredths
off, and so is their square. What is painted as FFHQ cuts it is data without end: move its square a little, and learn to see
by how much.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.errors import ShapeError
from core.foundations.files import load_weights

NAME = "faces_square"
SIDE = 64
"""Pixels of what it looks at, both ways."""
SHARE = 0.8
"""How much of the square that is nearly it this is of."""
WIDTHS = (16, 32, 48, 64)
HIDDEN = 64
SMALL = 0.1
"""What it tells is small; so much is 1 within."""


class FaceSquare(nn.Module):
    """Convolutions that halve the sides four times, and two layers.

    Args:
        widths: units of the convolutions.
        hidden: units between the two layers.
    """

    def __init__(self, widths: tuple[int, ...] | list[int] = WIDTHS, hidden: int = HIDDEN) -> None:
        super().__init__()
        sizes = (3, *widths)
        self.halves = nn.ModuleList(nn.Conv2d(taken, units, 3, 2, 1) for taken, units in zip(sizes, sizes[1:], strict=False))
        self.last = nn.Conv2d(sizes[-1], sizes[-1], 3, 1, 1)
        self.hidden = nn.Linear(sizes[-1] * (SIDE >> len(widths)) ** 2, hidden)
        self.told = nn.Linear(hidden, 4)

    def forward(self, pictures: Tensor) -> Tensor:
        """How the right square lies in one that is nearly it.

        Args:
            pictures: RGB `[n 3 64 64]` in [0, 1], of the middle 0.8 of a square.

        Returns:
            `[n 4]`: its middle to the right and down of the other's, in sides of the other; the logarithm of its side, in
            such sides; its turn with the clock, as seen, in radians.

        Raises:
            ShapeError: where the pictures have other axes or sides.
        """
        if pictures.shape[1:] != (3, SIDE, SIDE):
            raise ShapeError(f"Expected pictures [n 3 {SIDE} {SIDE}], got {tuple(pictures.shape)}.")
        maps = 4 * pictures - 2
        for half in self.halves:
            maps = F.relu(half(maps))
        maps = F.relu(self.last(maps))
        return SMALL * self.told(F.relu(self.hidden(maps.flatten(1))))

    @torch.no_grad()
    def both_ways(self, pictures: Tensor) -> Tensor:
        """As `forward`, of each picture and its mirror image, in the middle."""
        mirrored = self(pictures.flip(3)) * torch.tensor([-1.0, 1, 1, -1])
        return (self(pictures) + mirrored) / 2


def load_face_square() -> FaceSquare:
    """The trained network, frozen; WeightsError where it is missing or damaged."""
    tensors, card = load_weights(NAME)
    model = FaceSquare(**card["architecture"])
    model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return model.eval().requires_grad_(False)
