"""The handles of all lenses in one table, and how each kind acts on a latent."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor

from core.foundations.errors import StudioError
from core.foundations.files import read_words
from core.foundations.records import Curve, Handle
from core.methods.write.shift import shift
from core.methods.write.turn import turn_bundle, turn_direction, turn_feature
from core.models.bundles import Bundles
from core.models.dictionary import Dictionary
from core.models.directions import PartDirections
from core.models.shifts import Shifts
from core.studio.seers import FOREIGN, SEERS


def handles_to_json(handles: tuple[Handle, ...]) -> str:
    """Handles as JSON, one a line."""
    return "[\n" + ",\n".join(json.dumps(asdict(handle), separators=(",", ":")) for handle in handles) + "\n]\n"


def _tuples(record: dict) -> Handle:
    curve = Curve(*(tuple(record["curve"][key]) for key in ("strengths", "success", "kept")))
    lists = {key: tuple(record.get(key, ())) for key in ("texts", "best", "worst", "position", "parts")}
    return replace(Handle(**{**record, **lists, "curve": curve}))


def load_handles(name: str) -> tuple[Handle, ...]:
    """The handles that lie in `assets/<name>.gz`."""
    return tuple(_tuples(record) for record in json.loads(read_words(name)))


@dataclass(frozen=True)
class Actors:
    """The numbers behind the handles of one world.

    Attributes:
        positions: part id to position, slot by slot.
        shifts: what was learned for shifting; None where there is none. The first method that they hold acts.
    """

    dictionary: Dictionary
    bundles: Bundles
    directions: PartDirections
    positions: dict[str, dict[str, int]]
    shifts: Shifts | None = None

    def act(self, handle: Handle, latent: Tensor, strength: float) -> Tensor:
        """Turn one handle on latents `[n c h w]`.

        Raises:
            SettingError: where the strength is out of bounds.
            StudioError: where the kind of handle is unknown.
        """
        kind, _, rest = handle.id.partition(":")
        if kind == "feature":
            return turn_feature(latent, self.dictionary, int(rest), handle.typical, strength)
        if kind == "bundle":
            return turn_bundle(latent, self.dictionary, self.bundles, int(rest), strength)
        if kind == "direction":
            return turn_direction(latent, self.directions, handle.slot, self.positions[handle.slot][handle.part], strength)
        if kind == "shift" and self.shifts is not None:
            wanted = torch.full((len(latent),), self.positions[handle.slot][handle.part], device=latent.device)
            return shift(latent, self.shifts, self.shifts.config.methods[0], handle.slot, wanted, strength)
        if handle.id.startswith(SEERS):
            raise StudioError(
                f"A {kind} paints nothing, so it is no step of an edit. Look at it on the tab Heads and neurons, or on Classes."
            )
        if handle.id.startswith(FOREIGN):
            raise StudioError(f"{handle.name} turns its own model, and is no step of an edit. Look at it on the tab Features.")
        raise StudioError(f"There is no handle of the kind {kind!r}. See studio.handles().")
