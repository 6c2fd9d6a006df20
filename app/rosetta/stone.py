"""What lies on the tab Rosetta: whose concepts, over which picture, which one is held, and what came of moving it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from app.shared import guard
from app.shared.session import FIRST, CachedStudio, Moment
from core.foundations.concepts import Concept
from core.foundations.errors import RequestError, SettingError
from core.foundations.records import Picture

SHOWN = 14
"""Rows of the wall at first, and how many more come at a time."""
LOOKED = 42
"""Of how many of the strongest it is seen how alike the models see them, before the wall is laid out."""
CELLS = 64
"""Most cells of the grid that is painted on, along a side."""
ZOOM, STRENGTHEN = (0.25, 4.0), (0.0, 5.0)
"""Bounds of an edit; those of core.methods.write.rearrange.Move, which would bring torch along."""
NOTHING = "Nothing is asked yet. Drag it to another place, make it larger, stronger or fainter, or take it away."
MASK = "That place could not be read. Paint it once more."


@dataclass(frozen=True)
class Stone:
    """What a visitor looks at.

    Attributes:
        world: whose concepts.
        now: the picture; None before the first look.
        followed: what was on the tab Edit when the picture was chosen; where that is another by now, the picture follows.
        held: the concept that is held, by its id; "" for all of them, None for the strongest, which is not known yet.
        rows: how many are on the wall.
        found: what came of the last edit; None where there was none.
        running: whether an edit is under way.
        words: what was asked of it.
    """

    world: str = FIRST
    now: Moment | None = None
    followed: Moment | None = None
    held: str | None = None
    rows: int = SHOWN
    found: Moment | None = None
    running: bool = False
    words: str = ""

    def on(self, now: Moment, followed: Moment | None = None) -> Stone:
        """Another picture; nothing was moved on it yet."""
        return replace(self, now=now, followed=followed or self.followed, found=None, running=False)

    def picture(self, cached: CachedStudio) -> Picture:
        """The picture."""
        if self.now is None:
            raise SettingError("There is no picture yet. Press “Another picture”.")
        return cached.result(self.now).picture


@dataclass(frozen=True)
class Asked:
    """What is asked of the held concept.

    Attributes:
        shift: right and down, in pixels.
        zoom: how much larger.
        strengthen: how much stronger.
        remove: whether it is taken away.
        copy: whether it also stays where it was.
        place: where, `[h w]` bool at the picture's size; None for everywhere it is.
    """

    shift: tuple[float, float]
    zoom: float
    strengthen: float
    remove: bool
    copy: bool
    place: np.ndarray | None

    @property
    def words(self) -> str:
        """The same in words, for the picture that comes of it."""
        dx, dy = (round(v) for v in self.shift)
        told = [f"{abs(dx)} to the {'right' if dx > 0 else 'left'}"] if dx else []
        told += [f"{abs(dy)} {'down' if dy > 0 else 'up'}"] if dy else []
        told += [f"{self.zoom:.2g} × as large"] if self.zoom != 1 else []
        told += [f"{self.strengthen:.2g} × as strong"] if self.strengthen != 1 else []
        told = ["taken away"] if self.remove else told
        told += ["with a copy left behind"] if self.copy and not self.remove else []
        return ", ".join(told)


def asked(data: dict[str, Any], side: int) -> Asked:
    """What the browser asks of a picture of some side; RequestError where that is nothing, SettingError where it cannot be."""
    shift = guard.between(data.get("dx"), -side, side), guard.between(data.get("dy"), -side, side)
    zoom, strengthen = guard.between(data.get("zoom"), *ZOOM), guard.between(data.get("strengthen"), *STRENGTHEN)
    found = Asked(shift, zoom, strengthen, data.get("remove") is True, data.get("copy") is True, place_of(data.get("mask"), side))
    if shift == (0.0, 0.0) and (zoom, strengthen) == (1.0, 1.0) and not found.remove:
        raise RequestError(NOTHING)
    return found


def place_of(text: Any, side: int) -> np.ndarray | None:
    """A painted place, `[h w]` bool; None where nothing or everything was painted. SettingError where it is none of our grid."""
    cells = min(side, CELLS)
    if text in (None, ""):
        return None
    if not isinstance(text, str) or len(text) > cells * cells:
        raise SettingError(MASK)
    try:
        bits = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    except (ValueError, binascii.Error) as error:
        raise SettingError(MASK) from error
    if len(bits) * 8 != cells * cells:
        raise SettingError(MASK)
    mask = np.unpackbits(bits).astype(bool).reshape(cells, cells)
    if not mask.any() or mask.all():
        return None
    return mask.repeat(side // cells, 0).repeat(side // cells, 1)


def alike(maps: Mapping[str, np.ndarray]) -> float:
    """How alike models see a concept: the least correlation of two of its maps `[h w]`; 0 of fewer than two."""
    flat = [heat.ravel() - heat.mean() for heat in maps.values()]
    return min((float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-9)) for a, b in combinations(flat, 2)), default=0.0)


def laid_out(found: Sequence[tuple[Concept, float]], shows: Mapping[str, str], like: Mapping[str, float]) -> list[Concept]:
    """Concepts as they lie on the wall: of every part one before any comes again, the most convincing first.

    Those come first whose name is true of the picture, then what more of the models share, what they see alike in it, what covers its
    part best. By strength alone the wall of a face begins with ten concepts of its background, and that of a Noun with what
    every model sees elsewhere.

    Args:
        found: each with how active it is in the picture.
        shows: slot to what the picture is read to show there; empty where that is not known.
        like: by id how alike the models see it here; empty where that is not known.
    """

    def worth(pair: tuple[Concept, float]) -> tuple[bool, int, float, float, float]:
        concept, peak = pair
        said = {word for word in concept.name.split() if not word.isdigit()}
        true = said <= set(shows.get(concept.part, "").split()) if concept.part else bool(like)
        return bool(said) and true, len(concept.best), like.get(concept.id, 0.0), concept.iou, peak

    rounds: dict[str, int] = {}
    rows: list[tuple[int, int, Concept]] = []
    for at, (concept, _) in enumerate(sorted(found, key=worth, reverse=True)):
        rows.append((rounds.get(concept.part, 0), at, concept))
        rounds[concept.part] = rounds.get(concept.part, 0) + 1
    return [row[-1] for row in sorted(rows, key=lambda row: row[:2])]
