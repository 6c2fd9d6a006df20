"""Attacks by meaning counted: by every way to choose words, in any world, of pictures that a judge of truth accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.bench.attack_ways import BASELINES, OURS, Ways
from core.foundations.attacked import Shot
from core.foundations.records import Picture
from core.studio.attacking import Asked, Attacker


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


Counted = Mapping[str, list[float]]
"""For each way the share of pictures that fooled the model, repeat by repeat."""


Judge = Callable[[Picture, str, str], bool]
"""Whether a picture counts: the true class is there and whole, and the wrong one is not."""


def shares(ways: Ways, true: str, wrong: str, sizes: Sizes, judge: Judge) -> tuple[dict[str, list[float]], list[Shot]]:
    """One pair by every way, and the studio's own pictures, all that the judge accepts."""
    counted: dict[str, list[float]] = {}
    ours: list[Shot] = []
    for repeat in range(sizes.repeats):
        for name, words in ways.words(true, wrong, repeat).items():
            if sizes.ways and name not in sizes.ways:
                continue
            if repeat and name not in (OURS, *BASELINES):
                continue
            shots = shot(ways.attacker, Asked(true, wrong, sizes.count, seed=repeat), words, judge, name == OURS)
            counted.setdefault(name, []).append(sum(one.fooled for one in shots) / sizes.count)
            ours += shots if name == OURS else []
    return counted, ours


def shot(attacker: Attacker, asked: Asked, words: Sequence[str], judge: Judge, choose: bool) -> list[Shot]:
    """The pictures of one way that the judge of truth accepts; no words are as many pictures that fool nobody."""
    if not words:
        return []
    prompts, purpose = attacker.prompts(asked, words, choose=choose), "attack bench"
    found: list[Shot] = []
    for start in range(0, asked.count, 50):
        found += attacker.shots(asked, prompts, range(start, min(start + 50, asked.count)), purpose)
    return [one for one in found if judge(one.picture, asked.true, asked.wrong)]


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
