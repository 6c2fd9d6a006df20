"""What faces need is fetched once, one piece after the other, and its progress is of what was lacking."""

from __future__ import annotations

import pytest

from core.studio.face_weights import FaceWeights, Piece, pieces


class Shelf:
    """Pieces that lie in memory."""

    def __init__(self, **sizes: int) -> None:
        self.there: set[str] = set()
        self.parts = tuple(self._piece(name, size) for name, size in sizes.items())

    def _piece(self, name: str, size: int) -> Piece:
        def fetch(progress) -> None:
            progress(0.5)
            self.there.add(name)
            progress(1.0)

        return Piece(lambda: name in self.there, fetch, size)


def test_what_is_lacking_is_fetched_and_told() -> None:
    """By size; what is there already neither counts nor is fetched again."""
    shelf, told = Shelf(a=30, b=10, c=60), []
    weights = FaceWeights(shelf.parts)
    assert weights.megabytes == 100 and not weights.ready
    shelf.there.add("c")
    assert weights.megabytes == 40 and not weights.ready
    weights.fetch(told.append)
    assert told == pytest.approx([0.375, 0.75, 0.875, 1.0, 1.0]) and weights.ready and weights.megabytes == 100
    weights.fetch(told.append)
    assert told[-1] == 1.0 and len(told) == 6


def test_one_who_gives_up_keeps_what_is_whole() -> None:
    """What the progress raises ends the fetch."""
    shelf = Shelf(a=50, b=50)

    def stop(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        FaceWeights(shelf.parts).fetch(stop)
    assert shelf.there == {"a"}


def test_its_pieces_and_its_use() -> None:
    """The generator, the finder, LPIPS and the eyes; whose the generator is, is said."""
    assert len(pieces()) == 4 and FaceWeights().megabytes > 0 and "research" in FaceWeights.use
