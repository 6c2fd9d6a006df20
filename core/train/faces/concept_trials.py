"""Turns of concepts, and what they come to: which are handles; the judging half of `core.train.faces.concept_handles`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from core.worlds.faces.shapes import SHAPES

NAMES, PARTS = tuple(SHAPES), tuple(shape.part for shape in SHAPES.values())
UNSOUND = {
    "eye size": "smaller eyes lie behind a veil, and one grows before the other",
    "skin texture": "the light on the face turns, and with it who it is",
    "hair texture": "curls turn grey and burnt, beside a dark patch of the hair that was there",
    "nose size": "beside a smaller nose lies the shadow of the one that was there",
}
"""Shapes of which the reader had nothing to say against a concept, and people had, who looked at pictures of it: what they saw."""


@dataclass(frozen=True)
class Settings:
    """Everything that decides the handles.

    Attributes:
        seed: of the first face; those of each purpose lie a hundred thousand further on.
        share: how usual faces are.
        found_on: faces over which ways are averaged.
        usual: faces that say how far each shape spreads.
        screened: faces on which every way is gone in a hurry.
        first: fresh faces on which those are tried that came out best, bounded to their part; what fails there already is not tried on.
        tried: fresh faces in all.
        length: of a step at strength 1 in each slot, in standard deviations of usual styles.
        alike: cosine from which on two ways are the same one.
        best: concepts that are tried for each shape.
        least: spreads by which a shape must move on the average.
        often: share of faces, each both ways, on which it must move as named, and on which all must stay.
        beside: what any other shape of the part may move, in parts of that.
        whole: cosine of the identity, where nothing is bounded yet, below which a step leads away from what the generator can paint: what
            is then cut out for a part is a blot. Chosen after seven handles without it had been looked at, of which two were sound.
        further: how many times as far a step goes that moves the right thing too little, and leaves room to go further.
        finest: pixels of the largest maps that are turned; finer ones are colours and grain.
        strengths: of the curve.
    """

    seed: int = 7_700_000
    share: float = 0.7
    found_on: int = 12
    usual: int = 24
    screened: int = 1
    first: int = 3
    tried: int = 8
    length: float = 4.0
    alike: float = 0.6
    best: int = 2
    least: float = 0.5
    often: float = 0.8
    beside: float = 0.75
    whole: float = 0.6
    further: float = 1.7
    finest: int = 32
    strengths: tuple[float, ...] = (0.5, 1.0)


class Turn(NamedTuple):
    """One face, one way.

    Attributes:
        moved: of the shapes, in spreads `[k]`.
        lost: slots that no longer are as they were.
        alike: cosine of the identity.
        whole: the same where nothing is bounded yet.
    """

    moved: Tensor
    lost: tuple[str, ...]
    alike: float
    whole: float


class Tried(NamedTuple):
    """What a concept does to one shape of its part on fresh faces, by strength 1.

    Attributes:
        concept: its place among the concepts.
        shape: its place among SHAPES.
        sign: 1 where louder is more of it, -1 where it is less.
        moved: spreads, the mean over faces and both ways.
        right: share of turns that moved it the named way.
        kept: share of turns after which the person and every slot are as they were.
        beside: the most that another shape of the part moved, in parts of that; and which.
        alike: mean cosine of the identity.
        whole: the same where nothing is bounded yet.
        length: how many times as far as `Settings.length` it went.
    """

    concept: int
    shape: int
    sign: int
    moved: float
    right: float
    kept: float
    beside: float
    other: str
    alike: float
    whole: float
    length: float = 1.0


def packed(pair: Sequence[Turn], spreads: Tensor) -> dict[str, Tensor]:
    """A face turned both ways as tensors, by the shapes' spreads `[k]`."""
    lost = "\n".join(",".join(one.lost) for one in pair).encode()
    cosines = torch.tensor([(one.alike, one.whole) for one in pair])
    return {"moved": torch.stack([one.moved * spreads for one in pair]), "cosines": cosines, "lost": torch.tensor(list(lost)).byte()}


def unpacked(tensors: dict[str, Tensor], spreads: Tensor) -> tuple[Turn, Turn]:
    """The same face again."""
    lost = bytes(tensors["lost"].tolist()).decode().split("\n")
    rows = zip(tensors["moved"] / spreads, lost, tensors["cosines"].tolist(), strict=True)
    one, other = (Turn(moved, tuple(filter(None, names.split(","))), *cosines) for moved, names, cosines in rows)
    return one, other


def summed(concept: int, shape: int, turns: Sequence[tuple[Turn, Turn]]) -> Tried:
    """What turns both ways come to, for one shape."""
    way = torch.stack([(one.moved - other.moved) / 2 for one, other in turns])
    mean = way.mean(0)
    sign = 1 if float(mean[shape]) >= 0 else -1
    right = [sign * turn * float(one.moved[shape]) > 0 for pair in turns for turn, one in zip((1, -1), pair, strict=True)]
    kept = [not one.lost for pair in turns for one in pair]
    others = [at for at, part in enumerate(PARTS) if part == PARTS[shape] and at != shape]
    most = max(others, key=lambda at: abs(float(mean[at])), default=shape)
    moved = abs(float(mean[shape]))
    beside = abs(float(mean[most])) / max(moved, 1e-6) if others else 0.0
    alike, whole = (mean_of([getattr(one, name) for pair in turns for one in pair]) for name in ("alike", "whole"))
    return Tried(concept, shape, sign, moved, mean_of(right), mean_of(kept), beside, NAMES[most] if others else "", alike, whole)


def mean_of(values: Sequence[float]) -> float:
    """The mean of some numbers, 0 of none."""
    return sum(values) / max(1, len(values))


def good(found: Tried, settings: Settings) -> bool:
    """Whether a concept turns a shape as its name would say, and keeps all else."""
    moves = found.moved >= settings.least and found.beside <= settings.beside
    return moves and min(found.right, found.kept) >= settings.often and found.whole >= settings.whole


def promising(found: Tried, settings: Settings) -> bool:
    """The same, said of a few faces: whether it is worth more of them."""
    moves = found.moved >= 0.8 * settings.least and found.beside <= 1.2 * settings.beside
    return moves and min(found.right, found.kept) >= 0.6 and found.whole >= 0.8 * settings.whole


def shy(found: Tried, settings: Settings) -> bool:
    """Whether a concept moves the right thing, too little, and is far from being someone else."""
    sure = min(found.right, found.kept) >= settings.often and found.beside <= settings.beside
    return found.moved < settings.least and sure and 1 - settings.further * (1 - found.whole) >= settings.whole


def chosen(found: Sequence[Tried], settings: Settings) -> list[Tried]:
    """One handle for each shape and of each concept: the ones that move their shape most beside all else, and look sound."""
    sound = [one for one in found if good(one, settings) and NAMES[one.shape] not in UNSOUND]
    worth = sorted(sound, key=lambda one: -one.right * one.moved / (0.5 + one.beside))
    kept = list[Tried]()
    for one in worth:
        if all(one.concept != other.concept and one.shape != other.shape for other in kept):
            kept.append(one)
    return kept
