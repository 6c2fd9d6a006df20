"""Fool it: words that a model mixes up with a class, pictures made with them, and what the model takes these for."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from app.fool import cards
from app.fool.ploy import COUNTS, OPENING, Cue, Ploy, Print, saved
from app.shared import guard, widgets
from app.shared.address import NOWHERE, Address
from app.shared.arrival import bind_enter
from app.shared.page import CARD, KEEPER, Page, payload, piece
from core.foundations.attacked import Shot, SpuriousWord
from core.foundations.errors import StudioError
from core.foundations.records import Picture
from core.worlds.scenes.things import classes, things

SHOWN = 12
"""Words that are shown of those that were mined, the strongest; pictures are made with these."""


def build_fool(page: Page, tab: gr.Tab) -> None:
    """Place the tab's pieces and bind them."""
    names = [thing.word for thing in classes()]
    gr.HTML(widgets.lead(cards.LEAD), apply_default_css=False, elem_id="rs-fool-lead")
    with gr.Row(elem_id="rs-fool"):
        with gr.Column(elem_id="rs-fool-left"):
            pair = piece(elem_id="rs-fool-pair")
            with gr.Row(elem_id="rs-fool-classes"):
                true = gr.Dropdown(names, value=OPENING[0], label="Every picture shows", elem_id="rs-fool-true")
                wrong = gr.Dropdown(names, value=OPENING[1], label="To be taken for", elem_id="rs-fool-wrong")
            words = piece(elem_id="rs-fool-words")
            pool = [thing.word for thing in things()]
            add = gr.Dropdown(pool, value=None, label="Add a thing of your own", elem_id="rs-fool-add")
        with gr.Column(elem_id="rs-fool-right"):
            counts = piece(str(cards._html().counts(COUNTS[0], COUNTS)), elem_id="rs-fool-counts")
            go = gr.HTML(cards.go(Ploy()), js_on_load=CARD, apply_default_css=False, elem_id="rs-fool-go")
            notice = piece(elem_id="rs-fool-notice")
            tally = piece(elem_id="rs-fool-tally")
            opened = gr.HTML("", apply_default_css=False, elem_id="rs-fool-opened")
            gallery = piece(cards.gallery(Ploy()), elem_id="rs-fool-gallery")
            keeper = gr.HTML("", html_template="", js_on_load=KEEPER, elem_id="rs-fool-keeper", apply_default_css=False)
    _Fool(page, gr.State(Ploy()), pair, true, wrong, words, add, counts, go, notice, tally, opened, gallery, keeper).bind(tab)


class _Fool:
    """The tab's handlers around its pieces."""

    def __init__(self, page: Page, ploy: gr.State, *pieces: Any) -> None:
        self.page, self.cached, self.ploy = page, page.cached, ploy
        self.pair, self.true, self.wrong, self.words, self.add, self.counts, self.go, *more = pieces
        self.notice, self.tally, self.opened, self.gallery, self.keeper = more
        self.thumbnail = cards.thumbnails(self.cached.part_uri)

    def bind(self, tab: gr.Tab) -> None:
        """Bind everything; what only draws words anew does not wait for the model."""
        safe = lambda handler: self.page.guarded(handler, self.notice)  # noqa: E731
        after = lambda handler: self.page.guarded(handler, self.notice, clear=False)  # noqa: E731
        result = [self.tally, self.opened, self.gallery]
        shown = [self.ploy, self.pair, self.true, self.wrong, self.words, self.add, self.counts, self.go, *result, self.notice]
        heavy: dict[str, Any] = {"outputs": shown, **guard.waiting(self.words)}
        bind_enter(self.page, "fool", tab, self.enter_ploy, [self.ploy], self.notice, heavy)
        gr.on(
            [self.true.input, self.wrong.input],
            safe(self.choose_classes),
            [self.ploy, self.true, self.wrong],
            trigger_mode="always_last",
            **heavy,
        )
        self.pair.act(safe(self.other_pair), self.ploy, trigger_mode="once", **heavy)
        self.words.act(safe(self.change_words), self.ploy, trigger_mode="multiple", **heavy)
        self.add.input(safe(self.add_word), [self.ploy, self.add], trigger_mode="once", **heavy)
        self.counts.act(
            safe(self.choose_count), self.ploy, [self.ploy, self.counts, self.go, self.notice], trigger_mode="multiple", **guard.LIGHT
        )
        table = [self.ploy, self.words, self.go, *result, self.notice]
        run = self.go.fetch(
            safe(self.make_pictures), self.ploy, trigger_mode="once", **{"outputs": table, **guard.waiting(self.go, long=True)}
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
            return self._between(ploy, here.get("true") or OPENING[0], here.get("wrong") or OPENING[1])
        return {} if ploy.cues else self._between(ploy, ploy.true, ploy.wrong)

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
            known = {cue.text: cue for cue in self._mined(spot.true, spot.wrong)}
            only = known.get(spot.word, Cue(spot.word))
            return self._all(replace(ploy.between(spot.true, spot.wrong), cues=(only,), own=True))
        one, other = random.sample([thing.word for thing in classes()], 2)
        return self._between(ploy, one, other)

    def _between(self, ploy: Ploy, true: str, wrong: str) -> dict:
        """Two classes and what is mixed up between them; whatever is wrong with them is said before anything changes."""
        found = self._mined(true, wrong)
        return self._all(replace(ploy.between(true, wrong), cues=found))

    def _mined(self, true: str, wrong: str) -> tuple[Cue, ...]:
        if true == wrong:
            raise StudioError("Both classes are the same. Choose two that differ.")
        found = self.cached.studio.attack_words(true, wrong)[:SHOWN]
        return tuple(self._cue(word) for word in found)

    def _cue(self, word: SpuriousWord) -> Cue:
        return Cue(word.text, word.score, tuple((id, self._name(id), adds) for id, adds in word.neurons))

    def _name(self, id: str) -> str:
        """What a neuron is about, by its strongest words."""
        _, layer, neuron = id.split(":")
        card = self.cached.studio.sight.neuron(int(layer), int(neuron))
        told = [each.text for each in card.words if each.weight > 0][:2]
        return ", ".join(told) or "no words"

    def _all(self, ploy: Ploy) -> dict:
        out = {self.ploy: ploy, self.pair: cards.pair(ploy, self.thumbnail), self.true: ploy.true, self.wrong: ploy.wrong}
        return {
            **out,
            self.words: cards.words(ploy, self.thumbnail),
            self.add: None,
            self.go: cards.go(ploy),
            **self._result(ploy),
            self.opened: "",
        }

    def _result(self, ploy: Ploy) -> dict:
        return {self.tally: cards.tally(ploy), self.gallery: cards.gallery(ploy)}

    def change_words(self, ploy: Ploy, event: gr.EventData) -> dict:
        """One word less, all of them found again, or only those that are needed to fool the model."""
        data, studio = payload(event), self.cached.studio
        op, words = guard.choice(data.get("op"), ("drop", "mine", "strongest", "fewest")), [cue.text for cue in ploy.cues]
        if op == "mine":
            return self._worded(replace(ploy, cues=self._mined(ploy.true, ploy.wrong), own=False, found=""))
        if op == "drop":
            return self._worded(ploy.without(data.get("text")))
        fewest = op == "fewest"
        found = studio.attack_fewest(ploy.true, ploy.wrong, words) if fewest else studio.attack_strongest(ploy.true, ploy.wrong, words)[0]
        return self._worded(ploy.with_only(found))

    def add_word(self, ploy: Ploy, word: Any) -> dict:
        """A thing of a person's own; one that cannot be added is refused in a sentence, and the box is empty again."""
        if not word:
            return {}
        try:
            self.cached.studio.attacker.chosen(ploy.true, ploy.wrong, [str(word)])
            return {**self._worded(ploy.with_word(str(word))), self.add: None}
        except StudioError as error:
            return {self.notice: widgets.notice(str(error)), self.add: None}

    def _worded(self, ploy: Ploy) -> dict:
        return {self.ploy: ploy, self.words: cards.words(ploy, self.thumbnail), self.go: cards.go(ploy)}

    def choose_count(self, ploy: Ploy, event: gr.EventData) -> dict:
        """How many pictures."""
        ploy = ploy.counted(payload(event).get("id"))
        return {self.ploy: ploy, self.counts: str(cards._html().counts(ploy.count, COUNTS)), self.go: cards.go(ploy)}

    # Pictures ------------------------------------------------------------------------------------------------------

    def make_pictures(self, ploy: Ploy) -> Iterator[dict]:
        """Some at a time; whatever ends it, those that are there are kept."""
        if not ploy.cues:
            ploy = replace(ploy, cues=self._mined(ploy.true, ploy.wrong))
        ploy = replace(ploy, seed=ploy.seed + 1 if ploy.prints else ploy.seed, prints=(), controls=(), running=True, opened=0)
        yield {self.ploy: ploy, self.go: cards.go(ploy), self.opened: "", **self._result(ploy)}
        words = [cue.text for cue in ploy.cues]
        for step in self.cached.studio.attack(ploy.true, ploy.wrong, ploy.count, words=words, seed=ploy.seed):
            if not step.shots:
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
        heat = None if ploy.running else self.cached.studio.attack_map(Picture(one.image), ploy.true, ploy.wrong)
        return {self.ploy: replace(ploy, opened=at), self.opened: cards.opened(ploy, one, heat), **self._result(ploy)}

    def save_set(self, ploy: Ploy, event: gr.EventData) -> dict:
        """Every picture with the recipe, in one file."""
        guard.choice(payload(event).get("op"), ("save",))
        return {self.keeper: saved(ploy)}


def _printed(known: tuple[Print, ...], shots: tuple[Shot, ...]) -> tuple[Print, ...]:
    """Shots as they are kept, those that are new behind those that are known."""
    found = list(known)
    for shot in shots[len(known) :]:
        buffer = io.BytesIO()
        shot.picture.image.save(buffer, "PNG", optimize=True)
        found.append(Print(buffer.getvalue(), shot.prompt, shot.true, shot.wrong, shot.first))
    return tuple(found)
