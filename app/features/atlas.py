"""What the tab Features answers: its map, list and pages, in whichever world of the tab Edit is chosen there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.edit import desk_cards
from app.features import cards
from app.shared import guard, views, widgets
from app.shared.address import Address, sign
from app.shared.comparison import make_comparison
from app.shared.desks import DESKS
from app.shared.page import Page, payload
from app.shared.pictures import data_uri
from app.shared.session import FIRST, CachedStudio, Moment, Session
from core.foundations.errors import RequestError
from core.foundations.records import Edit, Found
from core.studio.seers import FOREIGN, asked_for

SHOWN = 24
"""Rows of the list."""
EXAMPLES = 6
"""Pictures in a strip."""
SEERS = "That is asked on the tab Heads and neurons. Here, look for a thing by its name, such as “red glasses”."
ACTIVE, READ = "In your picture now, strongest first:", "Read in your picture now:"
HINT = "Each mark is something that the model learned by itself. Pick one to see what it does, then turn it on your picture."
PAINTED_HINT = (
    "Each mark turns one thing about a face. It was found on painted faces that other networks have read. Pick one to see what it does, "
    "then turn it on your picture."
)
BOX, PAINTED_BOX = "shark, hat …", "smile, glasses …"
"""What stands in the empty box for a search."""


@dataclass(frozen=True)
class Map:
    """Which map a visitor sees.

    Attributes:
        world: whose handles are on it.
        followed: the world that was open on the tab Edit when this one was chosen; where another is open there, the map follows.
    """

    world: str = FIRST
    followed: str = FIRST


class Atlas:
    """The tab's handlers around its pieces."""

    def __init__(self, page: Page, sprite: dict | None, bar: gr.HTML, lack: gr.HTML, *pieces: Any) -> None:
        self.page, self.desks, self.sprite = page, page.desks, sprite
        self.bar, self.lack, self.painted = bar, lack, page.painted
        self.shown, self.chosen, self.active, self.drawn, *more = pieces
        self.chart, self.signal, self.legend, self.search, self.found, self.notice, *rest = more
        self.profile, self.strength, self.trial, self.told = rest
        place = [self.shown, self.bar, self.lack, self.chart, self.legend, self.search, self.found]
        self.mapped = [*place, self.chosen, self.profile, self.signal, self.strength, self.trial, self.told, self.notice]
        self.turning = [self.page.session, self.shown, self.chosen, self.strength]
        self.tried = [self.trial, self.told, self.notice]

    def _at(self, shown: Map) -> CachedStudio:
        return self.desks.studio(shown.world)

    def _now(self, session: Session, shown: Map) -> Moment:
        """The picture of the map's world as it is on the tab Edit."""
        return self.desks.opened(session, shown.world).now

    # The map -------------------------------------------------------------------------------------------------------

    def come(self, session: Session, shown: Map, here: Address) -> dict:
        """Open the tab on the world of the tab Edit, or where a link leads: a world, and the handle that it names, turned as it says."""
        if here:
            out = self._map(session, shown, self.desks.named(here.get("map") or FIRST).name)
            if not here.get("feature") or self.shown not in out:
                return out
            strength = guard.strength(float(here.get("strength") or 1.0))
            return {**out, **self._opened(out[self.shown], here.get("feature")), self.strength: strength}
        return self._map(session, shown, session.world if session.world != shown.followed else shown.world)

    def open_map(self, session: Session, shown: Map, event: gr.EventData) -> dict:
        """The map of another world."""
        return self._map(session, shown, self.desks.named(payload(event).get("id")).name)

    def faces_fetched(self, session: Session, shown: Map) -> dict:
        """The map of what was lacking, now that it is here."""
        world = next((name for name in self.desks.names if name != FIRST), FIRST)
        return self._map(session, shown, world) if self.desks.ready(world) else {}

    def _map(self, session: Session, shown: Map, world: str) -> dict:
        """A world's map; where it lacks something, the card that says what."""
        bar = desk_cards.bar(self.desks, world)
        if not self.desks.ready(world):
            return {self.bar: bar, self.lack: desk_cards.lack(self.desks)}
        new, studio = Map(world, session.world), self.desks.studio(world).studio
        handles = studio.handles()
        slots = [slot for slot in studio.slots if any(handle.slot == slot for handle in handles)]
        slots += dict.fromkeys(handle.slot for handle in handles if handle.slot and handle.slot not in studio.slots)
        legend = cards.slots_legend(slots[::-1] if world == FIRST else slots, any(not handle.slot for handle in handles))
        place = sign(map=world) if world != FIRST else ""
        out = {self.shown: new, self.bar: place + bar, self.lack: "", self.legend: legend}
        out[self.chart] = cards.points(handles, self.sprite if world == FIRST else None)
        if world == shown.world:
            return out
        painted = bool(DESKS[world].plain)
        box, hint = gr.Textbox("", placeholder=PAINTED_BOX if painted else BOX), widgets.quiet(PAINTED_HINT if painted else HINT)
        empty = {self.found: "", self.chosen: "", self.profile: hint, self.trial: "", self.told: ""}
        return {**out, **empty, self.search: box, self.signal: json.dumps({"heat": {}, "found": [], "chosen": ""})}

    def light_up(self, session: Session, shown: Map) -> dict:
        """Mark what is in the current picture, and keep the list of it for `list_active`."""
        cached, features = self._at(shown), DESKS[shown.world].features
        picture = cached.result(self._now(session, shown)).picture
        active = cached.studio.activations(picture) if features else _read(cached, picture)
        top = sorted(active, key=lambda h: -active[h])[:SHOWN]
        rows = [(cached.studio.handle(h), self.painted.uri(shown.world, h), _felt(active[h]) if features else "") for h in top]
        heat = {h: round(float(v), 3) for h, v in active.items()}
        return {self.signal: json.dumps({"heat": heat}), self.active: cards.listing(rows, ACTIVE if features else READ)}

    def list_active(self) -> Callable[[str, str], Any]:
        """A handler that lists what is active, unless the search box holds something by then: lighting up may have waited long."""

        def fill(text: str, active: str) -> Any:
            return gr.skip() if text.strip() or not active else active

        return fill

    def paint(self, shown: Map) -> Iterator[dict]:
        """The handles' small pictures: those that were painted before, and then the others, one after the other."""
        for small in self.painted.rest(shown.world):
            yield {self.signal: json.dumps({"small": small})}

    def look(self, shown: Map, text: str) -> dict:
        """Search by words; an empty box lists what the model is surest of."""
        studio = self._at(shown).studio
        if not text.strip():
            surest = sorted(studio.handles(), key=lambda h: -h.confidence)[:SHOWN]
            rows, lead, near = [(h, self.painted.uri(shown.world, h.id), "") for h in surest], "What the model is surest of:", []
        elif asked_for(text := guard.asked(text)):
            return {self.signal: json.dumps({"found": []}), self.found: widgets.quiet(SEERS)}
        else:
            hits = studio.find(text, limit=SHOWN)
            rows = [(f.handle, self.painted.uri(shown.world, f.handle.id), _matched(f)) for f in hits]
            lead, near = f"Nearest to “{text[:60]}”:", [f.handle.id for f in hits[:8]]
        return {self.signal: json.dumps({"found": near}), self.found: cards.listing(rows, lead)}

    def look_among(self, text: str, among: Sequence[Any]) -> Sequence[Found]:
        """What the same words find among features that a visitor has opened besides, where they are nearer than what the map has."""
        if not text.strip() or not among or asked_for(text := guard.asked(text)):
            return ()
        return [one for one in self.page.cached.studio.find(text, limit=SHOWN, among=among) if one.handle.id.startswith(FOREIGN)]

    # A handle ------------------------------------------------------------------------------------------------------

    def pick(self, shown: Map, event: gr.EventData) -> dict:
        """Open a handle's page; its evidence follows once the model has drawn it."""
        return self._opened(shown, payload(event).get("id"))

    def _opened(self, shown: Map, id: Any) -> dict:
        handle = self._at(shown).studio.handle(guard.handle_id(id))
        plain = DESKS[shown.world].plain
        turned = cards.turned(handle, plain, None) if plain else ""
        page = sign(feature=handle.id) + str(cards.profile(handle, self.painted.uri(shown.world, handle.id), (), (), turned))
        return {self.chosen: handle.id, self.profile: page, self.signal: json.dumps({"chosen": handle.id})}

    def evidence(self, shown: Map, chosen: str) -> dict:
        """A handle's page with examples on which it is strong and weak, or with what it does on a plain picture, for `settle`."""
        if not chosen:
            return {}
        cached, plain = self._at(shown), DESKS[shown.world].plain
        handle = cached.studio.handle(chosen)
        if plain:
            found = self.painted.turned(shown.world, handle)
            page = cards.profile(handle, found.steps[found.full][1], (), (), cards.turned(handle, plain, found))
        else:
            strips = [[data_uri(p.image) for p in pictures[:EXAMPLES]] for pictures in cached.studio.examples(chosen)]
            best, worst = strips
            page = cards.profile(handle, cached.handle_uri(chosen), best, worst)
        return {self.drawn: (chosen, sign(feature=chosen) + str(page))}

    def settle(self, chosen: str, drawn: tuple[str, str]) -> dict:
        """Show the page that was drawn, unless another handle was picked meanwhile: its examples are still to come."""
        return {self.profile: drawn[1]} if chosen and chosen == drawn[0] else {}

    def turn(self, session: Session, shown: Map, chosen: str, strength: float) -> dict:
        """What the chosen handle alone does to the picture as it is now: no other step is part of it, nor of its report."""
        if not chosen:
            return {}
        cached, now = self._at(shown), self._now(session, shown)
        handle = cached.studio.handle(guard.handle_id(chosen))
        turned = (*now.edits, Edit(handle.id, guard.strength(strength), within=now.region))
        result = cached.studio.edit(cached.base(now.base), turned, len(now.edits))
        compared = make_comparison(cached.result(now).picture, result, cached.studio.read, cached.part_uri)
        place = sign(strength=f"{guard.strength(strength):g}")
        return {self.trial: place + str(cards.trial(compared, handle.name or "this")), self.told: views.report(compared)}

    def add(self, session: Session, shown: Map, chosen: str, strength: float) -> dict:
        """Take the turned handle to the steps, and go there."""
        if not chosen:
            raise RequestError("Pick a mark on the map first; then it can be added to the steps.")
        handle = self._at(shown).studio.handle(guard.handle_id(chosen))
        moved = self._at(shown).added(self.desks.opened(session, shown.world), Edit(handle.id, guard.strength(strength)))
        other = self.page.picked(moved) if moved.world != session.world else {}
        return {**self.page.show(moved), **other, self.page.tabs: gr.Tabs(selected="edit")}


def _read(cached: CachedStudio, picture: Any) -> dict[str, float]:
    """The handles of what is read in a picture, each as strong as the others."""
    shown = {(reading.slot, reading.part) for reading in cached.studio.read(picture)}
    return {handle.id: 1.0 for handle in cached.studio.handles() if (handle.slot, handle.part) in shown}


def _matched(found: Found) -> str:
    return f" · {found.text}" if found.text and found.text != found.handle.name else ""


def _felt(value: float) -> str:
    return " · very strong" if value > 1.5 else " · strong" if value > 0.75 else " · weak"
