"""The world `nouns` as the studio meets it: sample, draw, read, and names."""

from __future__ import annotations

import numpy as np

from core.foundations.errors import StudioError
from core.foundations.records import SlotReading
from core.foundations.seeds import numpy_rng
from core.worlds.nouns import catalogue
from core.worlds.nouns.art import BARE, SIDE, SLOTS, load_art
from core.worlds.nouns.compose import draw, owners, sample, to_indices, to_rgb
from core.worlds.nouns.reader import read


class Nouns:
    """Everything the studio asks of a world. Compositions go in and out as `{slot: part id}`."""

    name = "nouns"
    slots = SLOTS
    side = SIDE
    bare = BARE

    def compose(self, seed: int, parts: dict[str, str] | None = None) -> dict[str, str]:
        """A composition by seed, with some parts given.

        Raises:
            StudioError: where a slot or a part does not exist.
        """
        art = load_art()
        row = sample(numpy_rng("picture", seed), 1)[0]
        composition = {slot: art.ids[slot][row[place]] for place, slot in enumerate(SLOTS)}
        for slot, part in (parts or {}).items():
            if slot not in SLOTS:
                raise StudioError(f"A Noun has no {slot!r}. It has {', '.join(SLOTS)}.")
            if part not in art.ids[slot]:
                raise StudioError(f"There is no {slot} called {part!r}. See studio.parts({slot!r}).")
            composition[slot] = part
        return composition

    def draw(self, composition: dict[str, str]) -> np.ndarray:
        """RGB uint8 `[32 32 3]` of a composition."""
        return to_rgb(draw(self.positions(composition)[None]))[0]

    def mask(self, composition: dict[str, str], slot: str) -> np.ndarray:
        """Where a slot's part is really seen, `[32 32]` bool."""
        return owners(self.positions(composition)[None])[0] == SLOTS.index(slot)

    def positions(self, composition: dict[str, str]) -> np.ndarray:
        """`{slot: part id}` to positions `[5]`."""
        return np.array([load_art().position(slot, composition[slot]) for slot in SLOTS])

    def snap(self, rgb: np.ndarray) -> np.ndarray:
        """Every pixel to the palette's nearest colour, RGB uint8 `[... 3]`."""
        return to_rgb(to_indices(rgb))

    def read(self, rgb: np.ndarray) -> list[tuple[SlotReading, ...]]:
        """What pictures show, RGB uint8 `[n 32 32 3]`; by their pixels alone."""
        reading = read(to_indices(rgb))
        art, found = load_art(), []
        for row, agreement, pixels in zip(reading.parts, reading.agreement, reading.pixels, strict=True):
            readings = []
            for place, slot in enumerate(SLOTS):
                part = art.ids[slot][row[place]]
                title = catalogue.title(catalogue.part(slot, part))
                hidden = pixels[place] == 0 and part != BARE.get(slot)
                readings.append(SlotReading(slot, part, title, float(agreement[place]), bool(hidden)))
            found.append(tuple(readings))
        return found
