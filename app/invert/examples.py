"""Pictures to begin with on the tab Invert: drawings and photographs that lie ready, of things that the world's generator never saw."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from PIL import Image

from app.shared import guard
from app.shared.address import FACES
from app.shared.photographs import MOST_EXAMPLES, Photographs
from app.shared.session import FIRST
from core.foundations.errors import StudioError

WANTED = {
    FIRST: ("shark", "slice of pizza", "crab", "skull", "robot face", "mushroom", "coffee", "cat"),
    FACES: ("astronaut",),
}
"""By world, by the names of drawings and the ids of photographs; what is not here is passed over."""
MOST = 8


class Example(NamedTuple):
    """One of them.

    Attributes:
        id: for the address.
        name: in words.
        number: its place among the photographs.
    """

    id: str
    name: str
    number: int


class Examples:
    """Those of each world.

    Args:
        photos: where they lie.
    """

    def __init__(self, photos: Photographs) -> None:
        self.photos = photos
        self.of = lru_cache(8)(self._of)

    def _of(self, world: str) -> tuple[Example, ...]:
        """The world's, as far as they are here."""
        known: dict[str, Example] = {}
        for number in range(MOST_EXAMPLES):
            try:
                origin = self.photos.photos.example(number).origin
            except StudioError:  # that was the last
                break
            if photo := origin.get("photo"):
                title = next((s.title for s in self.photos.samples if s.id == photo), photo)
                known[photo] = Example(f"photo-{photo}", title, number)
            elif name := origin.get("emoji"):
                known[name] = Example(f"example-{number}", name[:1].upper() + name[1:], number)
        return tuple(known[name] for name in WANTED.get(world, ()) if name in known)[:MOST]

    def rows(self, world: str) -> list[tuple[str, str, str]]:
        """Id, name and thumbnail of each."""
        return [(one.id, one.name, self.photos.example_uri(one.number)) for one in self.of(world)]

    def picture(self, world: str, id: str) -> tuple[Image.Image, str]:
        """One and its name; SettingError where the world has none such."""
        known = {one.id: one for one in self.of(world)}
        one = known[guard.choice(id, tuple(known))]
        return self.photos.photos.example(one.number).image, one.name
