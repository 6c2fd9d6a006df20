"""Whether the names that features gave themselves are true. The truth is looked up here and nowhere else.

A feature named after a part is right where, on held-out pictures that never served to name it, most of the
pictures on which it is clearly active have that part; one named after a colour, where most have a part of that
colour in that slot. Coverage: the share of living features with a name.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from core.bench.nouns.dictionary import encode_compositions
from core.bench.record import Measured
from core.foundations.records import Handle
from core.foundations.seeds import numpy_rng
from core.models.registry import load_dictionary, load_generator
from core.studio.handles import load_handles
from core.worlds.nouns import catalogue
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.splits import draw_split


def share_right(handle: Handle, active: np.ndarray, compositions: np.ndarray) -> float:
    """Share of the pictures on which a feature is active `[n]` bool that have what its name says; NaN where none."""
    parts = compositions[active, SLOTS.index(handle.slot)]
    if not len(parts):
        return float("nan")
    ids = [load_art().ids[handle.slot][p] for p in parts]
    if handle.part:
        return float(np.mean([i == handle.part for i in ids]))
    return float(np.mean([handle.name.startswith((catalogue.part(handle.slot, i).colours or ("",))[0] or "?") for i in ids]))


def precision(handles: list[Handle], codes: Tensor, compositions: np.ndarray) -> tuple[float, float]:
    """Share of names that are right for most pictures, and the mean share of pictures for which they are."""
    shares = [share_right(h, (codes[:, int(h.id.partition(":")[2])] > 0.5 * h.typical).numpy(), compositions) for h in handles]
    known = np.array([s for s in shares if not np.isnan(s)])
    return float((known > 0.5).mean()), float(known.mean())


def run(quick: bool) -> Measured:
    """All named features of the shipped dictionary, on held-out pictures."""
    model, dictionary = load_generator("nouns_generator"), load_dictionary("nouns_dictionary")
    features = [h for h in load_handles("nouns_handles.json") if h.kind == "feature"]
    named = [h for h in features if h.slot]
    sample = encode_compositions(model, draw_split(numpy_rng("bench labels"), 3000 if quick else 12_000, True), feedback=False)
    codes = dictionary.encode(sample.latents)
    right, mean = precision(named, codes, sample.compositions)
    rng = numpy_rng("bench labels shuffled")
    order = rng.permutation(len(named))
    shuffled = [named[i] for i in order]
    swapped = [Handle(**{**vars(h), "slot": o.slot, "part": o.part, "name": o.name}) for h, o in zip(named, shuffled, strict=True)]
    wrong, wrong_mean = precision(swapped, codes, sample.compositions)
    sure = [h for h in named if h.confidence >= 0.9]
    parts = {(h.slot, h.part) for h in named if h.part}
    rows = {
        "names shuffled": {"precision": wrong, "pictures right": wrong_mean},
        "this": {"precision": right, "pictures right": mean},
        "this, confidence >= 0.9": dict(zip(("precision", "pictures right"), precision(sure, codes, sample.compositions), strict=True)),
    }
    for slot in SLOTS:
        own = [h for h in named if h.slot == slot]
        if own:
            rows[f"this, {slot}"] = {
                **dict(zip(("precision", "pictures right"), precision(own, codes, sample.compositions), strict=True)),
                "named": float(len(own)),
            }
    total = sum(load_art().count(slot) for slot in SLOTS)
    figures = {"precision": right, "coverage": len(named) / len(features), "parts_named": len(parts) / total}
    return Measured("labels", figures, rows, {"features": len(features), "pictures": len(sample.compositions)})
