"""A whole photograph with an edited face: joins what reads a face, and what paints it, to what puts it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from core.foundations.errors import StudioError
from core.foundations.large import Large
from core.foundations.records import Picture
from core.models.face_seen import PARTS, FaceSeen
from core.studio.playing import Cells
from core.studio.shelf import NO_PHOTOGRAPH, Made
from core.worlds.faces.pasting import pasted
from core.worlds.faces.photograph import Photograph

NO_HEAD = ("background", "cloth", "necklace")
"""Parts that stay as the photograph has them."""


class Painting(Protocol):
    """What is asked of the library of faces."""

    def seen(self, rgb: np.ndarray) -> FaceSeen:
        """What a reader sees of pictures `[n h w 3]`."""

    def enlarging(self, picture: Picture, cells: Cells) -> Iterator[Large]:
        """A picture at the generator's own size."""


def photograph_in(photograph: Any) -> Photograph:
    """A photograph; StudioError where it is none."""
    if not isinstance(photograph, Photograph):
        raise StudioError(NO_PHOTOGRAPH)
    return photograph


def putting_back(library: Painting, photograph: Photograph, before: Made, after: Made, longest: int | None) -> Iterator[Large]:
    """A photograph with what an edit changed about the face that is worked on, piece by piece.

    Args:
        photograph: with the face's place.
        before: what the generator painted of it before the edit.
        after: the same afterwards.
        longest: pixels of the result's longer side, at most, for a look: then the face is of the working size. The photograph's own,
            with the face at the generator's own size where that shows, where None.
    """
    photograph = photograph if longest is None else photograph.small(longest)
    small = before.picture.image, after.picture.image
    if np.array_equal(np.asarray(small[0]), np.asarray(small[1])):
        yield Large(1.0, photograph.image.copy())
        return
    side = small[0].width
    head = heads(library.seen(np.stack([np.asarray(image) for image in (photograph.cut(side), small[1])])))
    images, begun = list(small), 0.0
    if longest is None and photograph.frame.side > side:
        images.clear()
        for made in (before, after):  # the first is painted by one latent, the second by several
            share = len(made.cells.latents) / (len(before.cells.latents) + len(after.cells.latents))
            for large in library.enlarging(*made):
                yield Large(begun + share * large.done)
                images += [large.image] if large.image else []
            begun += share
    yield Large(1.0, pasted(photograph.image, images[0], images[1], photograph.frame, head))


def heads(seen: FaceSeen) -> np.ndarray:
    """Where any of some aligned faces shows a head, `[64 64]` in [0, 1]."""
    outside = seen.parts[:, [PARTS.index(name) for name in NO_HEAD]].sum(1)
    return (1 - outside).amax(0).clamp(0, 1).cpu().numpy()
