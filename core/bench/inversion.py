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
    """500 Nouns, 100 others and 100 faces; or four, two and one. What cannot be had is told, and the rest measured."""
    figures: dict[str, float] = {}
    rows: dict[str, dict[str, float]] = {}
    told: dict[str, object] = {}
    try:
        shared = NounShared(load(GENERATOR), torch.device("cpu"))
        ways = (NONE, ALL) if quick else (NONE, *dict.fromkeys(b.unit.model for _, b in shared.pairs(ALL)), ALL)
        setting = nouns.Setting((4, 2) if quick else (500, 100), 1.2 if quick else 2.0, 2, ways)
        found = nouns.measure(shared, setting)
        figures, rows, told = dict(found.figures), dict(found.baselines), dict(found.settings)
    except WeightsError as error:
        told["Nouns not measured"] = str(error)
    try:
        studio = Studio("faces")
        studio.concepts()
        fetch_judges()
        more, theirs = guided.measure(studio, Judges(), 1 if quick else 100, guided.settings_of(quick))
        figures, rows = figures | more, rows | theirs
    except WeightsError as error:
        told["faces not measured"] = str(error)
    return Measured("inversion", figures, rows, told)
