"""The verbs of what models share: bring a picture in by it, see it, and move it. Mixed into the studio."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.foundations.concepts import Concept
from core.foundations.errors import SettingError
from core.foundations.inverted import Inverted, Moved, Steps
from core.foundations.records import Picture
from core.foundations.region import Region
from core.foundations.threads import threads_for
from core.methods.write.rearrange import Move
from core.models.named_eyes import Named
from core.studio.joining import Joined, join, leave
from core.studio.moving import Asked, moves, pictures_of
from core.studio.playing import fitting
from core.studio.shared import MOST_RESTARTS, Inverting, Shared, paced, strongest, walls_of
from core.studio.shelf import Shelf


class RosettaVerbs:
    """What a studio can do by the units that all models share. Names of concepts are ids such as "rosetta:12", or the records."""

    library: Shelf
    open: Callable[[Any], Picture]
    sample: Callable[[int], Picture]

    @property
    def shared(self) -> Shared:
        """The models of the world that share units, and how each is looked into; StudioError where a world has none."""
        return self.library.shared

    def concepts(self) -> tuple[Concept, ...]:
        """What the models share, the most certain first.

        Raises:
            StudioError: where the world has no such table.
        """
        return self.shared.concepts

    def eyes(self) -> tuple[str, ...]:
        """The models that look and share concepts with the generator, as `invert(guide=...)` takes them."""
        return self.shared.eyes

    def join(self, named: Named, progress: Callable[[float], None] | None = None) -> Joined:
        """Let a public model join those that share concepts (core.studio.joining); everybody who looks through this studio has it then.

        Args:
            named: which, see core.models.named_eyes.
            progress: told the share that is done, in [0, 1]; what it raises ends it.

        Raises:
            StudioError: where the world has no such table.
            WeightsError: where the model cannot be fetched.
            ModelError, LayerError: where it has no maps.
        """
        return join(self.shared, named, self.sample, progress)

    def part(self, name: str) -> None:
        """Take a model that joined off again; nothing where none of that name did."""
        leave(self.shared, name)

    def invert(
        self,
        picture: Picture | str | Path | bytes | Image.Image,
        guide: str = "none",
        start: str = "encoder",
        restarts: int = 4,
        steps: int | None = None,
        seed: int = 0,
        alone: bool = False,
    ) -> Steps[Inverted]:
        """Bring a picture into the generator step by step. To cancel, ask for no more: the last one is kept.

        Args:
            picture: that `open` took in, or anything that it takes.
            guide: "none", the name of a model that looks (see `eyes`), or "rosetta" for all of them.
            start: "encoder" for the model's first guess, or "random" for latents by chance.
            restarts: how many of these, all at once; the worse half is given up on the way.
            steps: at most; the method's own number where None.
            seed: of chance.
            alone: whether only what the models see counts, not colours: a picture of another style becomes one of the world's own.

        Returns:
            Steps to be asked for one by one, `core.foundations.inverted.Inverted`; `.picture`, `.latent` and `.scores` are the last's.

        Raises:
            StudioError: where the world knows no way, nobody gave the picture, or there is no such guide.
            WeightsError: where a network was not fetched.
        """
        given = picture if isinstance(picture, Picture) else self.open(picture)
        return Steps(self.library.inversion(given, Inverting(guide, start, restarts, steps, seed, alone)))

    def concept_maps(self, picture: Picture, concept: str | Concept, given: bool = False) -> dict[str, np.ndarray]:
        """Where a concept is, in every model that has it.

        Args:
            picture: the generator says what it paints, the others what they see.
            concept: which.
            given: whether the others look at what a person gave, not at what the generator makes of it.

        Returns:
            Model to `[h w]` in [0, 1] at the picture's size: 0 at a unit's mean, 1 at three deviations above; the generator first.

        Raises:
            StudioError: where there is no such concept.
            WeightsError: where a network was not fetched.
        """
        return self.concept_walls(picture, [concept], given)[0]

    def concept_walls(self, picture: Picture, concepts: Sequence[str | Concept], given: bool = False) -> tuple[dict[str, np.ndarray], ...]:
        """`concept_maps` of several concepts over one picture, at the cost of one: every model looks once.

        Args:
            picture: as there.
            concepts: which; one at least.
            given: as there.

        Returns:
            For each concept its maps, as there.

        Raises:
            StudioError: where there is no such concept, or none was asked for.
            WeightsError: where a network was not fetched.
        """
        return walls_of(self.shared, picture, self.shared.chosen(concepts), given)

    def concept_pictures(self, concept: str | Concept, count: int = 4, seed: int = 0) -> tuple[Picture, ...]:
        """What the generator paints for a concept alone: from latents by chance, each to where its units are the loudest nearby.

        Args:
            concept: which.
            count: pictures, 1 to 16.
            seed: of chance.

        Raises:
            StudioError: where there is no such concept.
            SettingError: where the count is out of bounds.
        """
        if not 1 <= count <= MOST_RESTARTS:
            raise SettingError(f"From 1 to {MOST_RESTARTS} pictures are painted of a concept, {count} were asked for.")
        (chosen,) = self.shared.chosen([concept])
        with threads_for(self.shared.work):
            return pictures_of(self.library, chosen, self.shared.random(count, seed))

    def strongest(self, picture: Picture, limit: int = 8) -> tuple[tuple[Concept, float], ...]:
        """The concepts that are most active in a picture by the generator's own units, with how active: deviations above the mean."""
        return strongest(self.shared, picture, limit)

    def move(
        self,
        picture: Picture,
        concepts: Sequence[str | Concept] | None = None,
        shift: tuple[float, float] = (0.0, 0.0),
        zoom: float = 1.0,
        remove: bool = False,
        strengthen: float = 1.0,
        region: Region | np.ndarray | None = None,
        copy: bool = False,
    ) -> Steps[Moved]:
        """Move what concepts say, and look for the picture that says so. To cancel, ask for no more: the last one is kept.

        Args:
            picture: taken in, or the world's own.
            concepts: which; all where None.
            shift: right and down, in pixels.
            zoom: how much larger, from 1/4 to 4, about the middle of the region or of the picture.
            remove: take them away.
            strengthen: how much more they differ from their mean, from 0 to 5; 1 changes nothing.
            region: where, at the picture's size; where None, everywhere, or for chosen concepts where they are active.
            copy: what moves stays where it was as well.

        Returns:
            Steps to be asked for one by one, `core.foundations.inverted.Moved`; the last has the report and the concepts' maps.

        Raises:
            StudioError: where there is no such concept, or the region has another size.
            SettingError: where a shift, zoom or strength is out of bounds.
        """
        side = self.library.world.side
        move = Move((shift[0] / side, shift[1] / side), zoom, strengthen, remove, copy)
        within = fitting(region, side)
        asked = Asked(self.shared.chosen(concepts), concepts is not None, move, within)
        return Steps(paced(moves(self.library, picture, asked), self.shared.work))
