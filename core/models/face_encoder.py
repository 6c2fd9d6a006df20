"""A first guess of the style that paints a face: from what DINOv2 sees of it to w+.

    w+ = mean + G T (f - shift) / scale

f are the class tokens and the means of all patches of four blocks, and the means over 4 x 4 squares of patches of two of them; T and G
are of low rank. Learned in closed form from the generator's own faces, of which any number can be had with their true
styles; no photograph is needed, and none was seen.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.errors import ShapeError
from core.foundations.files import load_weights
from core.models.face_eyes import FaceEyes

NAME = "faces_encoder"
POOL = 8
"""Patches each way that are kept of the eyes' own, as means."""
SQUARES = 4
"""Squares each way whose means are features."""
PLACED = (1, 3)
"""Blocks, in the order of the eyes', of which the encoder also sees what is where."""


def pooled(tokens: Tensor) -> Tensor:
    """Tokens `[n l t d]`, the class token first, to the class token and `POOL` x `POOL` means of patches, `[n l 65 d]`."""
    n, levels, count, width = tokens.shape
    side = round((count - 1) ** 0.5)
    patches = tokens[:, :, 1:].flatten(0, 1).transpose(1, 2).unflatten(2, (side, side))
    means = F.adaptive_avg_pool2d(patches, POOL).flatten(2).transpose(1, 2)
    return torch.cat([tokens[:, :, :1], means.unflatten(0, (n, levels))], 2)


def features(tokens: Tensor) -> list[Tensor]:
    """Pooled tokens `[n l 65 d]` to three lots of features `[n f]`: class tokens, means of all patches, means of squares of them."""
    if tokens.ndim != 4 or tokens.shape[2] != 1 + POOL * POOL or tokens.shape[1] <= max(PLACED):
        raise ShapeError(f"Expected tokens [n l {1 + POOL * POOL} d] of more than {max(PLACED)} blocks, got {tuple(tokens.shape)}.")
    whole, patches = tokens[:, :, 0], tokens[:, :, 1:]
    placed = patches[:, list(PLACED)].unflatten(2, (POOL, POOL)).flatten(0, 1).permute(0, 3, 1, 2)
    squares = F.adaptive_avg_pool2d(placed, SQUARES).unflatten(0, (len(tokens), len(PLACED)))
    return [whole.flatten(1), patches.mean(2).flatten(1), squares.flatten(1)]


class FaceEncoder(nn.Module):
    """Tokens of a face to w+.

    Args:
        seen: how many features there are.
        slots: of w+.
        style: numbers of a style.
        rank: numbers between.

    Example:
        styles = load_face_encoder().guess(load_face_eyes(), pictures)
    """

    def __init__(self, seen: int = 15_360, slots: int = 23, style: int = 512, rank: int = 128) -> None:
        super().__init__()
        self.slots = slots
        self.shift, self.scale = nn.Parameter(torch.zeros(seen)), nn.Parameter(torch.ones(seen))
        self.taken = nn.Parameter(torch.zeros(rank, seen))
        self.given = nn.Parameter(torch.zeros(slots * style, rank))
        self.mean = nn.Parameter(torch.zeros(slots * style))

    def forward(self, tokens: Tensor) -> Tensor:
        """Pooled tokens `[n l 65 d]` to w+ `[n slots style]`. ShapeError for others."""
        seen = torch.cat(features(tokens), 1)
        if seen.shape[1] != len(self.shift):
            raise ShapeError(f"Expected tokens of {len(self.shift)} features, got {seen.shape[1]}.")
        found = ((seen - self.shift) / self.scale) @ self.taken.T @ self.given.T + self.mean
        return found.unflatten(1, (self.slots, -1))

    def guess(self, eyes: FaceEyes, pictures: Tensor) -> Tensor:
        """Aligned faces, RGB `[n 3 h w]` in [0, 1], to w+ `[n slots style]`."""
        return self(pooled(eyes.look(pictures)))


def load_face_encoder() -> FaceEncoder:
    """The trained encoder, frozen; WeightsError where it is missing or damaged."""
    tensors, card = load_weights(NAME)
    encoder = FaceEncoder(**card["architecture"])
    encoder.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return encoder.eval().requires_grad_(False)
