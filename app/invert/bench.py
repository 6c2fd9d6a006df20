"""What a visitor brings in on the tab Invert, and how far the generator has come with it: without guidance and with it, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.shared import guard
from app.shared.pictures import seen
from app.shared.session import FIRST, CachedStudio
from core.foundations.errors import StudioError
from core.foundations.records import Picture

NONE, ALL = "none", "rosetta"
"""Guides that are no model."""
STARTS = ("encoder", "random")
SCORES = ("psnr", "ssim", "lpips", "exact", "similarity")
LANES = ("plain", "guided")
"""The two ways, by the names that the page knows them by."""


@dataclass(frozen=True)
class How:
    """What a visitor chose.

    Attributes:
        guide: who guides: "rosetta" for all of the world's eyes, or one of them.
        start: "encoder" or "random".
        eyes: whom there is to choose.
    """

    guide: str = ALL
    start: str = STARTS[0]
    eyes: tuple[str, ...] = ()

    def chosen(self, op: Any, value: Any) -> How:
        """With another choice; SettingError where there is none such."""
        if guard.choice(op, ("guide", "start")) == "guide":
            return replace(self, guide=guard.choice(value, (ALL, *self.eyes)))
        return replace(self, start=guard.choice(value, STARTS))

    def among(self, eyes: tuple[str, ...]) -> How:
        """The same in a world with these eyes."""
        return replace(self, eyes=eyes, guide=self.guide if self.guide in (ALL, *eyes) else ALL)


@dataclass(frozen=True)
class Lane:
    """How far one way has come.

    Attributes:
        base: the best so far, as its recipe; "" before the first step.
        image: the same as a URI.
        scores: of it, by name.
        step: steps so far.
        steps: in all.
        curve: step and PSNR of every preview.
        problem: why this way cannot be gone, in a sentence.
    """

    base: str = ""
    image: str = ""
    scores: tuple[tuple[str, float], ...] = ()
    step: int = 0
    steps: int = 0
    curve: tuple[tuple[int, float], ...] = ()
    problem: str = ""

    @property
    def done(self) -> bool:
        """Whether nothing more will come of it."""
        return bool(self.problem) or 0 < self.steps <= self.step

    def after(self, cached: CachedStudio, found: Any) -> Lane:
        """One preview further; `found` is a step of the studio's `invert`."""
        base = cached.moment(replace(found.picture, within=None, photograph=None)).base
        scores = ((name, getattr(found, name, None)) for name in SCORES)
        known = tuple((name, float(value)) for name, value in scores if value is not None)
        steps = found.step if getattr(found, "done", False) else found.steps
        return Lane(base, seen(found.picture.image), known, found.step, steps, (*self.curve, (found.step, float(found.psnr))))


@dataclass(frozen=True)
class Held:
    """A picture that was brought, and what was found of it.

    Attributes:
        world: whose generator looks for it.
        picture: the first guess, with the original that it is of; None where nothing was brought.
        name: in words.
        place: for the address; "" for a person's own.
        photograph: the name of what a face was cut out of; see `app.shared.album`.
        guide: who guided.
        lanes: without guidance, and with it.
        fresh: whether it was brought just now, and nobody has looked for it.
        running: whether it is being looked for.
    """

    world: str = FIRST
    picture: Picture | None = None
    name: str = ""
    place: str = ""
    photograph: str = ""
    guide: str = ALL
    lanes: tuple[Lane, Lane] = (Lane(), Lane())
    fresh: bool = False
    running: bool = False

    @property
    def found(self) -> Lane:
        """The way that came to something, the guided one first."""
        return self.lanes[1] if self.lanes[1].base else self.lanes[0]

    def lane(self, name: Any) -> Lane:
        """One way by its name; SettingError where there is none such."""
        return self.lanes[LANES.index(guard.choice(name, LANES))]


def race(cached: CachedStudio, held: Held, how: How) -> Iterator[Held]:
    """Both ways, one preview of each in turn; whoever stops here keeps the best of both."""
    held = replace(held, guide=how.guide, lanes=(Lane(), Lane()), fresh=False, running=True)
    yield held
    runs = [_run(cached, held, guide, how.start) for guide in (NONE, how.guide)]
    live = [0, 1]
    while live:
        for at in tuple(live):
            lane = next(runs[at], None)
            if lane is None:
                live.remove(at)
                continue
            held = replace(held, lanes=(lane, held.lanes[1]) if at == 0 else (held.lanes[0], lane))
            yield held


def _run(cached: CachedStudio, held: Held, guide: str, start: str) -> Iterator[Lane]:
    lane = Lane()
    try:
        for found in cached.studio.invert(held.picture, guide=guide, start=start):
            lane = lane.after(cached, found)
            yield lane
    except StudioError as error:  # the other way goes on
        yield replace(lane, problem=str(error))
