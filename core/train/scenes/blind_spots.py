"""Find the blind spots of the scenes' CLIP over all pairs of classes: makes assets/scenes/blind_spots.json, and prints them.

Every class is broken by the thing and for the wrong class that were predicted to do so most, on pictures of compositions that training
never saw, of which only those count that the judge of truth accepts.
"""

from __future__ import annotations

from collections import Counter

import torch

from core.bench.scenes.attack_truth import accepted
from core.foundations.blind_spots import FILE, worst, written
from core.foundations.files import ROOT, write_atomically
from core.models.registry import load_clip
from core.studio.blindspots import spots
from core.studio.lenses import load_lenses
from core.studio.scene_stage import SceneStage, scene_attacker
from core.worlds.scenes.staged import Staging

BROKEN = 0.5
"""Share of the pictures from which on a class counts as broken."""


def main() -> None:
    """Try every class, write what was found, and print a report."""
    attacker = scene_attacker(load_clip("scenes_clip"), load_lenses("scenes_lenses"), Staging(held_out=True))
    stage = attacker.stage
    assert isinstance(stage, SceneStage)
    with torch.no_grad():
        found = tuple(spots(attacker, stage.classes, lambda picture, true, wrong: accepted(picture, stage.thing(true), stage.thing(wrong))))
    write_atomically(ROOT / "assets" / FILE, written(found).encode())
    broken = [spot for spot in found if spot.fooled >= BROKEN]
    before = sum(spot.before >= BROKEN for spot in found)
    mean = [sum(getattr(spot, name) for spot in found) / len(found) for name in ("before", "fooled")]
    print(f"{len(found)} classes tried; one thing breaks {len(broken)} of them, {before} are broken without it", flush=True)
    print(f"taken for the wrong class: {mean[0]:.3f} of the pictures without the thing, {mean[1]:.3f} with it", flush=True)
    for word, count in Counter(spot.word for spot in broken).most_common(12):
        print(f"  {word}: breaks {count}", flush=True)
    for spot in worst(found, 20):
        print(f"  {spot.true} -> {spot.wrong} by {spot.word}: {spot.before:.2f} -> {spot.fooled:.2f}", flush=True)


if __name__ == "__main__":
    main()
