"""Attacks by meaning counted: by every way to choose words, in any world, of pictures that a judge of truth accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.bench.attack_ways import BASELINES, OURS, SEARCHED, Ways
from core.foundations.attacked import Shot
from core.foundations.records import Picture
from core.studio.attacking import Asked, Attacker
from core.studio.prompts import Prompt


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


BEFORE = "named wrong before"
"""Share of the pictures that the model names wrong with nothing added; these do not count."""
PURPOSE = "attack bench"
LOST = 0.5
"""Share of pictures named wrong with nothing added above which two classes are no pair: the model does not tell them apart anyhow."""
LOOKED = 4
"""How many times as many pictures are looked at, at the most, to find those that a model names right with nothing added."""
AT_ONCE = 10

Counted = Mapping[str, list[float]]
"""For each way the share of pictures that fooled the model, repeat by repeat."""
Judge = Callable[[Picture, str, str], bool]
"""Whether a picture counts: the true class is there and whole, and the wrong one is not."""


class Right(NamedTuple):
    """Pictures that may count.

    Attributes:
        places: of the first ones that the model names right while nothing is added, and that the judge accepts; at most as many as wanted.
        wrong: share of those looked at that it does not.
    """

    places: tuple[int, ...]
    wrong: float


def named_right(attacker: Attacker, asked: Asked, judge: Judge) -> Right:
    """Which pictures the model names right before anything is added to them; those alone can be fooled by what is added."""
    found: list[int] = []
    looked, bare = 0, [Prompt(asked.true, ())]
    while len(found) < asked.count and looked < LOOKED * asked.count:
        places = range(looked, looked + min(AT_ONCE, LOOKED * asked.count - looked))
        shots = attacker.shots(asked, bare, places, PURPOSE)
        found += [at for at, one in zip(places, shots, strict=True) if not one.fooled and judge(one.picture, asked.true, asked.wrong)]
        looked += len(places)
    return Right(tuple(found[: asked.count]), 1 - len(found) / looked)


def shares(ways: Ways, true: str, wrong: str, sizes: Sizes, judge: Judge) -> tuple[dict[str, list[float]], list[Shot]]:
    """One pair by every way, and the studio's own pictures, all that the judge accepts; nothing where most are named wrong before.

    Every way has the same pictures, of those that the model names right with nothing added; a repeat has half of them at least.
    """
    counted: dict[str, list[float]] = {}
    ours: list[Shot] = []
    asked = [Asked(true, wrong, sizes.count, seed=repeat) for repeat in range(sizes.repeats)]
    rights: list[Right] = []
    for one in asked:
        rights.append(named_right(ways.attacker, one, judge))
        if rights[-1].wrong > LOST or 2 * len(rights[-1].places) < sizes.count:
            print(f"{true} -> {wrong}: {rights[-1].wrong:.0%} of the pictures with nothing added are named wrong; no pair.", flush=True)
            return {}, []
    for repeat, right in enumerate(rights):
        for name, words in ways.words(true, wrong, repeat).items():
            if sizes.ways and name not in sizes.ways or repeat and name not in (OURS, *BASELINES):
                continue
            shots = shot(ways.by_names if name == SEARCHED else ways.attacker, asked[repeat], words, judge, name, right.places)
            counted.setdefault(name, []).append(sum(one.fooled for one in shots) / len(right.places))
            ours += shots if name == OURS else []
        counted.setdefault(BEFORE, []).append(right.wrong)
    return counted, ours


def shot(attacker: Attacker, asked: Asked, words: Sequence[str], judge: Judge, way: str, places: Sequence[int]) -> list[Shot]:
    """The pictures of one way that the judge of truth accepts; no words are as many pictures that fool nobody."""
    if not words:
        return []
    tried, chosen = way in (OURS, SEARCHED, *BASELINES), way in (OURS, SEARCHED)
    prompts = attacker.prompts(asked, words, PURPOSE, chosen) if tried else attacker.by_lot(asked, words, PURPOSE)
    found: list[Shot] = []
    for start in range(0, len(places), 50):
        found += attacker.shots(asked, prompts, places[start : start + 50], PURPOSE)
    return [one for one in found if judge(one.picture, asked.true, asked.wrong)]


def summed(counted: Mapping[tuple[str, str], Counted]) -> dict[str, dict[str, float]]:
    """A row for each way over all pairs, and one for each pair; how far repeats lie apart where there are several."""
    names = list(next(iter(counted.values())))
    spread = lambda several: {"deviation": float(np.mean([np.std(of) for of in several]))} if len(several[0]) > 1 else {}  # noqa: E731
    rows = {
        name: {"fooled": float(np.mean([np.mean(of[name]) for of in counted.values()]))} | spread([of[name] for of in counted.values()])
        for name in names
    }
    for (true, wrong), of in counted.items():
        rows[f"{true} -> {wrong}"] = {name: float(np.mean(of[name])) for name in names} | spread([of[OURS]])
    return rows


def figures_of(counted: Mapping[tuple[str, str], Counted]) -> dict[str, float]:
    """Fooled, the best baseline, and on how many pairs the studio's way is ahead of every baseline."""
    mean = {name: float(np.mean([np.mean(of[name]) for of in counted.values()])) for name in (OURS, *BASELINES)}
    won = [np.mean(of[OURS]) > max(np.mean(of[name]) for name in BASELINES) for of in counted.values()]
    return {"fooled": mean[OURS], "best_baseline": max(mean[name] for name in BASELINES), "pairs_won": float(np.mean(won))}
