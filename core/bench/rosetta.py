"""Units that models share: a planted one, and the concepts of two worlds, each beside what chance gives."""

from __future__ import annotations

from core.bench.faces.rosetta import run_faces
from core.bench.nouns.rosetta import run_nouns
from core.bench.record import Measured
from core.bench.rosetta_planted import BATCH, SHARE, run_planted
from core.foundations.errors import WeightsError


def run(quick: bool) -> Measured:
    """All sections; where the faces' networks cannot be had, without them, with the reason."""
    planted = run_planted(quick)
    figures = {"planted_found": planted.ours, "reference_planted_found": planted.authors}
    rows = {"planted": {"alone at 5 %": planted.concepts}, "authors on strangers": {"median score": planted.strangers}}
    settings: dict[str, object] = {"fires on": SHARE, "authors' batch": BATCH, "quick": quick}
    found, beside, told = run_nouns(quick)
    figures, rows, settings = figures | found, rows | beside, settings | told
    try:
        found, beside, told = run_faces(quick)
        figures, rows, settings = figures | found, rows | beside, settings | told
    except WeightsError as error:
        settings["faces not measured"] = str(error)
    return Measured("rosetta", figures, rows, settings)
