"""Fool it: words that a model mixes up with a class, pictures made with them, and what the model takes these for."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
from PIL import Image

from app.fool import cards
from app.fool.arenas import Arenas
from app.fool.ploy import COUNTS, OPENING, Cue, Ploy, Print, saved
from app.fool.writing import writer_box, writer_named, writer_told
from app.shared import guard, widgets
from app.shared.address import NOWHERE, Address
from app.shared.arrival import bind_enter
from app.shared.chooser import Chooser
from app.shared.eyes import EyePicker
from app.shared.page import CARD, KEEPER, Page, payload, piece
from app.shared.pictures import is_soft, jpeg
from app.shared.subject import Subject
from core.foundations.attacked import Shot, SpuriousWord
from core.foundations.errors import StudioError
from core.foundations.records import Picture

OWN = "Or lay them on a photograph of your own. It stays on the machine that serves this page."
SHOWN = 12
"""Words that are shown of those that were mined, the strongest; pictures are made with these."""


def build_fool(page: Page, tab: gr.Tab) -> None:
    """Place the tab's pieces and bind them."""
    arenas, chooser = Arenas(page.cached, page.worlds), Chooser(page, "fool")
    names, pool = list(arenas.scenes.names), list(arenas.scenes.pool)
    gr.HTML(widgets.lead(cards.LEAD), apply_default_css=False, elem_id="rs-fool-lead")
    chooser.bar.render()
    eyes = EyePicker(page, "fool")
    eyes.place()
    with gr.Row(elem_id="rs-fool"):
        with gr.Column(elem_id="rs-fool-left"):
            pair = piece(elem_id="rs-fool-pair")
            with gr.Row(elem_id="rs-fool-classes"):
                true = gr.Dropdown(names, value=OPENING[0], label="Every picture shows", elem_id="rs-fool-true")
                wrong = gr.Dropdown(names, value=OPENING[1], label="To be taken for", elem_id="rs-fool-wrong")
            words = piece(elem_id="rs-fool-words")
            add = gr.Dropdown(pool, value=None, label="Add a thing of your own", elem_id="rs-fool-add")
            writer = writer_box()
            with gr.Column(elem_id="rs-fool-own", visible=False) as own:
                gr.HTML(widgets.quiet(OWN), apply_default_css=False)
                upload = gr.File(label="A photograph of your own", file_types=["image"], height=120, elem_id="rs-fool-file")
        with gr.Column(elem_id="rs-fool-right"):
            chooser.card.render()
            counts = piece(str(cards._html().counts(COUNTS[0], COUNTS)), elem_id="rs-fool-counts")
            go = gr.HTML(cards.go(Ploy()), js_on_load=CARD, apply_default_css=False, elem_id="rs-fool-go")
            notice = piece(elem_id="rs-fool-notice")
            told = gr.HTML("", apply_default_css=False, elem_id="rs-fool-told")
            tally = piece(elem_id="rs-fool-tally")
            opened = gr.HTML("", apply_default_css=False, elem_id="rs-fool-opened")
            gallery = piece(cards.gallery(Ploy()), elem_id="rs-fool-gallery")
            keeper = gr.HTML("", html_template="", js_on_load=KEEPER, elem_id="rs-fool-keeper", apply_default_css=False)
    shown = (pair, true, wrong, words, add, writer, counts, go, notice, told, tally, opened, gallery, keeper)
    _Fool(page, arenas, chooser, eyes, gr.State(Ploy()), own, *shown).bind(tab, upload)


class _Fool:
    """The tab's handlers around its pieces."""

    def __init__(self, page: Page, arenas: Arenas, chooser: Chooser, eyes: EyePicker, ploy: gr.State, own: gr.Column, *pieces: Any) -> None:
        self.page, self.arenas, self.chooser, self.eyes, self.ploy, self.own = page, arenas, chooser, eyes, ploy, own
        self.pair, self.true, self.wrong, self.words, self.add, self.writer, self.counts, self.go, *more = pieces
        self.notice, self.told, self.tally, self.opened, self.gallery, self.keeper = more

    def bind(self, tab: gr.Tab, upload: gr.File) -> None:
        """Bind everything; what only draws words anew does not wait for the model."""
        safe = lambda handler: self.page.guarded(handler, self.notice)  # noqa: E731
        after = lambda handler: self.page.guarded(handler, self.notice, clear=False)  # noqa: E731
        result = [self.told, self.tally, self.opened, self.gallery]
        world = [*self.chooser.pieces, *self.eyes.pieces, self.own, upload]
        shown = [self.ploy, self.pair, self.true, self.wrong, self.words, self.add, self.counts, self.go, *result, self.notice, *world]
        heavy: dict[str, Any] = {"outputs": shown, **guard.waiting(self.words)}
        bind_enter(self.page, "fool", tab, self.enter_ploy, [self.ploy], self.notice, heavy)
        gr.on(
            [self.true.input, self.wrong.input],
            safe(self.choose_classes),
            [self.ploy, self.true, self.wrong],
            trigger_mode="always_last",
            **heavy,
        )
        self.chooser.bar.act(safe(self.choose_world), self.ploy, trigger_mode="once", **heavy)
        self.chooser.bind(self.notice, self.fetched, [self.ploy], heavy)
        self.eyes.bind(self.notice, self.look_through, [self.ploy], heavy)
        self.upload = upload
        upload.upload(safe(self.take_in), [upload, self.ploy], **heavy)
        self.pair.act(safe(self.other_pair), self.ploy, trigger_mode="once", **heavy)
        self.words.act(safe(self.change_words), self.ploy, trigger_mode="multiple", **heavy)
        self.add.input(safe(self.add_word), [self.ploy, self.add], trigger_mode="once", **heavy)
        self.writer.submit(safe(self.name_writer), self.writer, [self.told, self.notice], trigger_mode="once", **guard.LIGHT)
        self.counts.act(
            safe(self.choose_count), self.ploy, [self.ploy, self.counts, self.go, self.notice], trigger_mode="multiple", **guard.LIGHT
        )
        table = [self.ploy, self.words, self.go, *result, self.notice]
        run = self.go.fetch(
            safe(self.make_pictures),
            [self.ploy, self.writer],
            trigger_mode="once",
            **{"outputs": table, **guard.waiting(self.go, long=True)},
        )
        rest = {"outputs": table, **guard.waiting(self.opened)}
        run.then(after(self.rest), self.ploy, **rest)
        self.go.cancel(None, None, None, cancels=[run])
        self.go.cancel(after(self.rest), self.ploy, **rest)
        self.gallery.act(safe(self.open_picture), self.ploy, trigger_mode="multiple", **{"outputs": table, **guard.waiting(self.opened)})
        self.tally.act(safe(self.save_set), self.ploy, [self.keeper, self.notice], trigger_mode="once", **guard.LIGHT)

    # Classes and words ---------------------------------------------------------------------------------------------

    def enter_ploy(self, ploy: Ploy, here: Address = NOWHERE) -> dict:
        """Open as it was left, or on the two classes that a link names."""
        if here:
            arena = self.arenas.cut_outs if here.get("laid") else self.arenas.scenes
            ground, said = self.eyes.linked(arena.ground(here.get("laid")), here.get("through"))
            moved, ploy = arena.name != ploy.world, Ploy(*arena.opening, count=ploy.count, world=arena.name, ground=ground)
            return {**self._open(ploy, here.get("true"), here.get("wrong"), moved), **said}
        return {} if ploy.cues else self._open(ploy, ploy.true, ploy.wrong)

    def choose_world(self, ploy: Ploy, event: gr.EventData) -> dict:
        """Scenes or photographs, or another photograph, on which the same classes are tried again."""
        arena, ground = self.arenas.picked(payload(event))
        if arena.name == ploy.world:
            ground = replace(ground, eyes=ploy.ground.eyes)
            return self._open(replace(ploy, ground=ground), ploy.true, ploy.wrong) if ground != ploy.ground else {}
        return self._open(Ploy(*arena.opening, count=ploy.count, world=arena.name, ground=ground), moved=True)

    def take_in(self, path: str | None, ploy: Ploy) -> dict:
        """A person's own photograph; the box is empty again afterwards, so that the next one finds its place."""
        if not path:
            return {}
        try:
            ground = replace(self.arenas.cut_outs.own(path), eyes=ploy.ground.eyes)
        except StudioError as error:
            return {self.notice: widgets.notice(str(error)), self.upload: None}
        return {**self._open(replace(ploy, ground=ground, world=self.arenas.cut_outs.name), ploy.true, ploy.wrong), self.upload: None}

    def look_through(self, eyes: Any, ploy: Ploy) -> dict:
        """Another model is to be fooled, on the photograph that lies there or on the first one; or the small one again."""
        arena, moved = self.arenas.cut_outs, ploy.world != self.arenas.cut_outs.name
        there = Ploy(*arena.opening, count=ploy.count, world=arena.name) if moved else ploy
        there = replace(there, ground=arena.through(ploy.ground, eyes))
        return self._open(there, there.true, there.wrong, moved)

    def fetched(self, ploy: Ploy) -> dict:
        """Words, now that the photographs' model is here."""
        return self._open(ploy, ploy.true, ploy.wrong) if self.arenas.of(ploy).ready(ploy) else {}

    def _open(self, ploy: Ploy, true: str = "", wrong: str = "", moved: bool = False) -> dict:
        """A world with two classes, its opening pair where none are given; where its model is missing, the card that brings it.

        Args:
            moved: whether another world was open before, so that the boxes offer other things.
        """
        arena = self.arenas.of(ploy)
        show = Subject(world=ploy.world) if arena is self.arenas.scenes else ploy.ground
        true, wrong = true or arena.opening[0], wrong or arena.opening[1]
        here = self._between(ploy, true, wrong) if arena.ready(ploy) else self._all(ploy.between(true, wrong))
        here |= {**self.chooser.show(show), **self.eyes.show(show), self.own: gr.Column(visible=bool(ploy.ground.data))}
        if not moved:
            return here
        names = list(arena.names)
        here |= {self.true: gr.Dropdown(names, value=true), self.wrong: gr.Dropdown(names, value=wrong)}
        return {**here, self.add: gr.Dropdown(list(arena.pool), value=None)}

    def choose_classes(self, ploy: Ploy, true: Any, wrong: Any) -> dict:
        """Two other classes."""
        return self._between(ploy, str(true or ""), str(wrong or ""))

    def other_pair(self, ploy: Ploy, event: gr.EventData) -> dict:
        """The other way round, two by chance, or one of the model's blind spots with its thing alone."""
        data = payload(event)
        op = guard.choice(data.get("op"), ("turn", "chance", "spot"))
        if op == "turn":
            return self._between(ploy, ploy.wrong, ploy.true)
        if op == "spot":
            shown = {str(at): spot for at, spot in enumerate(cards.blind_spots())}
            spot = shown[guard.choice(str(data.get("at")), list(shown))]
            there = ploy.between(spot.true, spot.wrong)
            only = {cue.text: cue for cue in self._mined(there)}.get(spot.word, Cue(spot.word))
            return self._all(replace(there, cues=(only,), own=True))
        one, other = random.sample(self.arenas.of(ploy).names, 2)
        return self._between(ploy, one, other)

    def _between(self, ploy: Ploy, true: str, wrong: str) -> dict:
        """Two classes and what is mixed up between them; whatever is wrong with them is said before anything changes."""
        there = ploy.between(true, wrong)
        return self._all(replace(there, cues=self._mined(there)))

    def _mined(self, ploy: Ploy) -> tuple[Cue, ...]:
        if ploy.true == ploy.wrong:
            raise StudioError("Both classes are the same. Choose two that differ.")
        found = self._verbs(ploy).attack_words(ploy.true, ploy.wrong)[:SHOWN]
        return tuple(self._cue(ploy, word) for word in found)

    def _verbs(self, ploy: Ploy) -> Any:
        return self.arenas.of(ploy).verbs(ploy)

    def _cue(self, ploy: Ploy, word: SpuriousWord) -> Cue:
        return Cue(word.text, word.score, tuple((id, self._name(ploy, id), adds) for id, adds in word.neurons))

    def _name(self, ploy: Ploy, id: str) -> str:
        """What a neuron is about, by its strongest words."""
        _, layer, neuron = id.split(":")
        card = self.arenas.of(ploy).sight(ploy).neuron(int(layer), int(neuron))
        told = [each.text for each in card.words if each.weight > 0][:2]
        return ", ".join(told) or "no words"

    def _all(self, ploy: Ploy) -> dict:
        arena = self.arenas.of(ploy)
        pair = cards.pair(ploy, arena.thumbnail, arena.spots)
        out = {self.ploy: ploy, self.pair: pair, self.true: ploy.true, self.wrong: ploy.wrong, self.add: None, self.opened: ""}
        return {**out, self.words: self._words(ploy), self.go: cards.go(ploy), **self._result(ploy)}

    def _words(self, ploy: Ploy) -> str:
        arena = self.arenas.of(ploy)
        return cards.words(ploy, arena.thumbnail, arena.slot) if ploy.cues else ""

    def _result(self, ploy: Ploy) -> dict:
        return {self.told: cards.told(ploy), self.tally: cards.tally(ploy), self.gallery: cards.gallery(ploy)}

    def change_words(self, ploy: Ploy, event: gr.EventData) -> dict:
        """One word less, all of them found again, or only those that are needed to fool the model."""
        data, verbs = payload(event), self._verbs(ploy)
        op, words = guard.choice(data.get("op"), ("drop", "mine", "strongest", "fewest")), [cue.text for cue in ploy.cues]
        if op == "mine":
            return self._worded(replace(ploy, cues=self._mined(ploy), own=False, found=""))
        if op == "drop":
            return self._worded(ploy.without(data.get("text")))
        fewest = op == "fewest"
        found = verbs.attack_fewest(ploy.true, ploy.wrong, words) if fewest else verbs.attack_strongest(ploy.true, ploy.wrong, words)[0]
        return self._worded(ploy.with_only(found))

    def add_word(self, ploy: Ploy, word: Any) -> dict:
        """A thing of a person's own; one that cannot be added is refused in a sentence, and the box is empty again."""
        if not word:
            return {}
        try:
            self._verbs(ploy).attacker.chosen(ploy.true, ploy.wrong, [str(word)])
            return {**self._worded(ploy.with_word(str(word))), self.add: None}
        except StudioError as error:
            return {self.notice: widgets.notice(str(error)), self.add: None}

    def _worded(self, ploy: Ploy) -> dict:
        return {self.ploy: ploy, self.words: self._words(ploy), self.go: cards.go(ploy)}

    def choose_count(self, ploy: Ploy, event: gr.EventData) -> dict:
        """How many pictures."""
        ploy = ploy.counted(payload(event).get("id"))
        return {self.ploy: ploy, self.counts: str(cards._html().counts(ploy.count, COUNTS)), self.go: cards.go(ploy)}

    # Pictures ------------------------------------------------------------------------------------------------------

    def name_writer(self, writer: Any) -> dict:
        """What is known of a language model, before it is loaded."""
        return {self.told: writer_told(self.page.cached.studio, writer_named(writer))}

    def make_pictures(self, ploy: Ploy, writer: Any = "") -> Iterator[dict]:
        """Some at a time; whatever ends it, those that are there are kept. A language model that cannot be used is told before."""
        name = writer_named(writer)
        label = self.page.cached.studio.attack_writer(name).label if name else ""
        if not ploy.cues:
            ploy = replace(ploy, cues=self._mined(ploy))
        ploy = replace(ploy, seed=ploy.seed + 1 if ploy.prints else ploy.seed, prints=(), controls=(), running=True, opened=0)
        ploy = replace(ploy, writer=label, told="")
        yield {self.ploy: ploy, self.go: cards.go(ploy), self.opened: "", **self._result(ploy)}
        words = [cue.text for cue in ploy.cues]
        for step in self._verbs(ploy).attack(ploy.true, ploy.wrong, ploy.count, words=words, seed=ploy.seed, writer=name):
            if not step.shots:  # sentences are still written or tried; Cancel finds an end here too
                said, ploy = step.told != ploy.told, replace(ploy, told=step.told)
                yield {self.ploy: ploy, **({self.told: cards.told(ploy)} if said else {})}
                continue
            ploy = replace(ploy, prints=_printed(ploy.prints, step.shots), controls=_printed(ploy.controls, step.controls))
            yield {self.ploy: ploy, **self._result(ploy)}

    def rest(self, ploy: Ploy) -> dict:
        """All pictures, and the one that fooled the model most, with where that comes from."""
        if not ploy.running:
            return {}
        ploy = replace(ploy, running=False)
        out = {self.ploy: ploy, self.go: cards.go(ploy)}
        if not ploy.prints:
            return {**out, **self._result(ploy)}
        best = max(range(len(ploy.prints)), key=lambda at: ploy.prints[at].wrong)
        return {**out, **self._opened(replace(ploy, opened=best))}

    def open_picture(self, ploy: Ploy, event: gr.EventData) -> dict:
        """One of the gallery."""
        data = payload(event)
        guard.choice(data.get("op"), ("open",))
        at, _ = ploy.print_at(data.get("at"))
        return self._opened(replace(ploy, opened=at))

    def _opened(self, ploy: Ploy) -> dict:
        at, one = ploy.print_at(ploy.opened)
        heat = None if ploy.running else self._verbs(ploy).attack_map(Picture(one.image), ploy.true, ploy.wrong)
        shown = cards.opened(ploy, one, heat, len(self.arenas.of(ploy).names))
        return {self.ploy: replace(ploy, opened=at), self.opened: shown, **self._result(ploy)}

    def save_set(self, ploy: Ploy, event: gr.EventData) -> dict:
        """Every picture with the recipe, in one file."""
        guard.choice(payload(event).get("op"), ("save",))
        return {self.keeper: saved(ploy)}


def _printed(known: tuple[Print, ...], shots: tuple[Shot, ...]) -> tuple[Print, ...]:
    """Shots as they are kept, those that are new behind those that are known."""
    found = list(known)
    for shot in shots[len(known) :]:
        found.append(Print(_file(shot.picture.image), shot.prompt, shot.true, shot.wrong, shot.first))
    return tuple(found)


def _file(image: Image.Image) -> bytes:
    """A scene as PNG, a photograph as JPEG, which is a tenth as large."""
    if is_soft(image):
        return jpeg(image)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
