"""Photographs of nothing in particular, on which cut-outs are pasted for training. Nobody says what they show.

From two sets of wallpapers in Debian, by their photographers: MATE's (GPL-2+) and Ubuntu Touch's community contest
(CC BY and CC BY-SA). They are looked through once and not shipped.
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import PurePosixPath

import numpy as np
from PIL import Image

from core.foundations.archives import packed_files
from core.foundations.downloads import fetched

PACKAGES = (
    ("apt", "mate-backgrounds=1.26.0-1", "7bf4c2209f34b4f61ba6d24c8b58c28b361e82e4b943aae6d42c030169af9e04"),
    ("apt", "lomiri-wallpapers-16.04=20.04.0-2", "a99ff6a3bfe451e4cc0682ecb3cc82e71740626d59e4845ae34a0a0e45421eab"),
    ("apt", "lomiri-wallpapers-20.04=20.04.0-2", "d44e89b8473aafe64a5b678f014862dc31335aaaf18665c544d985d854f1a709"),
)
CHOSEN = frozenset(
    "Dune GreenMeadow Wood Storm Blinds RainDrops Bridge_by_Sander_Klootwijk Dragonfly_by_Bolly Infinite-Sea_by_Aury88 "
    "aitzgorri_by_Aitzol_Berasategi analogpattern_by_Peter_Nerlich life_by_Aitzol_Berasategi picosdeeuropa_by_Aitzol_Berasategi "
    "sunset_by_Aitzol_Berasategi umang_by_Abhishek_Mudgal seeding_by_Clements_Engelhardt".split()
)
"""Those without any one thing in them, chosen by eye."""
HEIGHT = 640
"""Pixels that they are kept at."""


@lru_cache(maxsize=1)
def grounds() -> tuple[np.ndarray, ...]:
    """All of them, RGB uint8 `[h w 3]`, in the order of their names; WeightsError where a registry cannot be reached."""
    found = {}
    for package in PACKAGES:
        for path, data in packed_files(fetched(*package), lambda path: PurePosixPath(path).stem in CHOSEN):
            image = Image.open(io.BytesIO(data))
            image.draft("RGB", (HEIGHT, HEIGHT))
            small = image.convert("RGB").resize((round(HEIGHT * image.width / image.height), HEIGHT), Image.Resampling.BOX)
            found[PurePosixPath(path).stem] = np.asarray(small)
    return tuple(found[name] for name in sorted(found))


def ground(rng: np.random.Generator, side: int) -> np.ndarray:
    """A random ground, RGB uint8 `[side side 3]`: white, a plain colour, or a piece of a photograph."""
    kind = rng.random()
    if kind < 0.2:
        return np.full((side, side, 3), 255, np.uint8)
    if kind < 0.4:
        return np.full((side, side, 3), rng.integers(0, 256, 3), np.uint8)
    chosen = grounds()[rng.integers(len(grounds()))]
    edge = int(rng.uniform(0.35, 1.0) * min(chosen.shape[:2]))
    top, left = (int(rng.integers(0, length - edge + 1)) for length in chosen.shape[:2])
    piece = Image.fromarray(chosen[top : top + edge, left : left + edge]).resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(piece)[:, :: 1 if rng.random() < 0.5 else -1]
