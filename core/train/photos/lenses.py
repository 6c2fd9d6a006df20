"""Make the lenses of the photographs' CLIP over the pictures with names, pasted on grounds.

No photograph is looked at but the samples that are shipped, and of those nobody says what they show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from core.foundations.files import load_card
from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.models.photo_clip import NAME, load_photo_clip
from core.studio.lens_making import LensPictures, make
from core.train.lenses import say, ship
from core.train.photos.views import ViewMaking, pasted
from core.worlds.photos.named import Named, everything
from core.worlds.photos.world import PhotoWorld

BATCH = 16
TAGS = {
    "mammals": ("animal-mammal",),
    "birds": ("animal-bird",),
    "reptiles": ("animal-reptile", "animal-amphibian"),
    "sea animals": ("animal-marine", "food-marine"),
    "insects": ("animal-bug",),
    "flowers": ("plant-flower",),
    "plants": ("plant-other",),
    "fruit": ("food-fruit",),
    "vegetables": ("food-vegetable",),
    "meals": ("food-prepared", "food-asian"),
    "sweets": ("food-sweet",),
    "drinks": ("drink", "dishware"),
    "buildings": ("place-building", "place-religious", "place-other"),
    "landscapes": ("place-geographic",),
    "vehicles": ("transport-ground", "transport-air", "transport-water"),
    "sky": ("sky & weather",),
    "sports": ("sport",),
    "clothes": ("clothing",),
    "music": ("music", "musical-instrument"),
    "devices": ("phone", "computer", "light & video", "time"),
    "papers": ("book-paper", "writing", "office", "mail", "money"),
    "tools": ("tool", "science", "medical", "household", "lock"),
    "games": ("game", "event", "award-medal", "arts & crafts"),
    "people": ("person", "person-role", "person-fantasy", "family"),
    "faces": ("face-smiling", "face-concerned", "face-costume", "monkey-face", "cat-face", "face-negative"),
    "bodies": ("body-parts", "hand-fingers-open", "hand-single-finger", "hands"),
}
"""What a head can be about: the emoji's own kinds, joined."""
MORE = {
    "colours": "red;orange;yellow;green;blue;purple;pink;brown;black;white;grey;gold;dark;bright;colourful",
    "stuff": "fur;feathers;wood;metal;glass;stone;water;grass;leaves;sand;snow;cloth;leather;plastic;paper;fire;smoke;brick;stripes;dots",
}
ODD = frozenset("male female left right side mag face oncoming closed open other facing pouring satisfied love white x t".split())
"""Words of emoji's names that no one says of a photograph."""
MOST = 45
"""Words about one thing."""


@dataclass(frozen=True)
class PhotoLensMaking:
    """How much is looked at."""

    pictures: int = 900
    """For means and TextSpan; and as many others for neurons."""
    layers: tuple[int, ...] = (9,)
    """Layers whose neurons are named."""


def vocabulary(pictures: Sequence[Named]) -> dict[str, tuple[str, ...]]:
    """The pool of texts, by what they are about."""
    found: dict[str, tuple[str, ...]] = {}
    more = {tag: tuple(words.split(";")) for tag, words in MORE.items()}
    taken = {word for words in more.values() for word in words}
    for tag, kinds in TAGS.items():
        words = dict.fromkeys(p.short for p in pictures if p.kind in kinds and len(p.short.split()) <= 2 and not ODD & set(p.short.split()))
        found[tag] = tuple(word for word in words if word not in taken)[:MOST]
        taken |= set(found[tag])
    return found | more


def composed(pictures: Sequence[Named], purpose: str, count: int, side: int) -> Iterator[Tensor]:
    """Random pictures with names on random grounds, `[n 3 s s]` in [0, 1]."""
    making = ViewMaking(side=side)
    for start in range(0, count, BATCH):
        batch = []
        for number in range(start, min(start + BATCH, count)):
            rng = numpy_rng(purpose, number)
            batch.append(pasted(pictures[int(rng.integers(len(pictures)))].image, rng, making)[0])
        yield to_tensor(np.stack(batch))


def shipped(world: PhotoWorld, side: int) -> Iterator[Tensor]:
    """The world's own pictures, in their order."""
    for start in range(0, world.neighbours, BATCH):
        numbers = range(start, min(start + BATCH, world.neighbours))
        yield to_tensor(np.stack([world.canvas(world.picture(number).image, (side, side))[0] for number in numbers]))


def main() -> None:
    """Make the lenses of the photographs' CLIP and write them to assets/."""
    making, world, named = PhotoLensMaking(), PhotoWorld(), everything()
    clip = load_photo_clip()
    side = clip.image_size[0]

    def neurons() -> Iterator[Tensor]:
        yield from shipped(world, side)  # first, so that a card can show them
        yield from composed(named, "photo neurons", making.pictures, side)

    looked = LensPictures(
        lambda: composed(named, "photo lenses", making.pictures, side), lambda: shipped(world, side), neurons, world.neighbours
    )
    with torch.inference_mode():
        lenses = make(clip, vocabulary(named), looked, making.layers, say)
    card = {
        "world": "photos",
        "made_from": {NAME: load_card(NAME)["sha256"]},
        "data": "core.worlds.photos.named on core.worlds.photos.grounds, and the pictures in assets/photos",
        "making": asdict(making),
    }
    ship("photos_lenses", lenses, card)


if __name__ == "__main__":
    main()
