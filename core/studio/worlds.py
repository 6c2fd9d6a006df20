"""The worlds that a studio can open: one table."""

from __future__ import annotations

import torch

from core.foundations.errors import StudioError
from core.studio.face_concepts import FaceConcepts
from core.studio.face_library import FaceLibrary
from core.studio.lens import LENSES
from core.studio.library import Library
from core.studio.shared_handles import SharedConcepts
from core.studio.shelf import Shelf
from core.studio.sprite_library import SpriteLibrary

LIBRARIES: dict[str, type[Library] | type[SpriteLibrary] | type[FaceLibrary]] = {
    "nouns": Library,
    "dsprites": SpriteLibrary,
    "faces": FaceLibrary,
}
"""Each world's library by the world's name."""

LENSES["nouns"] = [SharedConcepts()]
LENSES["faces"] = [FaceConcepts()]


def open_library(world: str, device: torch.device | None = None) -> Shelf:
    """The library of a world; nothing is loaded yet.

    Raises:
        StudioError: where there is no such world.
    """
    if world not in LIBRARIES:
        raise StudioError(f"There is no world {world!r}. There is {', '.join(LIBRARIES)}.")
    return LIBRARIES[world](world, device)
