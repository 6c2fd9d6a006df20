"""How scenes are best segmented: candidates for the method `studio`, compared on scenes of the training side.

Each scene is asked for one part of one Noun, as in core/bench/scenes/segment.py, whose held-out scenes are not looked at here.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from core.bench.scenes.segment import score
from core.bench.scenes.truth import ask
from core.methods.read.segment import METHODS, STUDIO
from core.methods.read.segment_settings import Segmenting
from core.models.registry import load_clip
from core.studio.lenses import load_lenses

SCENES = 300
CANDIDATES: dict[str, Segmenting] = {
    "shipped": STUDIO,
    "one window": replace(STUDIO, windows=1),
    "three windows": replace(STUDIO, windows=3),
    "no filter": replace(STUDIO, radius=0.0),
    "narrow filter": replace(STUDIO, radius=0.5),
    "wide filter": replace(STUDIO, radius=1.5),
    "coarser edges": replace(STUDIO, eps=1e-3),
    "two last layers": replace(STUDIO, last=2),
    "lower cut": replace(STUDIO, threshold=0.45),
    "higher cut": replace(STUDIO, threshold=0.55),
    "with patches": replace(STUDIO, mixture=(("tokens", 2.0), ("patches", 1.0))),
    "with generic": replace(STUDIO, mixture=(("tokens", 2.0), ("generic", 1.0))),
}
RIVALS = ("tokens", "generic")
"""The best others; a setting that loses to them is none to ship."""


def main() -> None:
    """Print what every candidate reaches, and the best others."""
    argparse.ArgumentParser(description=main.__doc__).parse_args()
    clip, lenses = load_clip("scenes_clip"), load_lenses("scenes_lenses")
    questions = ask("develop segment", SCENES, held_out=False)
    ways = [(name, "studio", settings) for name, settings in CANDIDATES.items()] + [
        (name, name, METHODS[name].published) for name in RIVALS
    ]
    for name, method, settings in ways:
        ((found, leaked),) = score(clip, lenses, questions, method, settings)
        figures = found.figures
        print(
            f"{name:16s} mIoU {figures.miou:.4f}  pixel accuracy {figures.pixel_acc:.4f}  mAP {figures.map:.4f}  leakage {leaked:.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
