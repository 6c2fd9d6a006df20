"""The verbs of keeping: a picture, or the whole photograph that its face was cut out of, as a file. Mixed into the studio."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from core.foundations.large import Large, finished
from core.foundations.records import Edit, Picture
from core.studio import recipes
from core.studio.shelf import Shelf


class KeepingVerbs:
    """What a studio can do to keep a picture."""

    library: Shelf
    recipe: Callable[[Picture, Any], str]
    _made: Callable[[Picture, Any], Any]
    _paint: Callable[[Any], Image.Image]
    _latent: Callable[[Picture], Any]

    def put_back(self, picture: Picture, edits: tuple[Edit, ...] | list[Edit], longest: int | None = None) -> Image.Image:
        """The whole photograph with what edits change about a face that was cut out of it; StudioError where it was not.

        Args:
            longest: pixels of the result's longer side, at most, for a look; the photograph's own where None.
        """
        return finished(self._putting_back(picture, edits, longest))

    def _putting_back(self, picture: Picture, edits: tuple[Edit, ...] | list[Edit], longest: int | None = None) -> Iterator[Large]:
        before = replace(picture, image=self._paint(self._latent(picture)))
        return self.library.putting_back(picture.photograph, self._made(before, ()), self._made(before, edits), longest)

    def save(self, picture: Picture, edits: tuple[Edit, ...] | list[Edit], path: str | Path, whole: bool = False) -> None:
        """Write the edited picture as a PNG that carries its recipe; or the `whole` photograph that it was cut out of, without one."""
        for _ in self.saving(picture, edits, path, whole):
            pass

    def saving(self, picture: Picture, edits: tuple[Edit, ...] | list[Edit], path: str | Path, whole: bool = False) -> Iterator[float]:
        """As `save`, piece by piece: tells the share that is done, in [0, 1]. The file is there at the end; who stops has none."""
        for large in self._putting_back(picture, edits) if whole else self.library.enlarging(*self._made(picture, edits)):
            yield large.done
            if large.image is not None:
                large.image.save(path, "PNG", pnginfo=recipes.png_with("" if whole else self.recipe(picture, edits)))
