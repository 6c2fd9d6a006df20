"""Compositions: which part stands in each slot, and what that looks like.

A composition is five integers, one per slot from back to front, each a position among that slot's parts.
"""

from __future__ import annotations

import numpy as np

from core.worlds.nouns.art import BARE, SIDE, SLOTS, load_art


def draw(compositions: np.ndarray) -> np.ndarray:
    """Draw Nouns.

    Args:
        compositions: `[n 5]` integers.

    Returns:
        Palette indices `[n 32 32]` uint8.
    """
    art = load_art()
    canvas = np.zeros((len(compositions), SIDE, SIDE), np.uint8)
    for place, slot in enumerate(SLOTS):
        layer = art.layers[slot][compositions[:, place]]
        np.copyto(canvas, layer, where=layer > 0)
    return canvas


def owners(compositions: np.ndarray) -> np.ndarray:
    """Which slot is really seen at each pixel, `[n 32 32]` uint8 positions in SLOTS.

    Args:
        compositions: `[n 5]` integers.
    """
    art = load_art()
    owner = np.zeros((len(compositions), SIDE, SIDE), np.uint8)
    for place, slot in enumerate(SLOTS):
        owner[art.layers[slot][compositions[:, place]] > 0] = place
    return owner


def to_rgb(indices: np.ndarray) -> np.ndarray:
    """Palette indices `[... 32 32]` to RGB `[... 32 32 3]` uint8."""
    return load_art().palette[indices]


def to_indices(rgb: np.ndarray) -> np.ndarray:
    """Nearest palette colour of every pixel, RGB `[... 3]` uint8 to indices `[...]` uint8.

    Nearest in squared RGB distance; exact where the colour is in the palette.
    """
    palette = load_art().palette.astype(np.float32)
    flat = rgb.reshape(-1, 3).astype(np.float32)
    colours, inverse = np.unique(flat, axis=0, return_inverse=True)
    nearest = np.empty(len(colours), np.uint8)
    for start in range(0, len(colours), 4096):
        block = colours[start : start + 4096]
        distance = (palette**2).sum(1) - 2 * block @ palette.T
        distance[:, 0] = np.inf  # the transparent entry is no colour
        nearest[start : start + 4096] = distance.argmin(1)
    return nearest[inverse.reshape(-1)].reshape(rgb.shape[:-1])


def sample(rng: np.random.Generator, count: int, bare: float = 0.0) -> np.ndarray:
    """Random compositions `[n 5]`, every part of a slot equally likely.

    Args:
        rng: where the numbers come from.
        count: how many.
        bare: how often, besides, a head or a pair of glasses is taken away.
    """
    art = load_art()
    columns = []
    for slot in SLOTS:
        extra = BARE.get(slot) == "bare"
        column = rng.integers(art.count(slot) - extra, size=count)
        if extra and bare:
            column[rng.random(count) < bare] = art.count(slot) - 1
        columns.append(column)
    return np.stack(columns, 1)
