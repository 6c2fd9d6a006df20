"""What the models of a world share: units, concepts, and the ways from a latent to maps, as inversion and edits by concepts need them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.concepts import Concept, Member
from core.foundations.errors import SettingError, StudioError
from core.foundations.images import to_tensor
from core.foundations.records import Picture
from core.foundations.seeds import torch_rng
from core.foundations.threads import threads_for
from core.methods.write.descend import Descent
from core.methods.write.guide import Guidance, Likeness, Pair
from core.methods.write.guided import Editing, Paint, guided_by
from core.methods.write.invert import Look
from core.methods.write.rearrange import Move
from core.methods.write.repaint import Meant
from core.models.lpips import WEIGHTS as LPIPS
from core.models.lpips import load_lpips
from core.models.units import Units

One = TypeVar("One")
MOST_RESTARTS, MOST_STEPS = 16, 2000
ALL, NONE = "rosetta", "none"
"""Guides that are no model."""
FULL = 3.0
"""Deviations above its mean at which a unit is drawn fully active."""


@dataclass(frozen=True)
class Free:
    """What of a picture's latent is changed.

    Attributes:
        start: `[1 ...]`.
        paint: such numbers `[n ...]` to pictures and maps.
        see: the same, as quickly as may be, for maps alone; its output is whatever `Shared.meant` can read.
        latent: such numbers `[1 ...]` to the picture's latent `[c h w]`.
    """

    start: Tensor
    paint: Paint
    see: Paint
    latent: Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Inverting:
    """How a picture is brought in; see `core.studio.rosetta.RosettaVerbs.invert`."""

    guide: str = "none"
    start: str = "encoder"
    restarts: int = 4
    steps: int | None = None
    seed: int = 0
    alone: bool = False

    def __post_init__(self) -> None:
        """SettingError where something is out of bounds."""
        few = 1 <= self.restarts <= MOST_RESTARTS and (self.steps is None or 1 <= self.steps <= MOST_STEPS)
        if self.alone and self.guide == NONE:
            raise SettingError("Where nothing guides, nothing can guide alone. Choose a guide.")
        if self.start not in ("encoder", "random") or not few:
            raise SettingError(
                f"A picture is brought in from the encoder or from random latents, {MOST_RESTARTS} at most, in {MOST_STEPS} steps at most; "
                f"got {self}."
            )

    @property
    def plain(self) -> bool:
        """Whether nothing is asked but the world's own way."""
        return self.guide == "none" and self.start == "encoder"


class Shared(ABC):
    """The concepts of one world, and the models that share them; read-only, everything loaded when it is first needed.

    Attributes:
        about: what the models look at, for people.
        side: pixels of a picture's side.
        usual: standard deviation of the numbers that `free` gives, over usual pictures.
        work: multiply-adds of one pass of the generator.
        editing: settings of an edit.
        bringing: steps of an inversion.
        led: share of them that are guided, where there is a guide.
        beta: weight of the guidance.
    """

    about: str
    side: int
    usual = 1.0
    work = 0.0
    editing = Editing()
    bringing = Descent()
    led = 1.0
    beta = 1.0

    @property
    @abstractmethod
    def concepts(self) -> tuple[Concept, ...]:
        """All of them, the most certain first; WeightsError where they are missing."""

    @property
    @abstractmethod
    def eyes(self) -> tuple[str, ...]:
        """The names of the models that look, in the tables' words."""

    @property
    @abstractmethod
    def hub(self) -> str:
        """The generator's name in the tables."""

    @abstractmethod
    def opened(self, name: str) -> Units:
        """One of `eyes`, loaded; WeightsError where it was not fetched."""

    @cached_property
    def _eyes(self) -> dict[str, Units]:
        """Those that were loaded so far."""
        return {}

    def eye(self, name: str) -> Units:
        """A model that looks, loaded once; StudioError where there is none such, WeightsError where it was not fetched."""
        if name not in self.eyes:
            raise StudioError(f"No model that looks at {self.about} is called {name!r}. There are {', '.join(self.eyes)}.")
        if name not in self._eyes:
            self._eyes[name] = self.opened(name)
        return self._eyes[name]

    @cached_property
    def joined(self) -> set[str]:
        """Models that joined those of the table (core.studio.joining)."""
        return set()

    def take_in(self, eye: Units, concepts: Sequence[Concept]) -> None:
        """A further model looks too.

        Args:
            eye: its units; it is called by their name.
            concepts: as they are with it.
        """
        self.joined.add(eye.name)
        self._eyes[eye.name] = eye
        self.__dict__.update(concepts=tuple(concepts), eyes=(*self.eyes, eye.name))

    def give_up(self, name: str) -> None:
        """A model that joined goes again, and its units with it."""
        self.joined.remove(name)
        self._eyes.pop(name, None)
        left = [replace(one, members=tuple(m for m in one.members if m.unit.model != name)) for one in self.concepts]
        self.__dict__.update(concepts=tuple(left), eyes=tuple(eye for eye in self.eyes if eye != name))

    def begins(self, how: Inverting, guessed: Tensor) -> tuple[Free, Tensor]:
        """What is changed of a guess `[c h w]`, and the starts `[n ...]` that are asked for."""
        free = self.free(guessed)
        return free, free.start if how.start == "encoder" else self.random(how.restarts, how.seed)

    @abstractmethod
    def random(self, count: int, seed: int) -> Tensor:
        """Latents `[n c h w]` by chance."""

    @abstractmethod
    def maps(self, latent: Tensor) -> Mapping[str, Tensor]:
        """The generator's maps of a latent `[c h w]`, layer to `[1 u h w]`."""

    @abstractmethod
    def free(self, latent: Tensor) -> Free:
        """What of a latent `[c h w]` is changed."""

    def around(self, latent: Tensor, places: Tensor) -> Tensor:
        """Places `[1 1 h w]` of 0 and 1 in the picture of a latent `[c h w]`, brought to the things that are in it."""
        return places

    def meant(self, latent: Tensor, move: Move, region: Tensor | None) -> Meant | None:
        """What the picture of a latent `[c h w]` is meant to look like after an edit in a region `[1 1 h w]`; None where nobody knows."""
        return None

    # What follows from these ------------------------------------------------------------------------------------

    @cached_property
    def look(self) -> Look | None:
        """LPIPS; None where it was not fetched."""
        return load_lpips() if LPIPS.ready() else None

    def concept(self, id: str) -> Concept:
        """One concept; StudioError where there is none of that id."""
        found = next((one for one in self.concepts if one.id == id), None)
        if found is None:
            raise StudioError(f"There is no concept {str(id)[:60]!r} here. See studio.concepts().")
        return found

    def chosen(self, concepts: Sequence[str | Concept] | None) -> tuple[Concept, ...]:
        """Concepts by themselves or by their ids; all where None. StudioError where one does not exist, or none is left."""
        found = self.concepts if concepts is None else tuple(one if isinstance(one, Concept) else self.concept(one) for one in concepts)
        if not found:
            raise StudioError("No concept was chosen. See studio.concepts(), or leave them out to move all.")
        return found

    def pairs(self, guide: str) -> tuple[Pair, ...]:
        """The pairs that guide; none where nothing does. StudioError where there is no such guide."""
        if guide not in (NONE, ALL, *self.eyes):
            raise StudioError(f"Nothing guides by the name {guide!r}. Choose {NONE}, {ALL}, or a model: {', '.join(self.eyes)}.")
        return () if guide == NONE else guided_by(self.concepts, None if guide == ALL else guide)

    def guidance(self, guide: str, image: Tensor, latent: Tensor, likeness: Likeness | None = None) -> Guidance | None:
        """What guides towards a picture.

        Args:
            guide: "none", "rosetta" or a model's name.
            image: RGB `[1 3 h w]` in [0, 1].
            latent: any `[c h w]`, for the sizes of the generator's maps.
            likeness: how maps are compared.
        """
        pairs = self.pairs(guide)
        if not pairs:
            return None
        targets = {model: self.seen(model, image) for model in dict.fromkeys(other.unit.model for _, other in pairs)}
        sizes = {layer: (maps.shape[2], maps.shape[3]) for layer, maps in self.maps(latent).items()}
        return Guidance(pairs, targets, sizes, likeness)

    @torch.no_grad()
    def seen(self, model: str, image: Tensor) -> Mapping[str, Tensor]:
        """What a model that looks sees of a picture RGB `[1 3 h w]`, layer to `[1 u h w]`."""
        return self.eye(model).see(image).maps

    @torch.no_grad()
    def heat(self, maps: Mapping[str, Tensor], member: Member) -> np.ndarray:
        """Where a unit is active, `[h w]` in [0, 1] at the picture's size: nothing at its mean, full at three deviations above it."""
        raw = maps[member.unit.layer][:1, member.unit.channel, None]
        above = ((raw - member.mean) / (FULL * max(member.std, 1e-6))).clamp(0, 1)
        return F.interpolate(above, (self.side, self.side), mode="bilinear", align_corners=False)[0, 0].cpu().numpy()


def latent_of(picture: Picture) -> Tensor:
    """A picture's `[c h w]`; StudioError where none is known."""
    if picture.latent is None:
        raise StudioError("This picture was not taken in by a model. Open it with studio.open().")
    return picture.latent


def walls_of(shared: Shared, picture: Picture, concepts: Sequence[Concept], given: bool = False) -> tuple[dict[str, np.ndarray], ...]:
    """Where concepts are in every model that has them; each model looks once. See `core.studio.rosetta.RosettaVerbs.concept_walls`."""
    own = shared.maps(latent_of(picture))
    image = picture.original if given and picture.original is not None else picture.image
    pixels = to_tensor(np.asarray(image)[None])
    wanted = dict.fromkeys(model for concept in concepts for model in concept.best if model != shared.hub)
    seen = {model: shared.seen(model, pixels) for model in wanted}
    rows = []
    for concept in concepts:
        others = {model: shared.heat(seen[model], member) for model, member in concept.best.items() if model != shared.hub}
        rows.append({shared.hub: shared.heat(own, concept.hub), **others})
    return tuple(rows)


def strongest(shared: Shared, picture: Picture, limit: int) -> tuple[tuple[Concept, float], ...]:
    """The concepts that are most active in a picture, by their generator's best unit's peak in deviations above its mean."""
    maps = shared.maps(latent_of(picture))

    def peak(concept: Concept) -> float:
        unit, own = concept.hub.unit, concept.hub
        return (float(maps[unit.layer][0, unit.channel].max()) - own.mean) / max(own.std, 1e-6)

    found = [(one, peak(one)) for one in shared.concepts]
    return tuple(sorted(found, key=lambda pair: -pair[1])[:limit])


def paced(steps: Iterator[One], work: float) -> Iterator[One]:
    """Steps, each made on as many threads as pay; between them threads are as they were."""
    while True:
        with threads_for(work):
            step = next(steps, None)
        if step is None:
            return
        yield step


def random_latents(shape: tuple[int, ...], count: int, seed: int, spread: float = 1.0) -> Tensor:
    """Latents `[n ...]`, normally distributed about nothing, one stream of numbers for each."""
    return torch.stack([spread * torch.randn(shape, generator=torch_rng("inversion", seed, row)) for row in range(count)])
