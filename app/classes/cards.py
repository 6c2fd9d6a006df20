"""The pieces of the tab Classes: the picture with what its patches say, the vote, and a class with its keys; see pieces.html."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from app.classes import flow
from app.classes.held import Held
from app.shared import heatmaps
from app.shared.address import tell
from app.shared.pictures import data_uri, jpeg, uri_of
from app.shared.templates import macros
from core.foundations.class_records import Classes, ClassKeys, KeyNeuron
from core.worlds.nouns.traits import TONES

LEAD = (
    "A vision transformer does not decide at once. After each of its blocks every patch can be read as if it were the answer: "
    "watch the vote form, and see which neurons bring a class about."
)
COLOURS = 6
"""Classes that have a colour of their own."""
LISTED = 5
"""Classes that the list of what patches say has at each depth; their pictures are sent along."""
HEAT = 96
"""Most places of a map of importance along a side, as it is sent."""
SMALL = 168
"""Pixels of a photograph's small map."""
FEW = 2
"""Pictures that excite a class's best key of a block."""
EXAMPLE, AROUND, BESIDE = 112, 0.12, 0.6
"""Pixels of a picture that excites a neuron of the photographs' eyes, how far around the place it stays bright, as a share of it, and how
much light is left beside it."""

Thumbs = Callable[[str], str]
"""A class to its picture as a URI; "" where there is none."""


def _html() -> Any:
    return macros("classes/pieces.html")


def sources(soft: bool) -> str:
    """The ways to a picture."""
    return str(_html().sources(soft))


def still(held: Held) -> str:
    """The picture by itself, where nothing can look at it yet."""
    return str(_html().still(held.subject.uri, held.subject.name, tell(**held.place)))


def colours(seen: Classes) -> dict[str, int]:
    """Which classes have a colour: those on the way first, then what patches say most."""
    wanted = dict.fromkeys([*(one.name for one in seen.rising), *seen.names])
    return {name: at for at, name in enumerate(list(wanted)[:COLOURS])}


def listed(seen: Classes) -> list[int]:
    """Which classes most patches say at some depth, as places in `seen.names`."""
    found: set[int] = set()
    for depth in seen.tokens:
        counts = np.bincount(depth.ravel())
        least = max(1, np.sort(counts)[-LISTED:][0])  # all of those that as many patches say: the browser lists any of them
        found |= set(np.flatnonzero(counts >= least).tolist())
    return sorted(found)


def view(held: Held, seen: Classes, thumbs: Thumbs) -> str:
    """The picture under what its patches say, or under where an answer comes from; the browser draws both."""
    image = held.subject.picture.image
    heat = Image.fromarray(np.round(255 * seen.importance).astype(np.uint8))
    heat.thumbnail((HEAT, HEAT), Image.Resampling.BOX)
    names = seen.names[: 255 * 255]
    data = {
        "names": names,
        "colours": [colours(seen).get(name, -1) for name in names],
        "thumbs": {at: thumbs(names[at]) for at in listed(seen) if at < len(names)},
        "answer": seen.answer,
        "identified": [round(share, 3) for share in seen.identified],
    }
    tokens = base64.b64encode(seen.tokens.astype(np.dtype(np.uint16).newbyteorder("little")).tobytes()).decode()
    sure = base64.b64encode(np.round(255 * seen.sure).astype(np.uint8).tobytes()).decode()
    drawn = {
        "uri": held.subject.uri,
        "name": held.subject.name,
        "size": image.size,
        "grid": seen.tokens.shape[1:],
        "depths": seen.depths,
        "tokens": tokens,
        "sure": sure,
        "heat": heatmaps.text_of(np.asarray(heat).tobytes()),
        "heat_size": heat.size,
        "of": seen.name,
        "data": json.dumps(data),
        "place": tell(**held.place),
    }
    return str(_html().view(drawn))


def vote(seen: Classes, held: str, thumbs: Thumbs) -> str:
    """The vote block by block, and who takes part in it."""
    shares = [one.shares for one in seen.rising]
    paths = flow.bands([*shares, flow.rest_of(shares)])
    own = colours(seen)
    rows = [
        {
            "name": one.name,
            "colour": own.get(one.name, -1),
            "end": flow.percent(one.shares[-1]),
            "story": flow.story(one.name, one.shares, at == 0),
            "thumb": thumbs(one.name),
            "held": one.name == held,
        }
        for at, one in enumerate(seen.rising)
    ]
    bands = [{"path": path, "colour": own.get(one.name, -1), "name": one.name} for path, one in zip(paths, seen.rising, strict=False)]
    told = f"{seen.answer}: {flow.percent(seen.rising[0].shares[-1])} of the vote in the end"
    return str(_html().vote(rows, bands, paths[-1], seen.depths, flow.WIDE, flow.HIGH, seen.answer, told))


def small(image: Image.Image, heat: np.ndarray, mask: np.ndarray | None, soft: bool) -> str:
    """A map over its picture, with the outline of its mask, as a URI."""
    if soft:
        image = image.convert("RGB")
        image.thumbnail((SMALL, SMALL))
        heat = np.asarray(Image.fromarray(heat.astype(np.float32)).resize(image.size, Image.Resampling.BILINEAR))
        if mask is not None:
            mask = np.asarray(Image.fromarray(mask).resize(image.size, Image.Resampling.NEAREST))
        drawn = heatmaps.overlay(image, np.clip(heat, 0, 1))
        return uri_of(jpeg(heatmaps.outline(drawn, mask, 1) if mask is not None else drawn, quality=84))
    times = 4
    drawn = heatmaps.overlay(image, heat, times)
    drawn = heatmaps.outline(drawn, mask, times) if mask is not None else drawn
    return data_uri(drawn.quantize(96, dither=Image.Dither.NONE))


def spotted(image: Image.Image, spot: tuple[float, float]) -> str:
    """A shipped picture, bright around the place that excites a neuron, with a line around it, as a URI.

    Args:
        image: a photograph or an emoji.
        spot: of the place, from the left and from the top, as shares of the picture in [0, 1].
    """
    rgb = np.asarray(image.convert("RGB").resize((EXAMPLE, EXAMPLE), Image.Resampling.LANCZOS), float)
    rows, columns = np.mgrid[:EXAMPLE, :EXAMPLE] / EXAMPLE
    inside = (np.abs(columns - spot[0]) <= AROUND) & (np.abs(rows - spot[1]) <= AROUND)
    drawn = Image.fromarray(np.where(inside[..., None], rgb, BESIDE * rgb).round().astype(np.uint8))
    return uri_of(jpeg(heatmaps.outline(drawn, inside, 1, 2), quality=84))


def title(neuron: KeyNeuron) -> str:
    """What a neuron is called: by what excites it, else by what it speaks for."""
    if not neuron.name:
        return f"speaks for {neuron.speaks[0]}"
    return f"follows {neuron.name}{' colours' if neuron.name in TONES else ''}"


def keys(seen: ClassKeys, held: Held, thumbs: Thumbs, examples: Callable[[KeyNeuron], list[str]]) -> str:
    """A class: its best keys, its best key in every block, and its relatives.

    Args:
        examples: pictures that excite a neuron most, with where they do, as URIs.
    """
    image, soft = held.subject.picture.image, held.subject.soft
    best = [
        {
            "title": title(one),
            "speaks": [(name, thumbs(name)) for name in one.speaks],
            "place": one.place + 1 if seen.name not in one.speaks else 0,
            "block": one.block + 1,
            "id": one.id,
            "strength": f"{100 * max(one.strength, 0):.0f}",
            "uri": small(image, one.heat, one.mask, soft),
            "examples": examples(one),
        }
        for one in seen.best
    ]
    blocks = [
        {
            "block": one.block + 1,
            "home": one.block == seen.home,
            "title": title(one),
            "strength": f"{100 * max(one.strength, 0):.0f}",
            "uri": small(image, one.heat, one.mask, soft),
            "mean": small(image, mean, mean > np.quantile(mean, 0.8), soft),
            "examples": examples(one)[:FEW],
        }
        for one, mean in zip(seen.blocks, seen.running, strict=True)
    ]
    relatives = [{"name": one.name, "shared": one.shared, "of": one.of, "thumb": thumbs(one.name)} for one in seen.relatives]
    return str(_html().keys(seen.name, thumbs(seen.name), best, blocks, seen.home + 1, flow.percent(seen.home_share), relatives))
