"""What is told of every patch of a picture that was pasted: the kind of thing that lies there, where on it, and the colour.

    kind    of the emoji, as `core.train.photos.lenses.TAGS` joins them, and several of these together; how much of the patch it covers
    place   on a thing, on its edge, or on the ground
    colour  by hue, saturation and value of the patch's mean colour

Each is exact, because the picture was made so; all words together can be checked on any other pictures that were.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from core.train.photos.lenses import TAGS

JOINED = {
    "animals": ("mammals", "birds", "reptiles", "sea animals", "insects"),
    "food": ("fruit", "vegetables", "meals", "sweets", "drinks"),
    "flowers and plants": ("flowers", "plants"),
    "faces and people": ("people", "faces", "bodies"),
    "made things": ("vehicles", "clothes", "sports", "music", "devices", "papers", "tools", "games"),
}
"""Kinds that belong together."""
PLACES = ("objects", "edges of objects", "ground")
HUES = {"red": 20, "orange": 45, "yellow": 70, "green": 165, "blue": 260, "purple": 310, "pink": 340}
"""Up to which angle of the colour circle each goes; red again behind the last."""
GREYS = ("black", "grey", "white")
WORDS = (*TAGS, *JOINED, *PLACES, *HUES, *GREYS)
EDGE = (0.15, 0.85)
"""How much of a patch a thing covers where the thing's edge runs through it."""
PALE, BLACK, WHITE = 0.25, 0.25, 0.8
"""Saturation below which a patch has no hue; values up to which it is black, and from which it is white."""


def patch_words(images: Tensor, cover: Tensor, kinds: Sequence[int], grid: tuple[int, int]) -> Tensor:
    """How much each word is true of every patch: `[n m p]` in [0, 1], in the order of WORDS.

    Args:
        images: RGB `[n 3 s s]` in [0, 1].
        cover: how much of each place the thing covers `[n s s]`.
        kinds: of each thing, as its place in TAGS.
        grid: patches down and across.
    """
    covered = F.adaptive_avg_pool2d(cover[:, None], grid)[:, 0].flatten(1)
    own = torch.zeros(len(images), len(TAGS), 1)
    own[torch.arange(len(kinds)), list(kinds)] = 1
    tags = list(TAGS)
    joined = torch.stack([own[:, [tags.index(one) for one in several]].sum(1) for several in JOINED.values()], 1)
    edge = ((covered > EDGE[0]) & (covered < EDGE[1])).float()
    places = torch.stack([covered, edge, 1 - covered], 1)
    colours = colours_of(F.adaptive_avg_pool2d(images, grid).flatten(2))
    return torch.cat([torch.cat([own, joined], 1) * covered[:, None], places, colours], 1)


def colours_of(rgb: Tensor) -> Tensor:
    """Which colour each patch has, by its mean RGB `[n 3 p]` in [0, 1]: exactly one of HUES and GREYS, `[n m p]`."""
    most, least = rgb.amax(1), rgb.amin(1)
    spread = (most - least).clamp(min=1e-6)
    red, green, blue = rgb.unbind(1)
    hue = torch.where(
        most == red, (green - blue) / spread % 6, torch.where(most == green, (blue - red) / spread + 2, (red - green) / spread + 4)
    )
    angle = 60 * hue
    coloured = (most - least >= PALE * most) & (most > BLACK)
    ends = torch.tensor(list(HUES.values()), dtype=angle.dtype)
    number = torch.bucketize(angle, ends, right=True) % len(HUES)
    hues = F.one_hot(number, len(HUES)).movedim(-1, 1) * coloured[:, None]
    greys = torch.stack([most <= BLACK, (most > BLACK) & (most < WHITE), most >= WHITE], 1) & ~coloured[:, None]
    return torch.cat([hues.float(), greys.float()], 1)
