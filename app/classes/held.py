"""What lies on the tab Classes: which picture, and the class that is asked after."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from app.shared import guard
from app.shared import subject as subjects
from app.shared.address import Address
from app.shared.session import FIRST, CachedStudio, Session
from app.shared.subject import Subject
from app.shared.worlds import Worlds
from core.foundations.errors import StudioError

OPENING = {"head": "shark", "accessory": "none"}
"""Of the Noun that the tab opens on."""
SEED = 3
NOTHING = "There is no picture yet. Press “Another Noun”."
ALIEN = "There is no photograph on the tab Segment. Choose one of those above, or bring your own there."


@dataclass(frozen=True)
class Held:
    """What a visitor looks at.

    Attributes:
        subject: the picture; without data before the first look.
        name: the class that is asked after; the answer where "".
    """

    subject: Subject = Subject()
    name: str = ""

    def on(self, subject: Subject) -> Held:
        """Another picture; what was asked of the last one is forgotten."""
        return Held(subject)

    def asked(self, name: str) -> Held:
        """Another class of the same picture."""
        return replace(self, name=name)

    @property
    def place(self) -> dict[str, str]:
        """For the address."""
        subject = self.subject
        known = {"scene": f"noun-{subject.base}", "photo": f"photo-{subject.base}", "noun": "noun"}
        judge = subject.eyes.link if subject.eyes else ""
        return {"decides": known.get(subject.source, ""), "class": self.name, "judge": judge}


class Pictures:
    """The ways to a picture.

    Args:
        cached: the Nouns' studio.
        worlds: the photographs', and how the picker goes from one world to the other.
    """

    def __init__(self, cached: CachedStudio, worlds: Worlds) -> None:
        self.cached, self.worlds = cached, worlds

    def opening(self) -> Subject:
        """A shark, whose vote goes an interesting way."""
        return self._noun(self.cached.studio.compose(OPENING, SEED).image, "A Noun", "")

    def _noun(self, image: Any, name: str, base: str) -> Subject:
        return subjects.subject_of(image, name, "scene" if base else "opening", base)

    def seeded(self, seed: int) -> Subject:
        """A Noun by its seed."""
        return self._noun(self.cached.studio.sample(seed).image, "A Noun", str(seed))

    def chosen(self, op: Any, session: Session, looked: Subject) -> Subject:
        """What a button beside the picture brings; StudioError where there is no such picture."""
        if guard.choice(op, ("another", "noun", "looked")) == "another":
            return self.seeded(random.randrange(2**31))
        if op == "noun":
            return subjects.noun(self.cached, session.to(FIRST).now)
        if not looked.data or not looked.soft:
            raise StudioError(ALIEN)
        return looked

    def picked(self, data: dict, held: Subject, aside: Subject) -> tuple[Subject, Subject]:
        """The other world or a sample photograph, after a click on the picker; and the last picture of the other world."""
        if data.get("op") == "world" and guard.choice(data.get("id"), tuple(self.worlds.all)) == FIRST:
            new = next((one for one in (held, aside) if one.data and not one.soft), None) or self.opening()
            return new, held if held.soft else aside
        return self.worlds.picked(data, held, aside)

    def at(self, here: Address) -> Subject:
        """The picture that a link shows; StudioError where there is none such."""
        kind, _, name = here.get("decides").partition("-")
        if kind == "photo":
            return self.worlds.photos.sample(name)
        if kind == "noun" and name:
            return self.seeded(int(name))
        return self.worlds.at(Address((("picture", "noun"),), recipe=here.recipe)) if kind == "noun" and here.recipe else self.opening()
