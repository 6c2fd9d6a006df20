"""What a visitor does on the tab Shift: a sprite to start from, the values that are asked of its latent, and what came of it.

Small, plain and hashable, so that it can live in `gr.State` and in a file.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from app.shared import guard
from app.shared.address import Address
from core.foundations.errors import SettingError
from core.foundations.records import Edit, Picture, Shifted, ShiftMethod
from core.worlds.dsprites.factors import FACTORS, SIDE
from core.worlds.dsprites.render import draw

WORDS = {"shape": "shape", "scale": "size", "rotation": "rotation", "x": "x", "y": "y"}
"""Factors in one word each, for the report and the tables."""
FIRST = "studio"
"""The method that the tab opens on."""
KEPT = 256
"""Pictures and views that are remembered for all visitors together."""

Values = tuple[int, ...]
Wanted = tuple[int | None, ...]


@dataclass(frozen=True)
class Turned:
    """Where a visitor is.

    Attributes:
        start: the five true factors of the sprite to start from; empty before the first look.
        wanted: for each factor the value that is asked of the latent, or None.
        method: how the latent is shifted.
    """

    start: Values = ()
    wanted: Wanted = (None,) * len(FACTORS)
    method: str = FIRST

    @property
    def asked(self) -> dict[str, int]:
        """What is asked, factor by factor."""
        return {slot: value for slot, value in zip(FACTORS, self.wanted, strict=True) if value is not None}

    def ask(self, more: Mapping[str, int]) -> Turned:
        """The same with more asked; what the start shows already is not asked."""
        asked = {**self.asked, **more}
        return replace(self, wanted=plain(self.start, tuple(asked.get(slot) for slot in FACTORS)))


OPENING = Turned((2, 4, 3, 25, 9), (None, None, None, 5, None))
"""The tab opens on a heart at the right that is asked to stand at the left."""


@dataclass(frozen=True)
class Way:
    """A method in plain words and measured figures; None where a share was not measured.

    Attributes:
        measured: per factor the share of edits that did what was asked and nothing else.
        leakage: per asked factor the share of edits in which each other factor moved, and itself reached what was asked.
    """

    name: str
    says: str
    measured: tuple[float | None, ...]
    leakage: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Kit:
    """All that the tab's controls need to know: the words of every value, and the methods."""

    names: tuple[tuple[str, ...], ...]
    ways: tuple[Way, ...]

    @property
    def counts(self) -> Values:
        """How many values each factor has."""
        return tuple(len(names) for names in self.names)

    def way(self, name: Any) -> Way:
        """A method by its name; SettingError where there is none."""
        for way in self.ways:
            if way.name == name:
                return way
        raise SettingError("That way of shifting does not exist here. Choose one of the list.")

    def word(self, slot: str, value: int) -> str:
        """A value in words."""
        return self.names[FACTORS.index(slot)][value]

    @classmethod
    def from_dict(cls, data: dict) -> Kit:
        """From a file."""
        rows = [{**w, "measured": tuple(w["measured"]), "leakage": tuple(map(tuple, w["leakage"]))} for w in data["ways"]]
        return cls(tuple(map(tuple, data["names"])), tuple(Way(**row) for row in rows))


def place_of(turned: Turned) -> dict[str, str]:
    """A moment for the address; the opening one needs none."""
    if turned == OPENING:
        return {}
    to = ".".join("-" if value is None else str(value) for value in turned.wanted)
    return {"sprite": ".".join(map(str, turned.start)), "to": to, "way": turned.method}


def turned_at(here: Address, kit: Kit) -> Turned:
    """The moment that a link shows; SettingError where there is no such value or method."""
    start = guard.factors([int(value) for value in here.get("sprite").split(".") if value], kit.counts)
    asked = [None if value == "-" else int(value) for value in (here.get("to") or "-.-.-.-.-").split(".")]
    return Turned(start, plain(start, guard.factors(asked, kit.counts, some=True)), kit.way(here.get("way") or FIRST).name)


@dataclass(frozen=True)
class View:
    """What there is to see of a moment.

    Attributes:
        turned: of which.
        first: the exact sprite to start from, as `pack` writes it; likewise `made`, what the model draws, and `target`,
            the exact picture of what was asked.
        after: what is read from what the model draws, in words, factor by factor.
        moved: the factors that read otherwise than at the start.
        missed: asked factors that read another value than the asked one.
        agreement: share of the ink that the exact picture and the model's have in common (IoU), in [0, 1].
    """

    turned: Turned
    first: str
    made: str
    target: str
    after: tuple[str, ...]
    moved: tuple[str, ...]
    missed: tuple[str, ...]
    agreement: float

    @property
    def leaks(self) -> tuple[str, ...]:
        """What moved though nobody asked."""
        return tuple(slot for slot in self.moved if slot not in self.turned.asked)

    @classmethod
    def from_dict(cls, data: dict) -> View:
        """From a file."""
        turned = Turned(tuple(data["turned"]["start"]), tuple(data["turned"]["wanted"]), data["turned"]["method"])
        return cls(**{**data, "turned": turned, **{k: tuple(data[k]) for k in ("after", "moved", "missed")}})


def plain(start: Values, wanted: Wanted) -> Wanted:
    """What is asked beyond what the start shows already."""
    return tuple(None if value == here else value for here, value in zip(start, wanted, strict=True))


def ink(image: Image.Image) -> np.ndarray:
    """How white a picture is, `[64 64]` in [0, 1]."""
    return np.asarray(image.convert("L"), np.float32) / 255


def pack(image: Image.Image) -> str:
    """A sprite in 16 greys, two pixels to a byte, as base64: 2.7 kB."""
    grey = np.round(15 * ink(image)).astype(np.uint8).reshape(-1, 2)
    return base64.b64encode((grey[:, 0] << 4 | grey[:, 1]).tobytes()).decode()


def unpack(text: str) -> np.ndarray:
    """A packed sprite, `[64 64]` in [0, 1]."""
    pairs = np.frombuffer(base64.b64decode(text), np.uint8)
    return np.stack([pairs >> 4, pairs & 15], -1).reshape(SIDE, SIDE) / np.float32(15)


def exact(values: Values) -> Image.Image:
    """The exact sprite of five factors."""
    return Image.fromarray(255 * draw(np.array([values]))[0])


def overlap(one: Image.Image, other: Image.Image) -> float:
    """Share of the ink that two pictures have in common (IoU)."""
    a, b = ink(one) > 0.5, ink(other) > 0.5
    return float((a & b).sum() / max((a | b).sum(), 1))


def asked_by(edits: Sequence[Edit], counts: Values) -> dict[str, int]:
    """What the edits of a sentence ask for; SettingError where one is no shift of a sprite."""
    out = {}
    for edit in edits:
        match = re.fullmatch(r"shift:(\w+):(\d{1,3})", guard.handle_id(edit.handle))
        if match is None or match[1] not in FACTORS:
            raise SettingError("That cannot be shifted on a sprite. Say it in other words, or use the sliders.")
        if not edit.muted:
            out[match[1]] = guard.index(int(match[2]), counts[FACTORS.index(match[1])])
    return out


class CachedSprites:
    """The studio's sprites as the tab uses them: moments in, views out, with small caches keyed by content, never by visitor.

    Nothing is loaded before the first question. A missing weight file is told as a sentence then.
    """

    def __init__(self, studio: Any, kit: Kit | None = None) -> None:
        self.studio, self._kit = studio, kit
        self.start = lru_cache(KEPT)(self._start)
        self.view = lru_cache(KEPT)(self._view)

    @property
    def sprites(self) -> Any:
        """The verbs of the world dsprites."""
        return self.studio.sprites

    @property
    def kit(self) -> Kit:
        """Words and methods; read from the studio once."""
        if self._kit is None:
            names = tuple(tuple(part.name for part in self.sprites.parts(slot)) for slot in FACTORS)
            self._kit = Kit(names, tuple(_way(method) for method in self.sprites.methods()))
        return self._kit

    def _start(self, values: Values) -> Picture:
        return self.sprites.compose({slot: str(value) for slot, value in zip(FACTORS, values, strict=True)}, 0)

    def _view(self, turned: Turned) -> View:
        start, first = self.start(turned.start), exact(turned.start)
        if not turned.asked:
            words = tuple(names[value] for names, value in zip(self.kit.names, turned.start, strict=True))
            return View(turned, pack(first), pack(start.image), pack(first), words, (), (), overlap(first, start.image))
        chosen = dict(zip(FACTORS, turned.start, strict=True))
        shifted: Shifted = self.sprites.shift(start, turned.asked, turned.method, chosen)
        before = {reading.slot: reading.part for reading in shifted.before}
        after = {reading.slot: reading for reading in shifted.after}
        changed = {slot for slot in turned.asked if after[slot].part != before[slot]} | set(shifted.moved)
        moved = tuple(slot for slot in FACTORS if slot in changed)
        missed = tuple(slot for slot, value in turned.asked.items() if after[slot].part != str(value))
        words = tuple(after[slot].name for slot in FACTORS)
        made, target = pack(shifted.picture.image), pack(shifted.target)
        return View(turned, pack(first), made, target, words, moved, missed, float(shifted.iou))

    def shown(self, turned: Turned) -> Picture:
        """The picture that a sentence speaks of: what the model draws now."""
        start = self.start(turned.start)
        return self.sprites.shift(start, turned.asked, turned.method).picture if turned.asked else start


def _way(method: ShiftMethod) -> Way:
    measured = tuple(method.measured.get(slot) for slot in FACTORS)
    rows = np.array(method.leakage, float)
    np.fill_diagonal(rows, 1 - rows.diagonal())  # measured is how often a factor is not what it should be, the asked one too
    return Way(method.name, method.says, measured, tuple(tuple(np.round(row, 6).tolist()) for row in rows))


def opening(cached_sprites: CachedSprites) -> dict:
    """What the tab shows first, as plain JSON."""
    return {"kit": asdict(cached_sprites.kit), "view": asdict(cached_sprites.view(OPENING))}
