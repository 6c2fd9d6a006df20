"""What the world `faces` needs that is not shipped: fetched on demand, and said whose it is before."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from core.models import dinov2, face_finder, face_generator, lpips

Progress = Callable[[float], None]
"""Told the share that is done, in [0, 1]; what it raises ends the fetching."""


class Piece(NamedTuple):
    """One lot of weights.

    Attributes:
        ready: whether it lies in the cache folder.
        fetch: fetches it, telling the share of it that is done.
        megabytes: how much that is.
    """

    ready: Callable[[], bool]
    fetch: Callable[[Progress], object]
    megabytes: int


def pieces() -> tuple[Piece, ...]:
    """The generator, what finds faces, the distance that a portrait is taken in by, and the eyes of what reads faces."""
    packed = (Piece(w.ready, w.fetch, w.megabytes) for w in (face_generator.WEIGHTS, face_finder.WEIGHTS, lpips.WEIGHTS))
    return (*packed, Piece(dinov2.ready, dinov2.fetch, dinov2.MEGABYTES))


class FaceWeights:
    """What faces need, together.

    Args:
        parts: what there is to fetch.
    """

    use = face_generator.USE

    def __init__(self, parts: tuple[Piece, ...] | None = None) -> None:
        self.parts = pieces() if parts is None else parts
        self._lock = Lock()

    @property
    def ready(self) -> bool:
        """Whether all of it lies in the cache folder."""
        return all(part.ready() for part in self.parts)

    @property
    def megabytes(self) -> int:
        """How much is still to be fetched; all of it where nothing is."""
        return sum(part.megabytes for part in self.parts if not part.ready()) or sum(part.megabytes for part in self.parts)

    def fetch(self, progress: Progress | None = None) -> None:
        """Fetch what is lacking, one after the other.

        Args:
            progress: told the share of what was lacking, in [0, 1]; what it raises ends the fetching, and what is whole by then stays.

        Raises:
            WeightsError: where the registry cannot be reached, or what came is not what was checked.
        """
        with self._lock:
            lacking = [part for part in self.parts if not part.ready()]
            whole, done = sum(part.megabytes for part in lacking), 0
            for part in lacking:
                part.fetch(_within(progress, done / whole, part.megabytes / whole))
                done += part.megabytes
            _within(progress, 0.0, 1.0)(1.0)


def _within(progress: Progress | None, start: float, size: float) -> Progress:
    """Tells of a part's share as one of the whole."""

    def tell(share: float) -> None:
        if progress:
            progress(start + share * size)

    return tell
