"""Other eyes: one public model at a time that looks at photographs in the place of the small CLIP, with lenses made on the spot.

For how it decides on classes it needs no lenses: that takes no longer than to load it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from core.foundations.downloads import cached
from core.foundations.errors import StudioError
from core.foundations.files import numbers_digest
from core.foundations.images import to_tensor
from core.foundations.records import MIXED, HeadCard
from core.methods.read.ablate import TermMeans
from core.models.clip import Clip
from core.models.named_eyes import Named, Offer, fetch_eyes, load_eyes, named_eyes, offered
from core.models.text import TextEncoder
from core.studio.eyes_classes import EyesClasses, eyes_classes
from core.studio.lens_making import LensPictures, SpanSums, make
from core.studio.lenses import Lenses, keep_lenses, kept_lenses
from core.studio.sight import Seeable, Sight

BATCH = 8
PASSES = 4
"""How often the pictures are looked at: for means, for examples, and twice for neurons."""
DEPTH = 0.75
"""How far up the layer stands whose neurons are named: where the small CLIP's are, too."""

PATIENCE = 1.0
"""Seconds between two looks at whether the model that is prepared is done."""

Progress = Callable[[float], None]
"""Told the share that is done, in [0, 1]; what it raises ends the work."""


@dataclass
class _Held:
    """The one model, and what was made of it so far."""

    named: Named
    clip: Clip
    sight: Sight | None = None
    classes: EyesClasses | None = None


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

    def offer(self, name: str) -> Offer:
        """What a model is, by any name a person has for it: how large, of which licence, whether it is here, and what it can.

        Raises:
            WeightsError: where nothing is called that, or the hub does not answer; the sentence says what to do.
        """
        return offered(named_eyes(name))

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
                held.sight = self._sight(held.clip, progress)
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
        if self._held is None or self._held.named != named:
            self._held = None  # first, so that there are never two
            self._held = _Held(named, load_eyes(named, self.texts.embed).to(self.device))
        return self._held

    def _sight(self, clip: Clip, progress: Progress | None) -> Sight:
        own = self.words()
        place = lenses_place(clip, own, self.world.neighbours)
        lenses = kept_lenses(place)
        if lenses is None:
            lenses = lenses_of(clip, own, self.world, progress)
            keep_lenses(place, lenses)
        return Sight(clip, lenses, self.texts, self.world)


def lenses_place(clip: Clip, words: Lenses, pictures: int) -> Path:
    """Where lenses are kept: by the numbers of the tower, the texts, and how many pictures they are made of."""
    told = hashlib.sha256("\n".join((numbers_digest(dict(clip.visual.state_dict())), str(pictures), *words.tags, *words.pool)).encode())
    return cached("lenses") / f"{told.hexdigest()[:32]}.safetensors"


def lenses_of(clip: Clip, words: Lenses, world: Seeable, progress: Progress | None = None, sums: SpanSums | None = None) -> Lenses:
    """The lenses of a CLIP over a world's own pictures: roles of heads, neurons of one layer, means. They take minutes for a large one.

    Args:
        clip: any whose tower can be taken apart.
        words: lenses whose texts and tags are taken over.
        world: whose pictures are looked at.
        progress: see `Progress`.
        sums: over a larger folder, in the place of the world's pictures for means and roles; core.train.folder_lenses makes them.
    """
    batches, done = -(-world.neighbours // BATCH), 0

    def pictures() -> Iterator[Tensor]:
        nonlocal done
        for start in range(0, world.neighbours, BATCH):
            numbers = range(start, min(start + BATCH, world.neighbours))
            canvases = [world.canvas(world.picture(number).image, clip.image_size)[0] for number in numbers]
            yield to_tensor(np.stack(canvases)).to(clip.mean.device)
            done += 1
            if progress:
                progress(min(done / (PASSES * batches), 1.0))

    highest = clip.anatomy.layers - 2  # neurons are named by what attention carries on from them
    layers = (min(int(DEPTH * clip.anatomy.layers), highest),) if highest >= 0 else ()
    with torch.inference_mode():
        return make(clip, by_tag(words), LensPictures(pictures, pictures, pictures), layers, sums=sums)


def by_tag(words: Lenses) -> dict[str, tuple[str, ...]]:
    """The pool of texts, by what they are about."""
    return {tag: tuple(t for t, other in zip(words.pool, words.tags, strict=True) if other == tag) for tag in dict.fromkeys(words.tags)}


def blank_lenses(clip: Clip, words: Lenses) -> Lenses:
    """Lenses without words: heads of equal size, no neurons, and means that are still to be added."""
    layers, heads = clip.anatomy.layers, clip.anatomy.heads
    cards = tuple(HeadCard(*place, MIXED, 0.0, (), (), 1 / (layers * heads)) for place in product(range(layers), range(heads)))
    return Lenses(words.pool, words.tags, clip.embed_texts(list(words.pool)), TermMeans(), cards, (), {}, {}, {}, {})
