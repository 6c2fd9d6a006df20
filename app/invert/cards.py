"""The pieces of the tab Invert: what they say; how they look is in pieces.html."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from app.invert.bench import ALL, LANES, STARTS, Held, How, Lane
from app.shared import heatmaps
from app.shared.address import tell
from app.shared.models import called, name_of
from app.shared.pictures import data_uri, is_soft, jpeg, seen, uri_of
from app.shared.templates import macros
from core.foundations.concepts import Concept
from core.foundations.records import Picture

LEAD = (
    "Bring a picture in. The generator looks for the numbers that paint it: once by its colours alone, and once guided by what other "
    "models see in it, through the concepts that they all share."
)
TITLES = {"plain": "Without guidance", "guided": "Guided"}
BEGIN = {"encoder": ("the first guess", "where a trained encoder thinks that it is"), "random": ("chance", "several random places at once")}


class Score(NamedTuple):
    """A score for people.

    Attributes:
        name: as it is known.
        form: how it is written.
        says: what it is of, and which way is better.
        sign: 1 where more is better, -1 where less is, 0 where it compares nothing.
    """

    name: str
    form: str
    says: str
    sign: int


SCORES = {
    "psnr": Score("PSNR", "{:.1f} dB", "how near the colours are; higher is nearer", 1),
    "ssim": Score("SSIM", "{:.3f}", "how alike the structure is; 1 is the same", 1),
    "lpips": Score("LPIPS", "{:.3f}", "how unlike it looks to a network; lower is nearer", -1),
    "exact": Score("Exact", "{:.1%}", "pixels that are exactly the same", 1),
    "similarity": Score("Agreement", "{:.2f}", "of the concepts with what the guides see; 1 is full", 0),
}


def _html() -> Any:
    return macros("invert/pieces.html")


def examples(rows: Sequence[tuple[str, str, str]], chosen: str) -> str:
    """Pictures to begin with: id, name and URI of each, and the one that is on the table."""
    return str(_html().examples(rows, chosen))


def choices(how: How, fixed: bool = False) -> str:
    """Who guides, and where it begins; `fixed` while something is under way."""
    guides = [(ALL, "All of them", "everything that the models share")] + [(eye, *called(eye)) for eye in how.eyes]
    starts = [(start, *BEGIN[start]) for start in STARTS]
    place = tell(guide=how.guide if how.guide != ALL else "", begin=how.start if how.start != STARTS[0] else "")
    return str(_html().choices(guides, starts, how, fixed, place))


def go(held: Held) -> str:
    """The button that looks for the picture, or that ends it."""
    if held.picture is None:
        return ""
    return str(_html().go(held.running, any(lane.base for lane in held.lanes)))


def bench(held: Held) -> str:
    """The picture that was given, and both that are found for it."""
    if held.picture is None:
        return str(_html().empty(list(TITLES.values())))
    given = held.picture.original or held.picture.image
    guess = seen(held.picture.image)
    lanes = [_lane(name, lane, held, guess) for name, lane in zip(LANES, held.lanes, strict=True)]
    place = tell(into=held.world, given=held.place)
    return str(_html().bench(seen(given), held.name, lanes, place))


def nearness(held: Held) -> str:
    """How near both have come, score by score, and how they came there."""
    rows = _scores(held.lanes)
    titles = (TITLES[LANES[0]], _guided(held.guide))
    return str(_html().nearness(rows, [{"title": title} for title in titles], _curves(held.lanes), verdict(held))) if rows else ""


PAINTS = {"nouns": "Nouns"}
"""What a generator paints, where that is not its world's name."""
FAR, NEAR = {"nouns": 20.0, "faces": 20.0}, {"nouns": 30.0, "faces": 25.0}
"""Decibels below which little more than the colours is found, and from which on hardly anything differs, world by world."""


def verdict(held: Held) -> str:
    """What the scores come to, in a sentence; "" while it is looked for."""
    best = max((value for lane in held.lanes for key, value in lane.scores if key == "psnr" and value is not None), default=None)
    if best is None or held.running:
        return ""
    if best >= NEAR.get(held.world, 30.0):
        return "Found: hardly anything differs."
    if best >= FAR.get(held.world, 20.0):
        return "Near: it can be recognised, though details differ."
    paints = PAINTS.get(held.world, held.world)
    return f"Far off: this generator has painted nothing but {paints}, so of others it finds shape and colours roughly."


def _lane(name: str, lane: Lane, held: Held, guess: str) -> dict[str, Any]:
    title = TITLES[name] if name == LANES[0] else _guided(held.guide)
    told = f"step {lane.step} of {lane.steps}" if held.running and not lane.done else f"after {lane.step} steps" if lane.step else ""
    image = lane.image or guess
    alt = f"{title}: {'what is found so far' if lane.base else 'the first guess'}"
    return {
        "id": name,
        "title": title,
        "image": image,
        "alt": alt,
        "told": told or ("the first guess" if not lane.problem else ""),
        "problem": lane.problem,
        "share": f"{lane.step / lane.steps:.3f}" if lane.steps else "0",
        "working": held.running and not lane.done,
        "sends": bool(lane.base) and not held.running,
    }


def _guided(guide: str) -> str:
    return "Guided by all models" if guide == ALL else f"Guided by {called(guide).name}"


def _scores(lanes: tuple[Lane, Lane]) -> list[dict[str, Any]]:
    both = [dict(lane.scores) for lane in lanes]
    rows = []
    for key, score in SCORES.items():
        values = [scores.get(key) for scores in both]
        if all(value is None for value in values):
            continue
        texts = ["–" if value is None else score.form.format(value) for value in values]
        rows.append({"name": score.name, "says": score.says, "cells": list(zip(texts, _better(values, texts, score.sign), strict=True))})
    return rows


def _better(values: Sequence[float | None], texts: Sequence[str], sign: int) -> tuple[bool, bool]:
    """Which of two is nearer; neither where one is not known, or they read the same."""
    first, second = values
    if first is None or second is None or not sign or texts[0] == texts[1]:
        return False, False
    return sign * first > sign * second, sign * second > sign * first


WIDE, HIGH = 560, 116


def _curves(lanes: tuple[Lane, Lane]) -> dict[str, Any] | None:
    """Both ways' PSNR over their steps, as paths of one drawing."""
    spots = [spot for lane in lanes for spot in lane.curve]
    if len(spots) < 3:
        return None
    last = max(max(step for step, _ in spots), *(lane.steps for lane in lanes))
    low, high = min(value for _, value in spots), max(value for _, value in spots)
    span = max(high - low, 0.1)

    def path(lane: Lane) -> str:
        points = [(WIDE * step / last, HIGH - HIGH * (value - low) / span) for step, value in lane.curve]
        return " ".join(f"{'L' if i else 'M'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(points))

    ends = (f"{low:.1f} dB", f"{high:.1f} dB")
    return {"paths": [path(lane) for lane in lanes], "ends": ends, "last": last, "wide": WIDE, "high": HIGH}


def concepts(picture: Picture, rows: Sequence[tuple[Concept, dict[str, np.ndarray]]], hub: str) -> str:
    """Where the strongest concepts are on both sides.

    Args:
        picture: what was found, with the original that it is of.
        rows: each concept with its maps: the generator's of what was found, the others' of what was given.
        hub: the generator's name.
    """
    given = picture.original or picture.image
    cells = []
    for concept, maps in rows:
        eyes = [heat for model, heat in maps.items() if model != hub]
        name = name_of(concept)
        left = _thumbnail(given.resize(picture.image.size), np.mean(eyes, 0)) if eyes else ""
        cells.append({"name": name, "given": left, "found": _thumbnail(picture.image, maps[hub])})
    return str(_html().concepts(cells)) if cells else ""


def _thumbnail(image: Any, heat: np.ndarray) -> str:
    drawn = heatmaps.overlay(image.convert("RGB"), heat)
    if is_soft(drawn):
        drawn.thumbnail((192, 192))
        return uri_of(jpeg(drawn, quality=84))
    return data_uri(drawn)
