"""Ways to change a face: the studio's own, and the plain ones that it has to beat, all on the same faces.

A plain way adds one direction of w to all slots of w+, as far as the studio moved the same face (a usual distance where it refused),
so that none fails by being shorter. Nothing is verified and nothing refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.foundations.files import load_weights
from core.foundations.images import to_tensor
from core.foundations.records import Edit, Picture
from core.foundations.seeds import torch_rng
from core.studio.playing import fitted
from core.studio.studio import Studio
from core.worlds.faces.slots import state

PLAIN = "faces_plain"
"""The weight file of the plain directions; core.train.faces.plain makes it."""
USUAL = 14.0
"""How far a face is moved in w+ (the root of the sum of squares) where the studio did not move it."""

Key = tuple[str, str]
"""A slot and a state."""


class Answer(NamedTuple):
    """What came of a wish.

    Attributes:
        image: RGB `[3 h w]` in [0, 1]; None where it was refused.
        length: how far the face was moved in w+.
        seconds: until the picture was there.
        refusal: the sentence, or "".
    """

    image: Tensor | None
    length: float = 0.0
    seconds: float = 0.0
    refusal: str = ""


Way = Callable[[Picture, str, str, float], Answer]
"""A face, a slot, a state, and how far a plain way should go."""
Paint = Callable[[Tensor], Tensor]
"""Latents `[n d s 1]` to RGB `[n 3 h w]` in [0, 1]."""


def own(studio: Studio) -> Way:
    """The studio's: the state's name as a sentence, done, read again, and searched further or refused."""

    def way(face: Picture, slot: str, wanted: str, length: float) -> Answer:
        began = time.perf_counter()
        result = studio.request(face, state(slot, wanted).name)
        seconds = time.perf_counter() - began
        if result.refusal or not result.edits or face.latent is None:
            return Answer(None, 0.0, seconds, result.refusal or "Nothing was done.")
        return Answer(seen(result.picture), _moved(studio, face.latent, result.edits), seconds)

    return way


def _moved(studio: Studio, latent: Tensor, edits: Sequence[Edit]) -> float:
    """How far edits move a latent `[d s 1]`; of a picture whose parts have latents of their own, the part that went furthest."""
    moved = latent[None]
    for edit in edits:
        moved = studio.library.acting.act(fitted(studio.handle(edit.handle), edit), moved, edit.strength)
    return float((moved[0] - latent).norm())


def seen(face: Picture) -> Tensor:
    """A picture as the judges take it, RGB `[3 h w]` in [0, 1]."""
    return to_tensor(np.asarray(face.image)[None])[0]


def nothing(face: Picture, slot: str, wanted: str, length: float) -> Answer:
    """The face as it is."""
    return Answer(seen(face))


def along(paint: Paint, line_of: Callable[[Picture, Key], Tensor | None]) -> Way:
    """As far as was asked along a line of w `[d]`, in every slot of w+; where there is no line, the face as it is."""

    def way(face: Picture, slot: str, wanted: str, length: float) -> Answer:
        began = time.perf_counter()
        line = line_of(face, (slot, wanted))
        if line is None or face.latent is None:
            return Answer(seen(face))
        slots = face.latent.shape[1]
        step = length * line / line.norm().clamp_min(1e-9) / slots**0.5
        with torch.inference_mode():
            image = paint((face.latent + step[:, None, None])[None])[0]
        return Answer(image, length, time.perf_counter() - began)

    return way


def random_line(face: Picture, key: Key) -> Tensor | None:
    """A direction that has nothing to do with what is wanted; another one for each face and wish."""
    if face.latent is None:
        return None
    return torch.randn(face.latent.shape[0], generator=torch_rng("faces ways", *key, str(face.origin)))


def plain_lines() -> dict[str, dict[Key, Tensor]]:
    """The plain ways' lines `[d]` by way and by slot and state; WeightsError where they are missing."""
    tensors, card = load_weights(PLAIN)
    keys = [(slot, wanted) for slot, wanted in card["states"]]
    return {card["ways"][name]: dict(zip(keys, lines.float(), strict=True)) for name, lines in tensors.items()}


def plain_ways(paint: Paint, lines: Mapping[str, Mapping[Key, Tensor]]) -> dict[str, Way]:
    """All ways beside the studio's, by their names in the table."""
    ways: dict[str, Way] = {"nothing": nothing, "random of equal length": along(paint, random_line)}
    return ways | {name: along(paint, lambda face, key, of=of: of.get(key)) for name, of in lines.items()}  # type: ignore[misc]
