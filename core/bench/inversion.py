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
from core.models.registry import load
from core.studio import Studio
from core.studio.noun_shared import GENERATOR, NounShared
from core.studio.shared import ALL, NONE


def run(quick: bool) -> Measured:
    """500 Nouns and 100 others, of which the first 40 and 12 with each guide alone as well, and three faces; or four, two and one.

    A face takes minutes where a Noun takes a second, so of faces no more fit into a quarter of an hour. What cannot be had is told, and the
    rest measured.
    """
    figures: dict[str, float] = {}
    rows: dict[str, dict[str, float]] = {}
    told: dict[str, object] = {}
    try:
        shared = NounShared(load(GENERATOR), torch.device("cpu"))
        found = nouns.measure(shared, nouns.Setting((4, 2) if quick else (500, 100), 0.7, 2, (NONE, ALL)))
        figures, rows, told = dict(found.figures), dict(found.baselines), dict(found.settings)
        if not quick:
            eyes = dict.fromkeys(other.unit.model for _, other in shared.pairs(ALL))
            alone = nouns.measure(shared, nouns.Setting((40, 12), 0.7, 2, (NONE, *eyes, ALL)))
            rows |= {f"first of {name}": row for name, row in alone.baselines.items()}
    except WeightsError as error:
        told["Nouns not measured"] = str(error)
    try:
        studio = Studio("faces")
        studio.concepts()
        fetch_judges()
        more, theirs = guided.measure(studio, Judges(), 1 if quick else 3, guided.settings_of(quick))
        figures, rows = figures | more, rows | theirs
    except WeightsError as error:
        told["faces not measured"] = str(error)
    return Measured("inversion", figures, rows, told)
