"""A folder of a person's own pictures, in the place of the shipped ones: lenses are made of them, and their cards show them.

Nothing here knows what a picture shows; nothing is copied, and nothing leaves the machine.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from core.foundations.errors import PictureError, StudioError
from core.foundations.images import check_shape, open_image
from core.foundations.picture_folder import MOST as MOST_BYTES
from core.foundations.picture_folder import PictureFolder
from core.foundations.records import Picture
from core.worlds.photos.world import MOST_SIDE, canvas_of

LEAST, MOST = 8, 240
"""Pictures of a folder that lenses are made of."""


class FolderWorld:
    """Everything that lenses ask of a world.

    Args:
        folder: with pictures in it and in the folders below; of more than MOST as many are taken, evenly spread over their names.

    Raises:
        PictureError: where it holds fewer than LEAST pictures that can be opened, or tar files.
    """

    name = "photos"

    def __init__(self, folder: str | Path) -> None:
        path = Path(folder).expanduser()
        if not path.is_dir():
            raise PictureError(f"There is no folder {path.name!r} on this machine. Give the path of a folder with pictures.")
        found = PictureFolder.open(path)
        if found.tars:
            raise PictureError("This folder holds tar files. Unpack some pictures, or run core.train.folder_lenses over all of them.")
        self.path, self.count = path, len(found.files)
        self._files = found.files

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Those that are looked at; PictureError where they are fewer than LEAST. Each is opened once to see whether it can be."""
        chosen = [self._files[int(place)] for place in np.linspace(0, self.count - 1, min(MOST, self.count))]
        usable = tuple(file for file in chosen if _usable(file))
        if len(usable) < LEAST:
            raise PictureError(
                f"The folder {self.path.name!r} has {len(usable)} pictures that can be opened, and lenses need {LEAST}. Give a larger one."
            )
        return usable

    @cached_property
    def digest(self) -> str:
        """Tells this folder from another, or from itself after a change."""
        told = repr([(str(file.relative_to(self.path)), file.stat().st_size, file.stat().st_mtime_ns) for file in self.files])
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    @property
    def neighbours(self) -> int:
        """How many pictures there are."""
        return len(self.files)

    def picture(self, number: int) -> Picture:
        """A picture by its number; StudioError where there is none, or it has gone."""
        if not 0 <= number < self.neighbours:
            raise StudioError(f"There is no picture {number} here; there are {self.neighbours}.")
        try:
            image = open_image(self.files[number]).convert("RGB")
        except (PictureError, OSError) as error:
            raise StudioError("This picture is no longer in the folder. Look the model up again, with the folder as it is now.") from error
        image.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS)
        return Picture(image, origin={"file": number})

    def canvas(self, image: Image.Image, size: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        """As photographs are laid: `core.worlds.photos.world.canvas_of`."""
        return canvas_of(image, size)


def _usable(file: Path) -> bool:
    try:
        if file.stat().st_size > MOST_BYTES:
            return False
        check_shape(*open_image(file).size)
    except (StudioError, OSError):
        return False
    return True
