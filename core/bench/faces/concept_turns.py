"""Concepts of the faces turned as handles on held-out faces: does what each is named after come, and does all else stay?

Judged by networks that neither found the handles nor read pictures for the studio: lengths by a mesh of 468 landmarks, areas and colours
in the parts that a parser tells apart. Right is a share of turns, each face both ways, after which there is more or less of it as the
name says; clear those in which it moved by half a spread over faces at least; kept those after which it is the same person and
everything that has to stay is within its band (core.bench.faces.asked). Beside it a step by chance of the same length in the same
slots, bounded to the same part, whichever way round suits it better on the average.

    python -m core.bench faces_turned --quick
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.bench.faces.asked import drifts, same_person
from core.bench.faces.faces import prepare
from core.bench.faces.judges.judges import Judged, Judges
from core.bench.record import Measured
from core.foundations.errors import StudioError, WeightsError
from core.foundations.images import to_tensor
from core.foundations.records import Edit, Handle
from core.foundations.seeds import numpy_rng
from core.models.face_seen import PARTS, SIDE
from core.models.tfjs_graph import TfjsGraph
from core.studio import Studio
from core.studio.playing import Cells
from core.train.faces.teachers.parser import PIXELS, load_parser
from core.worlds.faces.attributes import lab

FIRST = 8_400_000
"""Seed of the first face; nothing was found on it."""
CLEAR = 0.5
"""Spreads over faces from which on a move counts as clear."""
EYES = (33, 263)
"""Outer corners of the eyes."""
LENGTHS: dict[str, tuple[tuple[int, int], ...]] = {
    "nose width": ((64, 294), (98, 327)),
    "nose length": ((168, 2),),
    "mouth width": ((61, 291),),
    "jaw width": ((172, 397), (58, 288)),
    "brow height": ((105, 159), (334, 386)),
}
"""Pairs of the mesh's landmarks, the mean of whose distances is told."""
AREAS = {
    "brow thickness": ("left brow", "right brow"),
    "eye size": ("left eye", "right eye"),
    "nose size": ("nose",),
    "lip thickness": ("upper lip", "lower lip"),
    "ear size": ("left ear", "right ear"),
}
"""Parts whose area is told."""
COLOURS = {"clothes lightness": (0, ("cloth",))}
"""Channel of L*a*b*, and the parts where its mean is told."""
ROUGH = {"skin texture": ("skin",), "hair texture": ("hair",)}
"""Parts where it is told how much lightness changes from one pixel to the next."""


@dataclass(frozen=True)
class Seen:
    """What the judges say of one face: their own measures, and the shapes by name."""

    judged: Judged
    shapes: Mapping[str, float]


class ShapeJudges:
    """The bench's judges, and a parser; each is loaded when it is first asked."""

    def __init__(self) -> None:
        self.judges = Judges()

    @cached_property
    def _parser(self) -> TfjsGraph:
        return load_parser()

    @torch.inference_mode()
    def __call__(self, rgb: np.ndarray) -> Seen:
        """What they say of a picture, RGB uint8 `[256 256 3]`."""
        picture = to_tensor(rgb[None])
        judged = self.judges(picture)
        (found,) = self._parser(F.interpolate(picture, PIXELS, mode="bilinear", align_corners=False), "BiseNetV2/prob")
        return Seen(judged, shapes_of(picture, judged.mesh[0], F.adaptive_avg_pool2d(found, SIDE)[0]))


def shapes_of(picture: Tensor, mesh: np.ndarray, parts: Tensor) -> dict[str, float]:
    """Every shape of one face, from its picture `[1 3 h w]`, its mesh `[468 3]` in shares of the side, and its parts `[19 64 64]`."""
    eyes = float(np.linalg.norm(mesh[EYES[0], :2] - mesh[EYES[1], :2]))
    fine = lab(picture)
    small = F.adaptive_avg_pool2d(fine, SIDE)[0]
    steps = (fine[:, :1, :, 1:] - fine[:, :1, :, :-1]).abs()
    rough = F.adaptive_avg_pool2d(steps, SIDE)[0, 0]

    def where(names: Sequence[str]) -> Tensor:
        return parts[[PARTS.index(name) for name in names]].sum(0)

    def mean(values: Tensor, names: Sequence[str]) -> float:
        share = where(names).square()
        return float((values * share).sum() / share.sum().clamp_min(1e-3))

    lengths = {
        name: float(np.mean([np.linalg.norm(mesh[one, :2] - mesh[other, :2]) for one, other in pairs])) / eyes
        for name, pairs in LENGTHS.items()
    }
    areas = {name: float(where(names).mean()) / eyes**2 for name, names in AREAS.items()}
    colours = {name: mean(small[channel], names) for name, (channel, names) in COLOURS.items()}
    return {**lengths, **areas, **colours, **{name: mean(rough, names) for name, names in ROUGH.items()}}


@dataclass(frozen=True)
class Turned:
    """What came of one turn.

    Attributes:
        handle: its name.
        moved: spreads over faces, the named way above 0.
        kept: whether person and all that has to stay are as they were.
    """

    handle: str
    moved: float
    kept: bool


Way = Callable[[Any, Handle, float], np.ndarray]
"""A face, a handle and a strength to the picture after it, RGB uint8 `[h w 3]`."""


def by_studio(studio: Studio) -> Way:
    """The handle as the studio turns it."""
    return lambda face, handle, strength: np.asarray(studio.edit(face, (Edit(handle.id, strength),)).picture.image)


def by_chance(studio: Studio) -> Way:
    """A step of the same length in the same slots by lot, bounded to the same part."""
    library: Any = studio.library
    axes = library.shared.cloud.axes

    def turn(face: Any, handle: Handle, strength: float) -> np.ndarray:
        step = library.acting.act(handle, torch.zeros_like(face.latent)[None], 1.0)[0]
        rng = numpy_rng("faces", "concept turns", handle.id, face.origin["seed"])
        drawn = (torch.from_numpy(rng.standard_normal((step.shape[1], len(axes)), np.float32)) @ axes.T).T[..., None]
        drawn = drawn * (step.abs().amax(0, keepdim=True) > 0)
        moved = face.latent + strength * step.norm() / drawn.norm() * drawn
        return within(library, face.latent, moved, library.own(handle.slot))

    return turn


def within(library: Any, latent: Tensor, moved: Tensor, part: str) -> np.ndarray:
    """What two latents `[d s 1]` paint, the second inside a part, RGB uint8 `[h w 3]`."""
    side = library.world.side
    before, after = (Cells(one[None], np.ones((1, side, side), np.float32), np.zeros((side, side), bool)) for one in (latent, moved))
    share = library.inside(library.typical(part), before, after)
    return Cells(torch.stack([latent, moved]), np.stack([1 - share, share]), share > 0).shown(
        library.painted(torch.stack([latent, moved]))
    )[0]


def drifted(handle: Handle, before: Judged, after: Judged) -> bool:
    """Whether it is someone else, or anything that has to stay is not within its band; what the handle names may move."""
    free = {"lips": ("lips",), "face": ("skin",)}.get(handle.slot, ())
    strayed = [name for name, moved in drifts(before, after).items() if moved[0] >= 1 and name not in free]
    return bool(strayed) or not bool(same_person(before, after)[0])


def turns(
    studio: Studio, handles: Sequence[Handle], faces: Sequence[Any], before: Sequence[Seen], way: Way, judges: ShapeJudges
) -> list[Turned]:
    """Every handle on every face, both ways."""
    spread = {name: max(float(np.std([one.shapes[name] for one in before])), 1e-6) for name in before[0].shapes}
    found = []
    for handle in handles:
        (shape,) = handle.parts
        for face, said in zip(faces, before, strict=True):
            for sign in (1.0, -1.0):
                after = judges(way(face, handle, sign))
                moved = sign * (after.shapes[shape] - said.shapes[shape]) / spread[shape]
                found.append(Turned(handle.name, moved, not drifted(handle, said.judged, after.judged)))
    return found


def row(found: Sequence[Turned]) -> dict[str, float]:
    """Shares of turns."""
    return {
        "turned_right": float(np.mean([one.moved > 0 for one in found])),
        "turned_clear": float(np.mean([one.moved >= CLEAR for one in found])),
        "turned_kept": float(np.mean([one.kept for one in found])),
    }


def suited(found: Sequence[Turned]) -> list[Turned]:
    """Turns by chance, those of each handle the other way round where that suits it better on the average."""
    means = {name: np.mean([one.moved for one in found if one.handle == name]) for name in {one.handle for one in found}}
    return [Turned(one.handle, float(one.moved * (1 if means[one.handle] >= 0 else -1)), one.kept) for one in found]


def measure(studio: Studio, count: int, most: int) -> Measured:
    """Every way on the same faces, and each handle by itself.

    Args:
        count: held-out faces, each turned both ways.
        most: handles at most.
    """
    handles = [handle for handle in studio.handles() if handle.kind == "concept"][:most]
    settings = {"faces": count, "handles": len(handles), "seed": FIRST}
    if not handles:
        return Measured("faces_turned", {}, {}, settings)
    judges, faces = ShapeJudges(), [studio.sample(FIRST + number) for number in range(count)]
    before = [judges(np.asarray(face.image)) for face in faces]
    own = turns(studio, handles, faces, before, by_studio(studio), judges)
    chance = suited(turns(studio, handles, faces, before, by_chance(studio), judges))
    each = {handle.name: row([one for one in own if one.handle == handle.name]) for handle in handles}
    return Measured("faces_turned", row(own), {"this": row(own), "a step by chance": row(chance), **each}, settings)


def run(quick: bool) -> Measured:
    """Four held-out faces, or two and one handle; nothing, with the reason, where what is needed cannot be had."""
    try:
        prepare()
        return measure(Studio("faces"), 2 if quick else 4, 1 if quick else 100)
    except (WeightsError, StudioError) as error:
        return Measured("faces_turned", {}, {}, {"not measured": str(error)})
