"""Blind spots: over all pairs of classes and all things, which thing breaks which class most.

    after(t, w, j) = <m_t + b_j, e_w - e_t>

with m_t the mean embedding of pictures of class t with nothing asked beside it, b_j what adding thing j was measured to do
(core/methods/read/added.py) and e the classes' texts. For each true class the wrong one and the thing with the largest value are tried
on pictures; what is told is what was seen there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from core.foundations.attacked import Addition, BlindSpot, Shot
from core.foundations.errors import StudioError
from core.foundations.records import Picture
from core.studio.attacking import Asked, Attacker
from core.studio.prompts import Prompt

PICTURES = 8
"""Of each class with a thing, and as many without."""
LOOKED = 400
"""Pairs of a wrong class and a thing that are looked through for each class, until one may be used."""

Judge = Callable[[Picture, str, str], bool]
"""Whether a picture counts; all do where there is none."""


def plain_mean(attacker: Attacker, true: str, seed: int = 0) -> tuple[Tensor, list[Picture]]:
    """Pictures of a class with nothing asked beside it, and their mean embedding `[k]`."""
    other = next(name for name in attacker.stage.classes if name != true)
    asked, prompt = Asked(true, other, 1, seed=seed), Prompt(true, ())
    pictures = [attacker.made(asked, prompt, at, "blind spot") for at in range(PICTURES)]
    return attacker.embedded(pictures).mean(0), pictures


def likeliest(attacker: Attacker, true: str, mean: Tensor) -> tuple[str, str] | None:
    """The wrong class and the thing that should break a class most, of pairs that the pictures alone do not break; None where none is left.

    Raises:
        StudioError: where nothing was measured of things.
    """
    if attacker.effects is None:
        raise StudioError("Blind spots need what adding each thing does. Measure it for this model first.")
    place = attacker.stage.classes.index(true)
    ways = attacker.texts - attacker.texts[place]
    after = (mean + attacker.effects) @ ways.T
    after[:, ways @ mean >= 0] = -torch.inf  # these are broken without any thing, the class itself among them
    for at in after.flatten().topk(min(LOOKED, after.numel())).indices.tolist():
        word, wrong = divmod(at, after.shape[1])
        if after[word, wrong] == -torch.inf:
            break
        if bool(attacker.allowed(true, attacker.stage.classes[wrong])[word]):
            return attacker.stage.classes[wrong], attacker.stage.pool[word]
    return None


def spots(attacker: Attacker, classes: Sequence[str], judge: Judge | None = None, seed: int = 0) -> Iterator[BlindSpot]:
    """The thing that breaks each class most, tried on pictures; pictures that a judge refuses fool nobody."""
    for true in classes:
        mean, clean = plain_mean(attacker, true, seed)
        found = likeliest(attacker, true, mean)
        if found is None:
            continue
        wrong, word = found
        asked = Asked(true, wrong, 1, seed=seed)
        shown = attacker.shots(asked, [Prompt(f"{true} with {word}", (word,))], range(PICTURES), "blind spot")
        before = attacker.judged(true, wrong, clean, [true] * len(clean))
        yield BlindSpot(true, wrong, word, _share(before, None, true, wrong), _share(shown, judge, true, wrong))


def _share(shots: Sequence[Shot], judge: Judge | None, true: str, wrong: str) -> float:
    kept = tuple(shot for shot in shots if judge is None or judge(shot.picture, true, wrong))
    return Addition((), kept).fooled * len(kept) / max(1, len(shots))
