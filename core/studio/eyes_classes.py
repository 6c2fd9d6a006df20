"""How a public model decides on classes, or one that a person brings: the verbs of the tab Classes, through other eyes.

A classifier decides among its own classes; a model that reads words among those of the shipped pool that a photograph can be of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property

from PIL import Image
from torch import nn

from core.foundations.errors import StudioError
from core.models.classifier import HeadedClip, classifier_of
from core.models.clip import Clip
from core.models.dinov2 import MEAN, STD
from core.models.named_eyes import ClassTexts
from core.models.one_headed import OneHeaded
from core.studio.classes import ClassSight, ClassVerbs
from core.studio.exciting import Easel, ExcitingVerbs
from core.studio.lenses import Lenses
from core.studio.photo_easel import photo_easel
from core.studio.sight import Seeable
from core.worlds.photos.world import PhotoWorld

NO_CLASSES = {"faces", "bodies", "colours", "stuff"}
"""What words may be about that no photograph is of as a whole: emoji's grimaces and gestures, colours, and what things are made of."""
COLOURED = 8
"""Pictures whose colours the images have that are grown."""


class EyesClasses(ClassVerbs, ExcitingVerbs):
    """The verbs of one model.

    Args:
        sight: the model with its classes.
        photographs: whose colours the images have that are grown.
    """

    def __init__(self, sight: ClassSight, photographs: Callable[[], Sequence[Image.Image]]) -> None:
        self._sight, self._photographs = sight, photographs

    @property
    def class_sight(self) -> ClassSight:
        """What looks and decides."""
        return self._sight

    @cached_property
    def easel(self) -> Easel:
        """What images are grown on, as large as the model takes them: its positions may know no other size."""
        return photo_easel(self._sight, self._photographs(), max(self._sight.clip.image_size))


def class_words(lenses: Lenses) -> list[int]:
    """The places of those words of a pool that a photograph may be of as a whole."""
    return [place for place, tag in enumerate(lenses.tags) if tag not in NO_CLASSES]


def eyes_classes(clip: Clip, words: Lenses, world: Seeable) -> EyesClasses:
    """A model with its classes.

    Args:
        clip: as core.models.named_eyes.load_eyes gives it.
        words: whose pool stands for classes where the model has none of its own.
        world: how pictures come before it, and whose colours grown images have.

    Raises:
        ModelError: where its tower cannot be taken apart.
    """
    photographs = lambda: [world.picture(number).image for number in range(min(COLOURED, world.neighbours))]  # noqa: E731
    if isinstance(clip.texts, ClassTexts):
        return EyesClasses(ClassSight(_whole(clip), told_apart(clip.texts.names), world.canvas), photographs)
    names = [words.pool[place] for place in class_words(words)]
    return EyesClasses(ClassSight(clip, names, world.canvas, clip.embed_texts(names)), photographs)


def _whole(clip: Clip) -> Clip:
    """A classifier with all the heads that it answers by, which are two where it is a distilled one; the same weights."""
    if not isinstance(clip.visual, OneHeaded):
        return clip
    mean, std = clip.mean.flatten().tolist(), clip.std.flatten().tolist()
    return HeadedClip(clip.visual.trunk, mean, std, clip.image_size, clip.name).to(clip.mean.device).eval()


def own_classes(
    tower: nn.Module, names: Sequence[str] = (), mean: float | Sequence[float] = MEAN, std: float | Sequence[float] = STD
) -> EyesClasses:
    """The verbs over any timm VisionTransformer with a head that a person brings; a distilled one answers by both its heads.

    Args:
        tower: the model; it is put into its mode of evaluation, and no weight of it is changed.
        names: of its classes, in order; "class 0" and so on where there are none.
        mean: of the pictures that it was trained on, per colour or for all three, in [0, 1]; ImageNet's where nothing is said.
        std: their spread.

    Raises:
        ModelError: where it cannot be taken apart exactly, or has no head.
        StudioError: where there are not as many names as classes.

    Example:
        verbs = own_classes(timm.create_model("vit_tiny_patch16_224", pretrained=True))
        seen = verbs.classes(Studio("nouns").photos.sample("cat"))
    """
    known, world = classifier_of(tower), PhotoWorld()
    called = tuple(names) or tuple(f"class {at}" for at in range(known.classes))
    if len(called) != known.classes:
        raise StudioError(f"This model tells {known.classes} classes apart, but {len(called)} names were given.")
    clip = HeadedClip(tower.eval(), mean, std, known.anatomy.image_size, type(tower).__name__)
    return EyesClasses(ClassSight(clip, told_apart(called), world.canvas), lambda: [world.sample(one.id).image for one in world.samples])


def told_apart(names: Sequence[str]) -> list[str]:
    """Names of classes, each once: ImageNet calls a bird and a machine "crane", so that the second is crane (2)."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found
