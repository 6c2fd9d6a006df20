"""What the benchmarks of how a vision transformer decides have in common: held-out Nouns, their heads' masks, and one forward of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.methods.read.class_space import Depths, depths_of
from core.methods.read.segment_view import View
from core.models.classifier import Classifier, classifier_of
from core.models.clip import Clip
from core.models.noun_eyes import MEAN, STD, NounEye
from core.models.registry import load
from core.worlds.nouns.art import SLOTS
from core.worlds.scenes.alone import Alone, draw_alone, sample_alone

NAME = "nouns_transformer"
HEAD = SLOTS.index("head")
BATCH = 128


@dataclass(frozen=True)
class Judged:
    """Pictures of single Nouns with their truth.

    Attributes:
        images: RGB `[n 3 32 32]` in [0, 1].
        labels: the heads `[n]`.
        share: how much of each patch the head covers `[n p]`.
    """

    images: Tensor
    labels: Tensor
    share: Tensor

    def __len__(self) -> int:
        """How many."""
        return len(self.images)

    def first(self, count: int) -> Judged:
        """The first of them."""
        return Judged(self.images[:count], self.labels[:count], self.share[:count])


def judged(alone: Alone, patches: int = 8) -> Judged:
    """Drawn Nouns with what their patches show.

    Args:
        alone: which.
        patches: along each side.
    """
    rgb, owner = draw_alone(alone)
    step = owner.shape[1] // patches
    share = (owner == HEAD).reshape(len(owner), patches, step, patches, step).mean((2, 4))
    return Judged(to_tensor(rgb), torch.from_numpy(alone.nouns[:, HEAD]).long(), torch.from_numpy(share).float().flatten(1))


def held_out(purpose: str, count: int) -> Judged:
    """Compositions that no training saw, moved, mirrored and on varied ground."""
    return judged(sample_alone(numpy_rng("bench", purpose), count, held_out=True))


def trained_on(purpose: str, shots: int) -> Judged:
    """So many of each head among what training may see, for the baselines that learn."""
    heads = np.repeat(np.arange(254), shots)
    alone = sample_alone(numpy_rng("bench probes", purpose), len(heads))
    nouns = alone.nouns.copy()
    nouns[:, HEAD] = heads  # a pair of parts may so be one that is hidden; these pictures judge nothing
    return judged(replace(alone, nouns=nouns))


class Model:
    """The Nouns' vision transformer, as the benchmarks look at it."""

    def __init__(self) -> None:
        self.eye: NounEye = load(NAME)
        self.classifier: Classifier = classifier_of(self.eye.trunk)

    @cached_property
    def clip(self) -> Clip:
        """For the relevance methods, whose texts are the classes."""
        return Clip(self.eye.trunk, lambda texts: torch.eye(self.classifier.classes), MEAN, STD, 32, 1.0, NAME).eval()

    def depths(self, pictures: Judged) -> Depths:
        """All hidden states, from one forward of each."""
        parts = [depths_of(self.classifier, self.eye.normalise(images)) for images in pictures.images.split(BATCH)]
        streams = tuple(torch.cat(several) for several in zip(*(part.streams for part in parts), strict=True))
        return Depths(streams, tuple(torch.cat(several) for several in zip(*(part.added for part in parts), strict=True)))

    def views(self, pictures: Judged) -> Iterator[tuple[View, Tensor]]:
        """Batches for the relevance methods, and their labels as texts `[n 1 c]`."""
        for images, labels in zip(pictures.images.split(BATCH), pictures.labels.split(BATCH), strict=True):
            yield View(self.clip, images), torch.eye(self.classifier.classes)[labels][:, None]
