"""A small world that only says what its parts are and how they are drawn; all else that a studio asks of a world follows from that.

`docs/add_a_world.md` adds one. Where the parts are many, or cover each other, a world does better with a reader of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from core.foundations.errors import StudioError
from core.foundations.records import SlotReading
from core.foundations.seeds import numpy_rng
from core.worlds.parts import Part

SWEEPS = 3
"""How often each slot is read anew, given what the others are read as."""
NEAR = 48
"""Largest difference of a channel, of 255, at which a pixel agrees with a drawing."""


class PlainWorld(ABC):
    """Compositions `{slot: part id}` and their pictures.

    Attributes:
        name: of the world.
        side: height and width of a picture, in pixels.
        table: for each slot its parts.
    """

    name: str
    side: int
    table: dict[str, tuple[Part, ...]]

    @abstractmethod
    def draw(self, composition: dict[str, str]) -> np.ndarray:
        """RGB uint8 `[h w 3]` of a composition."""

    @property
    def slots(self) -> tuple[str, ...]:
        """What a picture is made of."""
        return tuple(self.table)

    def parts(self, slot: str) -> tuple[Part, ...]:
        """The parts of a slot; StudioError where there is no such slot."""
        if slot not in self.table:
            raise StudioError(f"There is no slot {slot!r} in the world {self.name}. It has {', '.join(self.table)}.")
        return self.table[slot]

    def compose(self, seed: int, parts: dict[str, str] | None = None) -> dict[str, str]:
        """A composition by seed, with some parts given; StudioError where a slot or a part does not exist."""
        rng = numpy_rng(self.name, seed)
        composition = {slot: several[int(rng.integers(len(several)))].id for slot, several in self.table.items()}
        for slot, part in (parts or {}).items():
            if part not in {one.id for one in self.parts(slot)}:
                raise StudioError(f"There is no {slot} called {part!r}. See studio.parts({slot!r}).")
            composition[slot] = part
        return composition

    def mask(self, composition: dict[str, str], slot: str) -> np.ndarray:
        """Where a slot's part is seen, `[h w]` bool: where the picture would change if another part stood there."""
        here = self.draw(composition)
        others = [self.draw({**composition, slot: one.id}) for one in self.parts(slot) if one.id != composition[slot]]
        return np.any([(here != other).any(-1) for other in others], axis=0)

    def snap(self, rgb: np.ndarray) -> np.ndarray:
        """Pictures as they are: a plain world has no palette of its own."""
        return rgb

    def read(self, rgb: np.ndarray) -> list[tuple[SlotReading, ...]]:
        """What pictures `[n h w 3]` show: the drawing that comes nearest, found slot by slot; by their pixels alone."""
        return [self._read(picture.astype(np.int16)) for picture in rgb]

    def _read(self, picture: np.ndarray) -> tuple[SlotReading, ...]:
        composition = {slot: several[0].id for slot, several in self.table.items()}
        for _ in range(SWEEPS):
            before = dict(composition)
            for slot, several in self.table.items():
                away = {one.id: self._far(picture, {**composition, slot: one.id}) for one in several}
                composition[slot] = min(away, key=away.__getitem__)
            if composition == before:
                break
        agrees = (np.abs(picture - self.draw(composition)) <= NEAR).all(-1)
        return tuple(self._reading(slot, several, composition, agrees) for slot, several in self.table.items())

    def _reading(self, slot: str, several: Sequence[Part], composition: dict[str, str], agrees: np.ndarray) -> SlotReading:
        mask = self.mask(composition, slot)
        name = next(one.name for one in several if one.id == composition[slot])
        return SlotReading(slot, composition[slot], name, float(agrees[mask].mean()) if mask.any() else 1.0, not mask.any())

    def _far(self, picture: np.ndarray, composition: dict[str, str]) -> int:
        return int(np.abs(picture - self.draw(composition)).sum())
