"""Fooling the scenes' CLIP by meaning, beside the paper's baselines at equal effort (papers/inner_workings_thesis.md, Table 3.3).

For each pair of classes every way gives 25 words; fifty sentences of them are tried on two scenes each, and the ten that pull most become
ten pictures each, of other scenes, in which the true class stands whole and the wrong one is nowhere. So every way makes and looks at as
many pictures, a hundred before the hundred that count; which fifty are tried is by lot but for the studio's own way, which tries those of
250 whose words were measured to pull most together. The paper tries nothing and draws lots among the fifty: rows by lot stand beside. Only
scenes count that the model names right with nothing added, the same for every way, and that the judge of truth accepts. `fooled` is the
share that the model takes for the wrong one of the two, the mean over pairs of three repeats. Then: whether the words are good by
themselves; what a linear map behind the model, fitted on found pictures, changes on fresh ones, on clean ones and on pairs that it was not
fitted on, beside silencing the guilty neurons; and whether a second model is fooled. At last the same on photographs
(core/bench/photos/attack.py).

The pairs were fixed before any was attacked; the first five are the paper's, as far as the world has them. Settings were chosen on other
pairs and other scenes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.bench.attack_indirect import indirect_directions
from core.bench.attack_ways import BASELINES, OURS, Ways, ways_of
from core.bench.attacks import Counted, Judge, Sizes, figures_of, shares, summed
from core.bench.photos import attack as photos
from core.bench.record import Measured
from core.bench.scenes.attack_after import Second, Silencing, clean_scenes, images_of, mended
from core.bench.scenes.attack_truth import accepted
from core.foundations.attacked import Shot
from core.foundations.errors import WeightsError
from core.foundations.records import Picture
from core.models.clip import Clip
from core.models.registry import load_clip
from core.studio.attacking import Asked, Attacker
from core.studio.blindspots import plain_mean
from core.studio.lenses import Lenses, load_lenses
from core.studio.scene_stage import SceneStage, scene_attacker
from core.worlds.scenes.staged import Staging
from core.worlds.scenes.world import SceneWorld

PAIRS = (
    ("horse", "car"),
    ("dog", "moose"),
    ("crane bird", "frog"),
    ("pirate ship", "taxi"),
    ("sailboat", "car"),
    ("cat", "dog"),
    ("shark", "orca"),
    ("plane", "helicopter"),
    ("banana", "pickle"),
    ("robot", "toaster"),
    ("house", "factory"),
    ("burger", "taco"),
)
"""True class, wrong class."""
MENDED = "mended on found pictures"
"""The defence that counts."""


QUICK = Sizes(2, 10, 1, 40, 40, 1, (OURS, *BASELINES))
FULL = Sizes(len(PAIRS), 100, 3, 1, 400, 6)


def scene_ways(attacker: Attacker, clip: Clip, lenses: Lenses, sizes: Sizes, shown: int) -> Ways:
    """All ways, on scenes; indirect effects are taken from so many pictures of each neuron."""
    world, rows = SceneWorld(), {text: row for row, text in enumerate(lenses.pool)}
    drawn = lambda seeds: images_of([world.picture(seed) for seed in seeds])  # noqa: E731
    texts = F.normalize(lenses.texts[[rows[word] for word in attacker.stage.pool]], dim=-1)
    return ways_of(attacker, lenses, texts, indirect_directions(clip, lenses, shown, sizes.every, drawn))


def by_themselves(attacker: Attacker, pairs: Sequence[tuple[str, str]], scenes: int = 4) -> dict[str, dict[str, float]]:
    """Whether adding what a word names, and nothing else, raises the wrong class: its mined words beside as many by chance."""
    rows: dict[str, list[tuple[float, float]]] = {}
    for true, wrong in pairs:
        mined = [word.text for word in attacker.words(attacker.mined(true, wrong))][:10]
        chance = attacker.by_chance(Asked(true, wrong, seed=1), len(mined))
        for name, words in (("mined words alone", mined), ("random words alone", chance)):
            moved = np.array(attacker.alone(true, wrong, words, 1, scenes))
            rows.setdefault(name, []).append((float((moved > 0).mean()), float(moved.mean())))
    return {name: {"raises": np.mean(row, 0)[0], "cosine": np.mean(row, 0)[1]} for name, row in rows.items()}


def defended(attacker: Attacker, lenses: Lenses, ours: Mapping[tuple[str, str], Sequence[Shot]], count: int) -> dict[str, float]:
    """The guilty neurons of every pair, found on half of its pictures, silenced: fooled on the other half, and names on clean scenes."""
    silencing = Silencing(attacker.clip, lenses)
    images, labels = clean_scenes(count)
    clean = silencing.parts(images)
    right = lambda rows: float(((rows @ attacker.texts.T).argmax(1) == labels).float().mean())  # noqa: E731
    before, after, losses = [], [], []
    for (true, wrong), shots in ours.items():
        v, half = attacker.along(true, wrong), len(shots) // 2
        fooling = [one.picture for one in shots[:half] if one.fooled]
        if not fooling or half == len(shots):
            continue
        guilty = silencing.guilty(silencing.parts(images_of(fooling)), clean, v)
        fresh = silencing.parts(images_of([one.picture for one in shots[half:]]))
        before.append(float((fresh.whole @ v > 0).float().mean()))
        after.append(float((silencing.without(fresh, guilty) @ v > 0).float().mean()))
        losses.append(right(clean.whole) - right(silencing.without(clean, guilty)))
    if not before:
        return {"fooled before": 0.0, "fooled": 0.0, "clean loss": 0.0}
    return {"fooled before": float(np.mean(before)), "fooled": float(np.mean(after)), "clean loss": float(np.mean(losses))}


def retrained(attacker: Attacker, ours: Mapping[tuple[str, str], Sequence[Shot]], count: int) -> dict[str, dict[str, float]]:
    """A map behind the model fitted on half of the found pictures: the other half and clean scenes, and pairs that it was not fitted on."""
    names = [pair for pair, shots in ours.items() if len(shots) > 1]
    seen = {pair: attacker.embedded([shot.picture for shot in ours[pair]]) for pair in names}
    goal = {pair: plain_mean(attacker, pair[0])[0] for pair in names}
    images, labels = clean_scenes(count)
    ordinary = torch.cat([attacker.clip.embed(some) for some in clean_scenes(2 * count, False)[0].split(50)])
    clean = torch.cat([attacker.clip.embed(some) for some in images.split(50)])
    right = lambda rows: float(((rows @ attacker.texts.T).argmax(1) == labels).float().mean())  # noqa: E731

    def fitted(pairs: Sequence[tuple[str, str]]) -> Tensor:
        halves = [seen[pair][: len(seen[pair]) // 2] for pair in pairs]
        wanted = [goal[pair].expand(len(half), -1) for pair, half in zip(pairs, halves, strict=True)]
        return mended(torch.cat(halves), torch.cat(wanted), ordinary)

    def fresh(pairs: Sequence[tuple[str, str]], through: Tensor) -> list[float]:
        rests = [seen[pair][len(seen[pair]) // 2 :] @ through @ attacker.along(*pair) for pair in pairs]
        return [float((rest > 0).float().mean()) for rest in rests]

    if len(names) < 2:
        return {}
    own, apart = fitted(names), [(pair, fitted([other for other in names if other != pair])) for pair in names]
    left, before = right(clean) - right(clean @ own), float(np.mean(fresh(names, torch.eye(len(own)))))
    others = [fresh([pair], through)[0] for pair, through in apart]
    lost = [right(clean) - right(clean @ through) for _, through in apart]
    return {
        MENDED: {"fooled before": before, "fooled": float(np.mean(fresh(names, own))), "clean loss": left},
        "mended on other pairs": {"fooled before": before, "fooled": float(np.mean(others)), "clean loss": float(np.mean(lost))},
    }


def transferred(stage: SceneStage, ours: Mapping[tuple[str, str], Sequence[Shot]], most: int = 30) -> tuple[float, float]:
    """Of pictures that fool the CLIP the share that fools a classifier of single Nouns too, and of those that do not."""
    second = Second()
    hit: dict[bool, list[float]] = {True: [], False: []}
    for (true, wrong), shots in ours.items():
        for fooled in (True, False):
            pictures: list[Picture] = [one.picture for one in shots if one.fooled == fooled][:most]
            if pictures:
                hit[fooled] += second.fooled(pictures, stage.thing(true), stage.thing(wrong)).float().tolist()
    return tuple(float(np.mean(hit[fooled])) if hit[fooled] else 0.0 for fooled in (True, False))  # type: ignore[return-value]


def on_photographs(quick: bool) -> photos.Photographs:
    """What is measured on photographs; nothing, and a line that says why, where their model or the cut-outs cannot be had."""
    try:
        return photos.measured(quick)
    except WeightsError as error:
        print(f"No photographs are attacked. {error}", flush=True)
        return photos.Photographs({}, {}, {})


def run(quick: bool) -> Measured:
    """Attack, and measure."""
    sizes = QUICK if quick else FULL
    clip, lenses = load_clip("scenes_clip"), load_lenses("scenes_lenses")
    attacker = scene_attacker(clip, lenses, Staging(held_out=True))
    stage: Any = attacker.stage
    ways = scene_ways(attacker, clip, lenses, sizes, 1 if quick else 2)
    judge: Judge = lambda picture, true, wrong: accepted(picture, stage.thing(true), stage.thing(wrong))  # noqa: E731
    counted: dict[tuple[str, str], Counted] = {}
    ours = {}
    with torch.no_grad():
        for pair in PAIRS[: sizes.pairs]:
            found, ours[pair] = shares(ways, *pair, sizes, judge)
            counted |= {pair: found} if found else {}
            print(f"{pair[0]} -> {pair[1]}", {name: round(float(np.mean(of)), 3) for name, of in found.items()}, flush=True)
        alone = by_themselves(attacker, PAIRS[: sizes.alone])
        defence, mending = defended(attacker, lenses, ours, sizes.clean), retrained(attacker, ours, sizes.clean)
        transfer, untouched = transferred(stage, ours)
    rows = summed(counted) | alone | {"guilty neurons silenced": defence} | mending
    defence = mending.get(MENDED, defence)
    rows["second model"] = {"fooled": transfer, "fooled before": untouched}
    photographs = on_photographs(quick)
    figures = (
        figures_of(counted)
        | photographs.figures
        | {
            "defence_clean_loss": defence["clean loss"],
            "defence_fooled_after": defence["fooled"],
            "transfer": transfer,
        }
    )
    settings = {
        "pairs": sizes.pairs,
        "pairs that count": len(counted),
        "pictures": sizes.count,
        "repeats": sizes.repeats,
        "words": attacker.settings.words,
    }
    return Measured("attack", figures, rows | photographs.rows, settings | photographs.settings)
