"""Fooling the photographs' CLIP by meaning: cut-outs beside a cut-out that stays whole, on photographs.

As on scenes (core/bench/scenes/attack.py), with the same ways and at equal effort: 25 words of each way, and as many pictures. The
true thing is laid over all others, and only pictures count in which exact masks say that every pixel of it is seen and that the wrong
thing is nowhere. Things are ranked by what they are called, along the way from the true to the wrong name, and of the sentences those
are taken whose words pull most together; no cut-out or photograph that judges was looked at to choose that. The row "nothing added"
has the true thing alone. Pairs were fixed before any was attacked; the first three are the paper's as far as there are cut-outs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.bench.attack_indirect import indirect_directions
from core.bench.attack_ways import BASELINES, OURS, Ways, coded, ways_of
from core.bench.attacks import Sizes, figures_of, shares, summed
from core.bench.photos.naming import said
from core.bench.photos.stage import PhotoStage, accepted
from core.foundations.images import to_tensor
from core.models.clip import Clip
from core.models.photo_clip import load_photo_clip
from core.models.text import text_encoder
from core.studio.attacking import Asked, Attacker
from core.studio.lenses import Lenses, load_lenses
from core.studio.prompts import Prompt
from core.studio.things import ids_of
from core.worlds.photos.stamps import Stamp, backgrounds, class_names, stamps
from core.worlds.photos.world import PhotoWorld

PAIRS = (
    ("horse", "car"),
    ("crowned crane", "frog"),
    ("sailboat", "airplane"),
    ("dog", "deer"),
    ("tiger", "lion"),
    ("guitar", "violin"),
    ("banana", "lemon"),
    ("owl", "penguin"),
    ("mug", "teapot"),
    ("elephant", "whale"),
    ("rose", "strawberry"),
    ("hammer", "scissors"),
)
"""True class, wrong class."""
QUICK = Sizes(1, 5, 1, 100, 0, 0, (OURS, *BASELINES))
FULL = Sizes(len(PAIRS), 10, 3, 1, 0, 0, (OURS, *BASELINES))
NOTHING = "nothing added"
BARE = 2
"""Every which picture is made with nothing added, which needs fewer."""


class Photographs(NamedTuple):
    """What was measured on photographs."""

    figures: dict[str, float]
    rows: dict[str, dict[str, float]]
    settings: dict[str, Any]


def photo_attacker(clip: Clip, lenses: Lenses, chosen: Sequence[Stamp], photographs: Sequence[np.ndarray]) -> Attacker:
    """The attack on a CLIP of photographs with cut-outs; words are ranked by their names' vectors."""
    names = class_names(chosen)
    stage = PhotoStage(chosen, photographs, clip.image_size[0], torch.as_tensor(text_encoder().embed(names)))
    texts = said(clip, names)
    second = torch.cat([lenses.directions[layer] for layer in sorted(lenses.directions)])
    return Attacker(clip, stage, coded(second, texts), ids_of(lenses), texts, texts)


def gallery(clip: Clip, numbers: Sequence[int]) -> Tensor:
    """Pictures that the product ships by their numbers, as the model takes them `[n 3 h w]` in [0, 1]."""
    world = PhotoWorld()
    return to_tensor(np.stack([world.canvas(world.picture(number).image, clip.image_size)[0] for number in numbers]))


def bare(attacker: Attacker, true: str, wrong: str, count: int) -> list[float]:
    """Share of pictures of the true thing alone that are taken for the wrong one, once."""
    asked = Asked(true, wrong, count)
    shots = attacker.shots(asked, [Prompt(true, ())], range(count), "attack bench")
    return [sum(one.fooled for one in shots) / count]


def measured(quick: bool) -> Photographs:
    """Attack, and measure; WeightsError where the model's weights, or the judges' pictures, cannot be had."""
    sizes, clip, lenses = QUICK if quick else FULL, load_photo_clip(), load_lenses("photos_lenses")
    attacker = photo_attacker(clip, lenses, stamps(), backgrounds())
    indirect = indirect_directions(clip, lenses, 1, sizes.every, lambda numbers: gallery(clip, numbers))
    return attacked(ways_of(attacker, lenses, attacker.texts, indirect), PAIRS[: sizes.pairs], sizes)


def attacked(ways: Ways, pairs: Sequence[tuple[str, str]], sizes: Sizes) -> Photographs:
    """Every pair by every way."""
    counted = {}
    with torch.no_grad():
        for pair in pairs:
            counted[pair] = shares(ways, *pair, sizes, accepted)[0]
            counted[pair][NOTHING] = bare(ways.attacker, *pair, max(1, sizes.count // BARE))
            print(f"{pair[0]} -> {pair[1]}", {name: round(float(np.mean(of)), 3) for name, of in counted[pair].items()}, flush=True)
    figures = {f"photo_{name}": value for name, value in figures_of(counted).items()}
    rows = {f"photographs: {name}": row for name, row in summed(counted).items()}
    return Photographs(figures, rows, {"photo pairs": len(pairs), "photo pictures": sizes.count, "photo repeats": sizes.repeats})
