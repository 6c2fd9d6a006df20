"""Other eyes: one public model at a time that looks at photographs in the place of the small CLIP, with lenses made on the spot.

For how it decides on classes it needs no lenses: that takes no longer than to load it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from core.foundations.downloads import cached
from core.foundations.errors import StudioError, WeightsError
from core.foundations.files import numbers_digest
from core.foundations.images import to_tensor
from core.foundations.records import MIXED, HeadCard, Picture
from core.methods.read.ablate import TermMeans
from core.methods.read.presence import Rule
from core.methods.read.second_order import Directions
from core.models.clip import Clip
from core.models.named_eyes import OWN, Named, Offer, fetch_eyes, linked_eyes, load_eyes, named_eyes, offered
from core.models.text import TextEncoder
from core.studio.eyes_classes import EyesClasses, eyes_classes
from core.studio.lens_making import LensPictures, SpanSums, make
from core.studio.lenses import Lenses, keep_lenses, kept_lenses
from core.studio.presence_making import by_chance
from core.studio.sight import Seeable, Sight
from core.worlds.photos.folder import FolderWorld

BATCH = 8
PASSES = 4
"""How often the pictures are looked at: for means, for examples, and twice for neurons."""
DEPTH = 0.75
"""How far up the layer stands whose neurons are named: where the small CLIP's are, too."""

LENSES = 0.8
"""The share of the making that the lenses take; the rest tells present from absent."""
RULED = 64
"""Pictures by which that is told, evenly spread over all."""
NO_FOLDER = (
    "This link looks through a model, or by pictures, in a folder of the machine that it was made on; no link can carry those. Name the "
    "folder under “Look through another model” to see what it shows."
)
NO_LENSES = "This link looks through {}, of which it is not yet known here what its heads see. Look it up, and that is found out."
PATIENCE = 1.0
"""Seconds between two looks at whether the model that is prepared is done."""

Progress = Callable[[float], None]
"""Told the share that is done, in [0, 1]; what it raises ends the work."""


@dataclass
class _Held:
    """The one model, and what was made of it so far; its sight is by the pictures of `named`."""

    named: Named
    clip: Clip
    sight: Sight | None = None
    classes: EyesClasses | None = None

    def by(self, named: Named) -> bool:
        """Whether it is this model, by whatever pictures."""
        return self.named._replace(pictures="") == named._replace(pictures="")


class OtherEyes:
    """What a person may look through instead. Shared by everybody; which of them a visitor looks through, the visitor's own page knows.

    Args:
        device: where models run.
        texts: the sentence encoder.
        world: whose pictures lenses are made of.
        words: lenses whose pool of texts is taken over.
    """

    def __init__(self, device: torch.device, texts: TextEncoder, world: Seeable, words: Callable[[], Lenses]) -> None:
        self.device, self.texts, self.world, self.words = device, texts, world, words
        self._lock = Lock()
        self._held: _Held | None = None
        self._known: dict[str, Named] = {}
        self._folders = lru_cache(4)(FolderWorld)

    def offer(self, name: str, pictures: str = "") -> Offer:
        """What a model is, by any name a person has for it: how large, of which licence, whether it is here, and what it can.

        Args:
            name: see core.models.named_eyes.
            pictures: a folder of whose pictures its lenses are to be made; of the shipped ones where empty.

        Raises:
            WeightsError: where nothing is called that, or the hub does not answer; the sentence says what to do.
            PictureError: where the folder does not hold pictures.
        """
        folder = str(FolderWorld(pictures).path.resolve()) if pictures.strip() else ""
        offer = offered(named_eyes(name))
        return offer._replace(named=offer.named._replace(pictures=folder))

    def linked(self, text: str, lenses: bool = True) -> Named:
        """The model that a link names (`Named.link`), ready to be looked through.

        Args:
            text: as it stands in the link.
            lenses: whether what its heads see has to be known.

        Raises:
            WeightsError: where it is not on this machine, or its lenses were not made here; the sentence says what to do.
            StudioError: as `sight`.
        """
        named = self._known.get(text) if text.startswith(OWN) else linked_eyes(text)
        if named is None:
            raise WeightsError(NO_FOLDER)
        with self._alone(named, None):
            held = self._loaded(named)
            if lenses and held.sight is None and kept_lenses(self._place(held)) is None:
                raise WeightsError(NO_LENSES.format(named.label))
        return named

    def example(self, named: Named, number: int) -> Picture:
        """One of the pictures that the lenses of a model were made of, by its number; StudioError where there is none."""
        return self._world(named).picture(number)

    def fetch(self, named: Named, progress: Progress | None = None) -> None:
        """Bring a model to this machine; WeightsError where that fails."""
        fetch_eyes(named, progress)

    def sight(self, named: Named, progress: Progress | None = None) -> Sight:
        """What a model sees. It is loaded, and its lenses are made at the first time; the one before it is given up.

        Args:
            named: which, as an offer has it.
            progress: see `Progress`; of the lenses, which take the longest.

        Raises:
            StudioError: where another one is prepared at this moment, and nobody is told of progress: who only looks does not wait minutes.
            WeightsError: where it is not here and cannot be fetched.
            ModelError: where it cannot be taken apart, or can be asked nothing in words.
        """
        with self._alone(named, progress):
            held = self._loaded(named)
            if held.sight is None:
                held.sight = self._sight(held, progress)
            return held.sight

    def classes(self, named: Named, progress: Progress | None = None) -> EyesClasses:
        """How a model decides on classes: its own where it was trained on some, else the words of the shipped pool. No lenses are made.

        Args:
            named: which, as an offer has it.
            progress: told while another model is prepared.

        Raises:
            StudioError, WeightsError: as `sight`.
            ModelError: where it cannot be taken apart, or knows classes only by number.
        """
        with self._alone(named, progress):
            held = self._loaded(named)
            if held.classes is None:
                held.classes = eyes_classes(held.clip, self.words(), self.world)
            return held.classes

    @contextmanager
    def _alone(self, named: Named, progress: Progress | None) -> Iterator[None]:
        while not self._lock.acquire(timeout=PATIENCE):
            if progress is None:
                raise StudioError(
                    f"Another model is prepared on this machine at the moment, so that {named.label} has to wait. Try again in a while, or "
                    "go back to the small model."
                )
            progress(0.0)  # who waits with a Cancel can use it
        try:
            yield
        finally:
            self._lock.release()

    def _loaded(self, named: Named) -> _Held:
        if self._held is None or not self._held.by(named):
            self._held = None  # first, so that there are never two
            self._held = _Held(named, load_eyes(named, self.texts.embed).to(self.device))
        if self._held.named != named:
            self._held = _Held(named, self._held.clip, classes=self._held.classes)
        self._known[named.link] = named
        return self._held

    def _world(self, named: Named) -> Seeable:
        return self._folders(named.pictures) if named.pictures else self.world

    def _place(self, held: _Held) -> Path:
        world = self._world(held.named)
        return lenses_place(held.clip, self.words(), world.digest if isinstance(world, FolderWorld) else world.neighbours)

    def _sight(self, held: _Held, progress: Progress | None) -> Sight:
        clip, world, place = held.clip, self._world(held.named), self._place(held)
        told = progress or (lambda share: None)
        lenses, rule = kept_lenses(place) or (None, None)
        if lenses is None:
            lenses = lenses_of(clip, self.words(), world, lambda share: told(LENSES * share))
            keep_lenses(place, lenses)
        if rule is None:
            rule = rule_of(clip, lenses, world, lambda share: told(LENSES + (1 - LENSES) * share))
            keep_lenses(place, lenses, rule)
        return Sight(clip, lenses, self.texts, world, rule=rule)


def lenses_place(clip: Clip, words: Lenses, pictures: int | str) -> Path:
    """Where lenses are kept: by the numbers of the tower, the texts, and how many shipped pictures, or which others, they are made of."""
    told = hashlib.sha256("\n".join((numbers_digest(dict(clip.visual.state_dict())), str(pictures), *words.tags, *words.pool)).encode())
    return cached("lenses") / f"{told.hexdigest()[:32]}.safetensors"


def named_layers(clip: Clip) -> tuple[int, ...]:
    """The layers whose neurons get words; none of a tower of one block, since neurons are named by what attention carries on from them."""
    highest = clip.anatomy.layers - 2
    return (min(int(DEPTH * clip.anatomy.layers), highest),) if highest >= 0 else ()


def lenses_of(
    clip: Clip,
    words: Lenses,
    world: Seeable,
    progress: Progress | None = None,
    sums: SpanSums | None = None,
    found: Mapping[int, Directions] | None = None,
) -> Lenses:
    """The lenses of a CLIP over a world's own pictures: roles of heads, neurons of one layer, means. They take minutes for a large one.

    Args:
        clip: any whose tower can be taken apart.
        words: lenses whose texts and tags are taken over.
        world: whose pictures are looked at.
        progress: see `Progress`.
        sums: over a larger folder, in the place of the world's pictures for means and roles; core.train.folder_lenses makes them.
        found: neurons' directions over such a folder, by their layer.
    """
    batches, done = -(-world.neighbours // BATCH), 0

    def pictures() -> Iterator[Tensor]:
        nonlocal done
        for images in batches_of(clip, world, range(world.neighbours)):
            yield images
            done += 1
            if progress:
                progress(min(done / (PASSES * batches), 1.0))

    with torch.inference_mode():
        return make(clip, by_tag(words), LensPictures(pictures, pictures, pictures), named_layers(clip), sums=sums, found=found)


def batches_of(clip: Clip, world: Seeable, numbers: Sequence[int]) -> Iterator[Tensor]:
    """A world's pictures by their numbers, as a CLIP takes them, `[b 3 h w]` in [0, 1]."""
    for start in range(0, len(numbers), BATCH):
        canvases = [world.canvas(world.picture(number).image, clip.image_size)[0] for number in numbers[start : start + BATCH]]
        yield to_tensor(np.stack(canvases)).to(clip.mean.device)


def rule_of(clip: Clip, lenses: Lenses, world: Seeable, progress: Progress | None = None) -> Rule:
    """What tells whether a text is in a picture at all, by a world's own pictures and the pool of texts; arguments as `lenses_of`."""
    numbers, done = sorted({int(place) for place in np.linspace(0, world.neighbours - 1, RULED)}), 0

    def pictures() -> Iterator[Tensor]:
        nonlocal done
        for images in batches_of(clip, world, numbers):
            yield images
            done += len(images)
            if progress:
                progress(min(done / (2 * len(numbers)), 1.0))

    with torch.inference_mode():
        return by_chance(clip, pictures, lenses.texts.to(clip.mean.device), clip.near(list(lenses.pool)))


def by_tag(words: Lenses) -> dict[str, tuple[str, ...]]:
    """The pool of texts, by what they are about."""
    return {tag: tuple(t for t, other in zip(words.pool, words.tags, strict=True) if other == tag) for tag in dict.fromkeys(words.tags)}


def blank_lenses(clip: Clip, words: Lenses) -> Lenses:
    """Lenses without words: heads of equal size, no neurons, and means that are still to be added."""
    layers, heads = clip.anatomy.layers, clip.anatomy.heads
    cards = tuple(HeadCard(*place, MIXED, 0.0, (), (), 1 / (layers * heads)) for place in product(range(layers), range(heads)))
    return Lenses(words.pool, words.tags, clip.embed_texts(list(words.pool)), TermMeans(), cards, (), {}, {}, {}, {})
