"""The concepts that several models share as handles: a further lens on the Nouns, see `core.studio.lens`.

What each turns was found and measured by `python -m core.train noun_concept_handles`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from core.foundations.records import Handle
from core.methods.write.turn import turn_concept
from core.studio.handles import load_handles

NAME = "nouns_concept_handles.json"


class SharedConcepts:
    """What models share, turned by the nearest part that says it to all of them."""

    name = "rosetta"

    def handles(self, library: Any) -> Sequence[Handle]:
        """The concepts that were measured to turn; WeightsError where they are missing."""
        return load_handles(NAME)

    def act(self, library: Any, handle: Handle, latent: Tensor, strength: float) -> Tensor:
        """Turn one on latents `[n c h w]`; SettingError where the strength is out of bounds."""
        positions = [library.actors.positions[handle.slot][part] for part in handle.parts]
        return turn_concept(latent, library.actors.directions, handle.slot, positions, strength)
