"""How many tuples and names there are, and how many of them are right, by the numbers that decide what is shared.

K, the least agreement and who looks were chosen by what this prints, and so was from where on a concept has a name. The judge is the
truth, as in the benchmark `rosetta`; the Nouns are other ones, of training's side, which were not mined either. Nothing is kept.

    python -m core.train.nouns.rosetta_choice
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from torch import Tensor

from core.bench.nouns.dictionary import encode_compositions
from core.bench.nouns.rosetta import judged, names_right
from core.bench.nouns.shared_units import rows_of, traits_of_units
from core.foundations.concepts import Concept, Unit
from core.foundations.seeds import numpy_rng
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_matches import mine
from core.models.noun_units import CLIP, EYES, GENERATOR, noun_units
from core.models.registry import load
from core.models.units import Units
from core.train.nouns.rosetta import NounMining, agreement, latents_for, matched, named, read_in, sums_of, together
from core.worlds.nouns.splits import draw_split

PICTURES = 512
BUDDIES, LEAST, NAMED_FROM = (5, 8), (-1.0, 0.08, 0.1, 0.12, 0.14), (0.05, 0.06, 0.08, 0.1)
"""What is tried; no tuple has to agree where the least is -1."""
WITHOUT = "nouns_transformer"
"""Without whom it is tried too."""

Found = dict[tuple[int, float], tuple[Concept, ...]]
"""K and the least agreement to what is found."""


def truth_of(hub: Units, eyes: Sequence[Units], wanted: Sequence[Unit]) -> dict[Unit, Tensor]:
    """What units follow, by the truth of Nouns that are neither mined nor in the benchmark."""
    rows = draw_split(numpy_rng("rosetta choice"), PICTURES, False)
    return traits_of_units([hub], eyes, wanted, encode_compositions(load(GENERATOR), rows).latents, rows)


def tried(table: Rosetta, models: Sequence[str], units: Sequence[Unit], scores: np.ndarray, settings: NounMining) -> Found:
    """What each K and each least agreement finds with some of the models that look."""
    found = {}
    for buddies, least in product(BUDDIES, LEAST):
        agreed = agreement(table, units, scores, least) if least > -1 else None
        found[buddies, least] = mine(table, replace(settings.matches, buddies=buddies), models, agreed).concepts
    return found


def told(who: str, found: Found, truth: dict[Unit, Tensor], read: dict[Unit, Tensor]) -> None:
    """Print a line for each."""
    for (buddies, least), concepts in found.items():
        row = judged(rows_of(concepts), truth)
        names = []
        for start in NAMED_FROM:
            known = named(concepts, read, start)
            names.append(f"{start}: {sum(bool(one.name) for one in known)} {names_right(known, truth):.3f}")
        print(
            f"{who}, K {buddies}, least {least:g}: {row['number']:.0f} tuples {row['right']:.3f}, "
            f"{len(concepts)} concepts; named from {', '.join(names)}",
            flush=True,
        )


def main() -> None:
    """Print what each choice would give."""
    settings = NounMining()
    hub, eyes = noun_units((*EYES, CLIP))
    (table,) = sums_of([hub], eyes, settings)
    widest = replace(settings.matches, buddies=max(BUDDIES))
    units, scores = together(
        [hub], eyes, matched(table, widest, min(one for one in LEAST if one > -1)), latents_for("agreed", settings.agreed_on)
    )
    fewer = [model for model in table.models if model != WITHOUT]
    found = {who: tried(table, models, units, scores, settings) for who, models in (("all", table.models), (f"without {WITHOUT}", fewer))}
    every = [concepts for one in found.values() for concepts in one.values()]
    truth = truth_of(hub, eyes, [unit for concepts in every for row in rows_of(concepts) for unit in row])
    read = read_in([hub], eyes, every, settings.named_on)
    for who, one in found.items():
        told(who, one, truth, read)


if __name__ == "__main__":
    main()
