"""The step of the walk that is of how a vision transformer decides: its vote block by block, where it comes from, what excites it."""

from __future__ import annotations

import numpy as np

from app.classes import flow
from app.classes.held import OPENING, SEED
from app.shared import heatmaps
from app.shared.address import write
from app.shared.pictures import data_uri
from app.shared.session import CachedStudio
from app.stage.steps import Fact, Figure, Step
from core.foundations.class_records import Classes, Rising
from core.foundations.errors import StudioError
from core.foundations.records import Picture


def leaders(seen: Classes) -> list[tuple[Rising, int]]:
    """Who leads the vote after each block, where it is one of the classes that are told."""
    found = [(next((one for one in seen.rising if one.ranks[depth] == 0), None), depth) for depth in range(1, seen.depths)]
    return [(one, depth) for one, depth in found if one is not None]


def decided_step(cached: CachedStudio) -> Step:
    """What the tab Classes opens on; StudioError where the model says something else, never wavers, or is not excited by what was grown."""
    studio, name = cached.studio, OPENING["head"]
    picture = studio.compose(OPENING, SEED)
    seen = studio.classes(picture)
    led, grown = leaders(seen), studio.excited_image(name)
    if seen.answer != name or len({one.name for one, _ in led}) < 2:
        raise StudioError(f"The vote on the {name} of the tab Classes has no story any more. Choose another Noun for the stage.")
    if grown is None or studio.classes(Picture(grown)).answer != name:
        raise StudioError(f"What was grown for “{name}” is not taken for it. Make it anew: python -m core.train noun_exciting.")
    wide, (first, depth) = picture.image.width, led[0]
    figures = (
        Figure(data_uri(picture.image), "The picture", wide),
        Figure(data_uri(heatmaps.overlay(picture.image, np.clip(seen.importance, 0, 1))), f"Where “{name}” comes from", wide),
        Figure(data_uri(grown), f"What excites “{name}”", grown.width),
    )
    text = (
        f"A vision transformer names the head, and can be asked after each of its {seen.depths - 1} blocks. After block {depth} it would "
        f"say “{first.name}”, in the end “{name}”. What excites that answer most can be grown, with no picture to copy."
    )
    facts = tuple(Fact(f"“{one.name}”, {flow.percent(one.shares[at])}", f"after block {at}", one.name == name) for one, at in led)
    return Step("See it decide", text, figures, write(tab="classes", **{"class": name}), facts=facts)
