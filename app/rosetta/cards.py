"""The pieces of the tab Rosetta: the wall of concepts, the held one, and what came of moving it; how they look is in pieces.html."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from PIL import Image

from app.rosetta.stone import CELLS, STRENGTHEN, ZOOM, Asked
from app.shared import heatmaps
from app.shared.address import tell
from app.shared.models import called, name_of
from app.shared.pictures import data_uri, is_soft, jpeg, seen, uri_of
from app.shared.templates import macros
from app.shared.widgets import SHAPES
from core.foundations.concepts import Concept

LEAD = (
    "Models that learned apart came to share concepts. Each row is one of them, as every model sees it in your picture, the generator "
    "first. Take one, say where it should go, and the generator paints a picture of which that is true."
)
SMALL, LARGE = 64, 224
"""Pixels of a map on the wall, and of one that is looked at."""
ALL = "All concepts at once"

Maps = Mapping[str, np.ndarray]


def _html() -> Any:
    return macros("rosetta/pieces.html")


def overlaid(image: Image.Image, heat: np.ndarray, side: int) -> str:
    """A map over its picture, as a URI: pixel art in whole pixels, a photograph smoothly."""
    if is_soft(image):
        drawn = heatmaps.overlay(image, heat)
        drawn.thumbnail((side, side))
        return uri_of(jpeg(drawn, quality=84))
    return data_uri(heatmaps.overlay(image, heat).quantize(96, dither=Image.Dither.NONE))


def chance(p: float) -> str:
    """How many of ten thousand matches by chance are as good, in words."""
    often = round(p * 10_000)
    return f"by chance: {often:,} in 10,000" if often else "by chance: under 1 in 10,000"


def _facts(concept: Concept) -> dict[str, Any]:
    part = concept.part.replace(":", ": ").replace("_", " ")
    return {"id": concept.id, "name": name_of(concept), "part": part, "slot": concept.part.split(":")[0], "chance": chance(concept.p_value)}


def wall(image: Image.Image, rows: Sequence[tuple[Concept, Maps]], models: Sequence[str], studio: Any, held: str, more: int) -> str:
    """The dictionary over a picture: each row one concept in all models.

    Args:
        rows: each concept with its map in every model that has it; without maps where the models are not here.
        models: all of them, the generator first.
        more: how many concepts are not on the wall yet.
    """
    heads = [called(model, studio) for model in models]
    cells = [
        {
            **_facts(one),
            "cells": [(head.name, overlaid(image, maps[m], SMALL) if m in maps else "") for m, head in zip(models, heads, strict=True)],
        }
        for one, maps in rows
    ]
    return str(_html().wall(heads, cells, held, ALL, more, SHAPES))


def missing(sentence: str) -> str:
    """Why there is no wall, and what to do."""
    return str(_html().missing(sentence))


def view(image: Image.Image, world: str, concept: Concept | None, heat: np.ndarray | None) -> str:
    """The picture to paint and drag on, with the held concept's map."""
    packed = heatmaps.text_of(heatmaps.pack(heat)) if heat is not None else ""
    side, name = image.width, name_of(concept) if concept else ALL
    place = tell(wall=world, concept=concept.id if concept else "")
    return str(_html().view(seen(image), side, min(side, CELLS), packed, name, concept.id if concept else "", place))


def sources() -> str:
    """The ways to a picture."""
    return str(_html().sources())


def tools() -> str:
    """What one does to a concept; the browser alone knows how they stand."""
    return str(_html().tools(ZOOM, STRENGTHEN))


def go(running: bool = False) -> str:
    """The button that does it, or that ends it."""
    return str(_html().go(running))


def after(image: Image.Image | None, told: str = "", share: float | None = None, resting: bool = False) -> str:
    """What comes of it.

    Args:
        told: what is said below it.
        share: how far it is; None where nothing is under way.
        resting: whether it can be taken on.
    """
    return str(_html().after(seen(image) if image else "", told, "" if share is None else f"{share:.3f}", resting))


def large(image: Image.Image, concept: Concept | None, maps: Maps, studio: Any, turns: bool = False) -> str:
    """The held concept in every model, large; `turns` where something is known to bring it about."""
    if concept is None:
        return str(_html().together(ALL))
    if not maps:
        return ""
    cells = [{**called(model, studio)._asdict(), "uri": overlaid(image, heat, LARGE)} for model, heat in maps.items()]
    return str(_html().large(_facts(concept), cells, SHAPES, turns))


def told(before: Image.Image, after: Image.Image, asked: Asked, rows: Sequence[tuple[str, Maps]], report: str) -> str:
    """The concepts' maps before, as they were asked to be, and after; then the report.

    Args:
        rows: name of each concept, and its three maps by "before", "wanted" and "after".
        report: as HTML.
    """
    drawn = []
    for name, maps in rows:
        pictures = (before, before, after)
        uris = [overlaid(image, maps[key], LARGE) for image, key in zip(pictures, ("before", "wanted", "after"), strict=True)]
        drawn.append({"name": name, "uris": uris})
    return str(_html().told(asked.words, drawn, Markup(report)))
