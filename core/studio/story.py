"""The story that the tab Heads opens on: a picture whose choice one head turns, found by `python -m core.train scene_story`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core.foundations.files import asset
from core.studio.deciding import Place

FILE = "scenes/story.json"


@dataclass(frozen=True)
class Story:
    """What was measured when it was found; tests measure it again on the weights that are shipped.

    Attributes:
        scene: the picture, by its seed.
        texts: what the model itself finds there.
        head: the one that turns the choice.
        about: its role.
        before: shares of the texts with all heads.
        after: the same without this one.
        alone: how many heads turn the choice by themselves.
        searched: pictures among which it was found.
        turned: how many of these a single head turns as clearly.
    """

    scene: int
    texts: tuple[str, ...]
    head: Place
    about: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    alone: int
    searched: int
    turned: int


@lru_cache(maxsize=1)
def load_story() -> Story:
    """The one that is shipped."""
    data: dict[str, Any] = json.loads(asset(FILE).read_text())
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return Story(**values)
