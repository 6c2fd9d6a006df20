"""What one visitor has on the table. Small and plain, so that it can live in `gr.State`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from app.shared import guard
from app.shared.comparison import Comparison, make_comparison
from app.shared.pictures import Sheet, data_uri, jpeg, seen, small, uri_of
from core.foundations.errors import RequestError, SettingError, StudioError
from core.foundations.records import Edit, Picture, Result
from core.foundations.region import Region

KEPT = 30
"""Steps that undo can take back."""
FIRST = "nouns"
"""The world that the page opens in."""


@lru_cache(maxsize=256)
def world_of(recipe: str) -> str:
    """The world that a recipe is of; the first one where it does not say so, which its studio will refuse."""
    try:
        told = json.loads(recipe)
    except (ValueError, RecursionError):
        return FIRST
    world = told.get("world") if isinstance(told, dict) else None
    return world if isinstance(world, str) else FIRST


@dataclass(frozen=True)
class Said:
    """The last sentence, or the last step that was added by hand.

    Attributes:
        text: the sentence; of a step its name.
        did: what it changed, in a sentence.
        note: what a person should know about it; else "".
    """

    text: str
    did: str
    note: str = ""


@dataclass(frozen=True)
class Moment:
    """What can be undone and done again.

    Attributes:
        base: a picture, as its recipe without edits.
        edits: the stack upon it, each edit with what bounds it.
        region: where the next edits may act; everywhere where None.
        said: what came last, until a hand turns or moves something. It tells no moment from another.
        photograph: the name under which `app.shared.album` holds what its face was cut out of; "" where it was cut out of nothing.
    """

    base: str
    edits: tuple[Edit, ...] = ()
    region: Region | None = None
    said: Said | None = field(default=None, compare=False)
    photograph: str = ""

    @property
    def world(self) -> str:
        """The world of its picture."""
        return world_of(self.base)


@dataclass(frozen=True)
class Session:
    """Where a visitor is, and the way there and back; within one world, since undo never leads out of it.

    Attributes:
        others: where the visitor was last in other worlds, each without others of its own.
    """

    now: Moment
    past: tuple[Moment, ...] = ()
    future: tuple[Moment, ...] = ()
    others: tuple[Session, ...] = ()

    @property
    def world(self) -> str:
        """The world that is open."""
        return self.now.world

    def been(self, world: str) -> bool:
        """Whether the visitor was ever in a world."""
        return world == self.world or any(other.world == world for other in self.others)

    def to(self, world: str) -> Session:
        """The way there and back in another world, as it was left; itself where the visitor is there, or never was."""
        there = next((other for other in self.others if other.world == world), None)
        return self._in(there) if there else self

    def _in(self, there: Session) -> Session:
        left = replace(self, others=())
        others = tuple(other for other in self.others if other.world not in (self.world, there.world))
        return replace(there, others=(*others, left))

    def go(self, moment: Moment) -> Session:
        """A new moment; what was undone before is forgotten. One of another world is gone to there, and this world stays as it is."""
        if moment.world != self.world:
            return self.to(moment.world).go(moment) if self.been(moment.world) else self._in(Session(moment))
        return self if moment == self.now else replace(self, now=moment, past=(*self.past, self.now)[-KEPT:], future=())

    def stack(self, edits: tuple[Edit, ...], said: Said | None = None) -> Session:
        """The same base under another stack, and by what it came about."""
        if len(edits) > guard.STACK:
            raise RequestError(f"The list holds {guard.STACK} steps at most. Remove one first.")
        return self.go(replace(self.now, edits=tuple(edits), said=said))

    def within(self, region: Region | None) -> Session:
        """The same steps; those that are made from now on may act in a region only, or everywhere where None."""
        return self.go(replace(self.now, region=region))

    def undo(self) -> Session:
        """One step back, where there is one."""
        return replace(self, now=self.past[-1], past=self.past[:-1], future=(self.now, *self.future)) if self.past else self

    def redo(self) -> Session:
        """One step forward again, where there is one."""
        if not self.future:
            return self
        return replace(self, now=self.future[0], past=(*self.past, self.now)[-KEPT:], future=self.future[1:])

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

    def turned(self, turned: Moment, again: Moment | None) -> Session:
        """A hand's turn of the moment; `again` is what the same turn makes of the moment before, so that one drag is one step of undo."""
        if turned == self.now or not self.past or again is None:
            return self.go(turned)
        if self.past[-1] == turned:  # back where the slider was: nothing is left to undo
            return replace(self, now=self.past[-1], past=self.past[:-1], future=())
        return replace(self, now=turned, future=()) if again == turned else self.go(turned)

    def turn(self, place: Any, strength: Any, handle: Any = None) -> Session:
        """Another strength for one edit, `place` and `handle` as in `act`. One slider that is dragged and rests is one step of undo."""
        at, to = self._at(place, handle), guard.strength(strength)
        same = bool(self.past) and len(self.past[-1].edits) == len(self.now.edits)
        return self.turned(_turned(self.now, at, to), _turned(self.past[-1], at, to) if same else None)

    def restack(self, change: Callable[[tuple[Edit, ...]], tuple[Edit, ...]]) -> Session:
        """Another stack, by a hand that may go on changing it the same way: one drag is one step of undo."""
        if len(change(self.now.edits)) > guard.STACK:
            raise RequestError(f"The list holds {guard.STACK} steps at most. Remove one first.")
        now, *before = (replace(m, edits=change(m.edits), said=None) for m in (self.now, *self.past[-1:]))
        return self.turned(now, before[0] if before else None)

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
    return replace(moment, edits=tuple(edits), said=None)


class CachedStudio:
    """The studio as the page uses it: moments in, comparisons out, with small caches keyed by content, never by visitor.

    Args:
        studio: the verbs, in one world.
        sprite: thumbnails of handles that lie ready.
        parts: whether each part has a thumbnail of its own.
    """

    def __init__(self, studio: Any, sprite: dict | None = None, parts: bool = True) -> None:
        self.studio, self.parts = studio, parts
        self.sheet = Sheet(sprite)
        self.base = lru_cache(128)(self._base)
        self.played = lru_cache(64)(self._played)
        self.part_uri = lru_cache(1024)(self._part_uri)
        self.handle_uri = lru_cache(4096)(self._handle_uri)
        self.scene_uri = lru_cache(512)(lambda seed: data_uri(studio.scene(seed).image))

    def _base(self, recipe: str) -> Picture:
        return self.studio.replay(guard.recipe(recipe))[0]

    def _played(self, base: str, edits: tuple[Edit, ...], since: int) -> Result:
        picture = self.base(base)
        return self.studio.edit(picture, edits, since) if edits else Result(picture)

    def _part_uri(self, slot: str, part: str) -> str:
        try:
            return data_uri(self.studio.part_image(slot, part)) if part and self.parts else ""
        except (StudioError, ValueError, KeyError):
            return ""

    def _handle_uri(self, handle: str) -> str:
        return seen(small(self.sheet.cut(handle) or self.studio.handle_image(handle)))

    def moment(self, picture: Picture, edits: tuple[Edit, ...] = ()) -> Moment:
        """A picture and a stack as a moment."""
        return Moment(self.studio.recipe(self.studio.within(picture, None), ()), tuple(edits), picture.within)

    def result(self, moment: Moment, since: int = 0) -> Result:
        """What came of a moment's steps; the report tells of those from a place on."""
        return self.played(moment.base, moment.edits, since)

    def within(self, moment: Moment) -> Picture:
        """A moment's picture before any step, of which the next steps touch only the region."""
        return self.studio.within(self.base(moment.base), moment.region)

    def recipe(self, moment: Moment) -> str:
        """The whole recipe of a moment, as JSON."""
        return self.studio.recipe(self.within(moment), moment.edits)

    def comparison(self, moment: Moment, result: Result | None = None) -> Comparison:
        """What there is to see of a moment; `result` saves the work where it is known."""
        result, said = result or self.result(moment), moment.said
        shown = make_comparison(self.base(moment.base), result, self.studio.read, self.part_uri)
        if said is None:
            return shown
        return replace(shown, said=said.text, last="" if said.did == shown.say else said.did, note=said.note)

    def sketch(self, moment: Moment, quick: bool) -> str:
        """What a moment's steps make of its picture while one of them is dragged, drawn smoothly; see `core.studio.Studio.sketch`."""
        return uri_of(jpeg(self.studio.sketch(self.base(moment.base), moment.edits, quick)))

    def names(self, edits: tuple[Edit, ...]) -> list[tuple[str, str]]:
        """Name and thumbnail of each edit's handle."""
        return [(self.name(e.handle), self.handle_uri(e.handle)) for e in edits]

    def name(self, handle: str) -> str:
        """A handle's name for people."""
        return self.studio.handle(handle).name or "no name yet"

    def added(self, session: Session, edit: Edit) -> Session:
        """One more step, by hand, within what bounds steps now."""
        now = session.now
        stacked = session.stack((*now.edits, replace(edit, within=now.region)))
        report = self.result(stacked.now, len(now.edits)).report
        return session.stack(stacked.now.edits, Said(self.name(edit.handle), report.sentence if report else ""))
