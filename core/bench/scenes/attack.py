"""Fooling the scenes' CLIP by meaning, beside the paper's baselines at equal effort (papers/inner_workings_thesis.md, Table 3.3).

For each pair of classes every way gives 25 words; fifty sentences are written of each, and ten of them become ten pictures each, of
scenes in which the true class stands whole and the wrong one is nowhere. The paper draws lots among the fifty, and so do all ways here
but the studio's own, which takes those whose words were measured to pull most together; its row with lots stands beside it. Only those
count that the judge of truth accepts. `fooled` is the share that the model takes for the wrong one of the two, the mean over pairs of
three repeats. Then: whether the words are good by themselves, what silencing the guilty neurons changes on fresh pictures and on clean
ones, and whether a second model is fooled.

The pairs were fixed before any was attacked; the first five are the paper's, as far as the world has them. Settings were chosen on
other pairs and other scenes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from core.bench.record import Measured
from core.bench.scenes.attack_after import Second, Silencing, clean_scenes, images_of
from core.bench.scenes.attack_truth import accepted
from core.bench.scenes.attack_ways import BASELINES, OURS, Ways, ways_of
from core.foundations.attacked import Shot
from core.foundations.records import Picture
from core.models.registry import load_clip
from core.studio.attacking import Asked, Attacker
from core.studio.lenses import Lenses, load_lenses
from core.studio.scene_stage import SceneStage, scene_attacker
from core.worlds.scenes.staged import Staging

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


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    pairs: int
    count: int
    """Pictures of every pair, way and repeat."""
    repeats: int
    every: int
    """Every which neuron's indirect effect is looked at; 1 is all."""
    clean: int
    """Scenes on which a defence must cost nothing."""
    alone: int
    """Pairs of which words are tried by themselves."""
    ways: tuple[str, ...] | None = None
    """Which ways; all where None."""


QUICK = Sizes(2, 10, 1, 40, 40, 1, (OURS, *BASELINES))
FULL = Sizes(len(PAIRS), 100, 3, 1, 400, 6)

Counted = Mapping[str, list[float]]
"""For each way the share of pictures that fooled the model, repeat by repeat."""


def shares(ways: Ways, true: str, wrong: str, sizes: Sizes) -> tuple[dict[str, list[float]], list[Shot]]:
    """One pair by every way, and the studio's own pictures, all that the judge accepts."""
    counted: dict[str, list[float]] = {}
    ours: list[Shot] = []
    for repeat in range(sizes.repeats):
        for name, words in ways.words(true, wrong, repeat).items():
            if sizes.ways and name not in sizes.ways:
                continue
            if repeat and name not in (OURS, *BASELINES):
                continue
            shots = shot(ways.attacker, Asked(true, wrong, sizes.count, seed=repeat), words, name == OURS)
            counted.setdefault(name, []).append(sum(one.fooled for one in shots) / sizes.count)
            ours += shots if name == OURS else []
    return counted, ours


def shot(attacker: Attacker, asked: Asked, words: Sequence[str], choose: bool) -> list[Shot]:
    """The pictures of one way that the judge of truth accepts; no words are as many pictures that fool nobody."""
    if not words:
        return []
    stage: Any = attacker.stage
    prompts, purpose = attacker.prompts(asked, words, choose=choose), "attack bench"
    found: list[Shot] = []
    for start in range(0, asked.count, 50):
        found += attacker.shots(asked, prompts, range(start, min(start + 50, asked.count)), purpose)
    true, wrong = stage.thing(asked.true), stage.thing(asked.wrong)
    return [one for one in found if accepted(one.picture, true, wrong)]


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


def summed(counted: Mapping[tuple[str, str], Counted]) -> dict[str, dict[str, float]]:
    """A row for each way over all pairs, and one for each pair."""
    names = list(next(iter(counted.values())))
    rows = {
        name: {
            "fooled": float(np.mean([np.mean(of[name]) for of in counted.values()])),
            "deviation": float(np.mean([np.std(of[name]) for of in counted.values()])),
        }
        for name in names
    }
    for (true, wrong), of in counted.items():
        rows[f"{true} -> {wrong}"] = {name: float(np.mean(of[name])) for name in names} | {"deviation": float(np.std(of[OURS]))}
    return rows


def figures_of(counted: Mapping[tuple[str, str], Counted]) -> dict[str, float]:
    """Fooled, the best baseline, and on how many pairs the studio's way is ahead of every baseline."""
    mean = {name: float(np.mean([np.mean(of[name]) for of in counted.values()])) for name in (OURS, *BASELINES)}
    won = [np.mean(of[OURS]) > max(np.mean(of[name]) for name in BASELINES) for of in counted.values()]
    return {"fooled": mean[OURS], "best_baseline": max(mean[name] for name in BASELINES), "pairs_won": float(np.mean(won))}


def run(quick: bool) -> Measured:
    """Attack, and measure."""
    sizes = QUICK if quick else FULL
    clip, lenses = load_clip("scenes_clip"), load_lenses("scenes_lenses")
    attacker = scene_attacker(clip, lenses, Staging(held_out=True))
    stage: Any = attacker.stage
    ways = ways_of(attacker, lenses, clip, 1 if quick else 2, sizes.every)
    counted, ours = {}, {}
    with torch.no_grad():
        for pair in PAIRS[: sizes.pairs]:
            counted[pair], ours[pair] = shares(ways, *pair, sizes)
            print(f"{pair[0]} -> {pair[1]}", {name: round(float(np.mean(of)), 3) for name, of in counted[pair].items()}, flush=True)
        alone = by_themselves(attacker, PAIRS[: sizes.alone])
        defence = defended(attacker, lenses, ours, sizes.clean)
        transfer, untouched = transferred(stage, ours)
    rows = summed(counted) | alone | {"guilty neurons silenced": defence}
    rows["second model"] = {"fooled": transfer, "fooled before": untouched}
    figures = figures_of(counted) | {
        "defence_clean_loss": defence["clean loss"],
        "defence_fooled_after": defence["fooled"],
        "transfer": transfer,
    }
    settings = {"pairs": sizes.pairs, "pictures": sizes.count, "repeats": sizes.repeats, "words": attacker.settings.words}
    return Measured("attack", figures, rows, settings)
