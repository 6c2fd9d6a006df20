"""The pieces of the tab Fool it: the two classes, the words, the gallery and one picture of it; how they look is in pieces.html."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from app.fool.ploy import COUNTS, Ploy, Print
from app.shared import heatmaps, widgets
from app.shared.address import tell
from app.shared.pictures import data_uri, is_soft, jpeg, uri_of
from app.shared.templates import macros
from app.shared.widgets import SHAPES
from core.foundations.attacked import BlindSpot
from core.foundations.blind_spots import load_spots, worst
from core.foundations.english import with_article
from core.worlds.scenes.grounds import draw_ground
from core.worlds.scenes.things import Thing, named

LEAD = (
    "Find out what a model mixes up: the first thing is there, whole and in front, and yet, with some others beside it, the model says the "
    "second. This shows where it must not be trusted and how to mend it, and says nothing about other models."
)
GROUND = 32
"""Pixels of a ground's thumbnail."""

SPOTS = 12
"""Blind spots that are shown."""

Thumbnail = Callable[[str], str]
"""From a word to a small picture as a URI; "" where there is none."""


def _html() -> Any:
    return macros("fool/pieces.html")


def thumbnails(part_uri: Callable[[str, str], str]) -> Thumbnail:
    """Small pictures of things, from those of parts."""

    def of(word: str) -> str:
        thing = named(word)
        if thing is None:
            return ""
        return part_uri(thing.slot, thing.part.id) if thing.part else ground_uri(thing)

    return of


def ground_uri(thing: Thing) -> str:
    """A ground, a piece of it."""
    return data_uri(Image.fromarray(draw_ground(np.array([*thing.at, 0]))[:GROUND, :GROUND]))


def slot_of(word: str) -> str:
    """Where a word's thing goes, for its mark."""
    thing = named(word)
    return "" if thing is None else "background" if thing.part is None else thing.slot


def percent(share: float) -> str:
    """A probability in words."""
    return "under 1 %" if share < 0.01 else "over 99 %" if share > 0.99 else f"{round(100 * share)} %"


@lru_cache(maxsize=1)
def blind_spots() -> tuple[BlindSpot, ...]:
    """The worst of those that were found over all pairs, so many as the page shows; WeightsError where the file is damaged."""
    return worst(load_spots(), SPOTS)


def pair(ploy: Ploy, thumbnail: Thumbnail, spots: bool = True) -> str:
    """Both classes, and what is tried.

    Args:
        spots: whether the blind spots of the scenes' model are listed.
    """
    ground = ploy.ground
    through = ground.eyes.link if ground.eyes else ""
    place = tell(true=ploy.true, wrong=ploy.wrong, laid=(ground.base or "own") if ground.data else "", through=through)
    known = blind_spots() if spots else ()
    rows = [(spot, thumbnail(spot.word), *(round(100 * share) for share in (spot.before, spot.fooled))) for spot in known]
    return str(_html().pair(ploy, thumbnail(ploy.true), thumbnail(ploy.wrong), place, rows))


def words(ploy: Ploy, thumbnail: Thumbnail, slot: Callable[[str], str] = slot_of) -> str:
    """The words with their things, the neurons behind each, and a way to take one away."""
    strongest = max((cue.score for cue in ploy.cues), default=0.0) or 1.0
    rows = [
        {
            "text": cue.text,
            "uri": thumbnail(cue.text),
            "slot": slot(cue.text),
            "width": round(100 * max(cue.score, 0) / strongest),
            "neurons": [(id, name, f"{adds:+.3f}") for id, name, adds in cue.neurons],
        }
        for cue in ploy.cues
    ]
    return str(_html().words(rows, ploy, SHAPES))


def go(ploy: Ploy) -> str:
    """The button that makes pictures, or that ends it, and how many."""
    return str(_html().go(ploy.running, ploy.count, COUNTS, bool(ploy.cues), bool(ploy.prints)))


def told(ploy: Ploy) -> str:
    """How far a language model is that writes sentences, and what became of them."""
    return str(widgets.quiet(ploy.told)) if ploy.told else ""


def tally(ploy: Ploy) -> str:
    """How many fooled the model, beside words by chance."""
    if not ploy.prints:
        return ""
    rows = []
    for name, prints in (("These words", ploy.prints), ("Words by chance", ploy.controls)):
        if prints:
            hits = sum(one.fooled for one in prints)
            rows.append({"name": name, "hits": hits, "of": len(prints), "width": round(100 * hits / len(prints))})
    share = len(ploy.prints) / ploy.count if ploy.running else None
    return str(_html().tally(ploy, rows, "" if share is None else f"{share:.3f}"))


def gallery(ploy: Ploy) -> str:
    """All pictures, each marked; those with words by chance folded below."""
    if not ploy.prints:
        return str(_html().empty(ploy, with_article(ploy.true)))
    own, control = _cells(ploy, ploy.prints, 0), _cells(ploy, ploy.controls, len(ploy.prints))
    return str(_html().gallery(own, [] if ploy.running else control, ploy.opened, ploy.running))


def _cells(ploy: Ploy, prints: Sequence[Print], start: int) -> list[dict[str, Any]]:
    return [
        {
            "at": start + at,
            "uri": one.uri,
            "fooled": one.fooled,
            "says": ploy.wrong if one.fooled else ploy.true,
            "sure": percent(one.wrong if one.fooled else one.true),
        }
        for at, one in enumerate(prints)
    ]


def opened(ploy: Ploy, one: Print, heat: np.ndarray | None, classes: int) -> str:
    """One picture: where the wrong class comes from, where the true one, both probabilities, and the sentence that it was made from.

    Args:
        classes: how many the model knows.
    """
    maps = []
    if heat is not None:
        for name, sign in ((ploy.wrong, 1.0), (ploy.true, -1.0)):
            maps.append((name, _map_uri(heatmaps.overlay(one.image, np.clip(sign * heat, 0, 1)))))
    bars = [
        (ploy.true, percent(one.true), round(100 * one.true), "is there"),
        (ploy.wrong, percent(one.wrong), round(100 * one.wrong), "is not"),
    ]
    return str(_html().opened(one, maps, bars, classes))


def _map_uri(image: Image.Image) -> str:
    """A map over a picture: a photograph's smooth, a scene's with hard pixels and few colours."""
    return uri_of(jpeg(image)) if is_soft(image) else data_uri(image.quantize(96, dither=Image.Dither.NONE))
