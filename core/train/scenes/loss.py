"""The losses that teach the embedded CLIP: contrast with captions, questions with known answers, and parts place by place.

From nothing, contrast alone does not take off on two cores (shared/materials.md). So the tokens of the stem and of a
middle block also tell, place by place, which parts stand there; that weight fades. And the text tower is asked about
every part's name, place, count and ground: -log of the share that the right answers get among all answers of a kind.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.worlds.nouns.art import SLOTS
from core.worlds.scenes.compose import MOST, Scenes

SHOWN = 6
"""Pixels of a part in a cell from which on the cell should tell it."""


def parts_in_cells(scenes: Scenes, owner: Tensor, patch: int) -> Tensor:
    """Which part of each slot stands in each cell.

    Args:
        owner: `[n h w]` uint8 as `draw_scenes` gives it.
        patch: pixels of a cell along each axis.

    Returns:
        Positions of parts `[n 4 h w]` for body, accessory, head and glasses; -1 where there is none.
    """
    n = len(scenes)
    codes = torch.arange(1, 4 * MOST + 1, dtype=torch.uint8)
    counts = F.avg_pool2d((owner[:, None] == codes[:, None, None]).float(), patch) * patch**2
    counts = counts.unflatten(1, (MOST, 4))
    most, noun = counts.max(1)
    nouns = torch.from_numpy(scenes.nouns[..., 1:]).transpose(1, 2)  # [n slots nouns]
    found = nouns[..., None, None].expand(n, 4, MOST, *noun.shape[2:]).gather(2, noun[:, :, None])[:, :, 0]
    return torch.where(most >= SHOWN, found, -1)


def visible(owner: np.ndarray) -> np.ndarray:
    """Which slots of which Nouns can be seen, `[n 4 nouns 4 slots]` bool by at least six pixels; owner `[n h w]`."""
    flat = owner.reshape(len(owner), -1).astype(np.int64)
    counts = np.stack([np.bincount(row, minlength=4 * MOST + 1)[1:] for row in flat])
    return counts.reshape(len(owner), MOST, 4) >= SHOWN


def cells_loss(logits: Tensor, cells: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """Cross-entropy of telling the parts in each cell, empty cells counted little.

    Args:
        logits: `[n sum(sizes) h w]`, for each slot its parts and "none".
        cells: as `parts_in_cells` gives it.
        sizes: answers of each slot, "none" included.
    """
    total = logits.new_zeros(())
    for slot, part in enumerate(logits.float().split(sizes, 1)):
        target = torch.where(cells[:, slot] < 0, sizes[slot] - 1, cells[:, slot])
        each = F.cross_entropy(part, target, reduction="none")
        there = cells[:, slot] >= 0
        total = total + (each * there).sum() / there.sum().clamp_min(1) + 0.3 * (each * ~there).sum() / (~there).sum().clamp_min(1)
    return total


def answers_loss(logits: Tensor, right: Tensor) -> Tensor:
    """-log of the share that right answers get, split evenly among them; rows without a right answer do not count.

    Args:
        logits: `[n m]`.
        right: `[n m]` bool.
    """
    count = right.sum(1)
    rows = count > 0
    if not rows.any():
        return logits.new_zeros(())
    log = F.log_softmax(logits[rows], 1)
    return -(torch.where(right[rows], log, 0.0).sum(1) / count[rows]).mean()


def part_positions(scenes: Scenes, seen: np.ndarray, slot: str, size: int) -> Tensor:
    """Which parts of a slot a scene shows, `[n size]` bool; seen as `visible` gives it."""
    place = SLOTS.index(slot)
    found = torch.zeros(len(scenes), size, dtype=torch.bool)
    there = seen[:, :, place - 1] & (np.arange(MOST) < scenes.count[:, None])
    rows, nouns = np.nonzero(there)
    found[torch.from_numpy(rows), torch.from_numpy(scenes.nouns[rows, nouns, place])] = True
    return found
