"""Public checkpoints by name: every family loads through the studio's own doors, and whatever goes wrong is told in a plain sentence.

A stand-in for the hub serves tiny random models in their families' own layouts. A family counts as loaded where what a model answers is
what it answers from the folder that it was saved to, but for rounding: the two are asked in two programs, and a matrix product's last
bits depend on where its numbers lie in memory. A fault counts as told where a person would see a sentence that names
the model's trouble, and nothing that is broken was kept.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.bench.hub.families import FAMILIES
from core.bench.hub.stand_in import Repo, StandIn
from core.bench.hub.visitor import Wish, asked, visit
from core.bench.record import Measured

PREFIX = {"open_clip": ("hf-hub:", "local-dir:"), "timm": ("hf-hub:", "local-dir:")}
"""Before the name of a repository, and before a folder, where a family's names have more than one kind."""

OWN_NAME = "test_vit.r160_in1k"
"""A checkpoint that timm knows by a name of its own; it lies at timm/NAME."""

ALONE = "a changed byte, timm alone"
"""The baseline: the library by itself, given the file of which one byte was changed."""

SENTENCES = {
    "digest": "digest differs",
    "missing": "does not have",
    "stall": "goes on from there",
    "half": "goes on from there",
    "gated": "accept its terms",
    "gone": "cannot be reached",
    "pickled": "no weights as safetensors",
    "absent": "no model named",
}
"""By fault, words that its sentence must hold."""


def served(folder: Path) -> dict[str, Repo]:
    """Every family's model, the same timm model with every fault, and one that was saved as a pickle."""
    repos = {}
    for family, save in FAMILIES.items():
        place = folder / family
        place.mkdir()
        save(place)
        repos[f"tiny/{family}"] = Repo(place)
    repos[f"timm/{OWN_NAME}"] = Repo(folder / "timm")
    repos |= {f"faulty/{fault}": Repo(folder / "timm", fault) for fault in SENTENCES.keys() - {"pickled", "absent"}}
    repos["faulty/alone"] = Repo(folder / "timm", "digest")
    repos["faulty/torn"] = Repo(folder / "timm", "torn")
    pickled = folder / "pickled"
    pickled.mkdir()
    shutil.copy(folder / "timm" / "config.json", pickled)
    (pickled / "pytorch_model.bin").write_bytes(b"\x80\x02}q\x00.")
    repos["faulty/pickled"] = Repo(pickled)
    return repos


def wishes() -> dict[str, Wish]:
    """What is asked for, by a name for the table."""
    found = {family: (family, f"{PREFIX.get(family, ('', ''))[0]}tiny/{family}") for family in FAMILIES}
    found["timm by its own name"] = ("timm", OWN_NAME)
    found |= {fault: ("timm", f"hf-hub:faulty/{fault}") for fault in (*SENTENCES, "torn")}
    return found | {ALONE: ("timm alone", "hf-hub:faulty/alone")}


def same(numbers: Sequence[float], wanted: Sequence[float]) -> bool:
    """Whether two answers differ by rounding alone; a model whose weights are others' differs by tenths, see `families.stir`."""
    return len(numbers) == len(wanted) and bool(np.allclose(numbers, wanted, rtol=1e-4, atol=1e-5))


def loaded(answer: dict[str, Any], family: str, folder: Path) -> bool:
    """Whether what came from the hub answers as the folder does."""
    return same(answer.get("numbers", ()), asked(family, f"{PREFIX.get(family, ('', ''))[1]}{folder / family}"))


def told(answer: dict[str, Any], fault: str) -> bool:
    """Whether a fault ended in its sentence."""
    return SENTENCES[fault] in answer.get("told", "")


def left_over(home: Path, fault: str) -> list[str]:
    """Safetensors of a model that lie in the cache although it could not be had."""
    return [path.name for path in (home / "hub" / f"models--faulty--{fault}").rglob("*.safetensors")]


def run(quick: bool) -> Measured:
    """One visitor asks for all of it; quick is the same, for there is nothing to leave out."""
    with tempfile.TemporaryDirectory() as name:
        folder, home = Path(name) / "saved", Path(name) / "home"
        folder.mkdir()
        with StandIn(served(folder)) as hub:
            answers = dict(zip(wishes(), visit(hub.endpoint, home, list(wishes().values())), strict=True))
        families = {family: loaded(answers[family], family, folder) for family in FAMILIES}
        families |= {again: loaded(answers[again], "timm", folder) for again in ("timm by its own name", "torn")}
        faults = {fault: told(answers[fault], fault) and not left_over(home, fault) for fault in SENTENCES}
    rows = {name: {"as_it_should": float(well)} for name, well in {**families, **faults}.items()}
    figures = {
        "families_loaded": float(sum(families[family] for family in FAMILIES)),
        "faults_told": float(sum(faults.values())),
        "resumed": float(families["torn"]),
        "by_own_name": float(families["timm by its own name"]),
    }
    rows[ALONE] = {"as_it_should": float("numbers" not in answers[ALONE])}
    return Measured("hub", figures, rows, {"families": len(FAMILIES), "faults": len(SENTENCES), "seed": 0})
