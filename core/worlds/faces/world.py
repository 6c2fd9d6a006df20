"""The world `faces` as the studio meets it: names and sizes. Its pictures come from a generator: nothing is drawn, nothing known."""

from __future__ import annotations

import numpy as np

from core.foundations.errors import StudioError
from core.foundations.records import SlotReading
from core.worlds.faces.slots import SLOTS

IDENTITY = "identity"
"""Whether it is the same person: a slot that is read and that nothing turns."""


class Faces:
    """What the studio asks of a world, as far as faces have it."""

    name = "faces"
    side = 256
    slots = (*SLOTS, IDENTITY)

    def compose(self, seed: int, parts: dict[str, str] | None = None) -> dict[str, str]:
        """A face is painted and not put together; StudioError."""
        raise StudioError("A face is not put together of parts. Take one with studio.sample(seed), then ask for a change.")

    def draw(self, composition: dict[str, str]) -> np.ndarray:
        """As `compose`."""
        return np.asarray(self.compose(0, composition))

    def mask(self, composition: dict[str, str], slot: str) -> np.ndarray:
        """A change may be anywhere: turning a head moves all of a picture, `[h w]` bool."""
        return np.ones((self.side, self.side), bool)

    def snap(self, rgb: np.ndarray) -> np.ndarray:
        """Every colour is one of this world's."""
        return rgb

    def read(self, rgb: np.ndarray) -> list[tuple[SlotReading, ...]]:
        """Pixels alone say nothing; the library reads with a network. StudioError."""
        raise StudioError("A face is read by a network. Ask studio.read(picture).")
