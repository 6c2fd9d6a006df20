"""The world `photos` as the studio meets it: sample photographs, a gallery of emoji beside them, and a person's own.

Nothing here knows what a photograph shows; there is no truth in this world.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from core.foundations.errors import StudioError
from core.foundations.files import asset
from core.foundations.images import open_image, square
from core.foundations.records import Picture

SIDE = 336
"""Height and width of a photograph as it is shown, in pixels."""
WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Sample:
    """A photograph that is shipped.

    Attributes:
        id: of its file in `assets/photos/`.
        title: for people.
        source: the package that carries it, and who took it.
        licence: under which it is shared.
        words: what to look for in it.
    """

    id: str
    title: str
    source: str
    licence: str
    words: tuple[str, ...]


class PhotoWorld:
    """Everything the studio asks of this world."""

    name = "photos"
    side = SIDE

    @cached_property
    def _index(self) -> dict:
        return json.loads(asset("photos/pictures.json").read_text())

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The photographs that are shipped."""
        return tuple(Sample(**{**row, "words": tuple(row["words"])}) for row in self._index["samples"])

    @property
    def neighbours(self) -> int:
        """How many pictures there are: the photographs first, then the gallery."""
        return len(self._index["samples"]) + len(self._index["gallery"])

    def sample(self, id: str) -> Picture:
        """A photograph by its id; StudioError where there is none."""
        numbers = {sample.id: number for number, sample in enumerate(self.samples)}
        if id not in numbers:
            raise StudioError(f"There is no photograph {str(id)[:40]!r}. There is {', '.join(numbers)}.")
        return self.picture(numbers[id])

    def picture(self, number: int) -> Picture:
        """A picture by its number; StudioError where there is none."""
        samples = self.samples
        if not 0 <= number < self.neighbours:
            raise StudioError(f"There is no picture {number} here; there are {self.neighbours}.")
        if number < len(samples):
            image = Image.open(asset(f"photos/{samples[number].id}.jpg")).convert("RGB")
            return Picture(image, origin={"photo": samples[number].id})
        place = number - len(samples)
        return Picture(self._gallery_picture(place), origin={"emoji": self._index["gallery"][place]})

    def take_in(self, source: str | Path | bytes | Image.Image) -> Picture:
        """The middle square of a person's own image; PictureError where it cannot be used."""
        return Picture(Image.fromarray(square(open_image(source), SIDE, WHITE)), origin={"photo": "own"})

    def canvas(self, image: Image.Image, side: int) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        """A picture as the CLIP takes it, RGB uint8 `[side side 3]`, all of it: top, left, height, width."""
        return np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)), (0, 0, side, side)

    @cached_property
    def _sheet(self) -> Image.Image:
        return Image.open(asset("photos/gallery.webp")).convert("RGB")

    def _gallery_picture(self, place: int) -> Image.Image:
        size, columns = self._index["gallery_side"], self._sheet.width // self._index["gallery_side"]
        left, top = place % columns * size, place // columns * size
        return self._sheet.crop((left, top, left + size, top + size))
