"""Which way in w+ each concept of the faces becomes louder, and what that does: `core.train.faces.concept_handles` begins with it.

    x = mean over faces of  g / |g|,    g = A' d/dw+ [ mean over the concept's places of (M_u(w+) - m_u) / sd_u ]

with A the axes of the cloud of usual styles, so that a step is as likely as it can be, and M the maps of the generator's own units u.
Of the slots those of the layers up to the units' own count, without those of 8 px and less, which decide who it is and where the head
is; units of 8 px have only these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.concepts import Concept
from core.methods.write.guided import hub_members
from core.models.face_eyes import FaceEyes, load_face_eyes
from core.models.face_reader import PIXELS, FaceReader, load_face_reader
from core.models.face_seen import FaceSeen
from core.models.working_faces import WorkingFaces, latents_of, load_working_faces
from core.studio.face_inversion import usual
from core.studio.face_shared import FaceShared
from core.worlds.faces.shapes import shapes

COARSE = 4
"""Slots of w+ of the maps of up to 8 px."""
FEWEST = 4
"""Places where a concept is, at least; else the twentieth where it is loudest."""


class Looked(NamedTuple):
    """What the studio's reader says of a picture.

    Attributes:
        shapes: `[k]`, in the order of SHAPES.
        seen: all that was seen.
    """

    shapes: Tensor
    seen: FaceSeen


class Studied:
    """The generator, and the reader that looks at what it paints."""

    def __init__(self) -> None:
        self.faces: WorkingFaces = load_working_faces()
        self.eyes: FaceEyes = load_face_eyes()
        self.reader: FaceReader = load_face_reader()
        self.axes = usual(self.faces.real).axes

    def styles(self, first: int, count: int, share: float) -> Tensor:
        """w+ `[n slots d]` of faces by their seeds."""
        real = self.faces.real
        return real.broadcast(real.truncated(real.style(real.latents(list(range(first, first + count)))), share)).clone()

    @torch.inference_mode()
    def painted(self, styles: Tensor) -> Tensor:
        """A face `[1 slots d]` as it is painted in a hurry, RGB `[1 3 256 256]` in [0, 1]."""
        small = self.faces.sketch(latents_of(styles))
        return F.interpolate(small, (PIXELS, PIXELS), mode="bicubic", align_corners=False).clamp(0, 1)

    @torch.inference_mode()
    def look(self, picture: Tensor) -> Looked:
        """What is read of a picture `[1 3 256 256]` in [0, 1]."""
        seen = self.reader.read(self.eyes, picture)
        return Looked(shapes(picture, seen)[0], seen)


def slots_until(size: int) -> int:
    """How many slots of w+ there are up to the maps of a size in pixels: one at 4 px, three at each size above it."""
    return 1 + 3 * (size.bit_length() - 3)


def slots_of(concept: Concept) -> slice:
    """The slots of w+ that are turned for a concept."""
    last = slots_until(max(int(one.unit.layer.split(".")[-2]) for one in hub_members([concept])))
    return slice(0 if last <= COARSE else COARSE, last)


def turned_by(concepts: Sequence[Concept], studied: Studied, styles: Tensor) -> Iterator[Tensor]:
    """Of each face `[n slots d]` the ways `[c slots d]` in which each concept becomes louder, of length 1, along the cloud's axes."""
    shared = FaceShared(studied.faces, torch.device("cpu"))
    for style in styles.split(1):
        free = shared.free(latents_of(style)[0])
        start = free.start.requires_grad_(True)
        maps, ways = free.see(start).maps, []
        for concept in concepts:
            (slope,) = torch.autograd.grad(loudness_in_place(concept, maps), start, retain_graph=True)
            way, own = torch.zeros_like(style[0]), slots_of(concept)
            way[own] = slope[0, 1:][own]  # before them what all slots share
            ways.append(way / way.norm().clamp_min(1e-12))
        yield torch.stack(ways)


def loudness_in_place(concept: Concept, maps: dict[str, Tensor]) -> Tensor:
    """How loud a concept is where it is, in its units' spreads; differentiable in the maps `[1 u h w]`."""
    found = []
    for one in hub_members([concept]):
        own = (maps[one.unit.layer][0, one.unit.channel] - one.mean) / max(one.std, 1e-6)
        there = own.detach() > concept.level
        there = there if int(there.sum()) >= FEWEST else own.detach() >= own.detach().flatten().quantile(0.95)
        found.append(own[there].mean())
    return torch.stack(found).mean()


def apart(ways: Tensor, agreement: Tensor, alike: float) -> list[int]:
    """Of ways `[c slots d]` those no two of which are more alike than that, the surest first."""
    flat = ways.flatten(1)
    cosines, kept = (flat @ flat.T).abs(), list[int]()
    for place in agreement.argsort(descending=True).tolist():
        if all(float(cosines[place, other]) < alike for other in kept):
            kept.append(place)
    return kept
