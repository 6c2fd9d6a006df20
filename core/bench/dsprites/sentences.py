"""Sentences to sprites: paraphrases that were set aside before the parser was finished, judged like every other edit.

A sentence succeeds where the nearest of all official pictures is one of those that it may mean, rotations modulo
symmetry; an impossible one where a sentence says why not.
"""

from __future__ import annotations

import json

import numpy as np

from core.bench.dsprites.judge import nearest
from core.bench.dsprites.truth import agreement
from core.foundations.files import ROOT
from core.studio.studio import Studio
from core.worlds.dsprites.factors import FACTORS

DATA = ROOT / "core" / "bench" / "data" / "sprite_paraphrases.json"


def sentences(studio: Studio) -> dict[str, float]:
    """Share of the possible sentences done, and of the impossible ones refused."""
    done, refused = [], []
    for entry in json.loads(DATA.read_text()):
        start = np.array([entry["start"]])
        picture = studio.compose({slot: str(value) for slot, value in zip(FACTORS, entry["start"], strict=True)})
        result = studio.request(picture, entry["sentence"])
        if entry["wanted"] is None:
            refused.append(result.refusal is not None)
            continue
        ink = np.asarray(result.picture.image)[None, :, :, 0] / 255
        found = nearest(ink).sprites
        right = [agreement(found, np.array([wanted]), start)[0].all() for wanted in entry["wanted"]]
        done.append(result.refusal is None and any(right))
    return {"done": float(np.mean(done)), "refused": float(np.mean(refused))}
