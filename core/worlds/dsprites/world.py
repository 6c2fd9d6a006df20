"""The world `dsprites` as the studio meets it: sample, draw, read, and names."""

from __future__ import annotations

import numpy as np

from core.foundations.errors import StudioError
from core.foundations.records import SlotReading
from core.foundations.seeds import numpy_rng
from core.worlds.dsprites import names
from core.worlds.dsprites.factors import COUNTS, FACTORS, SIDE
from core.worlds.dsprites.reader import read
from core.worlds.dsprites.render import draw


def to_rgb(ink: np.ndarray) -> np.ndarray:
    """Ink `[... h w]` in [0, 1] as white on black, RGB uint8 `[... h w 3]`."""
    grey = np.rint(255 * np.clip(ink, 0, 1)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, -1)


def to_ink(rgb: np.ndarray) -> np.ndarray:
    """RGB uint8 `[... h w 3]` to ink `[... h w]` float32 in [0, 1]."""
    return rgb.mean(-1, dtype=np.float32) / 255


class Sprites:
    """Everything the studio asks of a world. Compositions go in and out as `{factor: value as text}`."""

    name = "dsprites"
    slots = FACTORS
    side = SIDE
    bare: dict[str, str] = {}

    def compose(self, seed: int, parts: dict[str, str] | None = None) -> dict[str, str]:
        """A composition by seed, with some values given.

        Raises:
            StudioError: where a factor or a value does not exist.
        """
        row = numpy_rng("sprite", seed).integers(0, COUNTS)
        composition = {slot: str(value) for slot, value in zip(FACTORS, row.tolist(), strict=True)}
        for slot, part in (parts or {}).items():
            if slot not in FACTORS:
                raise StudioError(f"A sprite has no {slot!r}. It has {', '.join(FACTORS)}.")
            composition[slot] = names.value(slot, str(part)).id
        return composition

    def values(self, slot: str) -> tuple[names.Value, ...]:
        """All values of a factor with their names, in order; StudioError where there is no such factor."""
        return names.values(slot)

    def draw(self, composition: dict[str, str]) -> np.ndarray:
        """RGB uint8 `[64 64 3]` of a composition."""
        return to_rgb(draw(self.positions(composition)[None])[0])

    def mask(self, composition: dict[str, str], slot: str) -> np.ndarray:
        """Where a factor is seen, `[64 64]` bool: all of the sprite, whichever factor it is."""
        return draw(self.positions(composition)[None])[0] > 0

    def positions(self, composition: dict[str, str]) -> np.ndarray:
        """`{factor: value as text}` to a sprite `[5]`."""
        return np.array([int(composition[slot]) for slot in FACTORS])

    def snap(self, rgb: np.ndarray) -> np.ndarray:
        """Every pixel to white or black, whichever is nearer, RGB uint8 `[... 3]`."""
        return to_rgb(to_ink(rgb) >= 0.5)

    def read(self, rgb: np.ndarray) -> list[tuple[SlotReading, ...]]:
        """What pictures show, RGB uint8 `[n 64 64 3]`; by their pixels alone. All five share one confidence."""
        reading, found = read(to_ink(rgb)), []
        for row, agreement in zip(reading.sprites.tolist(), reading.agreement.tolist(), strict=True):
            named = (names.value(slot, str(value)) for slot, value in zip(FACTORS, row, strict=True))
            found.append(tuple(SlotReading(one.slot, one.id, one.name, agreement) for one in named))
        return found
