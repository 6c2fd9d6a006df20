"""Maps of concepts over pictures, kept for a while: a wall is drawn of many at once, and each may be looked at again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock

import numpy as np

from app.shared.session import CachedStudio, Moment
from core.foundations.concepts import Concept

MOST = 160
"""Concepts over pictures that are kept, one byte for each place of each model's map: a third of a megabyte each at most."""


class Kept:
    """Keyed by content, never by visitor."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, Lock()
        self._held: OrderedDict[tuple[str, Moment, str], dict[str, np.ndarray]] = OrderedDict()

    def of(self, cached: CachedStudio, now: Moment, concepts: Sequence[Concept]) -> list[Mapping[str, np.ndarray]]:
        """Each concept's maps over a moment's picture, model to `[h w]` in [0, 1]; those that are not held are made at once."""
        keys = [(cached.studio.world, now, " ".join((concept.id, *concept.models))) for concept in concepts]  # a model may have joined
        with self._lock:
            found = {key: self._held[key] for key in keys if key in self._held}
        lacking = [(key, concept) for key, concept in zip(keys, concepts, strict=True) if key not in found]
        if lacking:
            made = cached.studio.concept_walls(cached.result(now).picture, [concept for _, concept in lacking])
            for (key, _), maps in zip(lacking, made, strict=True):
                found[key] = {model: np.round(255 * np.clip(heat, 0, 1)).astype(np.uint8) for model, heat in maps.items()}
        with self._lock:
            for key in keys:
                self._held[key] = found[key]
                self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return [{model: heat.astype(np.float32) / 255 for model, heat in found[key].items()} for key in keys]
