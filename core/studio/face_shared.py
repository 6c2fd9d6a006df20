"""What the models of faces share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.concepts import Concept, load_concepts
from core.foundations.images import to_tensor
from core.foundations.inverted import Inverted
from core.foundations.records import Picture
from core.methods.write.descend import Descent
from core.methods.write.guide import Likeness
from core.methods.write.guided import Editing
from core.methods.write.invert import Cloud, Inversion
from core.models.face_zoo import EYES, HUB, LOADERS
from core.models.units import Seen, Units
from core.models.working_faces import WorkingFaces, apart, latents_of
from core.studio.face_inversion import PLACES, brought_closer, usual
from core.studio.shared import Free, Inverting, Shared

SMALLEST, LARGEST = 8, 64
"""Pixels of the maps that edits go down by: those of 128 px cost twice as much and say hardly more of where things are."""


class FaceShared(Shared):
    """The generator of faces, and the models that look at them; what is changed is w+, in the coordinates of the cloud of usual styles.

    Args:
        faces: the generator.
        device: where all of them run.
    """

    about = "faces"
    side, work, hub, eyes = 256, 6.4e9, HUB, EYES
    # By nearness, and held less, what a face cannot do in one place is blurred away; a cosine does not ask how loud a unit is.
    editing = Editing(
        likeness=Likeness("cosine", finer=True),
        hold=0.15,
        descent=Descent(steps=24, rate=0.08, cool_down=0.5, momentum=(0.9, 0.99), shown=3, patience=10, least=0.02),
    )

    def __init__(self, faces: WorkingFaces, device: torch.device) -> None:
        self.faces, self.device = faces, device

    @cached_property
    def concepts(self) -> tuple[Concept, ...]:
        """Of the generator's channels, as far as their maps are no larger than edits go down by."""
        known = {_layer(size) for size in self._sizes}
        near = (replace(one, members=tuple(m for m in one.members if m.hub.layer in known)) for one in load_concepts("faces_concepts"))
        return tuple(one for one in near if one.members)

    @cached_property
    def cloud(self) -> Cloud:
        """Where usual styles lie."""
        return usual(self.faces.real)

    @property
    def _sizes(self) -> tuple[int, ...]:
        return tuple(size for size in self.faces.real.sizes if SMALLEST <= size <= LARGEST)

    def opened(self, name: str) -> Units:
        """A model that looks, as it was fetched."""
        return LOADERS[name]()

    def _maps(self, styles: Tensor, delta: Tensor | None) -> dict[str, Tensor]:
        found = {}
        for level in self.faces.real.levels(styles, delta):
            if level.size in self._sizes and level.c2 is not None:
                found[_layer(level.size)] = level.c2
            if level.size >= self._sizes[-1]:
                break
        return found

    @torch.no_grad()
    def maps(self, latent: Tensor) -> Mapping[str, Tensor]:
        """The generator's maps of a latent `[d s 1]`, up to 64 px."""
        return self._maps(*apart(latent[None], self.faces.real.slots))

    def free(self, latent: Tensor) -> Free:
        """A part of the styles that all slots share, and one of each slot's own; a delta stays as it is."""
        styles, delta = apart(latent[None], self.faces.real.slots)

        def moved(found: Tensor) -> Tensor:
            return styles + (found[:, :1] + found[:, 1:]) @ self.cloud.axes.T

        def see(found: Tensor) -> Seen:
            return Seen(None, self._maps(moved(found), delta))

        def paint(found: Tensor) -> Seen:
            return Seen(self.faces.decode(latents_of(moved(found), delta)), see(found).maps)

        start = styles.new_zeros(1, 1 + styles.shape[1], styles.shape[2])
        return Free(start, paint, see, lambda found: latents_of(moved(found), delta)[0])

    bringing = Descent(steps=60, rate=0.08, cool_down=0.5, momentum=(0.9, 0.99), patience=15, least=0.01)

    def begins(self, how: Inverting, guessed: Tensor) -> tuple[Free, Tensor]:
        """The guess, or one face by chance: several at once would be no faster."""
        free = self.free(guessed if how.start == "encoder" else self.random(1, how.seed)[0])
        return free, free.start

    def random(self, count: int, seed: int) -> Tensor:
        """w+ of faces by chance, as latents `[n d slots 1]`."""
        real = self.faces.real
        return latents_of(real.broadcast(real.truncated(real.style(real.latents([seed * count + row for row in range(count)])), 0.7)))


def _layer(size: int) -> str:
    """How the tables call the generator's maps of a size."""
    return f"real.stages.{size}.c2"


def guided_closer(faces: WorkingFaces, shared: FaceShared, picture: Picture, how: Inverting) -> Iterator[Inverted]:
    """The steps that bring a face closer with a guide, or from faces by chance; see `core.studio.rosetta.RosettaVerbs.invert`.

    Args:
        faces: the generator.
        shared: the models that guide.
        picture: with the original that a person gave.
        how: of several faces by chance the one that meets the original best is where it starts.
    """
    assert picture.original is not None and picture.latent is not None, "the library asks before"
    target = to_tensor(np.asarray(picture.original)[None]).to(shared.device)
    latent = picture.latent.to(shared.device) if how.start == "encoder" else _nearest(faces, shared.random(how.restarts, how.seed), target)
    guidance = shared.guidance(how.guide, target, latent, Likeness("nearness"))
    settings = Inversion(size=PLACES)
    if how.steps is not None:
        detail = how.steps // 4
        settings = replace(settings, steps=how.steps - detail, detail=detail, close=min(settings.close, detail))
    return brought_closer(faces, replace(picture, latent=latent), settings, None, guidance)


@torch.no_grad()
def _nearest(faces: WorkingFaces, latents: Tensor, target: Tensor) -> Tensor:
    """The latent whose picture's colours are nearest to those of a target RGB `[1 3 h w]`."""
    seen = faces.sketch(latents)
    small = F.interpolate(target, seen.shape[2:], mode="area")
    return latents[(seen - small).square().flatten(1).mean(1).argmin()]
