"""What a world gets from the studio once it can draw and has a generator: handles, sentences, edits, reports, recipes.

Each part gets one direction, fitted on pictures that the generator gave back and the world's reader read, and measured on others.
`docs/add_a_world.md` adds a world this way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from core.foundations.errors import StudioError
from core.foundations.images import to_tensor
from core.foundations.records import Curve, Handle
from core.foundations.statistics import NormalEquations
from core.language.actions import readings
from core.language.agree import agreed
from core.language.facts import Facts
from core.language.lexicon import Entry, Lexicon
from core.language.parts import resolve
from core.language.resolve import Resolved
from core.methods.read.search import TextIndex
from core.methods.relate.learn_directions import directions_from, indicators
from core.methods.write.turn import turn_direction
from core.models.directions import PartDirections
from core.models.protocols import Generator
from core.studio.shelf import Shelf
from core.studio.shifter import Shifter
from core.studio.sight import Sight
from core.worlds.parts import Part
from core.worlds.plain import PlainWorld

FITTED, MEASURED = 512, 12
"""Pictures on which directions are fitted, and others on which each is measured."""
STRENGTHS = (1.0, 1.25)


@dataclass(frozen=True)
class DirectionActors:
    """How the handles of a plain world act: each exchanges the part of a slot.

    Attributes:
        positions: part id to position, slot by slot.
    """

    directions: PartDirections
    positions: Mapping[str, Mapping[str, int]]

    def act(self, handle: Handle, latent: Tensor, strength: float) -> Tensor:
        """Turn one handle on latents `[n c h w]`; SettingError where the strength is out of bounds."""
        return turn_direction(latent, self.directions, handle.slot, self.positions[handle.slot][handle.part], strength)


class PlainLibrary(Shelf):
    """A world of parts, without weights in a file.

    Args:
        world: draws and reads.
        generator: gives its pictures back.
        facts: its words; the slots' own names where None.
    """

    world: PlainWorld

    def __init__(self, world: PlainWorld, generator: Generator, facts: Facts | None = None, device: torch.device | None = None) -> None:
        super().__init__(device)
        self.world, self.generator = world, generator
        self.facts = facts or Facts({slot: (slot,) for slot in world.slots})

    @cached_property
    def actors(self) -> DirectionActors:
        """The numbers behind the handles."""
        positions = {slot: {one.id: at for at, one in enumerate(several)} for slot, several in self.world.table.items()}
        counts = {slot: len(several) for slot, several in positions.items()}
        latents, read = self._pictures(range(FITTED))
        parts = torch.tensor([[positions[r.slot][r.part] for r in one] for one in read])
        sums = NormalEquations(1 + sum(counts.values()), latents[0].numel())
        sums.add(indicators(parts, counts), latents.flatten(1))
        return DirectionActors(directions_from(sums, counts).to(self.device), positions)

    @torch.inference_mode()
    def make_handles(self) -> Sequence[Handle]:
        """One for each part, with what it was measured to do."""
        latents, read = self._pictures(range(FITTED, FITTED + MEASURED))
        before = [{r.slot: r.part for r in one} for one in read]
        return [self._handle(part, latents, before) for several in self.world.table.values() for part in several]

    def _handle(self, part: Part, latents: Tensor, before: Sequence[Mapping[str, str]]) -> Handle:
        at, density = self.world.slots.index(part.slot), float(np.mean([one[part.slot] == part.id for one in before]))
        texts, position = (part.name, *part.synonyms), ((at + 0.5) / len(self.world.slots), 0.5)
        id, unknown = f"direction:{part.slot}:{part.id}", Curve((), (), ())
        handle = Handle(id, "direction", part.slot, part.id, part.name, texts, 1.0, 1.0, density, unknown, position=position)
        points = [self._effect(handle, latents, before, strength) for strength in STRENGTHS]
        return replace(handle, curve=Curve(STRENGTHS, tuple(p[0] for p in points), tuple(p[1] for p in points)))

    def _effect(self, handle: Handle, latents: Tensor, before: Sequence[Mapping[str, str]], strength: float) -> tuple[float, float]:
        """How often a part is read after its handle was turned, and how much of the rest as before."""
        after = self.read(self.painted(self.actors.act(handle, latents, strength)))
        shown = [r.part == handle.part for one in after for r in one if r.slot == handle.slot]
        kept = [r.part == was[r.slot] for one, was in zip(after, before, strict=True) for r in one if r.slot != handle.slot]
        return float(np.mean(shown)), float(np.mean(kept)) if kept else 1.0

    @torch.inference_mode()
    def _pictures(self, seeds: Sequence[int]) -> tuple[Tensor, list]:
        """Latents of the world's pictures, and what is read of them after the generator gave them back."""
        drawn = np.stack([self.world.draw(self.world.compose(seed)) for seed in seeds])
        latents = self.generator.encode(to_tensor(drawn).to(self.device))
        return latents, self.read(self.painted(latents))

    @property
    def entries(self) -> list[Entry]:
        """What can be asked for: every part."""
        return [Entry.of(part) for several in self.world.table.values() for part in several]

    @cached_property
    def lexicon(self) -> Lexicon:
        """The index over the parts' texts; embedded on first use."""
        return Lexicon(self.entries, self.facts, self.texts.embed, TextIndex.build)

    @property
    def plain(self) -> dict[str, str]:
        """The first part of each slot."""
        return {slot: several[0].id for slot, several in self.world.table.items()}

    @property
    def sight(self) -> Sight:
        """No CLIP looks at a plain world."""
        raise StudioError(f"No model looks at the world {self.world.name}. Open Nouns or photographs for that.")

    @property
    def shifter(self) -> Shifter:
        """There is none for a plain world."""
        raise StudioError(f"Values are shifted on sprites; the world {self.world.name} has handles instead. See studio.handles().")

    def parts(self, slot: str) -> tuple[Part, ...]:
        """The parts of a slot."""
        return self.world.parts(slot)

    def understand(self, sentence: str, reading: Mapping[str, str]) -> Resolved:
        """What a sentence asks for."""
        several = readings(sentence, self.reader, self.hints, self.lexicon)
        return agreed(several, lambda said: resolve(said, self.lexicon, reading), self.lexicon.entry)

    def active(self, latent: Tensor) -> dict[str, float]:
        """A plain world has no sparse features."""
        raise StudioError(f"Sparse features are known for Nouns, not for the world {self.world.name}. See studio.handles().")
