"""A photograph and the faces that were found in it, of which one is worked on; small enough that all of it is kept."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PIL import Image

from core.foundations.errors import PictureError, StudioError
from core.models.face_finder import FaceFinder
from core.models.face_square import FaceSquare
from core.worlds.faces.alignment import Frame, aligned
from core.worlds.faces.finding import found_faces

MOST_PIXELS = 6_000_000
"""Most pixels that are kept, 3000 x 2000 say: as a PNG about 11 MB. More are made fewer as soon as the photograph is taken in."""
NO_FACE = (
    "No face was found in this picture. Take one in which a face is at least a tenth of its height, turned towards the camera "
    "and not covered, or open the picture on the tab Segment."
)


@dataclass(frozen=True)
class Photograph:
    """What a face was cut out of.

    Attributes:
        image: RGB, of at most MOST_PIXELS.
        frames: the squares of its faces, the largest first; one at least.
        at: the place of the one that is worked on.
    """

    image: Image.Image
    frames: tuple[Frame, ...]
    at: int = 0

    @property
    def frame(self) -> Frame:
        """The square of the face that is worked on."""
        return self.frames[self.at]

    def face(self, at: int) -> Photograph:
        """The same, with another face to work on; StudioError where there is none such."""
        if not 0 <= at < len(self.frames):
            raise StudioError(f"This photograph has no face {at + 1}. Choose one from 1 to {len(self.frames)}.")
        return replace(self, at=at)

    def cut(self, side: int) -> Image.Image:
        """The face that is worked on, cut out upright as FFHQ cuts it, `side` pixels both ways."""
        return aligned(self.image, self.frame, side)

    def small(self, longest: int) -> Photograph:
        """The same with its longer side at so many pixels, or as it is where it has no more."""
        return self._shrunk(min(1.0, longest / max(self.image.size)))

    def _shrunk(self, scale: float) -> Photograph:
        if scale >= 1:
            return self
        width, height = (max(1, round(side * scale)) for side in self.image.size)
        image = self.image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        return replace(self, image=image, frames=tuple(frame.moved(scale) for frame in self.frames))


def photograph_of(image: Image.Image, finder: FaceFinder, square: FaceSquare | None = None) -> Photograph:
    """A photograph with its faces, the largest of which is worked on.

    Args:
        image: RGB, of any size.
        finder: of faces.
        square: sets their squares right; None leaves them as five points give them.

    Raises:
        PictureError: where there is no face.
    """
    found = found_faces(image, finder, square)
    if not found:
        raise PictureError(NO_FACE)
    whole = Photograph(image, tuple(face.frame for face in found))
    return whole._shrunk(math.sqrt(MOST_PIXELS / (image.width * image.height)))
