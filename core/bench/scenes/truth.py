"""The truth about scenes as benchmarks need it: attributes as columns, and the exact mask of something that is asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.foundations.seeds import numpy_rng
from core.worlds.nouns.art import BARE, SLOTS
from core.worlds.nouns.catalogue import parts, shown
from core.worlds.scenes.captions import PLACES, ground_phrases, place_of
from core.worlds.scenes.compose import MOST, Scenes, draw_scenes, mask, sample

AXES = 8
"""Columns of an attribute with many classes: the first axes of its names' embeddings, so that no attribute has more."""

SLOT_OF = {"heads": "head", "glasses": "glasses", "shirts": "body", "prints": "accessory"}
"""Roles that stand for a slot of the Nouns."""


def axes_of(vectors: Tensor, count: int = AXES) -> Tensor:
    """Texts `[m k]` along their first principal axes `[m count]`, each of unit variance together."""
    centred = (vectors - vectors.mean(0)).double()
    found = centred @ torch.linalg.svd(centred, full_matrices=False).Vh[:count].T
    return found / found.std()


def attributes(scenes: Scenes, slots: dict[str, Tensor], grounds: Tensor) -> dict[str, Tensor]:
    """What a scene really holds, as columns `[n p]` for each role.

    Args:
        slots: for each of SLOT_OF's roles its parts along a few axes `[parts p]`.
        grounds: of every scene, along a few axes `[n p]`.
    """
    there = torch.from_numpy((np.arange(MOST) < scenes.count[:, None]).astype(np.float64))[..., None]
    found = {}
    for role, table in slots.items():
        rows = torch.from_numpy(scenes.nouns[:, :, SLOTS.index(SLOT_OF[role])])
        found[role] = (table[rows] * there).sum(1) / there.sum(1)
    places = np.array([[PLACES.index(place_of(corner)) for corner in corners] for corners in scenes.corners])
    found["places"] = (torch.eye(len(PLACES), dtype=torch.float64)[torch.from_numpy(places)] * there).sum(1) / there.sum(1)
    turned = torch.from_numpy(scenes.mirrored).double()[..., None]
    found["directions"] = (turned * there).sum(1) / there.sum(1)
    found["counts"] = torch.eye(MOST, dtype=torch.float64)[torch.from_numpy(scenes.count) - 1]
    return found | {"grounds": grounds}


def ground_names(scenes: Scenes) -> list[str]:
    """The fullest name of every scene's ground."""
    return [ground_phrases(ground)[0] for ground in scenes.grounds]


@dataclass(frozen=True)
class Questions:
    """Scenes, each with one part that is asked for.

    Attributes:
        images: RGB uint8 `[n 64 64 3]`.
        texts: the name of the part.
        slots: its slot.
        truth: where a part of that name is really seen, whoever wears it `[n 64 64]` bool.
        others: where a Noun is seen that does not wear it `[n 64 64]` bool.
    """

    images: np.ndarray
    texts: list[str]
    slots: list[str]
    truth: np.ndarray
    others: np.ndarray


FEWEST = 16
"""Pixels of a part from which on it is asked for."""


def ask(purpose: str, count: int, held_out: bool, slots: tuple[str, ...] = SLOTS[1:]) -> Questions:
    """One question for each of `count` scenes with at least one part that is clearly seen."""
    rng = numpy_rng("questions", purpose)
    scenes = sample(rng, 2 * count, held_out)
    rgb, owner = draw_scenes(scenes)
    kept: list[int] = []
    texts, asked, truth, others = [], [], [], []
    for i in range(len(scenes)):
        if len(kept) == count:
            break
        seen = [
            (k, slot)
            for k in range(scenes.count[i])
            for slot in slots
            if mask(owner[i], slot, k).sum() >= FEWEST and parts(slot)[scenes.nouns[i, k, SLOTS.index(slot)]].id != BARE.get(slot)
        ]
        if not seen:
            continue
        k, slot = seen[int(rng.integers(len(seen)))]
        place = SLOTS.index(slot)
        wearing = [j for j in range(scenes.count[i]) if scenes.nouns[i, j, place] == scenes.nouns[i, k, place]]
        part = parts(slot)[scenes.nouns[i, k, place]]
        kept.append(i)
        texts.append(shown(part))
        asked.append(slot)
        truth.append(np.any([mask(owner[i], slot, j) for j in wearing], 0))
        others.append((owner[i] > 0) & ~np.isin((owner[i].astype(int) - 1) // 4, wearing))
    return Questions(rgb[kept], texts, asked, np.stack(truth), np.stack(others))
