"""Where a model is fooled on the tab Fool it: in scenes of Nouns, or on a photograph with cut-outs. The tab asks one interface of both."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, Protocol

from PIL import Image

from app.fool import cards
from app.fool.ploy import OPENING, Ploy
from app.shared import guard
from app.shared.pictures import jpeg, uri_of
from app.shared.session import CachedStudio
from app.shared.subject import Subject
from app.shared.worlds import Worlds
from core.foundations.errors import SettingError
from core.foundations.records import Picture
from core.worlds.scenes.things import classes, things

ON_PHOTOGRAPHS = ("elephant", "locomotive")
"""The pair that photographs open on."""
GROUND = "temple"
"""The photograph that they open on, which shows none of the things."""
WHITE = (255, 255, 255)
TILE = 88
"""Pixels of a cut-out's thumbnail."""


class Arena(Protocol):
    """What the tab asks of a world.

    Attributes:
        name: of the world, as `app.shared.worlds` has it.
        opening: the pair that it opens on.
    """

    name: str
    opening: tuple[str, str]

    def ready(self, ploy: Ploy) -> bool:
        """Whether all weights are on this machine."""

    @property
    def names(self) -> tuple[str, ...]:
        """The classes."""

    @property
    def pool(self) -> tuple[str, ...]:
        """What may be added."""

    def sight(self, ploy: Ploy) -> Any:
        """Whose neurons are behind the words."""

    @property
    def spots(self) -> bool:
        """Whether blind spots of its model are listed."""

    def verbs(self, ploy: Ploy) -> Any:
        """The verbs of fooling."""

    def thumbnail(self, word: str) -> str:
        """A word's thing as a URI; "" where there is none."""

    def slot(self, word: str) -> str:
        """Where it goes, for its mark."""

    def ground(self, link: str) -> Subject:
        """What things are laid on, as a link tells it; the first one for ""."""


class Scenes:
    """Scenes of Nouns, seen by the embedded CLIP."""

    name, opening, spots = "nouns", OPENING, True
    names = tuple(thing.word for thing in classes())
    pool = tuple(thing.word for thing in things())

    def __init__(self, cached: CachedStudio) -> None:
        self.cached, self.thumbnail = cached, cards.thumbnails(cached.part_uri)

    def ready(self, ploy: Ploy) -> bool:
        """They are embedded."""
        return True

    def sight(self, ploy: Ploy) -> Any:
        """The embedded CLIP's."""
        return self.cached.studio.sight

    def verbs(self, ploy: Ploy) -> Any:
        """The studio's own."""
        return self.cached.studio

    def slot(self, word: str) -> str:
        """A Noun's, or the background."""
        return cards.slot_of(word)

    def ground(self, link: str) -> Subject:
        """Scenes have their own."""
        return Subject()


class CutOuts:
    """Cut-outs on a photograph, seen by the photographs' CLIP."""

    name, opening, spots = "photos", ON_PHOTOGRAPHS, False

    def __init__(self, worlds: Worlds) -> None:
        self.worlds = worlds
        self.thumbnail = lru_cache(256)(self._thumbnail)

    @property
    def photos(self) -> Any:
        """The studio's photographs."""
        return self.worlds.photos.photos

    def ready(self, ploy: Ploy) -> bool:
        """Whether the eyes were fetched, which a public model in their place always is."""
        return bool(ploy.ground.eyes) or self.worlds.photos.ready

    @property
    def names(self) -> tuple[str, ...]:
        """Every cut-out's."""
        return tuple(sorted(stamp.label for stamp in self.photos.cut_outs))

    @property
    def pool(self) -> tuple[str, ...]:
        """The same."""
        return self.names

    def sight(self, ploy: Ploy) -> Any:
        """The photographs' CLIP's, or that of the public model in its place."""
        return self.photos.other_eyes.sight(ploy.ground.eyes) if ploy.ground.eyes else self.photos.sight

    def verbs(self, ploy: Ploy) -> Any:
        """On the photograph that was chosen, of the model that looks at it."""
        return self.photos.attacks_on([_picture(ploy.ground)] if ploy.ground.data else [], ploy.ground.eyes)

    def _thumbnail(self, word: str) -> str:
        stamp = next((stamp for stamp in self.photos.cut_outs if stamp.label == word), None)
        if stamp is None:
            return ""
        cut = Image.fromarray(stamp.rgba)
        cut.thumbnail((TILE - 8, TILE - 8))
        tile = Image.new("RGB", (TILE, TILE), WHITE)
        tile.paste(cut, ((TILE - cut.width) // 2, (TILE - cut.height) // 2), cut)
        return uri_of(jpeg(tile, quality=86))

    def slot(self, word: str) -> str:
        """None has a slot."""
        return ""

    def ground(self, link: str) -> Subject:
        """A sample by its id; the first one too where a link tells of somebody's own, which stayed in their browser."""
        return self.worlds.photos.sample(GROUND if link in ("", "own") else link)

    def through(self, ground: Subject, eyes: Any) -> Subject:
        """A photograph, the first one where there is none, through a public model; through the small one where None."""
        return self.worlds.seen_by(ground if ground.soft and ground.data else self.ground(""), eyes)

    def own(self, source: Any) -> Subject:
        """A person's own photograph; PictureError where it cannot be used."""
        return self.worlds.photos.own(source)


class Arenas:
    """Both."""

    def __init__(self, cached: CachedStudio, worlds: Worlds) -> None:
        self.scenes, self.cut_outs = Scenes(cached), CutOuts(worlds)
        self.all: dict[str, Arena] = {arena.name: arena for arena in (self.scenes, self.cut_outs)}

    def of(self, ploy: Ploy) -> Arena:
        """That of what is tried."""
        return self.all[ploy.world]

    def picked(self, data: dict) -> tuple[Arena, Subject]:
        """The arena of a click on the picker or on a photograph, and the photograph; SettingError where there is no such."""
        if data.get("op") == "photo":
            return self.cut_outs, self.cut_outs.worlds.photos.sample(data.get("id"))
        if data.get("op") == "world":
            arena = self.all[guard.choice(data.get("id"), tuple(self.all))]
            return arena, arena.ground("")
        raise SettingError("There is no such choice here. Choose one of those that are shown.")


def _picture(ground: Subject) -> Picture:
    """A photograph with where it comes from, by which the studio knows what a shipped one shows."""
    return replace(ground.picture, origin={"photo": ground.base or "own"})
