"""What excites a class or one of its neurons: images that grow before a visitor's eyes, on the tab Classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from PIL import Image

from app.classes.cards import title
from app.shared import guard
from app.shared.page import Page, payload
from app.shared.pictures import data_uri, is_soft, jpeg, uri_of
from app.shared.subject import Subject
from app.shared.templates import macros
from core.foundations.class_records import ClassKeys
from core.foundations.errors import SettingError, StudioError
from core.foundations.excited import Excited

GROW = "rs.classes.grow(element, trigger, 'fetch', 'cancel')"
COUNT, COUNT_SOFT = 3, 1
"""Images at once; of a photograph's model one, whose step takes as long as many."""
AIMS = 4
"""Neurons that are offered beside the class."""
CLASS = "class"


@dataclass(frozen=True)
class Growing:
    """What has grown so far.

    Attributes:
        name: the class; nothing is offered where "".
        soft: whether it is a photograph's model that is excited.
        aims: what can be excited: id, and what it is called.
        aim: what is.
        images: URIs of the images, or of one that was grown before.
        says: below each, what it is called and by whom.
        step: steps so far.
        steps: in all; 0 before anything was grown.
        running: whether it grows now.
        seed: of the first image; pressing again begins where the last images ended.
        eyes: the public model that is excited; None for the shipped ones.
    """

    name: str = ""
    soft: bool = False
    aims: tuple[tuple[str, str], ...] = ()
    aim: str = CLASS
    images: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    step: int = 0
    steps: int = 0
    running: bool = False
    seed: int = 0
    eyes: Any = None

    def chosen(self, aim: Any) -> Growing:
        """An aim before its first step, by seeds that it was not grown from yet; SettingError where it is none of those offered."""
        found = guard.choice(aim, tuple(id for id, _ in self.aims))
        seed = self.seed + len(self.images) if self.steps and found == self.aim else 0
        return replace(self, aim=found, images=(), says=(), step=0, steps=0, running=True, seed=seed)

    @property
    def target(self) -> str | tuple[int, int]:
        """As the studio takes it."""
        if self.aim == CLASS:
            return self.name
        _, block, number = self.aim.split(":")
        return int(block), int(number)

    def after(self, step: Excited) -> Growing:
        """Some steps further."""
        says = tuple(_told(word.text, word.weight, other) for word, other in zip(step.says, step.others, strict=True))
        return replace(self, images=tuple(map(_uri, step.images)), says=says, step=step.step, steps=step.steps)


def _told(own: str, share: float, other: str) -> str:
    """What an image is called, and by whom."""
    return f"it says “{own}”, {100 * share:.0f} %" + (f"; another model “{other}”" if other else "")


def _uri(image: Image.Image) -> str:
    return uri_of(jpeg(image, quality=88)) if is_soft(image) and image.width > 64 else data_uri(image)


def offered(verbs: Any, keys: ClassKeys, soft: bool) -> Growing:
    """A class and its best neurons, with the image that lies ready."""
    aims = [(CLASS, f"“{keys.name}”, its neurons together")]
    aims += [(f"key:{one.block}:{one.neuron}", f"{title(one)} · block {one.block + 1}, neuron {one.neuron}") for one in keys.best[:AIMS]]
    try:
        image = verbs.excited_image(keys.name)
    except StudioError:  # nothing lies ready; it grows all the same
        image = None
    images, says = ((_uri(image),), (f"“{keys.name}”, grown before",)) if image else ((), ())
    return Growing(keys.name, soft, tuple(aims), images=images, says=says)


def shown(growing: Growing) -> str:
    """As a piece of the page."""
    return str(macros("classes/growing.html").growing(growing)) if growing.name else ""


class GrowingPiece:
    """The piece and its handlers.

    Args:
        page: the page.
        notice: where errors are told.
    """

    def __init__(self, page: Page, notice: gr.HTML) -> None:
        self.page, self.notice = page, notice
        self.state = gr.State(Growing())
        self.piece = gr.HTML("", js_on_load=GROW, apply_default_css=False, elem_id="rs-classes-growing")

    @property
    def pieces(self) -> list[Any]:
        """What a handler that opens another class gives anew."""
        return [self.state, self.piece]

    def bind(self, *others: Any) -> None:
        """Bind growing, and what ends it: its own button, or a click on another piece."""
        outputs = [self.state, self.piece, self.notice]
        grow: Any = self.piece
        run = grow.fetch(
            self.page.guarded(self.grow_it, self.notice), self.state, outputs, trigger_mode="once", **guard.waiting(self.piece, long=True)
        )
        rest = {"outputs": outputs, **guard.LIGHT}
        run.then(self.page.guarded(self.grown, self.notice, clear=False), self.state, **rest)
        grow.cancel(None, None, None, cancels=[run])
        grow.cancel(self.page.guarded(self.grown, self.notice, clear=False), self.state, **rest)
        for other in others:
            other.act(None, None, None, cancels=[run])

    def open(self, keys: ClassKeys, verbs: Any, subject: Subject) -> dict:
        """What is offered for a class."""
        growing = replace(offered(verbs, keys, subject.soft), eyes=subject.eyes)
        return {self.state: growing, self.piece: shown(growing)}

    def closed(self) -> dict:
        """Nothing."""
        return {self.state: Growing(), self.piece: ""}

    def grow_it(self, growing: Growing, event: gr.EventData) -> Iterator[dict]:
        """Preview by preview; whatever ends it, the last one is kept."""
        if not growing.name:
            raise SettingError("Open a class first.")
        growing = growing.chosen(payload(event).get("id"))
        yield {self.state: growing, self.piece: shown(growing)}
        count = COUNT_SOFT if growing.soft else COUNT
        verbs = self.page.worlds.photos.deciding(growing.eyes) if growing.soft else self.page.cached.studio
        for step in verbs.excite(growing.target, count=count, seed=growing.seed):
            growing = growing.after(step)
            yield {self.state: growing, self.piece: shown(growing)}

    def grown(self, growing: Growing) -> dict:
        """What has grown, at its end or where it was left."""
        growing = replace(growing, running=False)
        return {self.state: growing, self.piece: shown(growing)}
