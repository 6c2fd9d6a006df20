"""A stand-in for what models share: parts of a drawn picture are its concepts, and a picture is found by uncovering it row by row."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image

from core.foundations.concepts import Concept, Member, Unit
from core.foundations.errors import ModelError, StudioError, WeightsError
from core.foundations.inverted import Inverted, Moved
from core.foundations.records import Change, Picture, Report
from core.studio.joining import Joined

HUB, EYES = "generator", ("residual", "transformer", "masked")
STEPS = 4
NAMES = (("red glasses", "glasses"), ("the head's outline", "head"), ("", ""), ("bright ground", "background"), ("shirt", "body"))
MISSING = "The table of what the models share is not here. Run `make rosetta`."


def concept(at: int, further: tuple[str, ...] = ()) -> Concept:
    """A concept that the generator and all eyes have, the odd ones the first eye alone; and further ones."""
    hub = Unit(HUB, "at16", at)
    eyes = (*(EYES if at % 2 == 0 else EYES[:1]), *further)
    members = [Member(hub, hub, 1.0, 1.0, 0.0, 0.0, 1.0), *(Member(Unit(e, "last", at), hub, 0.6, 0.5, 0.001, 0.0, 1.0) for e in eyes)]
    name, part = NAMES[at]
    return Concept(f"rosetta:{at}", name, tuple(members), 0.0004 * (at + 1), 0.01, part, 0.4)


class FakeRosetta:
    """The verbs, for a world that has `open`, `replay` and `recipe`.

    Attributes:
        table: whether the table of concepts is there.
        looking: whether the models that look are.
        pause: seconds of a step.
    """

    table = True
    looking = True
    pause = 0.0
    _work: Callable[[str], None]

    @property
    def further(self) -> set[str]:
        """Models that joined."""
        return self.__dict__.setdefault("_further", set())

    @property
    def shared(self) -> Any:
        """Its generator's name, and who has joined."""
        return SimpleNamespace(hub=HUB, joined=self.further)

    def join(self, named: Any, progress: Callable[[float], None]) -> Joined:
        """Has a unit for the first concept; "maples" has no maps."""
        if named.label == "maples":
            raise ModelError("maples has no layers with maps. Name another model.")
        progress(0.75)
        self.further.add(named.label)
        return Joined(named.label, 1, len(NAMES), 0)

    def part(self, name: str) -> None:
        """Gone again."""
        self.further.discard(name)

    def concepts(self) -> tuple[Concept, ...]:
        """Five."""
        if not self.table:
            raise WeightsError(MISSING)
        return tuple(concept(at, tuple(sorted(self.further)) if at == 0 else ()) for at in range(len(NAMES)))

    def eyes(self) -> tuple[str, ...]:
        """Three, and those that joined."""
        return (*EYES, *sorted(self.further))

    def concept(self, id: str) -> Concept:
        """One."""
        found = next((one for one in self.concepts() if one.id == id), None)
        if found is None:
            raise StudioError("There is no such concept here.")
        return found

    def strongest(self, picture: Picture, limit: int = 8) -> tuple[tuple[Concept, float], ...]:
        """The last first, so that the order is not the table's."""
        self._work("strongest")
        return tuple((one, 3.0 - 0.4 * at) for at, one in enumerate(self.concepts()[::-1]))[:limit]

    def concept_walls(self, picture: Picture, concepts: Sequence[Any], given: bool = False) -> tuple[dict[str, np.ndarray], ...]:
        """Maps of several."""
        self._work("walls")
        if not self.looking:
            raise WeightsError("The eyes are not here. Run `make zoo`.")
        return tuple(self.concept_maps(picture, one, given) for one in concepts)

    def concept_maps(self, picture: Picture, concept: Any, given: bool = False) -> dict[str, np.ndarray]:
        """A spot for each model, all near each other."""
        one = concept if isinstance(concept, Concept) else self.concept(concept)
        at, side = int(one.id.split(":")[1]), picture.image.width
        down, across = np.mgrid[:side, :side] / side
        return {
            model: np.exp(-(((down - 0.2 - 0.15 * at) ** 2 + (across - 0.4 - 0.04 * shift) ** 2) / 0.02)).astype(np.float32)
            for shift, model in enumerate(one.models)
        }

    def bring(self, picture: Picture, guide: str, start: str) -> Iterator[Inverted]:
        """Four steps: more and more rows are the original's."""
        if guide not in ("none", "rosetta", *EYES):
            raise StudioError("Nothing guides by that name.")
        if guide != "none":
            self.concepts()
        for step in range(1, STEPS + 1):
            self._work("invert")
            time.sleep(self.pause)
            told = (None, 0.9) if guide == "none" else (0.3 + 0.1 * step, 1.2)
            found = self.nearer(picture, step / STEPS)
            psnr = 10.0 + 3 * step * told[1]
            yield Inverted(found, step, STEPS, psnr, 0.5 / step, 0.2 * step, found.fit, told[0], step == STEPS)

    def nearer(self, picture: Picture, share: float) -> Picture:
        """So much of the original."""
        given = np.asarray((picture.original or picture.image).convert("RGB").resize(picture.image.size))
        mixed = np.asarray(picture.image).copy()
        mixed[: round(share * len(mixed))] = given[: round(share * len(mixed))]
        return replace(picture, **self.painted(Image.fromarray(mixed)), fit=share)

    def painted(self, image: Image.Image) -> dict[str, Any]:
        """What comes nearest to an image, and how to make it again."""
        raise NotImplementedError

    def move(
        self,
        picture: Picture,
        concepts: Sequence[Any] | None = None,
        shift: tuple[float, float] = (0.0, 0.0),
        zoom: float = 1.0,
        remove: bool = False,
        strengthen: float = 1.0,
        region: Any = None,
        copy: bool = False,
    ) -> Iterator[Moved]:
        """Three steps that roll the picture; the asking is kept in `asked`."""
        chosen = self.concepts() if concepts is None else tuple(c if isinstance(c, Concept) else self.concept(c) for c in concepts)
        self.asked = {"concepts": [c.id for c in chosen], "shift": shift, "zoom": zoom, "remove": remove, "strengthen": strengthen}
        self.asked |= {"copy": copy, "cells": None if region is None else int(np.asarray(region).sum())}
        for step in range(1, 4):
            self._work("move")
            time.sleep(self.pause)
            rolled = np.roll(np.asarray(picture.image), (round(shift[1] * step / 3), round(shift[0] * step / 3)), (0, 1))
            now = replace(picture, **self.painted(Image.fromarray(rolled)))
            yield Moved(now, step, 3, -0.3 * step) if step < 3 else self._moved(picture, now, chosen)

    def _moved(self, picture: Picture, now: Picture, chosen: Sequence[Concept]) -> Moved:
        maps = {one.id: self.concept_maps(picture, one)[HUB] for one in chosen}
        pairs = zip(self.read(picture), self.read(now), strict=True)  # type: ignore[attr-defined]
        apart = (np.asarray(picture.image) != np.asarray(now.image)).any(-1)
        report = Report(tuple(Change(a.slot, a, b, False) for a, b in pairs), float(apart.mean()), 0.0, "It moved.", apart)
        return Moved(now, 3, 3, -0.9, True, report, maps, maps, maps)
