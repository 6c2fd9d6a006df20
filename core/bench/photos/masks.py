"""Where is it, in photographs? Every way to segment by text on pasted cut-outs, beside floors and the tower's own tokens.

The protocol and scores are those of core/bench/masks.py: each cut-out is asked for by its class's name, and its mask is
that of the cut-out itself. Every heat is cut where its method's authors cut it, or at its mean where it has none, and
once more at half of its brightest, near where `studio` is cut: things are small here, and not all of a margin should be the
cut. Against every text stand the names of all classes, of which the pictures show one to three.

Floors: everything; nothing; a centre prior; a spot in the middle; one disc in the middle that has the mean area of all
masks; raw attention, and its rollout; the first principal component of each picture's patch tokens, its border taken to
be background; our own method, asked for a class drawn at random that is not in the picture.
Beside them: the tokens of the thing itself, averaged under its true mask, against all tokens, cut at half: what the
tower's patches tell apart whatever the words make of it. It is no upper bound: it has that one cut and is not filtered
along the picture's edges, as `studio` is. The ceiling of the patch grid is one for heat that is constant in each patch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

from core.bench.masks import BLIND, Floors, MaskScores, centre_prior
from core.bench.split import shared_out
from core.foundations.errors import StudioError
from core.foundations.seeds import numpy_rng
from core.methods.read.segment import METHODS, segment
from core.methods.read.segment_refine import scaled
from core.methods.read.segment_view import View, apply_norm
from core.methods.read.shown import Shown
from core.methods.read.windows import upsample
from core.models.clip import Clip
from core.studio.photos import SEGMENTING
from core.worlds.photos.pasted import Pasted

BATCH = 8
HALF = 0.5
"""Where every heat is cut once more."""
FLOORS = (
    *BLIND,
    "disc of mean area",
    "attention",
    "rollout",
    "principal component",
    "studio, another word",
)
"""Rows that count as floors: what does not look at the picture, or not at the word."""

OWN_TOKENS = "thing's own tokens at 1/2"
"""The row of the thing's true tokens: a reference, neither floor nor bound."""

Rows = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Group:
    """Pictures with the same number of cut-outs.

    Attributes:
        images: RGB `[n 3 s s]` in [0, 1].
        texts: what is asked of each `[n m k]`.
        wrong: texts of things that are not in the picture `[n m k]`.
        truth: `[n m s s]` bool.
    """

    images: Tensor
    texts: Tensor
    wrong: Tensor
    truth: Tensor


def wrong_labels(pictures: Pasted) -> Tensor:
    """For each cut-out a class `[o]` that its picture does not show; its own where there is no other."""
    found = []
    for i, label in enumerate(pictures.labels.tolist()):
        here = set(pictures.labels[pictures.owners == pictures.owners[i]].tolist())
        others = [other for other in range(len(pictures.names)) if other not in here] or [label]
        found.append(others[numpy_rng("photos wrong", i).integers(len(others))])
    return torch.tensor(found)


def groups(pictures: Pasted, vectors: Tensor) -> Iterator[Group]:
    """Pictures by their number of cut-outs, a batch at a time, with the classes' vectors `[a k]` for texts."""
    counts, wrong = pictures.owners.bincount(minlength=len(pictures.images)), wrong_labels(pictures)
    for count in sorted(set(counts.tolist()) - {0}):
        chosen = (counts == count).nonzero()[:, 0]
        for part in chosen.split(BATCH):
            rows = torch.stack([(pictures.owners == i).nonzero()[:, 0] for i in part])
            texts = vectors[pictures.labels[rows]]
            yield Group(pictures.images[part], texts, vectors[wrong[rows]], pictures.masks[rows])


Way = Callable[[Group], tuple[Tensor, Tensor | None]]
"""From pictures to heat `[n m s s]` and mask; cut at the heat's mean where there is no mask."""


def by_method(clip: Clip, name: str, vectors: Tensor, wrong: bool = False) -> Way:
    """A method of METHODS, asked for what is there or for what is not."""

    def way(group: Group) -> tuple[Tensor, Tensor | None]:
        found = segment(
            Shown(clip, group.images), group.wrong if wrong else group.texts, name, SEGMENTING if name == "studio" else None, vectors
        )
        return found.heat, found.mask

    return way


def tokens_of(clip: Clip, images: Tensor) -> Tensor:
    """Patch tokens after the last norm `[n gh gw d]`."""
    view = View(clip, images)
    with torch.no_grad():
        tokens = apply_norm(view.anatomy.norm_post, view.seen.last)
    return tokens[:, view.anatomy.extra :].unflatten(1, view.anatomy.grid)


def principal(tokens: Tensor) -> Tensor:
    """First principal component of each picture's tokens `[n gh gw d]` over its places `[n gh gw]`, lower at the border."""
    flat = tokens.flatten(1, 2).double()
    left, spread, _ = torch.linalg.svd(flat - flat.mean(1, keepdim=True), full_matrices=False)
    found = (left[..., 0] * spread[..., :1]).unflatten(1, tokens.shape[1:3])
    border = torch.ones(found.shape[1:], dtype=torch.bool, device=found.device)
    border[1:-1, 1:-1] = False
    # Where every place is border, or both are alike, any sign will do.
    return torch.where((found[:, border].mean(1) > found.mean((1, 2)))[:, None, None], -found, found)


def likeness_to_truth(tokens: Tensor, truth: Tensor) -> Tensor:
    """Cosine of each place's token with the mean of those on the thing.

    Args:
        tokens: `[n gh gw d]`.
        truth: `[n m s s]` bool.

    Returns:
        `[n m gh gw]`.
    """
    cover = F.adaptive_avg_pool2d(truth.float(), (tokens.shape[1], tokens.shape[2]))
    own = torch.einsum("nmhw,nhwd->nmd", cover, tokens)
    return torch.einsum("nmd,nhwd->nmhw", F.normalize(own, dim=-1), F.normalize(tokens, dim=-1))


def _floor_ways(clip: Clip, vectors: Tensor, radius: float) -> dict[str, Way]:
    def disc(group: Group) -> tuple[Tensor, Tensor | None]:
        size = group.truth.shape[-1]
        places = torch.arange(size) - (size - 1) / 2
        inside = places[:, None] ** 2 + places**2 <= radius**2
        return centre_prior((size, size)).expand(group.truth.shape), inside.expand(group.truth.shape)

    def component(group: Group) -> tuple[Tensor, Tensor | None]:
        heat = upsample(principal(tokens_of(clip, group.images))[:, None], _size(group))
        return heat.expand(group.truth.shape), None

    return {
        "disc of mean area": disc,
        "principal component": component,
        "studio, another word": by_method(clip, "studio", vectors, wrong=True),
    }


def _own_tokens(clip: Clip) -> Way:
    def way(group: Group) -> tuple[Tensor, Tensor | None]:
        heat = scaled(upsample(likeness_to_truth(tokens_of(clip, group.images), group.truth), _size(group)))
        return heat, heat > HALF

    return way


def _size(group: Group) -> tuple[int, int]:
    return (group.images.shape[-2], group.images.shape[-1])


@dataclass
class Scored:
    """One way over all cut-outs: at its own cut, and at the studio's."""

    own: MaskScores = field(default_factory=MaskScores)
    halved: MaskScores = field(default_factory=MaskScores)

    def row(self) -> dict[str, float]:
        """For the table."""
        halved = self.halved.figures
        return self.own.figures.as_dict() | {"acc at 1/2": halved.pixel_acc, "miou at 1/2": halved.miou}


def scored(way: Way, pictures: Pasted, vectors: Tensor) -> Scored:
    """The scores of one way over all cut-outs."""

    def rows(group: Group) -> list[Tensor]:
        heat, masks = way(group)
        heat, truth = heat.flatten(0, 1), group.truth.flatten(0, 1).long()
        own = MaskScores().add(heat, truth, None if masks is None else masks.flatten(0, 1))
        return [own.table, MaskScores().add(heat, truth, scaled(heat) > HALF).table]

    return Scored(*(MaskScores(list(parts)) for parts in zip(*shared_out(list(groups(pictures, vectors)), rows), strict=True)))


def mask_rows(clip: Clip, pictures: Pasted, vectors: Tensor) -> Rows:
    """Every method, floor and reference.

    Args:
        clip: the model, whose size the pictures have.
        pictures: with their truth.
        vectors: of the classes' names `[a k]`.

    Returns:
        For each row pixel accuracy, mIoU and mAP. A method that cannot take this tower apart has a row without figures
        that says why.
    """
    floors = Floors(clip.anatomy.grid).add(pictures.masks).rows()
    ceiling = floors.pop("patch-grid ceiling")
    radius = math.sqrt(float(pictures.masks.float().mean()) * pictures.masks.shape[-1] ** 2 / math.pi)
    rows: Rows = {}
    for name in METHODS:
        try:
            scores = scored(by_method(clip, name, vectors), pictures, vectors)
        except StudioError as error:
            if name == "studio":  # without it there are no figures
                raise
            rows[f"{name}: {error}"] = {}
            continue
        rows[name] = scores.row()
        if name == "studio":
            band = scores.own.band()
            rows |= {"studio, 2.5 %": band.low.as_dict(), "studio, 97.5 %": band.high.as_dict()}
    floors |= {name: scored(way, pictures, vectors).row() for name, way in _floor_ways(clip, vectors, radius).items()}
    own = scored(_own_tokens(clip), pictures, vectors).row()
    return {**rows, **floors, OWN_TOKENS: own, "patch-grid ceiling": ceiling}


def best_floor(rows: Rows, figure: str = "miou") -> float:
    """The highest pixel accuracy (`pixel_acc`), `miou` or `map` among the floors, the first two at either cut."""
    keys = {"pixel_acc": ("pixel_acc", "acc at 1/2"), "miou": ("miou", "miou at 1/2"), "map": ("map",)}[figure]
    return max(rows[name][key] for name in FLOORS for key in keys if key in rows.get(name, {}))
