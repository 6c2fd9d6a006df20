"""Heads and neurons: who does it? Every head by its role, what it says of the picture, and what remains without it."""

from __future__ import annotations

import random
import re
from typing import Any

import gradio as gr

from app import gaze as gazes
from app import guard, headcards, sightings
from app.gaze import Gaze
from app.headcards import Place
from app.page import Page, payload, piece
from app.session import Session
from core.foundations.errors import SettingError, StudioError
from core.foundations.records import Picture

GRID = "rs.grid(element, trigger, watch, 'act')"
TEXTS = ("an animal", "something to eat", "a machine", "a house", "a shark")
QUESTIONS = ("what sees red?", "who counts?", "stripes", "what sees cats?", "left or right?")
NEIGHBOURS, EXAMPLES = 6, 6


def build_heads(page: Page, tab: gr.Tab) -> None:
    """Place the tab's pieces and bind them."""
    with gr.Row(elem_id="rs-bench"):
        with gr.Column(elem_id="rs-bench-left"):
            view = piece(elem_id="rs-bench-view")
            source = piece(sightings.sources(own=False), elem_id="rs-bench-source")
            shares = piece(elem_id="rs-shares")
            texts = gr.Textbox(
                "\n".join(TEXTS),
                label="Texts to choose from, one on each line",
                lines=5,
                max_lines=12,
                max_length=12 * guard.SENTENCE,
                elem_id="rs-texts",
                submit_btn="Compare",
            )
            ask = gr.Button("What concepts are in this picture?", elem_id="rs-concepts")
            concepts = gr.HTML(apply_default_css=False, elem_id="rs-concept-list")
        with gr.Column(elem_id="rs-bench-right"):
            who = gr.Textbox(
                label="Who sees …",
                placeholder="what sees red?",
                lines=1,
                max_lines=1,
                max_length=guard.SENTENCE,
                elem_id="rs-who",
                submit_btn="Find",
            )
            found = piece(headcards.questions(QUESTIONS), elem_id="rs-whos")
            notice = piece(elem_id="rs-heads-notice")
            grid = gr.HTML("", apply_default_css=False, js_on_load=GRID, elem_id="rs-grid")
            card = piece(elem_id="rs-unit")
            alike = piece(elem_id="rs-alike")
    bench = _Bench(page, view, shares, texts, concepts, who, found, notice, grid, card, alike)
    bench.bind(tab, source, ask)


class _Bench:
    """The tab's handlers around its pieces."""

    def __init__(self, page: Page, *pieces: Any) -> None:
        self.page, self.desk = page, page.desk
        self.view, self.shares, self.texts, self.concepts, self.who, self.found, self.notice, self.grid, self.card, self.alike = pieces
        self.off, self.chosen = gr.State((), time_to_live=3600), gr.State("", time_to_live=3600)
        self.shown = gr.State(Gaze(), time_to_live=3600)

    def bind(self, tab: gr.Tab, source: gr.HTML, ask: gr.Button) -> None:
        """Bind everything; only the search does not wait for the model."""
        safe = lambda handler: self.page.guarded(handler, self.notice)  # noqa: E731
        state = [self.page.gaze, self.off, self.chosen, self.texts]
        kept = [self.page.gaze, self.off, self.chosen, self.shown]
        drawn = [self.view, self.shares, self.grid, self.card, self.alike, self.concepts, self.notice]
        heavy: dict[str, Any] = {"outputs": [*kept, *drawn], "show_progress": "hidden", **guard.HEAVY}
        tab.select(safe(self.enter), [*state, self.shown], **heavy)
        source.act(safe(self.choose), [self.page.session, *state], trigger_mode="once", **heavy)
        self.grid.act(safe(self.press), state, trigger_mode="multiple", **heavy)
        self.card.act(safe(self.do), state, trigger_mode="once", **heavy)
        self.alike.act(safe(self.do), state, trigger_mode="once", **heavy)
        self.found.act(safe(self.open), state, trigger_mode="once", **{**heavy, "outputs": [*kept, *drawn, self.found, self.who]})
        self.texts.submit(safe(self.weigh), state, [self.shares, self.notice], show_progress="hidden", **guard.HEAVY)
        ask.click(safe(self.discover), self.page.gaze, [self.concepts, self.notice], show_progress="hidden", **guard.HEAVY)
        self.who.submit(safe(self.search), self.who, [self.found, self.notice], **guard.LIGHT)

    @property
    def sight(self) -> Any:
        """The lenses, loaded when they are first needed."""
        return self.desk.studio.sight

    # Pictures ------------------------------------------------------------------------------------------------------

    def enter(self, gaze: Gaze, off: tuple[Place, ...], chosen: str, texts: str, shown: Gaze) -> dict:
        """Open on a scene; or take up the picture that another tab has chosen meanwhile."""
        if gaze.png and gaze == shown:
            return {}
        gaze = gaze if gaze.png else gazes.scene(self.desk.studio, gazes.OPENING_SEED)
        clear = [head for head in self.sight.lenses.heads if head.role != "mixed"] or self.sight.lenses.heads
        chosen = chosen or max(clear, key=lambda head: head.confidence * head.size).id
        return {**self._all(gaze, off, chosen, texts), self.chosen: chosen}

    def choose(self, session: Session, gaze: Gaze, off: tuple[Place, ...], chosen: str, texts: str, event: gr.EventData) -> dict:
        """Another scene, or the Noun of the tab Edit."""
        if payload(event).get("op") == "noun":
            return self._all(gazes.noun(self.desk, session), off, chosen, texts)
        return self._all(gazes.scene(self.desk.studio, random.randrange(2**31)), off, chosen, texts)

    def _all(self, gaze: Gaze, off: tuple[Place, ...], chosen: str, texts: str) -> dict:
        out = {self.page.gaze: gaze, self.shown: gaze, self.view: headcards.picture(gaze.uri, gaze.name)}
        out |= {self.alike: "", self.concepts: "", **self._switch(gaze, off, chosen, texts)}
        return out | (self._card(gaze, off, chosen) if chosen else {})

    def _looked(self, gaze: Gaze) -> Picture:
        if not gaze.png:
            raise StudioError("There is no picture yet. Press “Another scene”.")
        return gaze.picture

    # Heads ---------------------------------------------------------------------------------------------------------

    def press(self, gaze: Gaze, off: tuple[Place, ...], chosen: str, texts: str, event: gr.EventData) -> dict:
        """A cell of the grid opens its head or switches it; "reset" switches all on."""
        data = payload(event)
        if data.get("op") == "reset":
            return self._switch(gaze, (), chosen, texts, card=True)
        kind, place = parse(data.get("id"))
        if data.get("op") == "off":
            return self._switch(gaze, flipped(off, place), chosen, texts, card=True)
        return self._open(gaze, off, f"{kind}:{place[0]}:{place[1]}")

    def open(self, gaze: Gaze, off: tuple[Place, ...], chosen: str, texts: str, event: gr.EventData) -> dict:
        """What was found opens; a question that was offered is asked."""
        data = payload(event)
        if data.get("op") == "ask":
            text = guard.asked(data.get("text"))
            return {**self.search(text), self.who: text}
        kind, place = parse(data.get("id"))
        return self._open(gaze, off, f"{kind}:{place[0]}:{place[1]}")

    def _open(self, gaze: Gaze, off: tuple[Place, ...], chosen: str) -> dict:
        return {self.chosen: chosen, self.grid: self._grid(off, chosen), self.alike: "", **self._card(gaze, off, chosen)}

    def _grid(self, off: tuple[Place, ...], chosen: str) -> str:
        return headcards.grid(self.sight.lenses.heads, off, chosen)

    def _switch(self, gaze: Gaze, off: tuple[Place, ...], chosen: str, texts: str, card: bool = False) -> dict:
        out = {self.off: off, self.grid: self._grid(off, chosen), self.shares: self._bars(gaze, off, texts)}
        return out | (self._card(gaze, off, chosen) if card and chosen else {})

    def _bars(self, gaze: Gaze, off: tuple[Place, ...], texts: str) -> str:
        lines = [line.strip() for line in texts.splitlines() if line.strip()]
        picture = self._looked(gaze)
        before = self.sight.shares(picture, lines)
        return headcards.shares(lines, before, self.sight.shares(picture, lines, off) if off else None)

    def _card(self, gaze: Gaze, off: tuple[Place, ...], chosen: str) -> dict:
        kind, place = parse(chosen)
        picture, draw = self._looked(gaze), sightings.thumbnail
        if kind == "neuron":
            neuron = self.sight.neuron(*place)
            heat = self.sight.neuron_view(picture, *place)
            maps = [(draw(picture.image, heat, 2.0, side=1), "active here", headcards.neuron_name(neuron))]
            return {self.card: headcards.neuron_card(neuron, maps, self._scenes(neuron.best))}
        head, view = self.sight.head(*place), self.sight.head_view(picture, *place)
        maps = [
            (draw(picture.image, view.strongest_heat, 2.0, side=1), "says most", view.strongest.text),
            (draw(picture.image, view.weakest_heat, 2.0, side=1), "speaks most against", view.weakest.text),
        ]
        return {self.card: headcards.head_card(head, maps, self._scenes(head.best), place in off)}

    def _scenes(self, seeds: tuple[int, ...]) -> list[tuple[int, str]]:
        return [(seed, self.desk.scene_uri(seed)) for seed in seeds[:EXAMPLES]]

    def do(self, gaze: Gaze, off: tuple[Place, ...], chosen: str, texts: str, event: gr.EventData) -> dict:
        """A button of a card: switch it or its role off, show pictures alike, or look at one of the pictures."""
        data = payload(event)
        if data.get("op") == "scene":
            return self._all(gazes.scene(self.desk.studio, guard.place(data.get("at"))), off, chosen, texts)
        _, place = parse(chosen)
        heads: tuple[Place, ...] = (place,)
        role = self.sight.head(*place).role
        same = tuple((h.layer, h.head) for h in self.sight.lenses.heads if h.role == role)
        if data.get("op") == "off":
            return self._switch(gaze, flipped(off, place), chosen, texts, card=True)
        if data.get("op") == "off_role":
            return self._switch(gaze, tuple(sorted({*off, *same})), chosen, texts, card=True)
        title = f"Most alike, to the eyes of {headcards.place_words(*place)}"
        if data.get("op") == "alike_role":
            heads, title = same, f"Most alike in {headcards.role_words(role)}, to the eyes of {len(same)} heads"
        near = self.sight.alike(self._looked(gaze), heads, NEIGHBOURS)
        return {self.alike: headcards.alike(title, self._scenes(tuple(int(p.origin["scene"]) for p in near)))}

    # Words ---------------------------------------------------------------------------------------------------------

    def weigh(self, gaze: Gaze, off: tuple[Place, ...], chosen: str, texts: str) -> dict:
        """Other texts to choose from."""
        return {self.shares: self._bars(gaze, off, texts)}

    def discover(self, gaze: Gaze) -> dict:
        """The concepts of the picture."""
        return {self.concepts: headcards.concepts(self.sight.concepts(self._looked(gaze)))}

    def search(self, text: str) -> dict:
        """Who sees this?"""
        asked = guard.asked(text)
        plain = (
            re.sub(r"^(what|who|which (head|neuron)s?) (sees?|knows?|reads?|looks at|likes?)\s+|[?!.\s]+$", "", asked, flags=re.I) or asked
        )
        more = headcards.questions(QUESTIONS)
        return {self.found: headcards.found(self.sight.who(plain), plain) + more}


def parse(id: Any) -> tuple[str, Place]:
    """Kind, layer and number of a head's or neuron's id; SettingError where it is none."""
    match = re.fullmatch(r"(head|neuron):(\d{1,4}):(\d{1,6})", id) if isinstance(id, str) else None
    if match is None:
        raise SettingError("That head or neuron does not exist here. Choose one of the grid, or search for one.")
    return match[1], (int(match[2]), int(match[3]))


def flipped(off: tuple[Place, ...], place: Place) -> tuple[Place, ...]:
    """The switched-off heads with one switched over."""
    return tuple(p for p in off if p != place) if place in off else tuple(sorted({*off, place}))
