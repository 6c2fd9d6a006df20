"""The concepts that the models of faces share as handles: a further lens on the faces, see `core.studio.lens`.

Each turns one part, and is painted only inside it. What each does was found and measured by `python -m core.train
faces_concept_handles`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from torch import Tensor

from core.foundations.records import Handle
from core.foundations.region import Region
from core.language.facts.face_shapes import shaped
from core.methods.write.turn import check_strength
from core.models.face_concepts import ConceptSteps, load_concept_steps
from core.studio.handles import load_handles

NAME = "faces_concept_handles.json"


@lru_cache(maxsize=1)
def _steps() -> ConceptSteps:
    return load_concept_steps()


class FaceConcepts:
    """What models of faces share, turned along the way in which it becomes louder, or the opposite one."""

    name = "rosetta"

    def handles(self, library: Any) -> Sequence[Handle]:
        """The concepts that were measured to turn one thing; WeightsError where they are missing."""
        return load_handles(NAME)

    def act(self, library: Any, handle: Handle, latent: Tensor, strength: float) -> Tensor:
        """Turn one on latents `[n d s 1]`; SettingError where the strength is out of bounds."""
        return _steps().turn(latent, handle.id, check_strength(strength))

    def within(self, library: Any, handle: Handle) -> Region:
        """The part that a handle is of, drawn as on the mean face: where it is in a picture is seen as that is painted."""
        place: Region = library.typical(library.own(handle.slot))
        return place

    def asked(self, library: Any, sentence: str) -> tuple[Handle, float] | None:
        """The handle of what a sentence says shall become of a part: "thicker eyebrows"."""
        known = {shape: handle for handle in library.handles.values() if handle.id.startswith("rosetta:") for shape in handle.parts}
        found = shaped(sentence, known) if known else None
        return (known[found.shape], found.amount) if found else None
