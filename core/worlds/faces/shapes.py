"""What of a part of a face has more and less and is no slot: how thick brows are, how wide the nose, how light the clothes.

Formulas as in core.worlds.faces.attributes, from what was seen of a picture and from its colours; lengths in eye distances, areas in
square ones, colours in CIE L*a*b*. They name what turns a part, and tell whether it came; no state is made of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from core.models.face_seen import FaceSeen
from core.worlds.faces.attributes import LEFT_BROW, RIGHT_BROW, Look


class Shape(NamedTuple):
    """Something that a part has more and less of.

    Attributes:
        part: its name, one of `core.worlds.faces.regions.PLACES`, to which an edit of it is bounded.
        more: what the part is when there is more of it, "thicker".
        less: and when there is less.
        formula: from what was seen to a number for each picture `[n]`.
    """

    part: str
    more: str
    less: str
    formula: Callable[[Look], Tensor]


def _apart(look: Look, *pairs: tuple[int, int]) -> Tensor:
    """How far landmarks are apart, the mean over pairs of them."""
    marks = look.seen.landmarks
    return torch.stack([(marks[:, one] - marks[:, other]).norm(dim=1) for one, other in pairs]).mean(0) / look.apart


def _area(*parts: str) -> Callable[[Look], Tensor]:
    return lambda look: look.area(look.part(*parts))


def _brow_height(look: Look) -> Tensor:
    """How far above the eyes the brows are."""
    return (look.eyes - (look.middle(LEFT_BROW) + look.middle(RIGHT_BROW)) / 2)[:, 1] / look.apart


def _colour(channel: int, *parts: str) -> Callable[[Look], Tensor]:
    return lambda look: look.mean(look.lab[:, channel], look.part(*parts).square())


def _rough(*parts: str) -> Callable[[Look], Tensor]:
    return lambda look: look.mean(look.rough, look.part(*parts).square())


_BROWS, _EYES, _LIPS, _EARS = ("left brow", "right brow"), ("left eye", "right eye"), ("upper lip", "lower lip"), ("left ear", "right ear")
SHAPES: dict[str, Shape] = {
    "brow thickness": Shape("eyebrows", "thicker", "thinner", _area(*_BROWS)),
    "brow height": Shape("eyebrows", "higher", "lower", _brow_height),
    "eye size": Shape("eyes", "larger", "smaller", _area(*_EYES)),
    "nose width": Shape("nose", "wider", "narrower", lambda look: _apart(look, (31, 35))),
    "nose length": Shape("nose", "longer", "shorter", lambda look: _apart(look, (27, 33))),
    "nose size": Shape("nose", "larger", "smaller", _area("nose")),
    "mouth width": Shape("lips", "wider", "narrower", lambda look: _apart(look, (48, 54))),
    "lip thickness": Shape("lips", "fuller", "thinner", _area(*_LIPS)),
    "ear size": Shape("ears", "larger", "smaller", _area(*_EARS)),
    "jaw width": Shape("face", "wider", "narrower", lambda look: _apart(look, (4, 12))),
    "skin texture": Shape("face", "rougher", "smoother", _rough("skin")),
    "hair texture": Shape("hair", "curlier", "straighter", _rough("hair")),
    "clothes lightness": Shape("clothes", "lighter", "darker", _colour(0, "cloth")),
}
"""Each by its name."""


def shapes(pictures: Tensor, seen: FaceSeen) -> Tensor:
    """All of them `[n k]`, in the order of SHAPES.

    Args:
        pictures: RGB `[n 3 256 256]` in [0, 1], aligned as FFHQ.
        seen: what was seen of them.
    """
    look = Look(pictures, seen)
    return torch.stack([shape.formula(look) for shape in SHAPES.values()], 1)
