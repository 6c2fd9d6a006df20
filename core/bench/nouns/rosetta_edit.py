"""Nouns whose concepts are moved, enlarged and removed, judged by the truth.

A person paints a region: here it is where a Noun's head and glasses are really seen. What is in it is shifted by whole pixels, zoomed,
or taken away. How far it came is read from the result by its own pixels: every offset is tried, and the one at which most of the part's
pixels stand counts as where it is. How large it is is the area, before and after, of the colours that nothing but the part has. Removed
is the share of its pixels that are no longer what they were; kept that of the pixels, outside of where the part was and was to be,
that are exactly as before. Loose are the pixels that came to belong to nothing: of parts of two pixels of one colour at most, how many
more there are than before. Then concepts are turned as handles, see core.bench.nouns.concept_turns.

    python -m core.bench rosetta_edit --quick
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from core.bench.nouns.concept_turns import measure_turns
from core.bench.record import Measured
from core.foundations.errors import WeightsError
from core.foundations.seeds import numpy_rng
from core.methods.write.repaint import loose
from core.studio import Studio
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.splits import draw_split

PARTS = ("head", "glasses")
FAR = 8
"""Pixels to either side in which a part is looked for."""
SHIFTS = tuple((x, y) for x in (-4, -3, -2, 0, 2, 3, 4) for y in (-4, -3, -2, 0, 2, 3, 4) if (x == 0) != (y == 0))
ZOOMS = (0.75, 1.25, 1.5)


@dataclass(frozen=True)
class Part:
    """What is moved in a picture.

    Attributes:
        image: RGB `[h w 3]` of the whole picture.
        mask: where the part is seen `[h w]` bool.
    """

    image: np.ndarray
    mask: np.ndarray

    def at(self, right: int, down: int) -> tuple[np.ndarray, np.ndarray]:
        """The part so many pixels away: its colours on the picture's size, and where it is."""
        return _shifted(self.image, right, down), _shifted(self.mask, right, down)

    def sized(self, zoom: float) -> tuple[np.ndarray, np.ndarray]:
        """The part larger about its own middle, by the nearest pixel: its colours, and where it is."""
        rows, columns = np.nonzero(self.mask)
        centre = np.array([rows.mean() + 0.5, columns.mean() + 0.5])
        h, w = self.mask.shape
        y, x = np.indices((h, w))
        from_y = np.floor(centre[0] + (y + 0.5 - centre[0]) / zoom).astype(int)
        from_x = np.floor(centre[1] + (x + 0.5 - centre[1]) / zoom).astype(int)
        inside = (from_y >= 0) & (from_y < h) & (from_x >= 0) & (from_x < w)
        from_y, from_x = from_y.clip(0, h - 1), from_x.clip(0, w - 1)
        return self.image[from_y, from_x], self.mask[from_y, from_x] & inside


def _shifted(values: np.ndarray, right: int, down: int) -> np.ndarray:
    out = np.zeros_like(values)
    h, w = values.shape[:2]
    ys, xs = slice(max(0, down), min(h, h + down)), slice(max(0, right), min(w, w + right))
    out[ys, xs] = values[max(0, -down) : min(h, h - down), max(0, -right) : min(w, w - right)]
    return out


def agreement(result: np.ndarray, colours: np.ndarray, mask: np.ndarray) -> float:
    """Share of a part's pixels `[h w]` bool that have their colours `[h w 3]` in a result `[h w 3]`."""
    return float((result == colours).all(-1)[mask].mean()) if mask.any() else 0.0


def found_shift(result: np.ndarray, part: Part) -> tuple[int, int]:
    """Where a part stands in a result: the offset, right and down, at which most of its pixels agree; the nearest of equals."""
    offsets = [(x, y) for x in range(-FAR, FAR + 1) for y in range(-FAR, FAR + 1)]
    return max(offsets, key=lambda at: (agreement(result, *part.at(*at)), -abs(at[0]) - abs(at[1])))


def found_size(result: np.ndarray, part: Part) -> float:
    """How much larger a part is in a result, along each axis, by the area of the colours that only it has; 1 where it has none."""
    codes, now = (one.astype(int) @ (65536, 256, 1) for one in (part.image, result))
    own = np.setdiff1d(codes[part.mask], codes[~part.mask])
    before = np.isin(codes, own).sum()
    return float(np.sqrt(np.isin(now, own).sum() / before)) if before else 1.0


@dataclass(frozen=True)
class Done:
    """What came of one edit: its error or share, what was kept, how many more loose pixels there are, and how long it took."""

    value: float
    kept: float
    loose: float
    first_s: float
    seconds: float


Edit = Callable[[Any, dict[str, Any]], tuple[np.ndarray, float, float]]
"""A picture and what is asked of it, to the result RGB `[h w 3]`, seconds to the first preview, and in all."""


def by_concepts(studio: Studio) -> Edit:
    """The studio's way."""

    def edit(picture: Any, asked: dict[str, Any]) -> tuple[np.ndarray, float, float]:
        began, image, first = time.perf_counter(), np.asarray(picture.image), 0.0
        for step in studio.move(picture, **asked):
            image = np.asarray(step.picture.image)
            first = first or (time.perf_counter() - began if step.step or step.done else 0.0)  # the start is no preview yet
        return image, first, time.perf_counter() - began

    return edit


def do_nothing(picture: Any, asked: dict[str, Any]) -> tuple[np.ndarray, float, float]:
    """The picture as it is."""
    return np.asarray(picture.image), 0.0, 0.0


def in_pixels(studio: Studio) -> Edit:
    """The part cut out and put down again, and the picture taken in by the encoder: what pixels alone would do."""

    def edit(picture: Any, asked: dict[str, Any]) -> tuple[np.ndarray, float, float]:
        began = time.perf_counter()
        part = Part(np.asarray(picture.image), asked["region"])
        ground = part.image[0, 0]
        colours, mask = part.sized(asked["zoom"]) if "zoom" in asked else part.at(*asked.get("shift", (0, 0)))
        made = np.where(part.mask[..., None], ground, part.image)
        made = made if asked.get("remove") else np.where(mask[..., None], colours, made)
        latent = studio.library.encode(made.astype(np.uint8))
        seconds = time.perf_counter() - began
        return studio.library.painted(latent[None])[0], seconds, seconds

    return edit


def loose_in(image: np.ndarray) -> int:
    """How many pixels of a picture `[h w 3]` belong to nothing."""
    return int(loose(torch.from_numpy(image.astype(np.int64) @ (65536, 256, 1))).sum())


def judged(kind: str, result: np.ndarray, part: Part, asked: dict[str, Any]) -> tuple[float, float]:
    """The error (or share removed) of one result, and the share of what was to stay that stayed."""
    if kind == "shift":
        at, wanted = found_shift(result, part), asked["shift"]
        value, there = float(np.hypot(at[0] - wanted[0], at[1] - wanted[1])), part.at(*wanted)[1]
    elif kind == "zoom":
        value, there = abs(found_size(result, part) / asked["zoom"] - 1), part.sized(asked["zoom"])[1]
    else:
        value, there = 1 - agreement(result, part.image, part.mask), part.mask
    outside = ~(part.mask | there)
    return value, float((result == part.image).all(-1)[outside].mean())


def all_done(studio: Studio, edit: Edit, count: int) -> dict[str, list[Done]]:
    """One edit of each kind on each of some held-out Nouns."""
    art, rows = load_art(), draw_split(numpy_rng("bench rosetta edit"), count, True)
    found: dict[str, list[Done]] = {"shift": [], "zoom": [], "remove": []}
    for number, row in enumerate(rows):
        rng = numpy_rng("bench rosetta edit", number)
        parts = {slot: art.ids[slot][row[place]] for place, slot in enumerate(SLOTS)}
        picture = studio.compose(parts)
        mask = np.logical_or.reduce([studio.library.world.mask(parts, slot) for slot in PARTS])
        part = Part(np.asarray(picture.image), mask)
        asked: dict[str, dict[str, Any]] = {
            "shift": {"shift": SHIFTS[rng.integers(len(SHIFTS))]},
            "zoom": {"zoom": ZOOMS[rng.integers(len(ZOOMS))]},
            "remove": {"remove": True},
        }
        for kind, one in asked.items():
            result, first, seconds = edit(picture, {**one, "region": mask})
            more = float(loose_in(result) - loose_in(part.image))
            found[kind].append(Done(*judged(kind, result, part, one), more, first, seconds))
    return found


def row_of(found: dict[str, list[Done]]) -> dict[str, float]:
    """Means over Nouns; times are medians."""
    every = [one for done in found.values() for one in done]
    return {
        "shift_error": float(np.mean([one.value for one in found["shift"]])),
        "zoom_error": float(np.mean([one.value for one in found["zoom"]])),
        "removed": float(np.mean([one.value for one in found["remove"]])),
        "kept": float(np.mean([one.kept for one in every])),
        "loose": float(np.mean([one.loose for one in every])),
        "edit_s": float(np.median([one.seconds for one in every])),
        "preview_ms": 1000 * float(np.median([one.first_s for one in every])),
    }


def measure(studio: Studio, count: int) -> Measured:
    """The studio's way beside nothing, and beside pixels alone."""
    rows = {"this": by_concepts(studio), "do nothing": do_nothing, "pixels, then encoder": in_pixels(studio)}
    table = {name: row_of(all_done(studio, edit, count)) for name, edit in rows.items()}
    figures = {name: table["this"][name] for name in ("shift_error", "zoom_error", "removed", "kept", "loose")}
    settings = {
        "Nouns": count,
        "parts": "head and glasses",
        "concepts": len(studio.concepts()),
        "seed": "bench rosetta edit",
    }
    return Measured("rosetta_edit", figures, table, settings)


def with_turns(measured: Measured, studio: Studio, count: int, most: int) -> Measured:
    """And concepts turned as handles, `most` of them at most on `count` Nouns each."""
    turned = measure_turns(studio, count, most)
    rows = {**measured.baselines, **{f"turned: {name}": row for name, row in turned.items()}}
    return replace(measured, figures={**measured.figures, **turned["this"]}, baselines=rows, settings={**measured.settings, "turned": most})


def run(quick: bool) -> Measured:
    """Twenty held-out Nouns, or four; nothing, with the reason, where a table of concepts is missing."""
    studio, count = Studio("nouns"), 4 if quick else 20
    try:
        return with_turns(measure(studio, count), studio, count, 6 if quick else 100)
    except WeightsError as error:
        return Measured("rosetta_edit", {}, {}, {"not measured": str(error)})
