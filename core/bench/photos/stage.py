"""The stage of photographs: classes and things are cut-outs, laid on a photograph, the true one over all others. FOR JUDGES ONLY.

What may be added is every cut-out with a plain name but the two classes, what shares a word with one of them (whale and
killer whale), and what means alike to the wrong one by the cosine of sentence vectors, as in the paper
(papers/inner_workings_thesis.md, section 3.5); that leaves out its nearest parts too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from PIL import Image

from core.foundations.english import with_article
from core.foundations.errors import RequestError
from core.foundations.records import Picture
from core.methods.write.attack import alike
from core.worlds.photos.pasted import Laid, as_rgb, lay_all, square_of
from core.worlds.photos.stamps import Stamp, class_names

SLOT = "beside"
"""Where every thing goes."""
ALIKE = 0.6
"""Cosine of sentence vectors from which on a thing is a synonym of the wrong class; the paper's."""


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
    """

    slots: Mapping[str, str]
    grounds: frozenset[str] = frozenset()

    def __init__(self, stamps: Sequence[Stamp], photographs: Sequence[np.ndarray], side: int, said: torch.Tensor) -> None:
        self.photographs, self.side, self.said = photographs, side, said
        self.by_name = {name: [stamp for stamp in stamps if stamp.label == name] for name in class_names(stamps)}
        self.slots = dict.fromkeys(self.by_name, SLOT)

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

    def allowed(self, true: str, wrong: str) -> np.ndarray:
        """All but the classes, what shares a word with one, and what means alike to the wrong one `[j]` bool."""
        taken = {part.lower() for name in (*self.named(true), *self.named(wrong)) for part in name.split()}
        apart = np.array([not taken & {part.lower() for part in name.split()} for name in self.pool])
        wrong_one = self.said[self.pool.index(wrong)][None]
        return apart & ~alike(self.said, wrong_one, ALIKE).numpy()

    def picture(self, true: str, wrong: str, words: Sequence[str], rng: np.random.Generator) -> Picture | None:
        """A photograph with things laid on it and the true one last, over all of them; None where it finds no place."""
        del wrong  # is among no words
        canvas = square_of(rng, self.photographs[int(rng.integers(len(self.photographs)))], self.side)
        names = (*words, true)
        stamps = (self.by_name[name][int(rng.integers(len(self.by_name[name])))] for name in names)
        laid = lay_all(rng, canvas, stamps)
        if laid[-1] is None:
            return None
        kept = [(name, one) for name, one in zip(names, laid, strict=True) if one is not None]
        truth = PhotoTruth(tuple(name for name, _ in kept), tuple(one for _, one in kept))
        return Picture(Image.fromarray(as_rgb(canvas)), None, truth)


def accepted(picture: Picture, true: str, wrong: str) -> bool:
    """The judge of truth: the true thing is there and every pixel of it is seen, and the wrong one is not there."""
    truth: PhotoTruth = picture.truth
    whole = [bool(one.full and one.seen.sum() == one.full) for name, one in zip(truth.names, truth.laid, strict=True) if name == true]
    return any(whole) and wrong not in truth.names
