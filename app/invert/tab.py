"""Invert: bring any picture in, and watch it being found; without guidance, and guided by what all models share."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
from PIL import Image

from app.edit import desk_cards
from app.edit.brought import PICTURES, on_the_table
from app.invert import cards
from app.invert.bench import ALL, Held, How, race
from app.invert.examples import Examples
from app.shared import guard, widgets
from app.shared.address import NOWHERE, Address, sign
from app.shared.arrival import bind_enter
from app.shared.lacking import bind_lack, lack_card
from app.shared.page import CARD, Page, payload, piece
from app.shared.session import FIRST, CachedStudio, Session
from core.foundations.errors import RequestError, SettingError, StudioError

STRONGEST = 6
"""Concepts that are shown on both sides."""
NOTHING = "Drop a picture first, or choose one of those that lie ready."
RUNNING = "It is still being looked for. Wait until it is found, or keep the best so far."
OWN, SAMPLE, EDITED = "Your picture", "One of its own", "From Edit"


def build_invert(page: Page, tab: gr.Tab) -> None:
    """Place the tab's pieces and bind them."""
    bar, lack = piece(desk_cards.bar(page.desks, FIRST), elem_id="rs-invert-world"), lack_card("rs-invert-fetch")
    lack.render()
    gr.HTML(widgets.lead(cards.LEAD), apply_default_css=False, elem_id="rs-invert-lead")
    with gr.Row(elem_id="rs-invert"):
        with gr.Column(elem_id="rs-invert-left"):
            upload = gr.File(label=OWN, file_types=PICTURES, height=150, elem_id="rs-invert-file")
            begins = piece(cards.examples((), ""), elem_id="rs-invert-begins")
            ways = piece(cards.choices(How()), elem_id="rs-invert-ways")
        with gr.Column(elem_id="rs-invert-right"):
            bench = piece(cards.bench(Held()), elem_id="rs-invert-bench")
            go = gr.HTML("", js_on_load=CARD, apply_default_css=False, elem_id="rs-invert-go")
            notice = piece(elem_id="rs-invert-notice")
            near = gr.HTML("", apply_default_css=False, elem_id="rs-invert-near")
            concepts = gr.HTML("", apply_default_css=False, elem_id="rs-invert-concepts")
    made = _Invert(page, gr.State(Held()), gr.State(How()), bar, lack, upload, begins, ways, bench, go, notice, near, concepts)
    made.bind(tab)


class _Invert:
    """The tab's handlers around its pieces."""

    def __init__(self, page: Page, held: gr.State, how: gr.State, *pieces: Any) -> None:
        self.page, self.desks, self.held, self.how = page, page.desks, held, how
        self.examples = Examples(page.worlds.photos)
        self.bar, self.lack, self.upload, self.begins, self.ways, self.bench, self.go, self.notice, self.near, self.concepts = pieces

    def bind(self, tab: gr.Tab) -> None:
        """Bind everything; opening the tab shows what there is to begin with, and looks for nothing."""
        safe = lambda handler: self.page.guarded(handler, self.notice)  # noqa: E731
        state = [self.held, self.how]
        shown = [*state, self.bar, self.lack, self.begins, self.ways, self.bench, self.go, self.near, self.concepts, self.notice]
        heavy: dict[str, Any] = {"outputs": shown, **guard.waiting(self.bench)}
        bind_enter(self.page, "invert", tab, self.enter_way, state, self.notice, heavy)
        self.bar.act(safe(self.open_way), state, trigger_mode="once", **heavy)
        bind_lack(self.page, self.lack, self.notice, self.faces_fetched, state, heavy)
        self.ways.act(safe(self.choose_way), state, [self.how, self.ways, self.notice], trigger_mode="multiple", **guard.LIGHT)
        taken = {**heavy, "outputs": [*shown, self.upload]}
        brought = self.upload.upload(safe(self.bring_file), [*state, self.upload], **taken)
        given = [self.page.session, *state]
        chosen = self.begins.act(safe(self.bring), given, trigger_mode="once", **heavy)
        self._bind_search(brought, chosen)
        table = [*self.page.shown, self.page.portrait, self.page.tabs, self.notice]
        sent = {"outputs": table, **guard.waiting(self.bench)}
        self.bench.act(safe(self.send), [self.page.session, self.held], trigger_mode="once", **sent)

    def _bind_search(self, *brought: Any) -> None:
        """The search, after a picture was brought or the button pressed; and the way out, which keeps the best so far."""
        safe = lambda handler: self.page.guarded(handler, self.notice)  # noqa: E731
        after = lambda handler: self.page.guarded(handler, self.notice, clear=False)  # noqa: E731
        state, outputs = [self.held, self.how], [self.held, self.ways, self.bench, self.go, self.near, self.concepts, self.notice]
        long = {"outputs": outputs, **guard.waiting(self.go, long=True)}
        rest = {"outputs": outputs, **guard.waiting(self.bench)}
        maps = {"outputs": [self.concepts, self.notice], **guard.waiting(self.concepts)}
        runs = [event.then(after(self.seek_new), state, **long) for event in brought]
        runs.append(self.go.fetch(safe(self.seek_it), state, trigger_mode="once", **long))
        for run in runs:
            run.then(after(self.rest), state, **rest).then(after(self.both_sides), self.held, **maps)
        self.go.cancel(None, None, None, cancels=runs)
        self.go.cancel(after(self.rest), state, **rest).then(after(self.both_sides), self.held, **maps)

    # Worlds --------------------------------------------------------------------------------------------------------

    def enter_way(self, held: Held, how: How, here: Address = NOWHERE) -> dict:
        """Open as it was left, or where a link leads: a world, and a picture to begin with, which nobody looks for unasked."""
        if not here:
            return {} if how.eyes and self.desks.ready(held.world) else self._open(held, how, held.world)
        world = self.desks.named(here.get("into") or FIRST).name
        out = self._open(Held(world), How(), world)
        if not self.desks.ready(world):
            return out
        how = out[self.how]
        for op, name in (("guide", "guide"), ("start", "begin")):
            how = how.chosen(op, here.get(name)) if here.get(name) else how
        out |= {self.how: how, self.ways: cards.choices(how)}
        given = here.get("given")
        if not given:
            return out
        image, name = self._ready(world, given)
        return {**out, **self._shown(replace(self._taken(world, image, name, given), fresh=False), how)}

    def open_way(self, held: Held, how: How, event: gr.EventData) -> dict:
        """Another world."""
        world = self.desks.named(payload(event).get("id")).name
        return self._open(Held(world) if world != held.world else held, how, world)

    def faces_fetched(self, held: Held, how: How) -> dict:
        """The world that was lacking, now that it is here."""
        world = next((name for name in self.desks.names if name != FIRST), FIRST)
        return self._open(Held(world), how, world) if self.desks.ready(world) else {}

    def _open(self, held: Held, how: How, world: str) -> dict:
        bar = desk_cards.bar(self.desks, world)
        if not self.desks.ready(world):
            return {self.bar: sign(into=world) + bar, self.lack: desk_cards.lack(self.desks)}
        how = how.among(_eyes(self.desks.studio(world)))
        out = {self.bar: (sign(into=world) if world != FIRST else "") + bar, self.lack: "", self.how: how, self.ways: cards.choices(how)}
        return {**out, self.begins: self._begins(held.world, held.place), **self._shown(held, how), self.concepts: ""}

    def _begins(self, world: str, chosen: str) -> str:
        return cards.examples(self.examples.rows(world), chosen)

    def choose_way(self, held: Held, how: How, event: gr.EventData) -> dict:
        """Who guides, or where it begins; for the next search."""
        data = payload(event)
        how = how.chosen(data.get("op"), data.get("id"))
        return {self.how: how, self.ways: cards.choices(how)}

    # Pictures ------------------------------------------------------------------------------------------------------

    def bring_file(self, held: Held, how: How, path: str | None) -> dict:
        """A person's own picture; the box is empty again afterwards, so that the next one finds its place."""
        if not path:
            return {}
        try:
            return {**self._brought(how, self._taken(held.world, path, OWN, "")), self.upload: None}
        except StudioError as error:
            return {self.notice: widgets.notice(str(error)), self.upload: None}

    def bring(self, session: Session, held: Held, how: How, event: gr.EventData) -> dict:
        """One that lies ready, one that the generator could have painted, or what is on the tab Edit."""
        data = payload(event)
        op = guard.choice(data.get("op"), ("example", "sample", "edit"))
        if op == "edit":
            cached = self.desks.studio(held.world)
            image = cached.result(self.desks.opened(session, held.world).now).picture.image
            return self._brought(how, self._taken(held.world, image, EDITED, ""))
        given = guard.handle_id(data.get("id")) if op == "example" else f"sample-{random.randrange(10**6)}"
        image, name = self._ready(held.world, given)
        return self._brought(how, self._taken(held.world, image, name, given))

    def _ready(self, world: str, given: str) -> tuple[Image.Image, str]:
        kind, _, number = given.partition("-")
        if kind == "sample":
            return self.desks.studio(world).studio.sample(guard.place(int(number))).image, SAMPLE
        return self.examples.picture(world, given)

    def _taken(self, world: str, source: Any, name: str, place: str) -> Held:
        picture = self.desks.studio(world).studio.open(source)
        photograph = self.page.album.keep(picture.photograph)
        return Held(world, replace(picture, photograph=None), name, place, photograph, ALL, fresh=True)

    def _brought(self, how: How, held: Held) -> dict:
        return {self.begins: self._begins(held.world, held.place), **self._shown(replace(held, guide=how.guide), how), self.concepts: ""}

    def _shown(self, held: Held, how: How) -> dict:
        out = {self.held: held, self.bench: cards.bench(held), self.go: cards.go(held), self.near: cards.nearness(held)}
        return {**out, self.ways: cards.choices(how, held.running)}

    # The search ----------------------------------------------------------------------------------------------------

    def seek_new(self, held: Held, how: How) -> Iterator[dict]:
        """Look for a picture that was brought just now."""
        if held.fresh:
            yield from self.seek_it(held, how)

    def seek_it(self, held: Held, how: How) -> Iterator[dict]:
        """Both ways, preview by preview; whatever ends it, the best of both is kept."""
        if held.picture is None:
            raise RequestError(NOTHING)
        for at, now in enumerate(race(self.desks.studio(held.world), held, how)):
            begun = {self.go: cards.go(now), self.ways: cards.choices(how, True), self.concepts: ""} if at == 0 else {}
            yield {self.held: now, self.bench: cards.bench(now), self.near: cards.nearness(now), **begun}

    def rest(self, held: Held, how: How) -> dict:
        """What was found, at its end or where it was left."""
        return {} if held.picture is None else self._shown(replace(held, running=False, fresh=False), how)

    def both_sides(self, held: Held) -> dict:
        """The strongest concepts of what was found, there and in what was given."""
        if held.picture is None or not held.found.base or held.running:
            return {}
        studio = self.desks.studio(held.world).studio
        picture = replace(self.desks.studio(held.world).base(held.found.base), original=held.picture.original)
        found = [concept for concept, _ in studio.strongest(picture, STRONGEST)]
        maps = studio.concept_walls(picture, found, given=True)
        return {self.concepts: cards.concepts(picture, list(zip(found, maps, strict=True)), studio.shared.hub)}

    def send(self, session: Session, held: Held, event: gr.EventData) -> dict:
        """What one of the ways found, on the tab Edit."""
        data = payload(event)
        guard.choice(data.get("op"), ("send",))
        lane = held.lane(data.get("id"))
        if held.picture is None or not lane.base:
            raise SettingError(NOTHING)
        if held.running:
            raise SettingError(RUNNING)
        cached = self.desks.studio(held.world)
        picture = replace(cached.base(lane.base), original=held.picture.original)
        out = on_the_table(self.page, cached, session, picture, (), held.photograph)
        return {**out, **self.page.hinted(session, out[self.page.session]), self.page.tabs: gr.Tabs(selected="edit")}


def _eyes(cached: CachedStudio) -> tuple[str, ...]:
    """Who may guide; nobody by name where a table is not here, which the guided way then says."""
    try:
        return tuple(cached.studio.eyes())
    except StudioError:
        return ()
