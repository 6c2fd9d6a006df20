"""Write the lenses that core.studio.lens_making makes to `assets/`."""

from __future__ import annotations

from typing import Any

from core.foundations.records import MIXED
from core.studio.lenses import Lenses, lenses_to_files, save_lenses


def say(done: str) -> None:
    """A line of progress."""
    print(done, flush=True)


def ship(name: str, lenses: Lenses, card: dict[str, Any]) -> None:
    """Write lenses and what their card says besides to `assets/`, and print what there is."""
    tensors, words = lenses_to_files(lenses)
    save_lenses(name, tensors, words, card | {"model": "Lenses", "licence": "CC0 1.0", "seed": 0})
    mixed = sum(head.role == MIXED for head in lenses.heads)
    print(f"{len(lenses.heads)} heads, {mixed} of them mixed; {len(lenses.neurons)} neurons; {len(lenses.pool)} words", flush=True)
