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

STEPS = {nouns.RANDOM: (24, 24), nouns.GUESS: (4, 24)}
"""Without guidance, of Nouns and of others: so that all fits into twenty minutes of one core."""
LONGER = {nouns.RANDOM: (100, 0)}
"""Of a few."""
LED, LONGER_LED = 0.3, 0.5
"""Shares of the steps that are guided: with LED the best of 0.3, 0.4 and 0.7 on other pictures, those of the seed "bench inversion"."""
ALONE, FEW = 12, 24
"""Nouns that are brought in with each guide alone as well, and in more steps."""


def run(quick: bool) -> Measured:
    """500 Nouns and 60 others from latents by chance and from the encoder's guess, some with each guide alone, and faces; or a few of all.

    A face takes minutes where a Noun takes a second, so of faces no more than `guided.FACES` fit. What cannot be had is told, and the
    rest measured.
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
            return nouns.measure(shared, nouns.Setting((4, 2), {nouns.RANDOM: (12, 12), nouns.GUESS: (6, 6)}, led=LED))
        found = nouns.measure(shared, nouns.Setting((500, 60), STEPS, led=LED))
        eyes = dict.fromkeys(other.unit.model for _, other in shared.pairs(ALL))
        once = {nouns.RANDOM: STEPS[nouns.RANDOM]}
        alone = nouns.measure(shared, nouns.Setting((ALONE, 0), once, (NONE, *eyes, ALL), led=LED))
        longer = nouns.measure(shared, nouns.Setting((FEW, 0), LONGER, led=LONGER_LED))
    rows = found.baselines | {f"{ALONE} {name}": row for name, row in alone.baselines.items()}
    rows |= {f"{FEW} longer, {name}": row for name, row in longer.baselines.items()}
    return Measured("inversion", found.figures, rows, found.settings | {"led": LED, "longer": LONGER, "longer led": LONGER_LED})
