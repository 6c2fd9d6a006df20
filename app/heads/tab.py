"""Heads and neurons: who does it? Every head by its role, what it says of the picture, and what remains without it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import gradio as gr

from app.heads import cards as head_cards
from app.segment import pieces
from app.shared import guard, widgets
from app.shared.address import NOWHERE, Address, sign
from app.shared.arrival import bind_enter
from app.shared.chooser import Chooser
from app.shared.eyes import EyePicker
from app.shared.page import Page, payload, piece
from app.shared.session import Session
from app.shared.subject import Subject
from app.shared.worlds import Nouns
from core.foundations.errors import RequestError, SettingError, StudioError
from core.foundations.records import Picture
from core.studio.deciding import Decision, Place, heads_about, parts_of

GRID = "rs.grid(element, trigger, watch, 'act')"
NEIGHBOURS, EXAMPLES = 6, 6
LEAD = "The model looks through many small “heads”. Each cell is one, named by what it sees. Switch one off and watch the choice."


@dataclass(frozen=True)
class Kept:
    """What a visitor has set here.

    Attributes:
        off: the heads that are switched off.
        chosen: id of the head or neuron that is open, or "".
        shown: the picture that all pieces stand for; without data where they must be made anew. Its world and its eyes are those
            of `off` and `chosen`.
        given: the texts that stand in the box by themselves, a line each; others are a visitor's own, and stay.
    """

    off: tuple[Place, ...] = ()
    chosen: str = ""
    shown: Subject = Subject()
    given: str = "\n".join(Nouns.texts)


def build_heads(page: Page, tab: gr.Tab) -> None:
    """Place the tab's pieces and bind them."""
    chooser = Chooser(page, "bench")
    with gr.Row(elem_id="rs-heads-top"):
        chooser.bar.render()
        gr.HTML(widgets.lead(LEAD), apply_default_css=False, elem_id="rs-heads-lead")
    eyes = EyePicker(page, "bench")
    eyes.place()
    with gr.Row(elem_id="rs-bench"):
        with gr.Column(elem_id="rs-bench-left"):
            view = piece(elem_id="rs-bench-view")
            source = piece(pieces.sources(own=False, face=page.desks.offered), elem_id="rs-bench-source")
            texts = gr.Textbox(
                "\n".join(Nouns.texts),
                label="Texts to choose from, one on each line",
                lines=5,
                max_lines=12,
                elem_id="rs-texts",
                submit_btn="Compare",
            )
            ask = gr.Button("What concepts are in this picture?", elem_id="rs-concepts")
            concepts = gr.HTML(apply_default_css=False, elem_id="rs-concept-list")
        with gr.Column(elem_id="rs-bench-middle"):
            chooser.card.render()
            notice = piece(elem_id="rs-heads-notice")
            shares = piece(elem_id="rs-shares")
            grid = gr.HTML("", apply_default_css=False, js_on_load=GRID, elem_id="rs-grid")
            who = gr.Textbox(
                label="Who sees …",
                placeholder="what sees red?",
                lines=1,
                max_lines=1,
                elem_id="rs-who",
                submit_btn="Find",
            )
            found = piece(head_cards.questions(Nouns.questions), elem_id="rs-whos")
        with gr.Column(elem_id="rs-bench-right"):
            card = piece(elem_id="rs-unit")
            alike = piece(elem_id="rs-alike")
    bench = _Bench(page, chooser, eyes, view, source, shares, texts, concepts, who, found, notice, grid, card, alike)
    bench.bind(tab, ask)


class _Bench:
    """The tab's handlers around its pieces."""

    def __init__(self, page: Page, chooser: Chooser, eyes: EyePicker, *pieces: Any) -> None:
        self.page, self.cached, self.worlds, self.chooser, self.eyes = page, page.cached, page.worlds, chooser, eyes
        self.view, self.source, self.shares, self.texts, self.concepts, self.who, *more = pieces
        self.found, self.notice, self.grid, self.card, self.alike = more
        self.kept = gr.State(Kept())
        self.decided = lru_cache(64)(self._decided)

    def bind(self, tab: gr.Tab, ask: gr.Button) -> None:
        """Bind everything; only the search does not wait for the model."""
        safe = lambda handler: self.page.guarded(handler, self.notice)  # noqa: E731
        state = [self.page.subject, self.kept, self.texts]
        drawn = [self.view, self.source, self.shares, self.grid, self.card, self.alike, self.concepts, self.found, self.notice]
        outputs = [*state, *self.chooser.pieces, *self.eyes.pieces, *drawn]
        heavy: dict[str, Any] = {"outputs": outputs, **guard.waiting(self.view)}
        of_head: dict[str, Any] = {"outputs": outputs, **guard.waiting(self.grid, self.card)}
        bind_enter(self.page, "heads", tab, self.enter, state, self.notice, heavy)
        beside = {**heavy, "outputs": [*outputs, self.page.aside]}
        self.chooser.bar.act(safe(self.go), [*state, self.page.aside], trigger_mode="once", **beside)
        self.chooser.bind(self.notice, self.fetched, state, heavy)
        self.eyes.bind(self.notice, self.look_through, state, heavy)
        self.source.act(safe(self.choose), [self.page.session, *state], trigger_mode="once", **beside)
        self.grid.act(safe(self.press), state, trigger_mode="multiple", **of_head)
        self.card.act(safe(self.do), state, trigger_mode="once", **{**of_head, **guard.waiting(self.card)})
        self.alike.act(safe(self.do), state, trigger_mode="once", **heavy)
        self.shares.act(safe(self.turn), state, trigger_mode="once", **{**of_head, **guard.waiting(self.shares)})
        self.found.act(safe(self.open), state, trigger_mode="once", **{**of_head, "outputs": [*outputs, self.who]})
        weighed, told = [self.shares, self.notice], [self.concepts, self.notice]
        self.texts.submit(safe(self.weigh), state, weighed, trigger_mode="multiple", **guard.waiting(self.shares))
        ask.click(safe(self.discover), self.page.subject, told, **guard.waiting(self.concepts))
        self.who.submit(safe(self.search), [self.page.subject, self.who], [self.found, self.notice], trigger_mode="multiple", **guard.LIGHT)

    def sight(self, subject: Subject) -> Any:
        """The lenses of a picture's world, loaded when they are first needed."""
        return self.worlds.of(subject).sight

    # Pictures ------------------------------------------------------------------------------------------------------

    def enter(self, subject: Subject, kept: Kept, texts: str, here: Address = NOWHERE) -> dict:
        """Open on the story, or where a link leads; or take up the picture that another tab has chosen meanwhile."""
        if here:
            return self._arrive(here)
        if subject.data and subject == kept.shown:
            return {}
        world = self.worlds.of(subject)
        untouched = not kept.shown.data and (not subject.data or subject == world.opening())
        return self._all(world.story() if untouched else subject, kept, texts)

    def _arrive(self, here: Address) -> dict:
        subject, said = self.eyes.linked(self.worlds.at(here), here.get("eyes"))
        if said.get(self.eyes.card):  # another model's heads are not this one's
            return {**self._all(subject, Kept(), Kept().given), **said}
        world = self.worlds.of(subject)
        chosen = next((f"{kind}:{here.get(kind).replace('.', ':')}" for kind in ("head", "neuron") if here.get(kind)), "")
        off = tuple((int(layer), int(head)) for layer, head in re.findall(r"(\d+)\.(\d+)", here.get("off")))
        for head in off:
            world.sight.head(*head)
        kept = Kept(off, chosen, Subject(world=subject.world, eyes=subject.eyes))
        texts = here.get("texts") or kept.given
        more = {**said, self.texts: texts, self.found: head_cards.questions(world.questions)}
        return {**more, **self._all(subject, kept, texts)}

    def go(self, subject: Subject, kept: Kept, texts: str, aside: Subject, event: gr.EventData) -> dict:
        """The other world, or a sample photograph."""
        new, aside = self.worlds.picked(payload(event), subject, aside)
        return {} if new == kept.shown else {**self._all(new, kept, texts), self.page.aside: aside}

    def fetched(self, subject: Subject, kept: Kept, texts: str) -> dict:
        """The photograph is looked at, now that its model is here."""
        return self._all(subject, kept, texts) if subject.soft and self.worlds.of(subject).ready else {}

    def look_through(self, eyes: Any, subject: Subject, kept: Kept, texts: str) -> dict:
        """The photograph is looked at through another model, or through the small one again."""
        return self._all(self.worlds.seen_by(subject, eyes), kept, texts)

    def choose(self, session: Session, subject: Subject, kept: Kept, texts: str, event: gr.EventData) -> dict:
        """Another scene, or what is on the tab Edit."""
        new = self.worlds.chosen(payload(event).get("op"), session)
        return {**self._all(new, kept, texts), self.page.aside: subject if subject.world != new.world else gr.skip()}

    def _all(self, subject: Subject, kept: Kept, texts: str) -> dict:
        """Everything for a picture; only the picture where its model is not here."""
        world = self.worlds.of(subject)
        out = {self.page.subject: subject, self.view: pieces.still(subject), **self.chooser.show(subject), **self.eyes.show(subject)}
        out |= {self.source: pieces.sources(False, not subject.soft, self.page.desks.offered), self.alike: "", self.concepts: ""}
        if not world.ready:
            unseen = replace(kept, shown=Subject(world=kept.shown.world, eyes=kept.shown.eyes))
            return {**out, self.shares: "", self.grid: "", self.card: "", self.kept: unseen}
        if (subject.world, subject.eyes) != (kept.shown.world, kept.shown.eyes):
            kept = Kept(given=kept.given)
            out |= {self.found: head_cards.questions(world.questions), self.texts: texts}
        if texts.strip() == kept.given:
            texts = "\n".join(world.choices(subject.picture))
            kept, out = replace(kept, given=texts), {**out, self.texts: texts}
        kept = replace(kept, chosen=kept.chosen or self._first(subject, texts), shown=subject)
        return {**out, **self._switch(subject, kept, texts, card=True)}

    def _first(self, subject: Subject, texts: str) -> str:
        """The head that opens first: the one that the choice hangs on."""
        try:
            layer, head = self.decided(subject, lines_of(texts)).heads[0]
        except RequestError:
            return max(self.sight(subject).lenses.heads, key=lambda h: h.confidence * h.size).id
        return f"head:{layer}:{head}"

    def _decided(self, subject: Subject, texts: tuple[str, ...]) -> Decision:
        return self.sight(subject).decide(self._looked(subject), list(texts))

    def _looked(self, subject: Subject) -> Picture:
        if not subject.data:
            raise StudioError("There is no picture yet. Press “Another scene”.")
        return subject.picture

    # Heads ---------------------------------------------------------------------------------------------------------

    def press(self, subject: Subject, kept: Kept, texts: str, event: gr.EventData) -> dict:
        """A cell of the grid opens its head or switches it; "reset" switches all on."""
        data = payload(event)
        if data.get("op") == "reset":
            return self._switch(subject, replace(kept, off=()), texts, card=True)
        kind, place = parse(data.get("id"))
        if data.get("op") == "off":
            return self._switch(subject, replace(kept, off=flipped(kept.off, place)), texts, card=True)
        return self._open(subject, replace(kept, chosen=f"{kind}:{place[0]}:{place[1]}"))

    def open(self, subject: Subject, kept: Kept, texts: str, event: gr.EventData) -> dict:
        """What was found opens; a question that was offered is asked."""
        data = payload(event)
        if data.get("op") == "ask":
            text = guard.asked(data.get("text"))
            return {**self.search(subject, text), self.who: text}
        kind, place = parse(data.get("id"))
        return self._open(subject, replace(kept, chosen=f"{kind}:{place[0]}:{place[1]}"))

    def _open(self, subject: Subject, kept: Kept) -> dict:
        return {self.kept: kept, self.grid: self._grid(subject, kept), self.alike: "", **self._card(subject, kept)}

    def _grid(self, subject: Subject, kept: Kept) -> str:
        kind, _, place = kept.chosen.partition(":")
        off = "_".join(f"{layer}.{head}" for layer, head in kept.off)
        where = sign(**{kind: place.replace(":", ".")} if kind else {}, off=off)
        return where + str(head_cards.grid(self.sight(subject).lenses.heads, kept.off, kept.chosen))

    def _switch(self, subject: Subject, kept: Kept, texts: str, card: bool = False) -> dict:
        out = {self.kept: kept, self.grid: self._grid(subject, kept), self.shares: self._bars(subject, kept, texts)}
        return out | (self._card(subject, kept) if card and kept.chosen else {})

    def _bars(self, subject: Subject, kept: Kept, texts: str) -> str:
        """The choice among the texts; what is wrong with them is said in its place, so that all else goes on."""
        lines, sight = lines_of(texts), self.sight(subject)
        try:
            found = self.decided(subject, lines)
            after = sight.shares(self._looked(subject), list(lines), kept.off) if kept.off else None
            place = sign(texts="" if "\n".join(lines) == kept.given else "\n".join(lines))
            seen = head_cards.Seen(sight.presence(self._looked(subject), lines), sight.least)
            return place + str(head_cards.shares(lines, found.before, after, found, kept.off, sight.lenses.heads, seen))
        except RequestError as error:
            return widgets.panel("Texts to choose from", widgets.notice(str(error)))

    def _card(self, subject: Subject, kept: Kept) -> dict:
        kind, place = parse(kept.chosen)
        picture, sight = self._looked(subject), self.sight(subject)

        def draw(heat: Any) -> str:
            return pieces.thumbnail(picture.image, heat, 2.0, side=1, soft=subject.soft)

        if kind == "neuron":
            neuron = sight.neuron(*place)
            maps = [(draw(sight.neuron_view(picture, *place)), "active here", head_cards.neuron_name(neuron))]
            return {self.card: head_cards.neuron_card(neuron, maps, self._examples(subject, neuron.best))}
        head, view = sight.head(*place), sight.head_view(picture, *place)
        maps = [
            (draw(view.strongest_heat), "says most", view.strongest.text),
            (draw(view.weakest_heat), "speaks most against", view.weakest.text),
        ]
        return {self.card: head_cards.head_card(head, maps, self._examples(subject, head.best), kept.off, sight.lenses.heads)}

    def _examples(self, subject: Subject, numbers: tuple[int, ...]) -> list[tuple[int, str]]:
        world = self.worlds.of(subject)
        return [(number, world.example_uri(number)) for number in numbers[:EXAMPLES]]

    def turn(self, subject: Subject, kept: Kept, texts: str, event: gr.EventData) -> dict:
        """The large button: the heads that the choice hangs on are switched over, and the first of them opens."""
        if payload(event).get("op") != "decide":
            raise SettingError("There is no such choice here. Choose one of those that are shown.")
        heads = self.decided(subject, lines_of(texts)).heads
        return self._over(subject, replace(kept, chosen=f"head:{heads[0][0]}:{heads[0][1]}"), texts, heads)

    def _over(self, subject: Subject, kept: Kept, texts: str, heads: tuple[Place, ...]) -> dict:
        """Some heads off; on again where they all are off already."""
        off, these = set(kept.off), set(heads)
        return self._switch(subject, replace(kept, off=tuple(sorted(off - these if these <= off else off | these))), texts, card=True)

    def do(self, subject: Subject, kept: Kept, texts: str, event: gr.EventData) -> dict:
        """A button of a card: switch it or its role over, show pictures alike, or look at one of the pictures."""
        data, world = payload(event), self.worlds.of(subject)
        if data.get("op") == "scene":
            return self._all(world.example(guard.place(data.get("at"))), kept, texts)
        _, place = parse(kept.chosen)
        heads: tuple[Place, ...] = (place,)
        title = f"Most alike, to the eyes of {head_cards.place_words(*place)}"
        if data.get("op") in ("off_role", "alike_role"):
            about = guard.choice(data.get("text"), parts_of(world.sight.head(*place).role))
            heads = heads_about(world.sight.lenses.heads, about)
            title = f"Most alike in {head_cards.role_words(about)}, to the eyes of {len(heads)} heads"
        if data.get("op") in ("off", "off_role"):
            return self._over(subject, kept, texts, heads)
        near = world.sight.alike(self._looked(subject), heads, NEIGHBOURS)
        return {self.alike: head_cards.alike(title, self._examples(subject, tuple(world.number(p) for p in near)))}

    # Words ---------------------------------------------------------------------------------------------------------

    def weigh(self, subject: Subject, kept: Kept, texts: str) -> dict:
        """Other texts to choose from."""
        return {self.shares: self._bars(subject, kept, texts)}

    def discover(self, subject: Subject) -> dict:
        """The concepts of the picture."""
        return {self.concepts: head_cards.concepts(self.sight(subject).concepts(self._looked(subject)), subject.soft)}

    def search(self, subject: Subject, text: str) -> dict:
        """Who sees this?"""
        asked = guard.asked(text)
        plain = (
            re.sub(r"^(what|who|which (head|neuron)s?) (sees?|knows?|reads?|looks at|likes?)\s+|[?!.\s]+$", "", asked, flags=re.I) or asked
        )
        more = head_cards.questions(self.worlds.of(subject).questions)
        return {self.found: head_cards.found(self.sight(subject).who(plain), plain, self.worlds.keys(subject, plain)) + more}


def parse(id: Any) -> tuple[str, Place]:
    """Kind, layer and number of a head's or neuron's id; SettingError where it is none."""
    match = re.fullmatch(r"(head|neuron):(\d{1,4}):(\d{1,6})", id) if isinstance(id, str) else None
    if match is None:
        raise SettingError("That head or neuron does not exist here. Choose one of the grid, or search for one.")
    return match[1], (int(match[2]), int(match[3]))


def lines_of(texts: str) -> tuple[str, ...]:
    """Texts to choose from, as they stand in the box."""
    return tuple(line.strip() for line in texts.splitlines() if line.strip())


def flipped(off: tuple[Place, ...], place: Place) -> tuple[Place, ...]:
    """The switched-off heads with one switched over."""
    return tuple(p for p in off if p != place) if place in off else tuple(sorted({*off, place}))
