"""A first guess of the style that paints a face: from what DINOv2 sees of it to w+.

Each slot of w+ asks: a learned query for each goes through a few layers of attention to the tokens of the picture, and what it comes back
with is the slot's distance from the mean style, in parts of how much styles vary. Learned from the generator's own faces, of which
any number can be had with their true styles; no photograph is needed, and none was seen.
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
"""Patches each way that the encoder is shown; the eyes' own are pooled to them."""


def pooled(tokens: Tensor) -> Tensor:
    """Tokens `[n l t d]`, the class token first, to the class token and `POOL` x `POOL` means of patches, `[n l 65 d]`."""
    n, levels, count, width = tokens.shape
    side = round((count - 1) ** 0.5)
    patches = tokens[:, :, 1:].flatten(0, 1).transpose(1, 2).unflatten(2, (side, side))
    means = F.adaptive_avg_pool2d(patches, POOL).flatten(2).transpose(1, 2)
    return torch.cat([tokens[:, :, :1], means.unflatten(0, (n, levels))], 2)


class Layer(nn.Module):
    """Queries attend to tokens, then to one another, then each is thought over; with residuals, norms first."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.cross = nn.MultiheadAttention(width, heads, batch_first=True)
        self.own = nn.MultiheadAttention(width, heads, batch_first=True)
        self.over = nn.Sequential(nn.Linear(width, 3 * width), nn.GELU(), nn.Linear(3 * width, width))

    def forward(self, queries: Tensor, tokens: Tensor) -> Tensor:
        """Queries `[n s d]` and tokens `[n t d]` to queries."""
        asked = self.norms[0](queries)
        queries = queries + self.cross(asked, tokens, tokens, need_weights=False)[0]
        asked = self.norms[1](queries)
        queries = queries + self.own(asked, asked, asked, need_weights=False)[0]
        return queries + self.over(self.norms[2](queries))


class FaceEncoder(nn.Module):
    """Tokens of a face to w+.

    Args:
        slots: of w+.
        style: numbers of a style.
        levels: blocks whose tokens are seen.
        seen: width of a token.
        width: of the queries.
        layers: how often they ask.
        heads: of each attention.

    Example:
        styles = load_face_encoder().guess(load_face_eyes(), pictures)
    """

    mean: Tensor
    spread: Tensor

    def __init__(
        self, slots: int = 23, style: int = 512, levels: int = 4, seen: int = 384, width: int = 192, layers: int = 3, heads: int = 6
    ) -> None:
        super().__init__()
        self.levels, self.seen, self.heads = levels, seen, heads
        self.norms = nn.ModuleList(nn.LayerNorm(seen) for _ in range(levels))
        self.taken = nn.Linear(levels * seen, width)
        self.places = nn.Parameter(0.02 * torch.randn(1, 1 + POOL * POOL, width))
        self.queries = nn.Parameter(0.02 * torch.randn(1, slots, width))
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))
        self.last = nn.LayerNorm(width)
        self.given = nn.Linear(width, style)
        self.register_buffer("mean", torch.zeros(style))
        self.register_buffer("spread", torch.ones(style))
        nn.init.zeros_(self.given.weight)
        nn.init.zeros_(self.given.bias)

    def forward(self, tokens: Tensor) -> Tensor:
        """Pooled tokens `[n l 65 d]` to w+ `[n slots style]`. ShapeError for others."""
        if tokens.shape[1:] != (self.levels, 1 + POOL * POOL, self.seen):
            raise ShapeError(f"Expected tokens [n {self.levels} {1 + POOL * POOL} {self.seen}], got {tuple(tokens.shape)}.")
        levels = [norm(tokens[:, place]) for place, norm in enumerate(self.norms)]
        told = self.taken(torch.cat(levels, -1)) + self.places
        queries = self.queries.expand(len(tokens), -1, -1)
        for layer in self.layers:
            queries = layer(queries, told)
        return self.mean + self.spread * self.given(self.last(queries))

    def guess(self, eyes: FaceEyes, pictures: Tensor) -> Tensor:
        """Aligned faces, RGB `[n 3 h w]` in [0, 1], to w+ `[n slots style]`."""
        return self(pooled(eyes.look(pictures)))


def load_face_encoder() -> FaceEncoder:
    """The trained encoder, frozen; WeightsError where it is missing or damaged."""
    tensors, card = load_weights(NAME)
    encoder = FaceEncoder(**card["architecture"])
    encoder.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return encoder.eval().requires_grad_(False)
