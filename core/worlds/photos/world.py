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
from core.foundations.images import check_shape, open_image
from core.foundations.records import Picture
from core.worlds.photos.cuts import Stamp, close_cut

SIDE = 336
"""Height and width of a photograph as it is shown, in pixels."""
WHITE = (255, 255, 255)
MOST_SIDE = 1024
"""Pixels of the longer side of a person's own photograph; its masks have its size."""
BESIDE = (124, 116, 104)
"""What lies beside a picture whose proportions a tower cannot take: the mean colour of photographs, which says nothing."""


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
        """A person's own image, all of it, its longer side at most MOST_SIDE; PictureError where it cannot be used."""
        image = open_image(source).convert("RGB")
        check_shape(*image.size)
        image.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS)
        return Picture(image, origin={"photo": "own"})

    def canvas(self, image: Image.Image, size: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        """A picture as the CLIP takes it: `canvas_of`."""
        return canvas_of(image, size)

    @cached_property
    def cut_outs(self) -> tuple[Stamp, ...]:
        """The gallery's emoji without the white around them, by what people call them; each one's own name is its `kind`."""
        sheet, said = Image.open(asset("photos/gallery_masks.webp")).convert("L"), self._index["gallery_words"]
        found = []
        for place, (name, word) in enumerate(zip(self._index["gallery"], said, strict=True)):
            cover = np.asarray(sheet.crop(self._box(place)), np.float64)[..., None] / 255
            # What was laid on white is taken off it again, so that no pale rim is left.
            rgb = 255 - (255 - np.asarray(self._gallery_picture(place), np.float64)) / cover.clip(1 / 3)
            rgba = np.concatenate([rgb, 255 * cover], 2).round().clip(0, 255).astype(np.uint8)
            found.append(Stamp(name, close_cut(Image.fromarray(rgba)), word, name))
        return tuple(found)

    @cached_property
    def _sheet(self) -> Image.Image:
        return Image.open(asset("photos/gallery.webp")).convert("RGB")

    def _gallery_picture(self, place: int) -> Image.Image:
        return self._sheet.crop(self._box(place))

    def _box(self, place: int) -> tuple[int, int, int, int]:
        size, columns = self._index["gallery_side"], self._sheet.width // self._index["gallery_side"]
        left, top = place % columns * size, place // columns * size
        return left, top, left + size, top + size


def canvas_of(image: Image.Image, size: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """A picture as the CLIP takes it, all of it, RGB uint8 `[h w 3]`, and where on it it lies: top, left, height, width.

    Proportions that differ by less than a twentieth are squashed; else grey is beside the picture.
    """
    high, wide = size
    scale = min(high / image.height, wide / image.width)
    height, width = max(1, round(scale * image.height)), max(1, round(scale * image.width))
    if high * wide <= 1.05 * height * width:
        height, width = high, wide
    top, left = (high - height) // 2, (wide - width) // 2
    canvas = np.full((high, wide, 3), BESIDE, np.uint8)
    rgb = image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    canvas[top : top + height, left : left + width] = np.asarray(rgb)
    return canvas, (top, left, height, width)
