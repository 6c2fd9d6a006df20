"""The judge of truth for attacks in scenes: a picture counts only where the true class is there and whole, and the wrong one is not."""

from __future__ import annotations

import numpy as np

from core.foundations.records import Picture
from core.worlds.nouns.art import SLOTS
from core.worlds.nouns.compose import owners
from core.worlds.scenes.compose import Scenes
from core.worlds.scenes.things import Thing, named_alike
from core.worlds.scenes.world import SceneTruth

HEAD = SLOTS.index("head")


def accepted(picture: Picture, true: Thing, wrong: Thing) -> bool:
    """Whether one picture counts; its truth says who owns each pixel."""
    truth: SceneTruth = picture.truth
    scenes, count = truth.scenes, int(truth.scenes.count[0])
    there = [noun for noun in range(count) if scenes.nouns[0, noun, HEAD] == true.at[0]]
    return any(is_whole(scenes, truth.owner, noun) for noun in there) and not any(
        wears(scenes, noun, slot, at) for noun in range(count) for slot, at in named_alike(wrong)
    )


def is_whole(scenes: Scenes, owner: np.ndarray, noun: int) -> bool:
    """Whether every pixel that a Noun has alone is seen in the scene."""
    alone = owners(scenes.nouns[0, noun][None])[0]
    alone = alone[:, ::-1] if scenes.mirrored[0, noun] else alone
    top, left = (int(value) for value in scenes.corners[0, noun])
    window = owner[top : top + alone.shape[0], left : left + alone.shape[1]]
    own = alone > 0
    return bool((window[own] == alone[own] + 4 * noun).all())


def wears(scenes: Scenes, noun: int, slot: str, at: int) -> bool:
    """Whether a Noun of a scene has a part."""
    return bool(scenes.nouns[0, noun, SLOTS.index(slot)] == at)
