"""Fooling the photographs' CLIP by meaning: cut-outs beside a cut-out that stays whole, on photographs.

As on scenes (core/bench/scenes/attack.py), with the same ways and at equal effort: 25 words of each way, and no more pictures by ours than
by any other, those that are looked at beforehand among them. Every other way tries five sentences for each that is used, on two pictures
each. Ours tries two, and looks once at a cut-out of each name by itself: with twelve pairs and thirty pictures of each that is no more.
The true thing is laid over all others, and only pictures count that the model names right with nothing added, the same for every way, and
in which exact masks say that every pixel of the true thing is seen and that the wrong one is nowhere. A pair of which the model names most
pictures wrong anyway is none, and another one takes its place. Things are ranked by what adding emoji and clip-art of the same name was
measured to do, where there are none by what such things do for what their name says (core/train/photos/things.py), by how their cut-outs
look by themselves, and by their names. That was chosen on emoji on other photographs, with pairs that are not here. The studio's pictures
are shown to a supervised model too, where it was fetched (core/bench/photos/attack_second.py). Pairs were fixed before any was attacked;
the first three are the paper's as far as there are cut-outs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.bench.attack_indirect import indirect_directions
from core.bench.attack_ways import BASELINES, OURS, Ways, ways_of
from core.bench.attacks import Counted, Sizes, figures_of, shares, summed
from core.bench.photos.attack_second import SecondEyes, transferred
from core.bench.photos.stage import accepted
from core.foundations.images import to_tensor
from core.models.clip import Clip
from core.models.photo_clip import load_photo_clip
from core.models.text import text_encoder
from core.studio.lenses import load_lenses
from core.studio.photo_stage import photo_attacker, photo_stage, seen_alone
from core.studio.things import load_named_effects
from core.worlds.photos.stamps import backgrounds, stamps
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
SPARE = (("rabbit", "squirrel"), ("pumpkin", "tomato"), ("camel", "bison"))
"""In the place of pairs that the model does not tell apart with nothing added, in this order; chosen before any was attacked."""
QUICK = Sizes(1, 5, 1, 100, 0, 0, (OURS, *BASELINES))
FULL = Sizes(len(PAIRS), 30, 3, 1, 0, 0, (OURS, *BASELINES))


class Photographs(NamedTuple):
    """What was measured on photographs."""

    figures: dict[str, float]
    rows: dict[str, dict[str, float]]
    settings: dict[str, Any]


def gallery(clip: Clip, numbers: Sequence[int]) -> Tensor:
    """Pictures that the product ships by their numbers, as the model takes them `[n 3 h w]` in [0, 1]."""
    world = PhotoWorld()
    return to_tensor(np.stack([world.canvas(world.picture(number).image, clip.image_size)[0] for number in numbers]))


def measured(quick: bool) -> Photographs:
    """Attack, and measure; WeightsError where the model's weights, or the judges' pictures, cannot be had."""
    sizes, clip, lenses = QUICK if quick else FULL, load_photo_clip(), load_lenses("photos_lenses")
    stage = photo_stage(stamps(), backgrounds(), clip.image_size[0], text_encoder().embed)
    attacker = photo_attacker(clip, lenses, stage, load_named_effects(), seen_alone(clip, stage))
    indirect = indirect_directions(clip, lenses, 1, sizes.every, lambda numbers: gallery(clip, numbers))
    second = SecondEyes() if SecondEyes.ready() else None
    return attacked(ways_of(attacker, lenses, attacker.texts, indirect), PAIRS[: sizes.pairs], sizes, second, SPARE)


def attacked(
    ways: Ways,
    pairs: Sequence[tuple[str, str]],
    sizes: Sizes,
    second: SecondEyes | None = None,
    spare: Sequence[tuple[str, str]] = (),
) -> Photographs:
    """Every pair by every way, and the studio's own pictures before a second model, where there is one.

    Args:
        spare: come in, in their order, for pairs that the model does not tell apart with nothing added.
    """
    counted: dict[tuple[str, str], Counted] = {}
    ours, looked = {}, 0
    with torch.no_grad():
        for pair in (*pairs, *spare):
            if len(counted) == len(pairs):
                break
            looked += 1
            found, ours[pair] = shares(ways, *pair, sizes, accepted)
            counted |= {pair: found} if found else {}
            print(f"{pair[0]} -> {pair[1]}", {name: round(float(np.mean(of)), 3) for name, of in found.items()}, flush=True)
    if not counted:
        return Photographs({}, {}, {})
    figures = {f"photo_{name}": value for name, value in figures_of(counted).items()}
    rows = {f"photographs: {name}": row for name, row in summed(counted).items()}
    if second is not None:
        further, rows["photographs: a supervised model"] = transferred(second, ours)
        figures |= further
    settings = {"photo pairs": len(counted), "photo pairs not told apart": looked - len(counted)}
    return Photographs(figures, rows, settings | {"photo pictures": sizes.count, "photo repeats": sizes.repeats})
