"""Inversion guided by what models share, in both worlds, against none at equal time of the processor.

python -m core.bench inversion --quick
"""

from __future__ import annotations

import torch

from core.bench.faces import guided
from core.bench.faces.judges.judges import Judges, fetch_judges
from core.bench.nouns import inversion as nouns
from core.bench.record import Measured
from core.foundations.errors import WeightsError
from core.foundations.threads import threads_for
from core.models.registry import load
from core.studio import Studio
from core.studio.noun_shared import GENERATOR, NounShared
from core.studio.shared import ALL, NONE

STEPS = {nouns.RANDOM: (100, 100)}
"""Without guidance, of Nouns and of others: an hour of one core."""
GUESSED = {nouns.GUESS: (4, 24)}
"""From the encoder's guess, which is near."""
SHORTER = {nouns.RANDOM: (24, 24)}
"""Of fewer."""
LED, SHORT_LED = 0.5, 0.3
"""Shares of the steps that are guided: of many steps, and of few, for which it is the best of 0.3, 0.4 and 0.7 on other pictures,
those of the seed "bench inversion"."""
ALONE, FEW = 12, 100
"""Nouns that are brought in with each guide alone as well, and in fewer steps."""


def run(quick: bool) -> Measured:
    """500 Nouns and 60 others from latents by chance and from the encoder's guess, some with each guide alone, and faces; or a few of all.

    What cannot be had is told, and the rest measured.
    """
    figures: dict[str, float] = {}
    rows: dict[str, dict[str, float]] = {}
    told: dict[str, object] = {}
    try:
        found = _nouns(quick)
        figures, rows, told = dict(found.figures), dict(found.baselines), dict(found.settings)
    except WeightsError as error:
        told["Nouns not measured"] = str(error)
    try:
        studio = Studio("faces")
        studio.concepts()
        fetch_judges()
        theirs = guided.measure(studio, Judges(), 1 if quick else guided.FACES, guided.settings_of(quick))
        figures, rows, told = figures | theirs.figures, rows | theirs.baselines, told | theirs.settings
    except WeightsError as error:
        told["faces not measured"] = str(error)
    return Measured("inversion", figures, rows, told)


def _nouns(quick: bool) -> Measured:
    shared = NounShared(load(GENERATOR), torch.device("cpu"))
    with threads_for(shared.work):
        if quick:
            return nouns.measure(shared, nouns.Setting((4, 2), {nouns.RANDOM: (12, 12), nouns.GUESS: (6, 6)}, led=SHORT_LED))
        found = nouns.measure(shared, nouns.Setting((500, 60), STEPS, led=LED))
        guessed = nouns.measure(shared, nouns.Setting((500, 60), GUESSED, led=SHORT_LED))
        eyes = dict.fromkeys(other.unit.model for _, other in shared.pairs(ALL))
        alone = nouns.measure(shared, nouns.Setting((ALONE, 0), SHORTER, (NONE, *eyes, ALL), led=SHORT_LED))
        shorter = nouns.measure(shared, nouns.Setting((FEW, 60), SHORTER, led=SHORT_LED))
    rows = found.baselines | guessed.baselines | {f"{ALONE} {name}": row for name, row in alone.baselines.items()}
    rows |= {f"{FEW} shorter, {name}": row for name, row in shorter.baselines.items()}
    told = {"steps": STEPS | GUESSED, "led": LED, "shorter": SHORTER, "shorter led": SHORT_LED}
    return Measured("inversion", found.figures | guessed.figures, rows, found.settings | told)
