"""The stage of photographs: classes and things are cut-outs, laid on a photograph, the true one over all others.

What may be added is every cut-out with a plain name but the two classes, what shares a word with one of them (whale and
killer whale), and what means alike to the wrong one by the cosine of sentence vectors, as in the paper
(papers/inner_workings_thesis.md, section 3.5); that leaves out its nearest parts too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.foundations.english import with_article
from core.foundations.errors import RequestError
from core.foundations.half import half
from core.foundations.records import Picture
from core.methods.write.attack import AttackSettings, alike
from core.models.clip import Clip
from core.studio.attacking import Attacker
from core.studio.lenses import Lenses
from core.studio.things import NamedEffects, believed, coded, ids_of
from core.worlds.photos.cuts import Stamp, class_names
from core.worlds.photos.pasted import Laid, alone, as_rgb, corner, lay, lay_all, mask_at, sized, square_of

Embed = Callable[[list[str]], np.ndarray]
"""Sentences to vectors `[m d]`."""

SLOT = "beside"
"""Where every thing goes."""
ALIKE = 0.6
"""Cosine of sentence vectors from which on a thing is a synonym of the wrong class; the paper's."""
AT_ONCE = 16
SETTINGS = AttackSettings(used=8, drafts=2, doubt=8.0, least=0.6, fitted=True)
"""Few sentences are tried, of few words, and one's own two pictures count little, so that a first picture comes soon. On pairs and cut-outs
that no benchmark uses it fools as many as five sentences tried for each that is used, with things ranked by measured effects alone."""


@dataclass(frozen=True, eq=False)
class PhotoTruth:
    """What was laid on a photograph: names, and of each where it is seen."""

    names: tuple[str, ...]
    laid: tuple[Laid, ...]


class PhotoStage:
    """Cut-outs on photographs, as an attack asks for them.

    Args:
        stamps: those without a label are not used.
        photographs: RGB uint8 `[h w 3]`.
        side: of the pictures, in pixels.
        said: sentence vectors of all names, in the order of `pool` `[j d]`.
        shows: of each photograph the names of what it shows by itself, where that is known.
    """

    slots: Mapping[str, str]
    grounds: frozenset[str] = frozenset()

    def __init__(
        self, stamps: Sequence[Stamp], photographs: Sequence[np.ndarray], side: int, said: Tensor, shows: Sequence[Sequence[str]] = ()
    ) -> None:
        self.photographs, self.side, self.said, self.shows = photographs, side, said, shows or [()] * len(photographs)
        self.by_name = {name: [stamp for stamp in stamps if stamp.label == name] for name in class_names(stamps)}
        self.slots = dict.fromkeys(self.by_name, SLOT)
        self.allowed = lru_cache(256)(self._allowed)  # asked for again and again while one pair is looked at

    def on(self, photographs: Sequence[np.ndarray], shows: Sequence[Sequence[str]] = ()) -> PhotoStage:
        """The same things on other photographs."""
        every = [stamp for stamps in self.by_name.values() for stamp in stamps]
        return PhotoStage(every, photographs, self.side, self.said, shows)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Every name of a cut-out."""
        return tuple(self.by_name)

    @property
    def pool(self) -> tuple[str, ...]:
        """The same."""
        return self.classes

    @cached_property
    def phrases(self) -> Mapping[str, str]:
        """With articles."""
        return {name: with_article(name) for name in self.classes}

    def named(self, word: str) -> tuple[str, ...]:
        """The name itself; RequestError where there is none such."""
        if word not in self.by_name:
            raise RequestError(f"There is no cut-out {str(word)[:60]!r}. Choose one of the {len(self.classes)} that exist.")
        return (word,)

    def _allowed(self, true: str, wrong: str) -> np.ndarray:
        """All but the classes, what shares a word with one, and what means alike to the wrong one `[j]` bool.

        Raises:
            RequestError: where a class does not exist, or every photograph shows the wrong one by itself.
        """
        taken = {part.lower() for name in (*self.named(true), *self.named(wrong)) for part in name.split()}
        apart = np.array([not taken & {part.lower() for part in name.split()} for name in self.pool])
        self._without(wrong)
        wrong_one = self.said[self.pool.index(wrong)][None]
        return apart & ~alike(self.said, wrong_one, ALIKE).numpy()

    def _without(self, wrong: str) -> list[int]:
        """The photographs that do not show the wrong class by themselves, by their places."""
        free = [at for at, shown in enumerate(self.shows) if wrong not in shown]
        if not free:
            raise RequestError(f"This photograph shows {wrong!r} by itself. Choose another photograph, or another class.")
        return free

    def picture(self, true: str, wrong: str, words: Sequence[str], rng: np.random.Generator) -> Picture:
        """A photograph with things laid on it and the true one over all of them; that and its place do not depend on the things."""
        free, one_of = self._without(wrong), lambda name: self.by_name[name][int(rng.integers(len(self.by_name[name])))]
        canvas = square_of(rng, self.photographs[free[int(rng.integers(len(free)))]], self.side)
        cut = sized(rng, one_of(true), self.side)
        place = corner(rng, cut, self.side)
        over = mask_at(cut, self.side, *place)
        laid = lay_all(rng, canvas, (one_of(name) for name in words), over)
        lay(canvas, cut, *place)
        kept = [(name, Laid(one.seen & ~over, one.full)) for name, one in zip(words, laid, strict=True) if one is not None]
        kept.append((true, Laid(over, int(over.sum()))))
        truth = PhotoTruth(tuple(name for name, _ in kept), tuple(one for _, one in kept))
        return Picture(Image.fromarray(as_rgb(canvas)), None, truth)

    def strewn(self, rng: np.random.Generator, places: Sequence[int]) -> Picture:
        """A photograph with some things of the pool on it, by their places, none of which has to be whole."""
        canvas = square_of(rng, self.photographs[int(rng.integers(len(self.photographs)))], self.side)
        names = [self.pool[place] for place in places]
        laid = lay_all(rng, canvas, [self.by_name[name][int(rng.integers(len(self.by_name[name])))] for name in names])
        kept = [(name, one) for name, one in zip(names, laid, strict=True) if one is not None]
        truth = PhotoTruth(tuple(name for name, _ in kept), tuple(one for _, one in kept))
        return Picture(Image.fromarray(as_rgb(canvas)), None, truth)


def photo_stage(
    stamps: Sequence[Stamp], photographs: Sequence[np.ndarray], side: int, embed: Embed, shows: Sequence[Sequence[str]] = ()
) -> PhotoStage:
    """The stage of some cut-outs on some photographs RGB uint8 `[h w 3]`; `embed` tells which names mean alike."""
    return PhotoStage(stamps, photographs, side, torch.as_tensor(embed(class_names(stamps))), shows)


def seen_alone(clip: Clip, stage: PhotoStage) -> Tensor:
    """The first cut-out of each name as it is seen by itself, on grey `[j k]`; so many pictures are looked at, once for all pairs."""
    images, device = alone([stage.by_name[name][0] for name in stage.pool], None, stage.side), clip.mean.device
    with torch.no_grad(), half(device):
        return torch.cat([clip.embed(some.to(device)).float() for some in images.split(AT_ONCE)])


def photo_attacker(clip: Clip, lenses: Lenses, stage: PhotoStage, known: NamedEffects, seen: Tensor) -> Attacker:
    """The attack on a CLIP of photographs, by what is known of things.

    Things are ranked by what adding them, or pictures of the same name, was measured to do, by how they look by themselves, and by their
    names, see `believed`.

    Args:
        seen: the stage's cut-outs as they are seen by themselves, see `seen_alone`.
    """
    texts = clip.embed_texts(list(stage.classes))
    second = torch.cat([lenses.directions[layer] for layer in sorted(lenses.directions)])
    effects = believed(known.of(stage.classes, texts), seen.to(texts), texts)
    return Attacker(clip, stage, coded(second, texts), ids_of(lenses), effects, texts, SETTINGS, halved=True)
