"""The two worlds that the tabs Segment and Heads can look at, behind one interface: scenes of Nouns, and photographs, faces among them.

A tab asks the world of the picture that is looked at; it never compares a world's name. Neither loads anything before
it is asked for an answer.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, Protocol

from app.shared import guard
from app.shared import subject as subjects
from app.shared.address import FACES, Address
from app.shared.desks import Desks
from app.shared.fetching import Fetching
from app.shared.photographs import SEEN, Faces, Pair, Photographs, Through
from app.shared.session import FIRST, CachedStudio, Session
from app.shared.subject import Subject
from core.foundations.errors import SettingError, StudioError
from core.foundations.named_neurons import NamedNeuron
from core.foundations.records import Picture
from core.studio.story import load_story

ELSEWHERE = "This link shows what is on somebody's tab Edit, and does not hold it. Press “The {} from Edit” to look at what is on yours."

IDEAS: tuple[Pair, ...] = (
    ("fire hydrant", ""),
    ("red glasses", "blue glasses"),
    ("striped background", ""),
    ("shark", ""),
    ("black glasses", ""),
    ("heart print", ""),
    ("something to eat", "an animal"),
    ("green shirt", ""),
)
"""What to look for among Nouns, when the picture gives no better idea."""
KEYS, NEAR = 3, 0.8
"""Most neurons of a classifier that a search tells of, and the least cosine of a name that shares no word: blue is near red."""


class World(Protocol):
    """What a tab asks of a world.

    Attributes:
        name: as in the design's list of worlds.
        questions: of the kind "who sees it?".
        own_first: whether the ideas come before what the model sees.
    """

    name: str
    questions: tuple[str, ...]
    own_first: bool

    @property
    def sight(self) -> Any:
        """The lenses; their model is loaded on first use."""

    @property
    def ready(self) -> bool:
        """Whether all weights are on this machine."""

    def opening(self) -> Subject:
        """The first picture."""

    def story(self) -> Subject:
        """The picture that the tab Heads opens on: one whose choice a single switch turns, where one is known."""

    def own(self, source: Any) -> Subject:
        """A person's own picture; PictureError where it cannot be used."""

    def ideas(self, subject: Subject) -> tuple[Pair, ...]:
        """What to look for; the first is asked when nothing else was."""

    def seen(self, picture: Picture) -> tuple[str, ...]:
        """What the model sees in a picture by itself."""

    def choices(self, picture: Picture) -> tuple[str, ...]:
        """Texts for the tab Heads to choose among."""

    def example(self, number: int) -> Subject:
        """One of the world's pictures by its number; SettingError where there is none."""

    def example_uri(self, number: int) -> str:
        """The same as a thumbnail."""

    def number(self, picture: Picture) -> int:
        """The number of one of the world's pictures."""


class Nouns:
    """Scenes of pixel characters, seen by the embedded CLIP.

    Attributes:
        texts: what the model finds in the story's picture, for the tab Heads before anything is looked at.
    """

    name = "nouns"
    texts: tuple[str, ...] = load_story().texts
    questions: tuple[str, ...] = ("what sees red?", "who counts?", "stripes", "what sees cats?", "left or right?")
    own_first = False
    ready = True

    def __init__(self, cached: CachedStudio) -> None:
        self.cached = cached

    @property
    def sight(self) -> Any:
        """The embedded CLIP's."""
        return self.cached.studio.sight

    def opening(self) -> Subject:
        """The scene that the tabs open on."""
        return subjects.scene(self.cached.studio, subjects.OPENING_SEED)

    def story(self) -> Subject:
        """A shark that one head of 48 keeps from being called one."""
        return self.example(load_story().scene)

    def own(self, source: Any) -> Subject:
        """Taken in whole, 64 pixels along its longer side."""
        return subjects.own(source)

    def ideas(self, subject: Subject) -> tuple[Pair, ...]:
        """The same for every scene."""
        return IDEAS

    def seen(self, picture: Picture) -> tuple[str, ...]:
        """About each thing its best word."""
        return tuple(self.sight.own_words(picture, SEEN))

    def choices(self, picture: Picture) -> tuple[str, ...]:
        """What the model finds by itself."""
        return tuple(self.sight.own_words(picture))

    def example(self, number: int) -> Subject:
        """A scene by its seed."""
        return subjects.scene(self.cached.studio, guard.place(number))

    def example_uri(self, number: int) -> str:
        """A scene is small already."""
        return self.cached.scene_uri(guard.place(number))

    def number(self, picture: Picture) -> int:
        """A scene's seed."""
        return int(picture.origin["scene"])


class Worlds:
    """Both worlds, and the way from one to the other.

    Args:
        cached: the Nouns' studio.
        desks: the worlds of the tab Edit, whose pictures are looked at too; its own where None.
    """

    def __init__(self, cached: CachedStudio, desks: Desks | None = None) -> None:
        self.cached, self.desks = cached, desks or Desks(cached)
        self.nouns, self.photos, self.faces = Nouns(cached), Photographs(cached), Faces(cached, self.desks)
        self.all: dict[str, World] = {world.name: world for world in (self.nouns, self.photos)}
        self.fetching = Fetching(lambda progress: self.photos.photos.fetch(progress))
        self.through = lru_cache(8)(lambda eyes: Through(cached, eyes))

    def named(self, name: Any) -> World:
        """A world by its name; SettingError where there is none."""
        return self.all[guard.choice(name, tuple(self.all))]

    def of(self, subject: Subject) -> World:
        """The world of a picture; that of the Nouns before the first."""
        if subject.eyes:
            return self.through(subject.eyes)
        return self.faces if subject.source == "face" else self.all[subject.world]

    def keys(self, subject: Subject, text: str) -> tuple[tuple[NamedNeuron, float], ...]:
        """The named neurons of what tells a picture's classes apart that a text is about; none through other eyes, and of a face."""
        if subject.eyes or subject.source == "face":
            return ()
        classified: Any = self.photos.photos if subject.soft else self.cached.studio
        words = set(text.lower().split())
        found = classified.named_keys.who(text, KEYS)
        return tuple((one, near) for one, near in found if near >= NEAR or words & set(one.name.split()))

    def seen_by(self, subject: Subject, eyes: Any) -> Subject:
        """The same photograph through a public model, or through the small one where None; the first one where none is looked at.

        Raises:
            StudioError: where it is no photograph.
        """
        subject = subject if subject.data else self.photos.opening()
        if not subject.soft:
            raise StudioError("Only photographs are looked at through other models. Choose one first.")
        return replace(subject, eyes=eyes)

    def at(self, here: Address) -> Subject:
        """The picture that a link shows, the first of its world where it shows none; StudioError where there is no such picture."""
        world = self.named(here.get("world") or self.nouns.name)
        kind, _, name = here.get("picture").partition("-")
        if kind in ("scene", "example"):
            return world.example(int(name))
        if kind == "photo":
            return self.photos.sample(name)
        if kind == "own":
            return subjects.own_again(here.own, name, world.name)
        return self._edited(kind, here.recipe) if kind in subjects.EDITED else world.opening()

    def _edited(self, kind: str, link: str) -> Subject:
        """What a link's recipe makes; StudioError where it is of another world of the tab Edit, or cannot be made here."""
        recipe = guard.recipe(guard.from_link(link))
        cached = self.desks.of(recipe)
        moment = cached.moment(*cached.studio.replay(recipe))
        if moment.world != subjects.EDITED[kind]:
            raise StudioError(ELSEWHERE.format("face" if kind == "face" else "Noun"))
        return subjects.face(cached, moment) if kind == "face" else subjects.noun(cached, moment)

    def chosen(self, op: Any, session: Session) -> Subject:
        """What a button beside the picture brings: "noun" or "face" from the tab Edit, else another scene.

        Raises:
            StudioError: where there are no faces here, or not yet.
        """
        if op == "face":
            cached = self.desks.studio(FACES)
            return subjects.face(cached, self.desks.opened(session, FACES).now)
        if op == "noun":
            return subjects.noun(self.cached, session.to(FIRST).now)
        return self.nouns.example(random.randrange(2**31))

    def thumbnails(self) -> Iterator[tuple[Any, str]]:
        """Every sample photograph with its thumbnail."""
        for place, sample in enumerate(self.photos.samples):
            yield sample, self.photos.example_uri(place)

    def picked(self, data: dict, subject: Subject, aside: Subject) -> tuple[Subject, Subject]:
        """The picture to look at after a click on the picker or on a sample, and the last one of the other world.

        Raises:
            SettingError: where there is no such world or sample.
        """
        if data.get("op") == "photo":
            new = (self.through(subject.eyes) if subject.eyes else self.photos).sample(data.get("id"))
        elif data.get("op") == "world":
            world = self.named(data.get("id"))
            new = next((g for g in (subject, aside) if g.data and g.world == world.name), None) or world.opening()
        else:
            raise SettingError("There is no such choice here. Choose one of those that are shown.")
        return new, aside if new.world == subject.world else subject
