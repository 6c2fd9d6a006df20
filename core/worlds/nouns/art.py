"""The artwork as arrays: every part as palette indices on the 32 x 32 canvas.

Source: the Nouns artwork (CC0), as data from npm `@nouns/assets` 0.10.0; provenance in assets/nouns/art.json.
An image's data is hexadecimal: a palette number, the bounds top, right, bottom, left, then pairs of
(run length, colour index) row by row between left and right. Colour 0 is transparent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.foundations.files import asset

SIDE = 32
"""Height and width of the canvas in pixels."""

SLOTS = ("background", "body", "accessory", "head", "glasses")
"""Back to front: a later slot covers an earlier one."""

BARE = {"accessory": "none", "head": "bare", "glasses": "bare"}
"""The part that means "nothing here", for the slots that can be empty."""


@dataclass(frozen=True)
class Art:
    """All parts of the world.

    Attributes:
        palette: colours `[241 3]` uint8; index 0 is never visible, the last two are the backgrounds.
        ids: for each slot its part ids in order; a composition is five positions in these.
        layers: for each slot `[parts 32 32]` uint8 palette indices, 0 where transparent.
    """

    palette: np.ndarray
    ids: dict[str, tuple[str, ...]]
    layers: dict[str, np.ndarray]

    def count(self, slot: str) -> int:
        """How many parts a slot has, the bare one included."""
        return len(self.ids[slot])

    def position(self, slot: str, part: str) -> int:
        """Where a part stands among its slot's parts; ValueError where it does not exist."""
        return self.ids[slot].index(part)


def _decode(data: str) -> np.ndarray:
    raw = bytes.fromhex(data.removeprefix("0x"))
    _, top, right, bottom, left = raw[:5]
    runs = np.frombuffer(raw[5:], dtype=np.uint8).reshape(-1, 2)
    pixels = np.repeat(runs[:, 1], runs[:, 0])
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    if pixels.size:
        rows = pixels.reshape(-1, right - left)
        canvas[top : top + len(rows), left:right] = rows
    return canvas


def _rgb(hexes: list[str]) -> np.ndarray:
    return np.array([tuple(bytes.fromhex(h)) if h else (0, 0, 0) for h in hexes], np.uint8)


@lru_cache(maxsize=1)
def load_art() -> Art:
    """The artwork, read once. Arrays are shared: treat them as read-only."""
    source = json.loads(asset("nouns/art.json").read_text())
    colours = len(source["palette"])
    palette = np.concatenate([_rgb(source["palette"]), _rgb(list(source["backgrounds"].values()))])
    ids = {"background": tuple(source["backgrounds"])}
    layers = {"background": np.stack([np.full((SIDE, SIDE), colours + i, np.uint8) for i in range(len(ids["background"]))])}
    for slot in SLOTS[1:]:
        parts = source["parts"][slot]
        drawn = [_decode(data) for data in parts.values()]
        bare = [] if BARE.get(slot) in (None, *parts) else [BARE[slot]]
        ids[slot] = (*parts, *bare)
        layers[slot] = np.stack(drawn + [np.zeros((SIDE, SIDE), np.uint8)] * len(bare))
    for array in (palette, *layers.values()):
        array.setflags(write=False)
    return Art(palette, ids, layers)
