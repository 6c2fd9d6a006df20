"""What is loaded for the world `dsprites`: a generator, what all shifters learned about its latent, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.foundations.errors import StudioError
from core.foundations.files import load_card
from core.foundations.records import Curve, Handle
from core.language.actions import readings
from core.language.agree import agreed
from core.language.facts.sprites import SHAPE_NAMES
from core.language.lexicon import Entry, Lexicon
from core.language.resolve import Resolved
from core.language.values import PLAIN, alike, resolve_values
from core.methods.read.search import TextIndex
from core.methods.write.shift import shift
from core.models.registry import load
from core.models.shifts import Shifts
from core.studio.fulfil import Standard
from core.studio.shelf import Readings, Shelf
from core.studio.shifter import Shifter, align, overlap
from core.studio.sight import Sight
from core.worlds.dsprites.factors import FACTORS, SHAPES, symmetry_between
from core.worlds.dsprites.world import Sprites

WEIGHTS = "dsprites_shifts"
_NO_SIGHT = "What a CLIP sees is shown for Nouns and scenes, not for sprites. Open them with Studio('nouns')."
_NO_FEATURES = "Sparse features are known for Nouns, not for sprites, which have one handle for each value. See studio.handles()."


@dataclass(frozen=True)
class ShiftActors:
    """How the handles of sprites act: each shifts one slot to one value.

    Attributes:
        best: slot to the method that was measured best.
    """

    shifts: Shifts
    best: Mapping[str, str]

    def act(self, handle: Handle, latent: Tensor, strength: float) -> Tensor:
        """Shift latents `[n c h w]`; strength 1 is the whole way.

        Raises:
            SettingError: where the strength is out of bounds.
            StudioError: where the handle is no shift.
        """
        if handle.kind != "shift":
            raise StudioError(f"A sprite has no handle of the kind {handle.kind!r}. See studio.handles().")
        wanted = torch.full((len(latent),), int(handle.part), device=latent.device)
        return shift(latent, self.shifts, self.best[handle.slot], handle.slot, wanted, strength)


class SpriteLibrary(Shelf):
    """The models, handles and texts of the sprites."""

    world: Sprites
    standard = Standard(clean=0.85, perfect=0.85)
    """The generator's own pictures are read at 0.91 to 0.98 (600 held-out sprites): its borders are soft."""

    def __init__(self, world: str = Sprites.name, device: torch.device | None = None) -> None:
        super().__init__(device)
        self.world = Sprites()

    @cached_property
    def card(self) -> dict[str, Any]:
        """What was measured of the shifts: `table`, `leakage` and `best`."""
        return load_card(WEIGHTS)

    @cached_property
    def shifts(self) -> Shifts:
        """What all shifters learned about the latent."""
        return load(WEIGHTS, self.device)

    @cached_property
    def actors(self) -> ShiftActors:
        """The numbers behind the handles."""
        return ShiftActors(self.shifts, self.card["best"])

    @cached_property
    def shifter(self) -> Shifter:
        """Latent shifts by value."""
        return Shifter(self.world, self.generator, self.shifts, self.card)

    def make_handles(self) -> Sequence[Handle]:
        """One for each value of each slot, with the measured share of its slot's best method."""
        return [self._handle(slot, value) for slot in FACTORS for value in self.world.values(slot)]

    def _handle(self, slot: str, value: Any) -> Handle:
        method = self.card["best"][slot]
        share = float(self.card["table"][method][slot])
        row = self.card["leakage"][method][slot]
        moved = [float(row[other]) for other in FACTORS if other != slot]
        curve = Curve((1.0,), (share,), (1.0 - sum(moved) / len(moved),))
        count = len(self.world.values(slot))
        texts = tuple(dict.fromkeys((value.name, *value.texts)))
        position = ((FACTORS.index(slot) + 0.5) / len(FACTORS), (int(value.id) + 0.5) / count)
        return Handle(
            f"shift:{slot}:{value.id}", "shift", slot, str(value.id), value.name, texts, 1.0, 1.0, 1 / count, curve, (), (), position
        )

    @property
    def entries(self) -> list[Entry]:
        """What can be asked for by name: the shapes. Sizes, turns and places are told by rule."""
        return [Entry("shape", str(place), name, SHAPE_NAMES[name][1:]) for place, name in enumerate(SHAPES)]

    @cached_property
    def lexicon(self) -> Lexicon:
        """The index over the shapes' names and over what does not exist; embedded on first use."""
        return Lexicon(self.entries, self.facts, self.texts.embed, TextIndex.build)

    @property
    def plain(self) -> dict[str, str]:
        """A heart of middle size in the middle."""
        return dict(PLAIN)

    @property
    def sight(self) -> Sight:
        """No CLIP looks at sprites."""
        raise StudioError(_NO_SIGHT)

    def parts(self, slot: str) -> tuple[Any, ...]:
        """The values of a slot, in order; StudioError where there is no such slot."""
        if slot not in FACTORS:
            raise StudioError(f"A sprite has no {slot!r}. It has {', '.join(FACTORS)}.")
        return tuple(self.world.values(slot))

    def understand(self, sentence: str, reading: Mapping[str, str]) -> Resolved:
        """What a sentence asks for."""
        several = readings(sentence, self.reader, self.hints, self.lexicon)
        return agreed(several, lambda said: resolve_values(said, lambda: self.lexicon, reading))

    def active(self, latent: Tensor) -> dict[str, float]:
        """Sprites have no features."""
        raise StudioError(_NO_FEATURES)

    # What sprites see differently --------------------------------------------------------------------------------

    def alike(self, slot: str, part: str, reading: Mapping[str, str]) -> tuple[str, ...]:
        """Rotations that the shape at hand shows alike; itself first."""
        return tuple(str(value) for value in alike(slot, int(part), int(reading["shape"])))

    def align(self, before: Readings, after: Readings) -> Readings:
        """Rotations that look the same bear the value that was read before."""
        shapes = [np.array([int(r.part) for r in reading if r.slot == "shape"]) for reading in (before, after)]
        return align(before, after, float(symmetry_between(*shapes)[0]))

    def differ(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Ink or none: a decoder's greys at the border are no change."""
        return super().differ(self.world.snap(one), self.world.snap(other))

    def fit(self, seen: np.ndarray, given: np.ndarray) -> float:
        """Share of ink in common."""
        return overlap(seen.mean(-1) > 127.5, given.mean(-1) > 127.5)
