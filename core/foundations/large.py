"""The record of a large picture that is made piece by piece."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from PIL import Image


class Large(NamedTuple):
    """How far a picture is that is made piece by piece.

    Attributes:
        done: the share of its pieces, in [0, 1].
        image: the whole; None until the last piece is done.
    """

    done: float
    image: Image.Image | None = None


def finished(pieces: Iterable[Large]) -> Image.Image:
    """What several pieces make up in the end."""
    *_, last = pieces
    assert last.image is not None, "the last piece is the whole"
    return last.image
