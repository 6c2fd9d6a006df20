"""Rosetta: what all models share, as a wall over a picture; and a way to move it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from app.edit import desk_cards
from app.edit.brought import on_the_table
from app.rosetta import cards
from app.rosetta.cards import Maps
from app.rosetta.joining import Joining
from app.rosetta.maps import Kept
from app.rosetta.stone import LOOKED, NOTHING, SHOWN, Asked, Stone, alike, asked, laid_out
from app.shared import guard, views, widgets
from app.shared.address import NOWHERE, Address, sign
from app.shared.arrival import bind_enter
from app.shared.comparison import make_comparison
from app.shared.lacking import bind_lack, lack_card
from app.shared.models import name_of
from app.shared.page import Page, payload, piece
from app.shared.pictures import is_soft
from app.shared.session import FIRST, CachedStudio, Moment, Session
from core.foundations.concepts import Concept
from core.foundations.errors import SettingError, StudioError, WeightsError
from core.foundations.records import Edit, Picture, Result

VIEW, TOOLS, GO = "rs.stone.view(element, watch)", "rs.stone.tools(element)", "rs.stone.go(element, trigger, 'fetch', 'cancel')"
TOLD = 3
"""Concepts whose maps are told of an edit of all."""


def build_rosetta(page: Page, tab: gr.Tab) -> None:
    """Place the tab's pieces and bind them."""
    bar, lack = piece(desk_cards.bar(page.desks, FIRST), elem_id="rs-stone-world"), lack_card("rs-stone-fetch")
    lack.render()
    gr.HTML(widgets.lead(cards.LEAD), apply_default_css=False, elem_id="rs-stone-lead")
    joining = Joining(page)
    with gr.Row(elem_id="rs-stone"):
        with gr.Column(elem_id="rs-stone-left"):
            with gr.Row(elem_id="rs-stone-pair"):
                view = gr.HTML("", js_on_load=VIEW, apply_default_css=False, elem_id="rs-stone-view")
                after = piece(cards.after(None), elem_id="rs-stone-after")
            source = piece(cards.sources(), elem_id="rs-stone-source")
            gr.HTML(cards.tools(), js_on_load=TOOLS, apply_default_css=False, elem_id="rs-stone-tools")
            go = gr.HTML(cards.go(), js_on_load=GO, apply_default_css=False, elem_id="rs-stone-go")
            notice = piece(elem_id="rs-stone-notice")
            told = gr.HTML("", apply_default_css=False, elem_id="rs-stone-told")
        with gr.Column(elem_id="rs-stone-right"):
            large = piece(elem_id="rs-stone-large")
            wall = piece(elem_id="rs-stone-wall")
            joining.place()
    _Rosetta(page, joining, gr.State(Stone()), bar, lack, view, after, source, go, notice, told, large, wall).bind(tab)


class _Rosetta:
    """The tab's handlers around its pieces."""

    def __init__(self, page: Page, joining: Joining, stone: gr.State, *pieces: Any) -> None:
        self.page, self.desks, self.joining, self.stone, self.maps = page, page.desks, joining, stone, Kept()
        self.bar, self.lack, self.view, self.after, self.source, self.go, self.notice, self.told, self.large, self.wall = pieces

    def bind(self, tab: gr.Tab) -> None:
        """Bind everything; what is painted and dragged the browser alone knows until it is asked for."""
        safe = lambda handler: self.page.guarded(handler, self.notice)  # noqa: E731
        after = lambda handler: self.page.guarded(handler, self.notice, clear=False)  # noqa: E731
        table = [self.stone, self.view, self.after, self.go, self.told, self.large, self.wall, self.notice]
        shown, given = [*table, self.bar, self.lack, *self.joining.pieces], [self.page.session, self.stone]
        heavy: dict[str, Any] = {"outputs": shown, **guard.waiting(self.wall)}
        bind_enter(self.page, "rosetta", tab, self.enter_wall, given, self.notice, heavy)
        self.bar.act(safe(self.open_wall), given, trigger_mode="once", **heavy)
        bind_lack(self.page, self.lack, self.notice, self.faces_fetched, given, heavy)
        self.joining.bind(self.notice, self.join_wall, given, heavy)
        self.source.act(safe(self.pick_picture), given, trigger_mode="once", **heavy)
        self.wall.act(safe(self.hold), self.stone, trigger_mode="multiple", **{**heavy, **guard.waiting(self.view)})
        run = self.go.fetch(safe(self.move_it), self.stone, trigger_mode="once", **{"outputs": table, **guard.waiting(self.go, long=True)})
        rest = {"outputs": table, **guard.waiting(self.after)}
        run.then(after(self.rest), self.stone, **rest)
        self.go.cancel(None, None, None, cancels=[run])
        self.go.cancel(after(self.rest), self.stone, **rest)
        sent = [*shown, *self.page.shown, self.page.portrait, self.page.tabs]
        self.large.act(safe(self.turn), given, trigger_mode="once", **{"outputs": sent, **guard.waiting(self.large)})
        self.after.act(safe(self.take), given, trigger_mode="once", **{"outputs": sent, **guard.waiting(self.after)})

    def _at(self, stone: Stone) -> CachedStudio:
        return self.desks.studio(stone.world)

    # The wall ------------------------------------------------------------------------------------------------------

    def enter_wall(self, session: Session, stone: Stone, here: Address = NOWHERE) -> dict:
        """Open over the picture of the tab Edit, if that is another by now, or where a link leads."""
        if here:
            world = self.desks.named(here.get("wall") or FIRST).name
            return self._open(session, replace(stone, world=world, now=None, rows=SHOWN, held=here.get("concept") or None))
        if self.desks.ready(stone.world) and stone.now and self.desks.opened(session, stone.world).now == stone.followed:
            return {}
        return self._open(session, stone)

    def open_wall(self, session: Session, stone: Stone, event: gr.EventData) -> dict:
        """The wall of another world."""
        world = self.desks.named(payload(event).get("id")).name
        return self._open(session, stone if world == stone.world else Stone(world))

    def faces_fetched(self, session: Session, stone: Stone) -> dict:
        """The wall of what was lacking, now that it is here."""
        world = next((name for name in self.desks.names if name != FIRST), FIRST)
        return self._open(session, Stone(world)) if self.desks.ready(world) else {}

    def join_wall(self, named: Any, session: Session, stone: Stone) -> dict:
        """The Nouns' wall, now that a further model stands on it; or as it was before, where None."""
        if named is None:
            for name in sorted(self.page.cached.studio.shared.joined):
                self.page.cached.studio.part(name)
        return self._open(session, stone if stone.world == FIRST else Stone())

    def _open(self, session: Session, stone: Stone) -> dict:
        """A world's wall over its picture on the tab Edit; where it lacks something, the card that says what."""
        bar = desk_cards.bar(self.desks, stone.world)
        if not self.desks.ready(stone.world):
            return {self.bar: sign(wall=stone.world) + bar, self.lack: desk_cards.lack(self.desks)}
        now = self.desks.opened(session, stone.world).now
        stone = stone.on(now, now)
        return {self.bar: bar, self.lack: "", **self.joining.told(), **self._laid(stone)}

    def _laid(self, stone: Stone) -> dict:
        """A picture and its wall, before anything is moved on it."""
        out = {self.after: cards.after(None), self.told: ""}
        try:
            wall = self._wall(stone)
            return {**out, **wall, **self._held(wall[self.stone])}
        except WeightsError as error:
            bare = replace(stone, held=None)
            view = cards.view(stone.picture(self._at(stone)).image, stone.world, None, None)
            return {**out, self.stone: bare, self.view: view, self.wall: cards.missing(str(error)), self.large: "", self.go: ""}

    def _wall(self, stone: Stone) -> dict:
        """Concepts that are in the picture, of every part some, the held one among them."""
        cached = self._at(stone)
        studio, picture = cached.studio, stone.picture(cached)
        found = self._laid_out(stone, studio.strongest(picture, len(studio.concepts())))[: stone.rows]
        stone = replace(stone, held=found[0].id if stone.held is None and found else stone.held)
        held = self._concept(stone)
        if held is not None and held.id not in {concept.id for concept in found}:
            found = [held, *found[:-1]]
        maps, lacking = self._maps(stone, found)
        models, more = (studio.shared.hub, *studio.eyes()), len(studio.concepts()) - len(found)
        rows = list(zip(found, maps, strict=True))
        wall = cards.wall(picture.image, rows, models, studio, stone.held or "", max(more, 0))
        return {self.stone: stone, self.wall: (cards.missing(lacking) if lacking else "") + wall}

    def _laid_out(self, stone: Stone, strong: Sequence[tuple[Concept, float]]) -> list[Concept]:
        """In the order of the wall. The parts of a face are known by their area; of a Noun it is looked at what all models see alike."""
        cached = self._at(stone)
        picture = stone.picture(cached)
        if is_soft(picture.image):
            return laid_out(strong, {}, {})
        first, rest = strong[: max(LOOKED, stone.rows)], strong[max(LOOKED, stone.rows) :]
        maps, _ = self._maps(stone, [concept for concept, _ in first])
        like = {concept.id: alike(one) for (concept, _), one in zip(first, maps, strict=True) if one}
        return [*laid_out(first, {one.slot: one.name for one in cached.studio.read(picture)}, like), *(concept for concept, _ in rest)]

    def _maps(self, stone: Stone, concepts: Sequence[Concept]) -> tuple[Sequence[Maps], str]:
        """The maps of concepts, and why there are none where a model that looks is not here: they can be moved all the same."""
        try:
            return self.maps.of(self._at(stone), self._moment(stone), concepts), ""
        except WeightsError as error:
            return [{} for _ in concepts], str(error)

    def _moment(self, stone: Stone) -> Moment:
        assert stone.now is not None  # `Stone.picture` has said so before
        return stone.now

    def _concept(self, stone: Stone) -> Concept | None:
        """The held concept; StudioError where the world has none such."""
        if not stone.held:
            return None
        found = next((one for one in self._at(stone).studio.concepts() if one.id == stone.held), None)
        if found is None:
            raise SettingError("There is no such concept here. Choose one of the wall.")
        return found

    def _held(self, stone: Stone) -> dict:
        """The held concept over the picture, and large in every model."""
        cached, concept = self._at(stone), self._concept(stone)
        image = stone.picture(cached).image
        maps = self._maps(stone, [concept])[0][0] if concept else {}
        view = cards.view(image, stone.world, concept, maps.get(cached.studio.shared.hub))
        turns = concept is not None and any(handle.id == concept.id for handle in cached.studio.handles())
        large = cards.large(image, concept, maps, cached.studio, turns)
        return {self.stone: stone, self.view: view, self.large: large, self.go: cards.go()}

    def pick_picture(self, session: Session, stone: Stone, event: gr.EventData) -> dict:
        """Another picture by chance, or that of the tab Edit."""
        if guard.choice(payload(event).get("op"), ("another", "edit")) == "edit":
            return self._open(session, stone)
        cached = self._at(stone)
        return self._laid(stone.on(cached.moment(cached.studio.sample(random.randrange(2**31)))))

    def hold(self, stone: Stone, event: gr.EventData) -> dict:
        """A concept of the wall, or all of them; or more of the wall."""
        data = payload(event)
        if guard.choice(data.get("op"), ("hold", "more")) == "more":
            return self._wall(replace(stone, rows=stone.rows + SHOWN))
        return self._held(replace(stone, held=guard.handle_id(data["id"]) if data.get("id") else ""))

    def turn(self, session: Session, stone: Stone, event: gr.EventData) -> dict:
        """The concept that is held as one more step of the picture on the tab Edit, and the way there."""
        cached = self._at(stone)
        handle = cached.studio.handle(guard.handle_id(payload(event).get("id")))
        moved = cached.added(self.desks.opened(session, stone.world), Edit(handle.id))
        other = self.page.picked(moved) if moved.world != session.world else {}
        return {**self.page.show(moved), **other, self.page.tabs: gr.Tabs(selected="edit")}

    # Edits ---------------------------------------------------------------------------------------------------------

    def move_it(self, stone: Stone, event: gr.EventData) -> Iterator[dict]:
        """What is asked, preview by preview; whatever ends it, the last one is kept."""
        cached, concept = self._at(stone), self._concept(stone)
        picture = stone.picture(cached)
        wanted = asked(payload(event), picture.image.width)
        stone = replace(stone, found=None, running=True, words=wanted.words)
        yield {self.stone: stone, self.go: cards.go(True), self.after: cards.after(picture.image, "as it is", 0.0), self.told: ""}
        how = {"shift": wanted.shift, "zoom": wanted.zoom, "remove": wanted.remove, "strengthen": wanted.strengthen, "copy": wanted.copy}
        for step in cached.studio.move(picture, [concept.id] if concept else None, region=wanted.place, **how):
            stone = replace(stone, found=cached.moment(replace(step.picture, within=None, photograph=None)))
            share, counted = step.step / max(step.steps, 1), f"step {step.step}, of {step.steps} at most"
            out = {self.stone: stone, self.after: cards.after(step.picture.image, counted, share)}
            yield out | ({self.told: self._told(cached, picture, step, wanted)} if step.done else {})

    def _told(self, cached: CachedStudio, picture: Picture, step: Any, wanted: Asked) -> str:
        """Maps and report of the last step."""
        names = {concept.id: name_of(concept) for concept in cached.studio.concepts()}
        strong = sorted(step.before, key=lambda id: -float(step.before[id].mean()))[:TOLD]
        rows = [(names.get(id, id), {"before": step.before[id], "wanted": step.wanted[id], "after": step.after[id]}) for id in strong]
        report = ""
        if step.report is not None:
            compared = make_comparison(picture, Result(step.picture, (), step.report), cached.studio.read, cached.part_uri)
            report = views.report(compared)
        return cards.told(picture.image, step.picture.image, wanted, rows, report)

    def rest(self, stone: Stone) -> dict:
        """What came of it, at its end or where it was left."""
        if not stone.running:
            return {}
        stone = replace(stone, running=False)
        out = {self.stone: stone, self.go: cards.go()}
        image = self._at(stone).result(stone.found).picture.image if stone.found else None
        return {**out, self.after: cards.after(image, stone.words, resting=image is not None)}

    def take(self, session: Session, stone: Stone, event: gr.EventData) -> dict:
        """What came of it, to the tab Edit, or as the picture that is moved next."""
        op = guard.choice(payload(event).get("op"), ("send", "on"))
        if stone.found is None or stone.running:
            raise StudioError(NOTHING)
        if op == "on":
            return self._laid(stone.on(stone.found))
        cached = self._at(stone)
        photograph = stone.now.photograph if stone.now else ""
        out = on_the_table(self.page, cached, session, cached.result(stone.found).picture, (), photograph)
        return {**out, **self.page.hinted(session, out[self.page.session]), self.page.tabs: gr.Tabs(selected="edit")}
