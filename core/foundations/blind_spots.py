"""The blind spots that are kept in assets: written by a program, and told of by a page that needs no model for it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from core.foundations.attacked import BlindSpot
from core.foundations.errors import WeightsError
from core.foundations.files import asset

FILE = "scenes/blind_spots.json"
"""Those of the scenes' CLIP, within assets."""


def worst(found: Sequence[BlindSpot], count: int) -> tuple[BlindSpot, ...]:
    """Those that break a class most, each thing twice at the most, so that many things are told of."""
    used: Counter[str] = Counter()
    kept = []
    for spot in sorted(found, key=lambda one: one.before - one.fooled):
        used[spot.word] += 1
        if used[spot.word] <= 2:
            kept.append(spot)
    return tuple(kept[:count])


def written(found: Sequence[BlindSpot]) -> str:
    """As they are kept: JSON, a row each."""
    rows = ",\n ".join(json.dumps(list(asdict(spot).values())) for spot in found)
    return f"[\n {rows}\n]\n"


def load_spots(name: str = FILE) -> tuple[BlindSpot, ...]:
    """Those that are kept in assets; WeightsError where they are missing or damaged."""
    try:
        return tuple(BlindSpot(*row) for row in json.loads(asset(name).read_text()))
    except (ValueError, TypeError) as error:
        raise WeightsError(f"assets/{name} is damaged. Run `python -m core.train scene_blind_spots`.") from error
