"""The photographs that visitors brought: kept in this process under names that nobody can guess, the least recent forgotten."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

from app.shared.pictures import jpeg, uri_of

MOST_BYTES = 256 * 2**20
"""What all photographs may take together as they are kept, three bytes a pixel: 14 of the largest."""
SHOWN = 1000
"""Longest side at which the page shows a photograph, in pixels."""
FACE = 96
"""Pixels of a face's thumbnail, both ways."""
QUALITY = 85


@dataclass(frozen=True)
class Held:
    """A photograph with what the page shows of it.

    Attributes:
        photograph: as a picture of the world of faces carries it.
    """

    photograph: Any

    @property
    def bytes(self) -> int:
        """What it takes."""
        width, height = self.photograph.image.size
        return 3 * width * height

    @cached_property
    def uri(self) -> str:
        """All of it, small."""
        return uri_of(jpeg(self.photograph.small(SHOWN).image, quality=QUALITY))

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The places of its faces as one reads them, from left to right."""
        frames = self.photograph.frames
        return tuple(sorted(range(len(frames)), key=lambda at: frames[at].x))

    @cached_property
    def faces(self) -> tuple[str, ...]:
        """A thumbnail of each face, in their order in the photograph's record."""
        return tuple(uri_of(jpeg(self.photograph.face(at).cut(FACE), quality=QUALITY)) for at in range(len(self.photograph.frames)))


class Album:
    """Photographs by name. A name tells nothing and belongs to the visitor who brought the photograph: it stays in their session.

    Args:
        most: bytes of all photographs together; the last one is always kept.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most, self._lock = most, Lock()
        self._held: OrderedDict[str, Held] = OrderedDict()

    def keep(self, photograph: Any) -> str:
        """A new name for a photograph; "" for none."""
        if photograph is None:
            return ""
        name = secrets.token_hex(16)
        with self._lock:
            self._held[name] = Held(photograph)
            while len(self._held) > 1 and sum({id(h.photograph.image): h.bytes for h in self._held.values()}.values()) > self._most:
                self._held.popitem(last=False)
        return name

    def get(self, name: str) -> Held | None:
        """A photograph by its name; None where it was forgotten, or never was."""
        with self._lock:
            if name in self._held:
                self._held.move_to_end(name)
            return self._held.get(name)
