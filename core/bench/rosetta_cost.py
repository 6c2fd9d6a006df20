"""What mining, guiding and editing by shared units cost beside the plain way, in one run; ratios of processor time.

An edit's times are what a person waits, so they hold for the machine that they were measured on, and a busy one is slower. A world whose
networks or table are not here is left out, with the reason.
"""

from __future__ import annotations

from typing import Any

import torch

from core.bench.faces.moved import face_edit_cost
from core.bench.nouns.guided_step import edit_cost, step_cost
from core.bench.record import Measured
from core.bench.rosetta_mining import mining_cost
from core.foundations.errors import WeightsError

FIGURES = ("mining_speedup", "step_speedup", "nouns_edit_s", "nouns_preview_ms", "faces_edit_s", "faces_preview_s")
PARTS = {"mining": mining_cost, "step": step_cost, "edit": edit_cost, "faces": face_edit_cost}
"""What is measured; settings of a part begin with its name."""


def run(quick: bool) -> Measured:
    """All parts, one after another."""
    found: dict[str, Any] = {}
    settings: dict[str, Any] = {"quick": quick, "threads": torch.get_num_threads()}
    for name, cost in PARTS.items():
        try:
            part = cost(quick)
        except WeightsError as error:
            settings[f"{name} not measured"] = str(error)
            continue
        settings |= {f"{name} {key}": value for key, value in part.pop("settings").items()}
        found |= part
    rows = {key: {"value": float(value)} for key, value in found.items() if key not in FIGURES}
    return Measured("rosetta_cost", {key: float(found[key]) for key in FIGURES if key in found}, rows, settings)
