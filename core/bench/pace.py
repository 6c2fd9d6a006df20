"""What small steps cost beside a reference in the same run, where the tests would have to measure seconds.

All times are processor time of all threads; a figure is the median over rounds of the ratio within a round, so that a
slow or a busy machine moves both sides alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import cycle

import numpy as np

from core.bench.record import Measured
from core.studio.seers import asked_for
from core.studio.studio import Studio

SENTENCES = (
    "swap the head for a shark and make the glasses red",
    "give him a spooky spirit for a head",
    "put a pizza on the chest",
    "make the body blue",
)
HEART = {"shape": "2", "scale": "3", "rotation": "4", "x": "20", "y": "12"}
LONGEST = 20_000
"""Characters of the shorter of the two hostile questions."""


def spent(step: Callable[[], object], times: int = 1) -> float:
    """Milliseconds of processor time, the mean of several."""
    began = time.process_time()
    for _ in range(times):
        step()
    return 1000 * (time.process_time() - began) / times


def ratio(step: Callable[[], object], reference: Callable[[], object], rounds: int, times: int = 1) -> tuple[float, float, float]:
    """Medians over the rounds, after one that does not count: of the ratio, of the step's ms and of the reference's ms."""
    step(), reference()
    pairs = np.array([(spent(step, times), spent(reference, times)) for _ in range(rounds)])
    ours, theirs = np.median(pairs, 0)
    return float(np.median(pairs[:, 0] / pairs[:, 1].clip(1e-6))), float(ours), float(theirs)


def hostile(length: int) -> str:
    """A question that a pattern which can be read in two ways would try in all of them."""
    return "who sees " + "? " * (length // 2) + "x"


def run(quick: bool) -> Measured:
    """A sentence beside a picture that is taken in, painted and read; a sprite's shift beside its painting; a question twice as long."""
    rounds = 8 if quick else 40
    nouns, sprites = Studio("nouns"), Studio("dsprites")
    picture, sprite, texts, column = nouns.sample(7), sprites.compose(HEART), cycle(SENTENCES), cycle(range(12))
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "sentence_of_look": (lambda: nouns.request(picture, next(texts)), lambda: nouns.read(nouns.sample(7))),
        "shift_of_look": (lambda: sprites.shift(sprite, {"x": next(column)}), lambda: sprites.read(sprites.compose(HEART))),
        "question_growth": (lambda: asked_for(hostile(2 * LONGEST)), lambda: asked_for(hostile(LONGEST))),
    }
    found = {name: ratio(*pair, rounds, 20 if name == "question_growth" else 1) for name, pair in pairs.items()}
    rows = {name: {"ms": ms, "reference ms": reference} for name, (_, ms, reference) in found.items()}
    settings = {"rounds": rounds, "times": "processor time of all threads"}
    return Measured("pace", {name: value for name, (value, _, _) in found.items()}, rows, settings)
