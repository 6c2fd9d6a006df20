"""The vision transformer that names the Nouns' heads, as the studio looks through it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from PIL import Image

from core.foundations.named_neurons import load_neurons
from core.models.classifier import HeadedClip
from core.models.noun_eyes import MEAN, STD
from core.models.registry import load
from core.studio.classes import ClassSight
from core.worlds.nouns.catalogue import parts

NAME, NEURONS = "nouns_transformer", "nouns_neuron_names"


def _canvas(image: Image.Image, size: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """A Noun as it is; anything else is brought to its size whole."""
    rgb = image.convert("RGB")
    rgb = rgb if rgb.size == size[::-1] else rgb.resize(size[::-1], Image.Resampling.BOX)
    return np.asarray(rgb), (0, 0, *size)


def head_names(count: int) -> tuple[str, ...]:
    """What the heads are called, in the order of the classes; one that is called as another is has its id beside it."""
    several = [part.name for part in parts("head")[:count]]
    return tuple(part.name if several.count(part.name) == 1 else f"{part.name} ({part.id})" for part in parts("head")[:count])


def noun_class_sight(device: torch.device) -> ClassSight:
    """The heads' classifier.

    Raises:
        WeightsError: where a file is missing or changed.
    """
    eye: Any = load(NAME, device)
    clip = HeadedClip(eye.trunk, MEAN, STD, eye.image_size, NAME).eval().to(device)
    return ClassSight(clip, head_names(eye.config.classes), _canvas, neurons=load_neurons(NEURONS))
