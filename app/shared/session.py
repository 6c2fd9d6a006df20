"""What one visitor has on the table. Small and plain, so that it can live in `gr.State`."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from app.shared import guard
from app.shared.comparison import Comparison, make_comparison
from app.shared.pictures import Sheet, data_uri
from core.foundations.errors import RequestError, SettingError, StudioError
from core.foundations.records import Edit, Picture, Result

KEPT = 30
"""Steps that undo can take back."""


SIDE = 32
"""Pixels of a Noun's side."""


@dataclass(frozen=True)
class Region:
    """A mask that was taken to the steps: they may touch only this, or must keep it.

    Attributes:
        text: what the mask is of.
        keep: whether the mask is kept as it is, rather than the only place that may change.
        bits: the mask `[32 32]`, packed.
    """

    text: str
    keep: bool
    bits: bytes

    @property
    def mask(self) -> np.ndarray:
        """What was asked for, `[32 32]` bool."""
        return np.unpackbits(np.frombuffer(self.bits, np.uint8), count=SIDE * SIDE).astype(bool).reshape(SIDE, SIDE)

    @property
    def allowed(self) -> np.ndarray:
        """Where steps may act, `[32 32]` bool."""
        return ~self.mask if self.keep else self.mask


@dataclass(frozen=True)
class Moment:
    """A base picture, as its recipe without edits, the stack upon it, and where the stack may act: everywhere where None."""

    base: str
    edits: tuple[Edit, ...] = ()
    region: Region | None = None


@dataclass(frozen=True)
class Session:
    """Where a visitor is, and the way there and back."""

    now: Moment
    past: tuple[Moment, ...] = ()
    future: tuple[Moment, ...] = ()

    def go(self, moment: Moment) -> Session:
        """A new moment; what was undone before is forgotten."""
        return self if moment == self.now else Session(moment, (*self.past, self.now)[-KEPT:], ())

    def stack(self, edits: tuple[Edit, ...]) -> Session:
        """The same base under another stack."""
        if len(edits) > guard.STACK:
            raise RequestError(f"The list holds {guard.STACK} steps at most. Remove one first.")
        return self.go(replace(self.now, edits=tuple(edits)))

    def within(self, region: Region | None) -> Session:
        """The same steps, which may act in a region only; everywhere where None."""
        return self.go(replace(self.now, region=region))

    def undo(self) -> Session:
        """One step back, where there is one."""
        return Session(self.past[-1], self.past[:-1], (self.now, *self.future)) if self.past else self

    def redo(self) -> Session:
        """One step forward again, where there is one."""
        return Session(self.future[0], (*self.past, self.now)[-KEPT:], self.future[1:]) if self.future else self

    def act(self, op: str, place: Any, handle: Any = None) -> Session:
        """What a button of the edit list asks for: undo, redo, clear, mute, up, down or remove.

        Args:
            op: the name of it.
            place: of the step in the list that the visitor saw.
            handle: of the step that the visitor saw there; SettingError where another is there by now. Any where None.
        """
        simple = {"undo": self.undo, "redo": self.redo, "clear": lambda: self.stack(())}
        if op in simple:
            return simple[op]()
        edits, at = list(self.now.edits), self._at(place, handle)
        if op == "mute":
            edits[at] = replace(edits[at], muted=not edits[at].muted)
        elif op == "remove":
            del edits[at]
        elif op in ("up", "down"):
            to = min(max(at + (1 if op == "down" else -1), 0), len(edits) - 1)
            edits.insert(to, edits.pop(at))
        return self.stack(tuple(edits))

    def turn(self, place: Any, strength: Any, handle: Any = None) -> Session:
        """Another strength for one edit, `place` and `handle` as in `act`. One slider that is dragged and rests is one step of undo."""
        at, to = self._at(place, handle), guard.strength(strength)
        turned = _turned(self.now, at, to)
        if turned == self.now or not self.past or len(self.past[-1].edits) != len(turned.edits):
            return self.go(turned)
        if self.past[-1] == turned:  # back where the slider was: nothing is left to undo
            return Session(turned, self.past[:-1])
        return Session(turned, self.past) if _turned(self.past[-1], at, to) == turned else self.go(turned)

    def _at(self, place: Any, handle: Any) -> int:
        """A place in the list of steps; SettingError where it is none, or where it holds another handle than the one that was seen."""
        at = guard.index(place, len(self.now.edits))
        if handle is not None and handle != self.now.edits[at].handle:
            raise SettingError("That step has moved. Look at the list of steps and press again.")
        return at


def _turned(moment: Moment, at: int, strength: float) -> Moment:
    """A moment with another strength for one of its edits."""
    edits = list(moment.edits)
    edits[at] = replace(edits[at], strength=strength)
    return replace(moment, edits=tuple(edits))


class CachedStudio:
    """The studio as the page uses it: moments in, comparisons out, with small caches keyed by content, never by visitor."""

    def __init__(self, studio: Any, sprite: dict | None = None) -> None:
        self.studio = studio
        self.sheet = Sheet(sprite)
        self.base = lru_cache(128)(self._base)
        self.result = lru_cache(64)(self._result)
        self.part_uri = lru_cache(1024)(self._part_uri)
        self.handle_uri = lru_cache(4096)(self._handle_uri)
        self.scene_uri = lru_cache(512)(lambda seed: data_uri(studio.scene(seed).image))

    def _base(self, recipe: str) -> Picture:
        return self.studio.replay(guard.recipe(recipe))[0]

    def _result(self, moment: Moment) -> Result:
        base = self.within(moment)
        return self.studio.edit(base, moment.edits) if moment.edits else Result(base)

    def _part_uri(self, slot: str, part: str) -> str:
        try:
            return data_uri(self.studio.part_image(slot, part)) if part else ""
        except (StudioError, ValueError, KeyError):
            return ""

    def _handle_uri(self, handle: str) -> str:
        return data_uri(self.sheet.cut(handle) or self.studio.handle_image(handle))

    def moment(self, picture: Picture, edits: tuple[Edit, ...] = ()) -> Moment:
        """A picture and a stack as a moment; a region that a recipe brought along stays, though nobody knows its name."""
        if "region" not in picture.origin:
            return Moment(self.studio.recipe(picture, ()), tuple(edits))
        region = Region("a part of the picture", False, base64.b64decode(picture.origin["region"]))
        return Moment(self.studio.recipe(self.studio.within(picture, None), ()), tuple(edits), region)

    def within(self, moment: Moment) -> Picture:
        """A moment's picture before any step, of which steps touch only the region."""
        base = self.base(moment.base)
        return self.studio.within(base, moment.region.allowed) if moment.region else base

    def recipe(self, moment: Moment) -> str:
        """The whole recipe of a moment, as JSON."""
        return self.studio.recipe(self.within(moment), moment.edits)

    def comparison(self, moment: Moment, result: Result | None = None) -> Comparison:
        """What there is to see of a moment; `result` saves the work where it is known."""
        result = result or self.result(moment)
        return make_comparison(self.base(moment.base), result, self.studio.read, self.part_uri)

    def names(self, edits: tuple[Edit, ...]) -> list[tuple[str, str]]:
        """Name and thumbnail of each edit's handle."""
        return [(self.studio.handle(e.handle).name or "no name yet", self.handle_uri(e.handle)) for e in edits]
