"""The world `scenes` as the studio meets it: pictures by seed, and the words that its captions use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from core.foundations.images import whole
from core.foundations.records import Picture
from core.foundations.seeds import numpy_rng
from core.worlds.nouns.art import BARE, SIDE, SLOTS
from core.worlds.nouns.catalogue import parts, shown
from core.worlds.scenes.captions import COUNTS, FACING, PLACES, ground_phrases
from core.worlds.scenes.compose import Scenes, draw_scenes, sample
from core.worlds.scenes.grounds import CANVAS, COLOURS, HABITATS, KINDS


@dataclass(frozen=True)
class SceneTruth:
    """What a scene really is.

    Attributes:
        scenes: one scene.
        owner: who owns each pixel `[64 64]`, see compose.draw_scenes.
    """

    scenes: Scenes
    owner: np.ndarray


class SceneWorld:
    """Everything the studio asks of this world."""

    name = "scenes"
    side = CANVAS
    neighbours = 400
    """Scenes among which the neighbours of a picture are sought; their terms take three seconds on two cores, once."""

    def canvas(self, image: Image.Image, size: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        """A picture as the embedded CLIP takes it, RGB uint8 `[h w 3]`, and where on it the picture lies: top, left, height, width.

        All of it: where it is too large, its longer side becomes the canvas's.
        """
        rgb = np.asarray(image.convert("RGB"))
        if max(rgb.shape[:2]) > min(size):
            rgb = whole(image, min(size))
        canvas, (top, left) = framed(rgb)
        return canvas, (top, left, rgb.shape[0], rgb.shape[1])

    def picture(self, seed: int) -> Picture:
        """A random scene; the same seed gives the same picture."""
        scenes = sample(numpy_rng("scene", seed), 1)
        rgb, owner = draw_scenes(scenes)
        return Picture(Image.fromarray(rgb[0]), None, SceneTruth(scenes, owner[0]), 1.0, {"scene": seed})


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, tuple[str, ...]]:
    """What captions speak of, by what it is about: the pool of texts from which heads and neurons get their words."""
    named = {slot: [p for p in parts(slot) if p.id != BARE.get(slot)] for slot in SLOTS[1:]}
    grounds = []
    for kind, name in enumerate(KINDS):
        numbers = range(1) if name in HABITATS else range(len(COLOURS))
        grounds += [ground_phrases(np.array([kind, one, (one + 5) % len(COLOURS), 0]))[0] for one in numbers]
    return {
        "heads": tuple(shown(p) for p in named["head"]),
        "glasses": tuple(shown(p) for p in named["glasses"]),
        "shirts": tuple(shown(p) for p in named["body"]),
        "prints": tuple(shown(p) for p in named["accessory"]),
        "places": tuple(f"at the {place}" for place in PLACES),
        "directions": FACING,
        "counts": tuple(way for ways in COUNTS for way in ways),
        "grounds": tuple(dict.fromkeys(grounds)),
    }


def framed(rgb: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """A picture on the canvas that the embedded CLIP sees: a smaller one in the middle, its ground drawn on.

    Args:
        rgb: uint8 `[h w 3]`, at most 64 x 64; a Noun's 32 x 32 keeps its size.

    Returns:
        `[64 64 3]` uint8, and the top and left of the picture on it.
    """
    height, width = rgb.shape[:2]
    top, left = (CANVAS - height) // 2, (CANVAS - width) // 2
    around = ((top, CANVAS - height - top), (left, CANVAS - width - left), (0, 0))
    canvas = np.pad(rgb, around, mode="edge")
    if height == width == SIDE:  # below a Noun's shirt there is ground, not more shirt
        canvas[top + height :] = rgb[0, 0]
    return canvas, (top, left)
